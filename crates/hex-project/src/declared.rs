//! What a project's own manifests ask for: `mix.exs`, `rebar.config` and `gleam.toml`.
//!
//! Two of them are programs or may be, and no program is run: what stands in them as plain text, as it mostly does, is
//! read. What is computed is told as such, so that nobody takes it for "any version".

mod elixir;
mod mix;
mod rebar3;
#[cfg(test)]
mod tests;

use std::io::{ErrorKind, Read as _};
use std::path::Path;

use hex_format::name::PackageName;

use crate::gleam::{CONFIG_FILE, Config, Requirement};
use crate::regular;

pub use mix::mix;
pub use rebar3::rebar3;
pub(crate) use rebar3::{Dependency as Rebar3Dependency, text as rebar3_text};

/// Most bytes of a manifest. Real ones have a few thousand.
const MAX_BYTES: u64 = 1 << 20;
/// Most applications of an umbrella that are looked into.
const MAX_APPS: usize = 500;

/// A dependency on a Hex package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The manifest, from the folder of the project: `mix.exs`, `apps/web/mix.exs`.
    pub source: String,
    /// The application, for mix and rebar3; the package, for Gleam.
    pub name: String,
    /// The versions that will do.
    pub asked: Asked,
    /// Where alone it is needed, as mix calls it: `dev`, `test`; for Gleam `dev`, for rebar3 the profile. Everywhere if
    /// there is nothing.
    pub only: Vec<String>,
}

/// What is asked of a dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: any version.
    Any,
    /// A requirement.
    Text(String),
    /// Something that only running the manifest would tell.
    Computed,
}

/// Why a manifest tells nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct DeclaredError {
    /// The manifest, from the folder of the project.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What the `gleam.toml` of a folder asks for; nothing if there is none.
///
/// # Errors
/// When it can't be read or understood.
pub fn gleam(folder: &Path) -> Result<Vec<Declaration>, DeclaredError> {
    let error =
        |error: crate::gleam::ProjectError| DeclaredError::of(CONFIG_FILE, &without_path(folder, &error));
    let Some(config) = Config::read(folder).map_err(error)? else { return Ok(Vec::new()) };
    let always = config.dependencies.iter().map(|it| (it, false));
    let both = always.chain(config.dev_dependencies.iter().map(|it| (it, true)));
    let declaration = |((name, requirement), dev): ((&PackageName, &Requirement), bool)| match requirement {
        Requirement::Hex(requirement) => Some(Declaration {
            source: CONFIG_FILE.to_owned(),
            name: name.to_string(),
            asked: Asked::Text(requirement.to_string()),
            only: if dev { vec!["dev".to_owned()] } else { Vec::new() },
        }),
        Requirement::Path(_) | Requirement::Git { .. } => None,
    };
    Ok(both.filter_map(declaration).collect())
}

/// The error without the path that it begins with.
fn without_path(folder: &Path, error: &crate::gleam::ProjectError) -> String {
    let text = error.to_string();
    let path = format!("{}: ", folder.join(CONFIG_FILE).display());
    text.strip_prefix(&path).map_or_else(|| text.clone(), str::to_owned)
}

impl DeclaredError {
    fn of(file: &str, problem: &str) -> Self {
        Self { file: file.to_owned(), problem: problem.to_owned() }
    }
}

/// The text of a manifest; none if there is none.
fn read(folder: &Path, name: &str) -> Result<Option<String>, DeclaredError> {
    let file = match regular::open(&folder.join(name)) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(DeclaredError::of(name, &error.to_string())),
    };
    let mut bytes = Vec::new();
    let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| DeclaredError::of(name, &error.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(DeclaredError::of(name, &format!("it has more than {MAX_BYTES} bytes")));
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The manifests called `file` one level below `below`, by their paths with slashes, sorted.
fn children(folder: &Path, below: &str, file: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder.join(below)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut found: Vec<String> = names
        .map(|name| format!("{}/{name}/{file}", below.trim_end_matches('/')))
        .filter(|path| folder.join(path).is_file())
        .take(MAX_APPS)
        .collect();
    found.sort_unstable();
    found
}
