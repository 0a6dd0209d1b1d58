//! Gleam projects, as `gleam publish` of Gleam 1.18 packs them.
//!
//! A package that compiles to Erlang also holds the Erlang that the compiler made of it, so that rebar3 and mix can use it
//! without Gleam. That part is taken from `build`, and only when it is not older than the source.

mod config;
mod erlang;
mod files;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hex_format::lock::{LockSource, MAX_BYTES, gleam};
use hex_format::metadata::{Draft, DraftDependency};

use super::files::{Files, Links};
use super::{BuildError, BuildTool, MAX_MANIFEST, Package, read_optional, read_text};
use config::{About, Config, Target};

use crate::gleam::Requirement;

/// The name of the manifest.
pub(super) const MANIFEST: &str = "gleam.toml";

/// A Gleam project.
#[derive(Debug)]
pub(super) struct Project {
    folder: PathBuf,
    config: Config,
}

impl Project {
    pub(super) fn open(folder: &Path) -> Result<Self, BuildError> {
        let path = folder.join(MANIFEST);
        let config = Config::parse(&read_text(&path, MAX_MANIFEST)?)
            .map_err(|problem| BuildError::Toml(path, problem))?;
        Ok(Self { folder: folder.to_owned(), config })
    }

    pub(super) fn name(&self) -> &str {
        self.config.project.name.as_str()
    }

    pub(super) fn version(&self) -> String {
        self.config.project.version.to_string()
    }

    pub(super) fn package(&self) -> Result<Package, BuildError> {
        let apps = self.apps()?;
        let metadata = self.metadata(&apps)?;
        let mut files = Files::new(&self.folder, Links::Follow)?;
        let modules = files::add(&self.folder, &mut files)?;
        if self.config.about.target == Target::Erlang {
            erlang::add(&self.folder, &self.config, &apps, &modules, &mut files)?;
        }
        Package::read(metadata, files)
    }

    /// The OTP applications of packages that are not called like them, from the lock file.
    fn apps(&self) -> Result<BTreeMap<String, String>, BuildError> {
        let path = self.folder.join("manifest.toml");
        let Some(text) = read_optional(path.clone(), MAX_BYTES as u64)? else { return Ok(BTreeMap::new()) };
        let entries = gleam::parse(&text).map_err(|error| BuildError::Lock(path, error))?;
        let app = |entry: hex_format::lock::LockEntry| match entry.source {
            LockSource::Hex(release) => Some((release.name.into_string(), entry.app)),
            LockSource::Other(_) => None,
        };
        Ok(entries.into_iter().filter_map(app).collect())
    }

    fn metadata(&self, apps: &BTreeMap<String, String>) -> Result<Draft, BuildError> {
        let About { description, licences, .. } = &self.config.about;
        let name = self.name().to_owned();
        let links = self.config.all_links();
        Ok(Draft {
            app: name.clone(),
            name,
            version: self.version(),
            description: Some(description.clone()).filter(|text| !text.is_empty()),
            requirements: self.requirements(apps)?,
            build_tools: vec![BuildTool::Gleam.name().to_owned()],
            licenses: Some(licences.clone()).filter(|licences| !licences.is_empty()),
            links: Some(links).filter(|links| !links.is_empty()),
            ..Draft::default()
        })
    }

    fn requirements(&self, apps: &BTreeMap<String, String>) -> Result<Vec<DraftDependency>, BuildError> {
        let (mut hex, mut excluded) = (Vec::new(), Vec::new());
        for (name, requirement) in &self.config.project.dependencies {
            match requirement {
                Requirement::Hex(requirement) => hex.push(DraftDependency {
                    name: name.to_string(),
                    app: apps.get(name.as_str()).cloned().unwrap_or_else(|| name.to_string()),
                    requirement: requirement.to_string(),
                    optional: false,
                    repository: self.config.repository_of(name).to_owned(),
                }),
                Requirement::Path(_) | Requirement::Git { .. } => excluded.push(name.to_string()),
            }
        }
        if excluded.is_empty() { Ok(hex) } else { Err(BuildError::ExcludedDependencies(excluded)) }
    }
}
