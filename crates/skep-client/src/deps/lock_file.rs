//! The lock files of a folder.

use std::io;
use std::path::{Path, PathBuf};

use hex_format::lock::{self, LockEntry, LockError, LockedRelease};

use crate::config::ConfigError;
use crate::config::atomic_file;

/// A build tool, by whose rules a lock file is read and a cache is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// `mix`, of Elixir.
    Mix,
    /// `rebar3`, of Erlang.
    Rebar3,
    /// `gleam`.
    Gleam,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Mix, Self::Rebar3, Self::Gleam];

    /// The name of its program.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mix => "mix",
            Self::Rebar3 => "rebar3",
            Self::Gleam => "gleam",
        }
    }

    /// The name of its lock file.
    pub fn lock_file(self) -> &'static str {
        match self {
            Self::Mix => "mix.lock",
            Self::Rebar3 => "rebar.lock",
            Self::Gleam => "manifest.toml",
        }
    }

    /// Whose lock file this is: by its name, else by how it begins.
    fn of(path: &Path, text: &str) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let by_name = Self::ALL.into_iter().find(|tool| tool.lock_file() == name);
        by_name.or_else(|| match text.trim_start().as_bytes() {
            [b'%', b'{', ..] => Some(Self::Mix),
            [b'{', b'"', ..] => Some(Self::Rebar3),
            _ if text.lines().any(|line| line.starts_with("packages = [")) => Some(Self::Gleam),
            _ => None,
        })
    }
}

/// A lock file as it was read.
#[derive(Debug, Clone)]
pub struct LockFile {
    /// Whose it is.
    pub tool: Tool,
    /// Where it is.
    pub path: PathBuf,
    /// Its dependencies.
    pub entries: Vec<LockEntry>,
}

/// Why there is no lock file to work with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockFileError {
    /// The folder has none.
    #[error("there is no mix.lock, rebar.lock or manifest.toml in {}: go to a project, or name one with --lock", .0.display())]
    None(PathBuf),
    /// The file is not there.
    #[error("there is no lock file {}", .0.display())]
    Missing(PathBuf),
    /// Nobody knows whose it is.
    #[error("{} is neither a mix.lock, a rebar.lock nor a manifest.toml", .0.display())]
    Unknown(PathBuf),
    /// The system refused.
    #[error(transparent)]
    Read(#[from] ConfigError),
    /// It can't be understood.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: LockError,
    },
}

impl LockFile {
    /// Reads a lock file.
    ///
    /// # Errors
    /// When it is not there, or is no lock file.
    pub fn read(path: &Path) -> Result<Self, LockFileError> {
        let bytes = atomic_file::read(path, lock::MAX_BYTES)?;
        let bytes = bytes.ok_or_else(|| LockFileError::Missing(path.to_owned()))?;
        let malformed = |reason| LockFileError::Malformed { path: path.to_owned(), reason };
        let text = String::from_utf8(bytes).map_err(|error| {
            let source = io::Error::new(io::ErrorKind::InvalidData, error);
            ConfigError::Io { action: "read", path: path.to_owned(), source }
        })?;
        let tool = Tool::of(path, &text).ok_or_else(|| LockFileError::Unknown(path.to_owned()))?;
        let entries = match tool {
            Tool::Mix => lock::mix::parse(&text),
            Tool::Rebar3 => lock::rebar::parse(&text),
            Tool::Gleam => lock::gleam::parse(&text),
        };
        Ok(Self { tool, path: path.to_owned(), entries: entries.map_err(malformed)? })
    }

    /// Reads all lock files of a folder; there is at least one.
    ///
    /// # Errors
    /// When there is none, or one can't be read.
    pub fn find(folder: &Path) -> Result<Vec<Self>, LockFileError> {
        let paths = Tool::ALL.into_iter().map(|tool| folder.join(tool.lock_file()));
        let found: Vec<Self> =
            paths.filter(|path| path.exists()).map(|path| Self::read(&path)).collect::<Result<_, _>>()?;
        if found.is_empty() { Err(LockFileError::None(folder.to_owned())) } else { Ok(found) }
    }

    /// The folder of the project.
    pub fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    /// The releases from Hex repositories, with the applications that they are.
    pub fn releases(&self) -> impl Iterator<Item = (&str, &LockedRelease)> {
        self.entries.iter().filter_map(|entry| Some((entry.app.as_str(), entry.release()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_is_known_by_its_name_or_its_beginning() {
        let of = |name: &str, text: &str| Tool::of(Path::new(name), text);
        assert_eq!(of("some/mix.lock", ""), Some(Tool::Mix));
        assert_eq!(of("old.lock", "%{\n}"), Some(Tool::Mix));
        assert_eq!(of("other.lock", "{\"1.2.0\",\n[]}."), Some(Tool::Rebar3));
        assert_eq!(of("gleam.lock", "# made by Gleam\n\npackages = [\n]"), Some(Tool::Gleam));
        assert_eq!(of("Cargo.lock", "[[package]]"), None);
    }

    #[test]
    fn all_lock_files_of_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let none = LockFile::find(folder.path()).unwrap_err();
        assert!(matches!(none, LockFileError::None(_)));
        std::fs::write(folder.path().join("mix.lock"), "%{}\n").unwrap();
        std::fs::write(folder.path().join("rebar.lock"), "[].\n").unwrap();
        let found = LockFile::find(folder.path()).unwrap();
        let tools: Vec<Tool> = found.iter().map(|lock| lock.tool).collect();
        assert_eq!(tools, [Tool::Mix, Tool::Rebar3]);
        std::fs::write(folder.path().join("rebar.lock"), [0xff, 0xfe]).unwrap();
        assert!(matches!(LockFile::find(folder.path()), Err(LockFileError::Read(_))));
    }
}
