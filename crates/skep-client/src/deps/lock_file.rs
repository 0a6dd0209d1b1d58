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
    /// All of them, in the order in which their lock files are looked for: a project of mix or Gleam may keep the lock
    /// file of rebar3 that a dependency brought along.
    pub const ALL: [Self; 3] = [Self::Mix, Self::Gleam, Self::Rebar3];

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

    /// Where it unpacks the dependencies of a project, one folder each, by their application.
    pub fn dependencies(self) -> &'static str {
        match self {
            Self::Mix => "deps",
            Self::Rebar3 => "_build/default/lib",
            Self::Gleam => "build/packages",
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
            let reason = io::Error::new(io::ErrorKind::InvalidData, error);
            ConfigError::Io { action: "read", path: path.to_owned(), reason }
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

    /// Reads the first lock file of a folder, in the order of [`Tool::ALL`]; none if it has none.
    ///
    /// # Errors
    /// When there is one that can't be read.
    pub fn first(folder: &Path) -> Result<Option<Self>, LockFileError> {
        let mut paths = Tool::ALL.into_iter().map(|tool| folder.join(tool.lock_file()));
        paths.find(|path| path.exists()).map(|path| Self::read(&path)).transpose()
    }

    /// The folder of the project.
    pub fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    /// What is locked of a package, and for which application. Tools that record no repository have each package once.
    pub fn release(&self, repository: &str, package: &str) -> Option<(&str, &LockedRelease)> {
        self.releases().find(|(_, release)| {
            let from = release.repository.as_deref();
            release.name.as_str() == package && from.is_none_or(|from| from == repository)
        })
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

    #[test]
    fn the_first_lock_file_of_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let first = || LockFile::first(folder.path());
        assert!(first().unwrap().is_none());
        put("rebar.lock", "[].\n");
        assert_eq!(first().unwrap().unwrap().tool, Tool::Rebar3);
        let manifest = "packages = [\n  { name = \"bar\", version = \"1.0.0\", build_tools = [\"gleam\"], requirements = [], \
                        otp_app = \"bar\", source = \"hex\" },\n]\n\n[requirements]\n";
        put("manifest.toml", manifest);
        let found = first().unwrap().unwrap();
        assert_eq!((found.tool, found.releases().count()), (Tool::Gleam, 1));
        assert_eq!(found.release("mysrv:acme", "bar").unwrap().1.version.to_string(), "1.0.0");
        put("mix.lock", "%{\n  \"app\": {:hex, :foo, \"1.2.3\"},\n}\n");
        let found = first().unwrap().unwrap();
        assert_eq!((found.tool, found.tool.dependencies()), (Tool::Mix, "deps"));
        assert_eq!(found.release("hexpm", "foo").unwrap().0, "app");
        assert!(found.release("hexpm:acme", "foo").is_none());
        put("mix.lock", "<<<<<<< HEAD");
        assert!(first().unwrap_err().to_string().contains("mix.lock: "));
    }
}
