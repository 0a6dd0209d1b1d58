//! Gleam projects: what stands in `gleam.toml` and `manifest.toml`.
//!
//! Gleam has hex.pm built in. But it asks nobody where the manifest fits `gleam.toml` and the tarballs are in its cache.
//! Both files are written here, as Gleam 1.18 writes it. A package that is not of hex.pm is recorded with its
//! repository in a table of our own, which Gleam leaves alone:
//!
//! ```toml
//! [tools.skep.packages]
//! twig = "mysrv:acme"
//! ```

mod config;
mod edit;
mod file;
mod kept;
mod manifest;
mod plan;
mod project;
mod provided;
mod requirement;
mod specifier;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use hex_format::name::PackageName;
use thiserror::Error;

pub use config::Config;
pub(crate) use config::Raw;
pub use edit::Edit;
pub use kept::{Unlock, kept};
pub use manifest::{Manifest, ManifestPackage, Source};
pub use plan::{Changes, Facts, Plan, Tarball, repositories};
pub use project::Project;
pub use provided::Provided;
pub use requirement::Requirement;
pub(crate) use requirement::hex_text;
pub use specifier::{Specifier, SpecifierError};

/// The file that describes a project.
pub const CONFIG_FILE: &str = "gleam.toml";
/// The lock file.
pub const MANIFEST_FILE: &str = "manifest.toml";
/// The repository of packages that nothing is recorded for.
pub const HEXPM: &str = "hexpm";

/// Why a project can't be read or changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// The system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no project here.
    #[error("{} is not there: run this in the folder of a Gleam project", path.display())]
    NoProject {
        /// The `gleam.toml` that was looked for.
        path: PathBuf,
    },
    /// A file is larger than is read.
    #[error("{} has more than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Most bytes that are read.
        limit: usize,
    },
    /// A file does not say what it should.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A dependency is listed twice.
    #[error("{0} is in dependencies and in dev_dependencies: remove it from one of them")]
    Duplicate(PackageName),
    /// A folder of the project holds another package than expected.
    #[error("the folder {} holds the package {found}, not {expected}", path.display())]
    WrongPackage {
        /// The folder.
        path: PathBuf,
        /// What was expected in it.
        expected: PackageName,
        /// What it holds.
        found: PackageName,
    },
    /// Two places for one package.
    #[error("{name} is required from two places: {first} and {second}")]
    TwoPlaces {
        /// The package.
        name: PackageName,
        /// One place.
        first: String,
        /// The other.
        second: String,
    },
    /// Packages in folders that require each other.
    #[error("the packages {0} require each other")]
    Cycle(String),
    /// A dependency from git that Gleam did not fetch yet.
    #[error(
        "{0} comes from git and is not in manifest.toml as gleam.toml has it: Skep does not fetch from git, so let `gleam deps download` lock it while no private package is required, or publish it"
    )]
    Git(PackageName),
    /// A release is not what it was when it was locked.
    #[error(
        "{name} {version} in {repository} has another checksum than in manifest.toml: it was replaced since; `skep gleam update {name}` takes the new one"
    )]
    Replaced {
        /// The package.
        name: PackageName,
        /// Its version.
        version: hex_format::version::Version,
        /// Where it was looked for.
        repository: String,
    },
    /// A tarball without what the manifest needs.
    #[error("the tarball of {name} {version} is not a package: {problem}")]
    Tarball {
        /// The package.
        name: PackageName,
        /// Its version.
        version: hex_format::version::Version,
        /// What is wrong with it.
        problem: String,
    },
}
