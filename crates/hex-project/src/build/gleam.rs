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
use crate::gleam::{Raw, hex_text};
use config::{Config, Target};

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
            .map_err(|error| BuildError::Toml(path, error.message().to_owned()))?;
        Ok(Self { folder: folder.to_owned(), config })
    }

    pub(super) fn name(&self) -> &str {
        &self.config.project.name
    }

    pub(super) fn version(&self) -> &str {
        &self.config.project.version
    }

    pub(super) fn package(&self) -> Result<Package, BuildError> {
        let apps = self.apps()?;
        let metadata = self.metadata(&apps)?;
        let mut files = Files::new(&self.folder, Links::Follow)?;
        let modules = files::add(&self.folder, &mut files)?;
        if self.config.target == Target::Erlang {
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
        let Config { project: Raw { name, version, .. }, description, licences, .. } = &self.config;
        let links = self.config.all_links();
        Ok(Draft {
            name: name.clone(),
            version: version.clone(),
            app: name.clone(),
            description: Some(description.clone()).filter(|text| !text.is_empty()),
            requirements: self.requirements(apps)?,
            build_tools: vec![BuildTool::Gleam.name().to_owned()],
            licenses: Some(licences.clone()).filter(|licences| !licences.is_empty()),
            links: Some(links).filter(|links| !links.is_empty()),
            ..Draft::default()
        })
    }

    fn requirements(&self, apps: &BTreeMap<String, String>) -> Result<Vec<DraftDependency>, BuildError> {
        let dependencies = &self.config.project.dependencies;
        let excluded: Vec<String> = dependencies
            .iter()
            .filter(|(_, source)| hex_text(source).is_none())
            .map(|(name, _)| name.clone())
            .collect();
        if !excluded.is_empty() {
            return Err(BuildError::ExcludedDependencies(excluded));
        }
        let hex = dependencies.iter().filter_map(|(name, source)| Some((name, hex_text(source)?)));
        Ok(hex
            .map(|(name, version)| DraftDependency {
                name: name.clone(),
                app: apps.get(name).unwrap_or(name).clone(),
                requirement: version.to_owned(),
                optional: false,
                repository: self.config.repository_of(name).to_owned(),
            })
            .collect())
    }
}
