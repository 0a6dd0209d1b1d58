//! Packages and documentation archives from the folder of a project.
//!
//! Gleam and rebar3 projects are read here, by the rules of `gleam publish` and `rebar3 hex build`; a mix project is a
//! program that only mix can run, so this module says no more than that it is one. The same folder gives the same bytes on
//! every machine: files are sorted, times and owners left out. Nothing outside of the folder is ever packed.

pub mod check;
pub mod docs;
mod error;
mod files;
mod gleam;
mod glob;
pub mod mix_exs;
mod package;
mod rebar3;
pub mod secrets;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

pub use error::BuildError;
pub use files::MAX_FILES;
pub use package::Package;

/// Most bytes of a manifest: `gleam.toml`, `rebar.config`, an `.app.src`. Real ones have a few kilobytes.
pub const MAX_MANIFEST: u64 = 1024 * 1024;

/// What builds a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BuildTool {
    /// There is a `gleam.toml`.
    Gleam,
    /// There is a `mix.exs`.
    Mix,
    /// There is a `rebar.config` or an `.app.src`.
    Rebar3,
}

impl BuildTool {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gleam, Self::Mix, Self::Rebar3];

    /// The name of its program, which is also its name in package metadata.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gleam => "gleam",
            Self::Mix => "mix",
            Self::Rebar3 => "rebar3",
        }
    }

    fn is_at_home_in(self, folder: &Path) -> bool {
        match self {
            Self::Gleam => folder.join(gleam::MANIFEST).is_file(),
            Self::Mix => folder.join("mix.exs").is_file(),
            Self::Rebar3 => rebar3::is_project(folder),
        }
    }
}

impl fmt::Display for BuildTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What builds the project in a folder.
///
/// # Errors
/// When there is no project, or one of several tools: which of them the author publishes with can't be guessed.
pub fn detect(folder: &Path) -> Result<BuildTool, BuildError> {
    let found: Vec<_> = BuildTool::ALL.into_iter().filter(|tool| tool.is_at_home_in(folder)).collect();
    match found.as_slice() {
        [tool] => Ok(*tool),
        [] => Err(BuildError::NoProject(folder.to_owned())),
        [first, second, ..] => Err(BuildError::SeveralTools(*first, *second)),
    }
}

/// A project whose manifest was read.
#[derive(Debug)]
pub struct Project {
    manifest: Manifest,
    name: String,
    version: String,
    docs: docs::Place,
}

#[derive(Debug)]
enum Manifest {
    Gleam(Box<gleam::Project>),
    Rebar3(Box<rebar3::Project>),
}

impl Project {
    /// Reads the manifest of a Gleam project.
    ///
    /// # Errors
    /// When `gleam.toml` can't be read.
    pub fn gleam(folder: &Path) -> Result<Self, BuildError> {
        let project = gleam::Project::open(folder)?;
        let (name, version) = (project.name().to_owned(), project.version().to_owned());
        let folder = folder.join("build/dev/docs").join(&name);
        let docs = docs::Place { folder, command: "gleam docs build", configured: true };
        Ok(Self { manifest: Manifest::Gleam(Box::new(project)), name, version, docs })
    }

    /// Reads the manifests of a rebar3 project. In an umbrella project `app` says which application is meant.
    ///
    /// # Errors
    /// When there is no such application, or a manifest can't be read or is a program.
    pub fn rebar3(folder: &Path, app: Option<&str>) -> Result<Self, BuildError> {
        let project = rebar3::Project::open(folder, app)?;
        let (name, version, docs) =
            (project.package_name(), project.version().to_owned(), project.docs_place());
        Ok(Self { manifest: Manifest::Rebar3(Box::new(project)), name, version, docs })
    }

    /// The name of its package.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version, not checked.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where its documentation is when it was built.
    pub fn docs(&self) -> &docs::Place {
        &self.docs
    }

    /// Repositories other than the public one that the project knows by its own `rebar.config`.
    pub fn repositories(&self) -> Vec<String> {
        match &self.manifest {
            Manifest::Gleam(_) => Vec::new(),
            Manifest::Rebar3(project) => project.repositories(),
        }
    }

    /// Chooses and reads the files of the package, and writes its metadata.
    ///
    /// # Errors
    /// When a file can't be read or must not be packed, when they are too large together, or when something is missing
    /// that only the project's own tool can make.
    pub fn package(&self) -> Result<Package, BuildError> {
        match &self.manifest {
            Manifest::Gleam(project) => project.package(),
            Manifest::Rebar3(project) => project.package(),
        }
    }
}

/// Reads a text file of at most `limit` bytes.
fn read_text(path: &Path, limit: u64) -> Result<String, BuildError> {
    let bytes = files::read(path, limit)?.ok_or_else(|| BuildError::LargeFile(path.to_owned(), limit))?;
    String::from_utf8(bytes).map_err(|_| BuildError::NotUtf8(path.to_owned()))
}

/// A text file that need not be there.
fn read_optional(path: PathBuf, limit: u64) -> Result<Option<String>, BuildError> {
    if path.is_file() { read_text(&path, limit).map(Some) } else { Ok(None) }
}
