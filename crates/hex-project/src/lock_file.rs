//! The lock file of a folder, whichever build tool it belongs to.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use hex_format::lock::{self, LockEntry, LockError, LockedRelease, MAX_BYTES};

#[cfg(test)]
mod tests;

/// A build tool, as far as its lock file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// mix, with `mix.lock`.
    Mix,
    /// Gleam, with `manifest.toml`.
    Gleam,
    /// rebar3, with `rebar.lock`.
    Rebar3,
}

/// A lock file as it was read.
#[derive(Debug)]
pub struct LockFile {
    /// Whose it is.
    pub tool: Tool,
    /// Where it is.
    pub path: PathBuf,
    /// What it locks.
    pub entries: Vec<LockEntry>,
}

/// Why a lock file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum LockFileError {
    /// The system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is damaged.
    #[error("{}: {source}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: LockError,
    },
}

impl Tool {
    /// In the order in which they are looked for: a project of mix may keep the lock file of rebar3 that a dependency
    /// brought along.
    pub const ALL: [Self; 3] = [Self::Mix, Self::Gleam, Self::Rebar3];

    /// The name of its lock file.
    pub fn lock_file(self) -> &'static str {
        match self {
            Self::Mix => "mix.lock",
            Self::Gleam => "manifest.toml",
            Self::Rebar3 => "rebar.lock",
        }
    }

    /// Where it unpacks the dependencies of a project, one folder each, by their application.
    pub fn dependencies(self) -> &'static str {
        match self {
            Self::Mix => "deps",
            Self::Gleam => "build/packages",
            Self::Rebar3 => "_build/default/lib",
        }
    }
}

impl LockFile {
    /// The lock file of a folder; none if there is none.
    ///
    /// # Errors
    /// When there is one that can't be read.
    pub fn find(folder: &Path) -> Result<Option<Self>, LockFileError> {
        for tool in Tool::ALL {
            let path = folder.join(tool.lock_file());
            if let Some(text) = read(&path)? {
                let entries = match tool {
                    Tool::Mix => lock::mix::parse(&text),
                    Tool::Gleam => lock::gleam::parse(&text),
                    Tool::Rebar3 => lock::rebar::parse(&text),
                };
                let entries =
                    entries.map_err(|source| LockFileError::Syntax { path: path.clone(), source })?;
                return Ok(Some(Self { tool, path, entries }));
            }
        }
        Ok(None)
    }

    /// What is locked of a package, and for which application. Tools that record no repository have each package once.
    pub fn release(&self, repository: &str, package: &str) -> Option<(&str, &LockedRelease)> {
        self.releases().find(|(_, release)| {
            let from = release.repository.as_deref();
            release.name.as_str() == package && from.is_none_or(|from| from == repository)
        })
    }

    /// All releases from Hex repositories, with their applications.
    pub fn releases(&self) -> impl Iterator<Item = (&str, &LockedRelease)> {
        self.entries.iter().filter_map(|entry| Some((entry.app.as_str(), entry.release()?)))
    }
}

fn read(path: &Path) -> Result<Option<String>, LockFileError> {
    let failed = |source| LockFileError::Io { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut text = String::new();
    // One byte more than allowed, so that the parser sees that there is more.
    file.take(MAX_BYTES as u64 + 1).read_to_string(&mut text).map_err(failed)?;
    Ok(Some(text))
}
