//! `gleam.toml`, as far as dependencies go.

use std::collections::BTreeMap;
use std::path::Path;

use hex_format::name::PackageName;
use hex_format::version::Version;
use serde::Deserialize;
use toml::Value;

use super::project::content;
use super::{CONFIG_FILE, HEXPM, ProjectError, Requirement, file};

/// Most bytes of a `gleam.toml`. Real ones have one or two thousand.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// What a project says of itself and requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The package's name.
    pub name: PackageName,
    /// Its version; `0.1.0` if there is none, as Gleam has it.
    pub version: Version,
    /// What the package requires.
    pub dependencies: BTreeMap<PackageName, Requirement>,
    /// What only its development requires.
    pub dev_dependencies: BTreeMap<PackageName, Requirement>,
    /// The repositories of packages that are not of hex.pm, from `[tools.skep.packages]`.
    pub repositories: BTreeMap<PackageName, String>,
}

/// What `gleam.toml` says, as far as every command reads it, before it is understood: names, versions and requirements are
/// texts still.
#[derive(Debug, Deserialize)]
pub(crate) struct Raw {
    pub(crate) name: String,
    #[serde(default = "first_version")]
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) dependencies: BTreeMap<String, Value>,
    #[serde(default, alias = "dev-dependencies")]
    dev_dependencies: BTreeMap<String, Value>,
    #[serde(default)]
    tools: Tools,
}

#[derive(Debug, Deserialize, Default)]
struct Tools {
    #[serde(default)]
    skep: Ours,
}

/// `[tools.skep]`, which Gleam leaves alone.
#[derive(Debug, Deserialize, Default)]
struct Ours {
    /// The repositories of packages that are not of hex.pm, as the client's configuration calls them.
    #[serde(default)]
    packages: BTreeMap<String, String>,
}

impl Raw {
    /// The repository that is recorded for a package.
    pub(crate) fn recorded(&self, package: &str) -> Option<&str> {
        self.tools.skep.packages.get(package).map(String::as_str)
    }
}

/// The version of a project that gives none.
fn first_version() -> String {
    "0.1.0".to_owned()
}

impl Config {
    /// Reads `gleam.toml`. What it says besides is not looked at.
    ///
    /// # Errors
    /// With the problem, when it is not TOML or a dependency can't be understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: Raw = toml::from_str(text).map_err(|error| error.to_string())?;
        Ok(Self {
            name: name(&file.name)?,
            version: Version::parse(&file.version).map_err(|error| format!("the version {error}"))?,
            dependencies: requirements(&file.dependencies)?,
            dev_dependencies: requirements(&file.dev_dependencies)?,
            repositories: (file.tools.skep.packages)
                .into_iter()
                .map(|(package, repository)| Ok((name(&package)?, repository)))
                .collect::<Result<_, String>>()?,
        })
    }

    /// Reads the `gleam.toml` of a folder, if it has one.
    ///
    /// # Errors
    /// When it can't be read or understood.
    pub fn read(folder: &Path) -> Result<Option<Self>, ProjectError> {
        let path = folder.join(CONFIG_FILE);
        let Some(text) = file::read(&path, MAX_BYTES)? else { return Ok(None) };
        Self::parse(&text).map(Some).map_err(content(&path))
    }

    /// Everything that is required, for the package and for its development.
    ///
    /// # Errors
    /// When one is listed twice.
    pub fn requirements(&self) -> Result<BTreeMap<PackageName, Requirement>, ProjectError> {
        if let Some(twice) = self.dev_dependencies.keys().find(|name| self.dependencies.contains_key(name)) {
            return Err(ProjectError::Duplicate(twice.clone()));
        }
        let both = self.dependencies.iter().chain(&self.dev_dependencies);
        Ok(both.map(|(name, requirement)| (name.clone(), requirement.clone())).collect())
    }

    /// The repository that a package is taken from: the one that is recorded, else hex.pm's.
    pub fn repository_of(&self, package: &PackageName) -> &str {
        self.repositories.get(package).map_or(HEXPM, String::as_str)
    }
}

fn requirements(table: &BTreeMap<String, Value>) -> Result<BTreeMap<PackageName, Requirement>, String> {
    let read = |(key, value): (&String, &Value)| {
        let requirement =
            Requirement::read(value).map_err(|problem| format!("the dependency {key} {problem}"))?;
        Ok((name(key)?, requirement))
    };
    table.iter().map(read).collect()
}

/// Reads the name of a package.
pub(super) fn name(text: &str) -> Result<PackageName, String> {
    PackageName::parse(text).map_err(|error| format!("the name {text:?} {error}"))
}
