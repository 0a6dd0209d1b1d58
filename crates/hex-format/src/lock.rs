//! Lock files of the three build tools, read into one list.
//!
//! Prefetching, auditing and explaining a project need only its lock file, not its toolchain. Reading is all
//! that happens here: lock files belong to their build tools and must never be written by anyone else.

pub mod gleam;
pub mod mix;
pub mod rebar;

use thiserror::Error;

use crate::checksum::{ChecksumError, Sha256};
use crate::elixir::ElixirError;
use crate::erlang;
use crate::name::{NameError, PackageName};
use crate::version::{Version, VersionError};

/// Most bytes of a lock file. Large projects have a few hundred kilobytes.
pub const MAX_BYTES: usize = 8_000_000;

/// Most dependencies in one lock file.
pub const MAX_ENTRIES: usize = 20_000;

/// One dependency of a lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockEntry {
    /// The OTP application, which is the entry's key. It may differ from the package's name.
    pub app: String,
    /// Where the dependency comes from.
    pub source: LockSource,
    /// Whether the project itself asks for it. None when the file does not say: `mix.lock` never does.
    pub direct: Option<bool>,
}

/// Where a dependency comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockSource {
    /// A release from a Hex repository.
    Hex(LockedRelease),
    /// Anything else: a git revision, a path.
    Other(OtherSource),
}

/// A release as a lock file pins it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedRelease {
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: Version,
    /// The repository as the client's configuration calls it: `hexpm`, `hexpm:acme`, `mysrv:acme`. None when
    /// the lock file has no such field at all: only Mix records it, and there a missing one means `hexpm`.
    pub repository: Option<String>,
    /// The inner checksum (over metadata and contents). Gleam has none.
    pub inner: Option<Sha256>,
    /// The outer checksum (over the whole tarball). Old lock files have none.
    pub outer: Option<Sha256>,
    /// The build tools: `mix`, `rebar3`, `make`, `gleam`. Empty when not recorded.
    pub managers: Vec<String>,
    /// The requirements of the release. Empty when not recorded.
    pub dependencies: Vec<LockedDependency>,
}

/// What a locked release requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedDependency {
    /// The OTP application that is required.
    pub app: String,
    /// The package that holds it.
    pub name: String,
    /// The requirement's text. Gleam doesn't record it.
    pub requirement: Option<String>,
    /// The repository, as in [`LockedRelease::repository`].
    pub repository: Option<String>,
    /// Whether the release works without it.
    pub optional: bool,
}

/// A dependency that doesn't come from a Hex repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OtherSource {
    /// How it is fetched: `git`, `hg`, `path`, `local`…
    pub kind: String,
    /// The address or path, when recorded.
    pub location: Option<String>,
    /// The commit, when recorded.
    pub revision: Option<String>,
    /// The version, when recorded, which only Gleam does.
    pub version: Option<String>,
    /// What it requires. Only Gleam records it.
    pub dependencies: Vec<LockedDependency>,
}

/// Why a lock file can't be read.
#[derive(Debug, Error)]
pub enum LockError {
    /// More than [`MAX_BYTES`].
    #[error("the lock file has {0} bytes, and at most {MAX_BYTES} are read")]
    TooLarge(usize),
    /// More than [`MAX_ENTRIES`].
    #[error("the lock file has {0} dependencies, and at most {MAX_ENTRIES} are read")]
    TooMany(usize),
    /// Markers of a merge that was not finished.
    #[error("the lock file has unresolved merge conflicts (line {0})")]
    Conflict(usize),
    /// `mix.lock` is not an Elixir literal.
    #[error("the lock file is not an Elixir literal: {0}")]
    Elixir(#[from] ElixirError),
    /// `rebar.lock` is not Erlang terms.
    #[error("the lock file is not Erlang terms: {0}")]
    Erlang(#[from] erlang::ParseError),
    /// `manifest.toml` is not TOML, or its tables have the wrong types.
    #[error("the lock file is not a manifest: {0}")]
    Toml(#[from] toml::de::Error),
    /// The outermost structure is not that of this kind of lock file.
    #[error("this is not a {0} file")]
    Shape(&'static str),
    /// An entry has a field that can't be understood.
    #[error("`{app}` in the lock file: {problem}")]
    Entry {
        /// The entry's key, as far as it is known.
        app: String,
        /// What is wrong with it.
        problem: EntryProblem,
    },
}

/// What is wrong with an entry of a lock file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntryProblem {
    /// A field is missing or of another type.
    #[error("the {0} is missing or malformed")]
    Field(&'static str),
    /// The package's name.
    #[error("the name `{0}` {1}")]
    Name(String, NameError),
    /// The version.
    #[error("{0}")]
    Version(#[from] VersionError),
    /// A checksum.
    #[error("the {0} checksum is malformed: {1}")]
    Checksum(&'static str, ChecksumError),
}

impl LockEntry {
    /// The release, when the dependency comes from a Hex repository.
    pub fn release(&self) -> Option<&LockedRelease> {
        match &self.source {
            LockSource::Hex(release) => Some(release),
            LockSource::Other(_) => None,
        }
    }
}

impl EntryProblem {
    fn of(self, app: &str) -> LockError {
        LockError::Entry { app: app.to_owned(), problem: self }
    }
}

/// Refuses what is too large or still holds the markers of a merge, as Mix does.
fn check_text(text: &str) -> Result<(), LockError> {
    if text.len() > MAX_BYTES {
        return Err(LockError::TooLarge(text.len()));
    }
    let marker = |line: &str| ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker));
    match text.lines().position(marker) {
        Some(line) => Err(LockError::Conflict(line + 1)),
        None => Ok(()),
    }
}

fn check_count(entries: usize) -> Result<(), LockError> {
    if entries > MAX_ENTRIES { Err(LockError::TooMany(entries)) } else { Ok(()) }
}

fn package_name(name: &str) -> Result<PackageName, EntryProblem> {
    PackageName::parse(name).map_err(|error| EntryProblem::Name(name.to_owned(), error))
}

fn checksum(which: &'static str, text: &str) -> Result<Sha256, EntryProblem> {
    Sha256::parse(text).map_err(|error| EntryProblem::Checksum(which, error))
}

#[cfg(test)]
mod tests;
