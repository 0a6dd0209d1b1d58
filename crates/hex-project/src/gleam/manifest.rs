//! `manifest.toml`, as Gleam 1.18 reads and writes it: one line for each package, so that merges stay readable.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use hex_format::checksum::Sha256;
use hex_format::lock::MAX_ENTRIES;
use hex_format::name::PackageName;
use hex_format::version::Version;
use serde::Deserialize;
use toml::Value;

use super::config::name;
use super::requirement::{quoted, slashes};
use super::{ProjectError, Requirement};

const HEADER: &str = "\
# Do not manually edit this file, it is managed by Gleam.
#
# This file locks the dependency versions used, to make your build
# deterministic and to prevent unexpected versions from being included
# in your application.
#
# You should check this file into your source control repository.

";

/// A lock file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// What `gleam.toml` required when it was written. If it requires something else now, Gleam looks for versions anew.
    pub requirements: BTreeMap<PackageName, Requirement>,
    /// The packages, by name.
    pub packages: BTreeMap<PackageName, ManifestPackage>,
}

/// One package of a lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestPackage {
    /// Its version.
    pub version: Version,
    /// The tools that can build it.
    pub build_tools: Vec<String>,
    /// The names of what it requires, optional ones too.
    pub requirements: Vec<String>,
    /// Its OTP application. Packages in folders and from git have none.
    pub otp_app: Option<String>,
    /// Where it comes from.
    pub source: Source,
}

/// Where a locked package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A repository; which one is not told.
    Hex {
        /// SHA-256 of the tarball.
        outer_checksum: Sha256,
    },
    /// A commit.
    Git {
        /// The address.
        repo: String,
        /// The commit.
        commit: String,
        /// The folder in it, if it is not its root.
        path: Option<String>,
    },
    /// A folder.
    Local {
        /// From the project's folder.
        path: String,
    },
}

#[derive(Deserialize)]
struct File {
    requirements: BTreeMap<String, Value>,
    packages: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: String,
    build_tools: Vec<String>,
    requirements: Vec<String>,
    otp_app: Option<String>,
    source: String,
    outer_checksum: Option<String>,
    repo: Option<String>,
    commit: Option<String>,
    path: Option<String>,
}

impl Manifest {
    /// Reads `manifest.toml`.
    ///
    /// # Errors
    /// With the problem, when it is not TOML or something in it can't be understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        if file.packages.len() > MAX_ENTRIES {
            return Err(format!("it has more than {MAX_ENTRIES} packages"));
        }
        let requirement = |(key, value): (&String, &Value)| {
            let read =
                Requirement::read(value).map_err(|problem| format!("the requirement {key} {problem}"))?;
            Ok((name(key)?, read))
        };
        let package = |entry: Entry| {
            let package = name(&entry.name)?;
            Ok((package, entry.read()?))
        };
        Ok(Self {
            requirements: file.requirements.iter().map(requirement).collect::<Result<_, String>>()?,
            packages: file.packages.into_iter().map(package).collect::<Result<_, String>>()?,
        })
    }

    /// As Gleam writes it for the project in `root`.
    pub fn to_text(&self, root: &Path) -> String {
        let mut text = format!("{HEADER}packages = [\n");
        for (name, package) in &self.packages {
            text.push_str(&package.line(name));
        }
        text.push_str("]\n\n[requirements]\n");
        for (name, requirement) in &self.requirements {
            let _ = writeln!(text, "{name} = {}", requirement.to_toml(root));
        }
        text
    }

    /// The packages of repositories, with their outer checksums.
    pub fn releases(&self) -> impl Iterator<Item = (&PackageName, &Version, Sha256)> {
        self.packages.iter().filter_map(|(name, package)| match package.source {
            Source::Hex { outer_checksum } => Some((name, &package.version, outer_checksum)),
            Source::Git { .. } | Source::Local { .. } => None,
        })
    }

    /// Whether Gleam takes the requirements of `gleam.toml` for the same as those that were locked.
    ///
    /// # Errors
    /// When `gleam.toml` lists a dependency twice.
    pub fn fits(&self, config: &super::Config) -> Result<bool, ProjectError> {
        Ok(self.requirements == config.requirements()?)
    }
}

impl ManifestPackage {
    fn line(&self, name: &PackageName) -> String {
        let mut requirements: Vec<_> = self.requirements.iter().map(String::as_str).collect();
        requirements.sort_unstable();
        let mut line = format!(
            "  {{ name = \"{name}\", version = \"{}\", build_tools = {}, requirements = {}",
            self.version,
            list(self.build_tools.iter().map(String::as_str)),
            list(requirements)
        );
        if let Some(app) = &self.otp_app {
            let _ = write!(line, ", otp_app = {}", quoted(app));
        }
        let _ = match &self.source {
            Source::Hex { outer_checksum } => {
                write!(line, ", source = \"hex\", outer_checksum = \"{}\"", outer_checksum.to_upper_hex())
            }
            Source::Git { repo, commit, path } => {
                let path = path.as_ref().map(|path| format!(", path = {}", quoted(&slashes(path))));
                let (repo, commit, path) = (quoted(repo), quoted(commit), path.unwrap_or_default());
                write!(line, ", source = \"git\", repo = {repo}, commit = {commit}{path}")
            }
            Source::Local { path } => write!(line, ", source = \"local\", path = {}", quoted(&slashes(path))),
        };
        line.push_str(" },\n");
        line
    }
}

fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = texts.into_iter().map(quoted).collect();
    format!("[{}]", quoted.join(", "))
}

impl Entry {
    fn read(self) -> Result<ManifestPackage, String> {
        let name = self.name;
        let problem = |what: &str| format!("the package {name} has {what}");
        let source = match (self.source.as_str(), self.outer_checksum, self.repo, self.commit, self.path) {
            ("hex", Some(checksum), ..) => {
                let outer_checksum = Sha256::parse(&checksum).map_err(|error| problem(&error.to_string()))?;
                Source::Hex { outer_checksum }
            }
            ("git", _, Some(repo), Some(commit), path) => Source::Git { repo, commit, path },
            ("local", _, _, _, Some(path)) => Source::Local { path },
            (source, ..) => {
                return Err(problem(&format!("a source {source:?} that lacks something or is not known")));
            }
        };
        Ok(ManifestPackage {
            version: Version::parse(&self.version).map_err(|error| problem(&error.to_string()))?,
            build_tools: self.build_tools,
            requirements: self.requirements,
            otp_app: self.otp_app,
            source,
        })
    }
}
