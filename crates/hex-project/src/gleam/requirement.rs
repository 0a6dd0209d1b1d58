//! What a project requires of a dependency, in the words of `gleam.toml` and `manifest.toml`.

use std::path::{Component, Path, PathBuf};

use hex_format::requirement;
use toml::Value;

/// Where a dependency comes from, and in which versions. Two are equal if Gleam takes them for the same: by their texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirement {
    /// Releases from a repository.
    Hex(requirement::Requirement),
    /// A folder, relative to the project.
    Path(String),
    /// A git repository.
    Git {
        /// Its address.
        url: String,
        /// A branch, a tag or a commit.
        reference: String,
        /// The folder in it, if it is not its root.
        path: Option<String>,
    },
}

impl Requirement {
    /// Reads the value of a dependency: a text, or a table with `version`, `path`, or `git` and `ref`.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let table = match value {
            Value::String(text) => return hex(text),
            Value::Table(table) => table,
            _ => return Err("is neither a text nor a table".to_owned()),
        };
        let text = |key: &str| match table.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("has a {key} that is no text")),
        };
        let known = ["version", "path", "git", "ref"];
        if let Some(other) = table.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(format!("has {other}, which Gleam does not know"));
        }
        match (text("version")?, text("path")?, text("git")?, text("ref")?) {
            (Some(version), None, None, None) => hex(&version),
            (None, Some(path), None, None) => Ok(Self::Path(path)),
            (None, path, Some(url), Some(reference)) => Ok(Self::Git { url, reference, path }),
            _ => Err("needs either version, or path, or git and ref".to_owned()),
        }
    }

    /// As the manifest of the project in `root` has it.
    pub(super) fn to_toml(&self, root: &Path) -> String {
        match self {
            Self::Hex(requirement) => format!("{{ version = {} }}", quoted(requirement.as_str())),
            Self::Path(path) => format!("{{ path = {} }}", quoted(&relative(root, Path::new(path)))),
            Self::Git { url, reference, path } => {
                let path = path.as_ref().map(|path| format!(", path = {}", quoted(&slashes(path))));
                let path = path.unwrap_or_default();
                format!("{{ git = {}, ref = {}{path} }}", quoted(url), quoted(reference))
            }
        }
    }
}

/// The text of a requirement on a package of a repository, where it is one; not understood yet.
pub(crate) fn hex_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Table(table) => table.get("version")?.as_str(),
        _ => None,
    }
}

fn hex(text: &str) -> Result<Requirement, String> {
    requirement::Requirement::parse(text)
        .map(Requirement::Hex)
        .map_err(|error| format!("has the requirement {text:?}, which can't be read: {error}"))
}

/// A text of TOML, with quotes. Gleam does not escape; what needs it would break its own file.
pub(super) fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

pub(super) fn slashes(path: &str) -> String {
    path.replace('\\', "/")
}

/// A path from `root`, which is absolute; relative ones stay as they are.
pub(super) fn relative(root: &Path, path: &Path) -> String {
    if !path.is_absolute() {
        return slashes(&path.to_string_lossy());
    }
    let (from, to): (Vec<Component<'_>>, Vec<_>) = (root.components().collect(), path.components().collect());
    let common = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
    let up = from[common..].iter().map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to[common..].iter().copied()).collect();
    slashes(&path.to_string_lossy())
}
