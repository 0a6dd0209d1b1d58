//! `manifest.toml`: Gleam's lock file.
//!
//! It records the outer checksum only, the names of dependencies without their requirements, and no
//! repository.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{EntryProblem, LockEntry, LockError, LockSource, LockedDependency, LockedRelease, OtherSource};
use crate::version::Version;

#[derive(Deserialize)]
struct Manifest {
    packages: Vec<Package>,
    /// What `gleam.toml` asks for. Only old files have none.
    requirements: Option<BTreeMap<String, IgnoredAny>>,
}

/// One table of `packages`. Which fields must be there depends on the source.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    build_tools: Vec<String>,
    #[serde(default)]
    requirements: Vec<String>,
    otp_app: Option<String>,
    source: String,
    outer_checksum: Option<String>,
    repo: Option<String>,
    commit: Option<String>,
    path: Option<String>,
}

/// Reads `manifest.toml`, in the order of the file.
///
/// # Errors
/// When the file is no manifest, or an entry of a Hex package has malformed fields.
pub fn parse(text: &str) -> Result<Vec<LockEntry>, LockError> {
    super::check_text(text)?;
    let manifest: Manifest = toml::from_str(text)?;
    super::check_count(manifest.packages.len())?;
    let direct = manifest.requirements.as_ref();
    manifest.packages.into_iter().map(|package| entry(package, direct)).collect()
}

fn entry(
    package: Package,
    requirements: Option<&BTreeMap<String, IgnoredAny>>,
) -> Result<LockEntry, LockError> {
    let direct = requirements.map(|requirements| requirements.contains_key(&package.name));
    let app = package.otp_app.clone().unwrap_or_else(|| package.name.clone());
    let source = if package.source == "hex" {
        LockSource::Hex(release(package).map_err(|problem| problem.of(&app))?)
    } else {
        LockSource::Other(OtherSource {
            kind: package.source,
            location: package.repo.or(package.path),
            revision: package.commit,
            version: Some(package.version),
            dependencies: package.requirements.into_iter().map(dependency).collect(),
        })
    };
    Ok(LockEntry { app, source, direct })
}

fn release(package: Package) -> Result<LockedRelease, EntryProblem> {
    let outer = package.outer_checksum.as_deref().map(|text| super::checksum("outer", text)).transpose()?;
    Ok(LockedRelease {
        name: super::package_name(&package.name)?,
        version: Version::parse(&package.version)?,
        repository: None,
        inner: None,
        outer,
        managers: package.build_tools,
        dependencies: package.requirements.into_iter().map(dependency).collect(),
    })
}

/// Only the package's name is recorded; its application is assumed to be called the same.
fn dependency(name: String) -> LockedDependency {
    LockedDependency { app: name.clone(), name, requirement: None, repository: None, optional: false }
}
