//! What a locked release says of itself, from what is on this machine: the tool's cache, else the folder that the tool
//! has unpacked it to.

use std::path::Path;

use hex_format::lock::{LockEntry, LockedDependency, LockedRelease};
use hex_format::metadata::{Dependency, Field, Metadata};
use hex_format::tarball::{self, Limits, MAX_METADATA};

use super::{Caches, LockFile, Tool, place};
use crate::config::atomic_file;

/// What is known of a dependency.
#[derive(Debug, Clone)]
pub struct Described {
    /// Its metadata.
    pub metadata: Metadata,
    /// The repository that it is from, by its name on this machine, as far as lock file and cache tell.
    pub repository: Option<String>,
}

/// What is known of a dependency; none if it is not on this machine.
///
/// A tarball is believed if it has the checksum of the lock file. An unpacked folder is what the tool builds from,
/// and believed if it is the locked version.
pub fn find(caches: &Caches, lock: &LockFile, entry: &LockEntry) -> Option<Described> {
    let release = entry.release()?;
    from_cache(caches, lock.tool, release).or_else(|| {
        let metadata = from_folder(lock, &entry.app, release)?;
        Some(Described { metadata, repository: release.repository.clone() })
    })
}

fn from_cache(caches: &Caches, tool: Tool, release: &LockedRelease) -> Option<Described> {
    let outer = release.outer?;
    let repositories = match (tool, &release.repository) {
        (Tool::Rebar3, _) => rebar3_repositories(caches).into_iter().map(Some).collect(),
        (_, repository) => vec![repository.clone()],
    };
    repositories.into_iter().find_map(|repository| {
        let name = repository.as_deref().unwrap_or_default();
        let path = caches.tarball(tool, name, &release.name, &release.version, outer);
        let bytes = place::read(&path).ok()??;
        let tarball = tarball::read(&bytes, &Limits::default()).ok()?;
        let metadata = (tarball.outer == outer).then(|| Metadata::parse(tarball.metadata).ok())??;
        Some(Described { metadata, repository })
    })
}

/// The repositories that rebar3 has a cache for: its lock file names none.
fn rebar3_repositories(caches: &Caches) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(&caches.rebar3) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

fn from_folder(lock: &LockFile, app: &str, release: &LockedRelease) -> Option<Metadata> {
    // A name that is a path would lead elsewhere.
    if Path::new(app).components().count() != 1 || app.starts_with('.') {
        return None;
    }
    let folder = match lock.tool {
        Tool::Mix => lock.folder().join("deps"),
        Tool::Rebar3 => lock.folder().join("_build/default/lib"),
        // Gleam keeps no metadata beside what it unpacks.
        Tool::Gleam => return None,
    };
    let path = folder.join(app).join("hex_metadata.config");
    let bytes = atomic_file::read(&path, MAX_METADATA as usize).ok()??;
    let metadata = Metadata::parse(&bytes).ok()?;
    let same = metadata.name.value().is_some_and(|name| name == release.name.as_str())
        && metadata.version.value().is_some_and(|version| *version == release.version.to_string());
    same.then_some(metadata)
}

/// What a release requires, by its metadata.
pub fn requirements(metadata: &Metadata) -> Vec<LockedDependency> {
    let Some(dependencies) = metadata.requirements.value() else { return Vec::new() };
    dependencies.iter().map(requirement).collect()
}

fn requirement(dependency: &Dependency) -> LockedDependency {
    let text = |field: &Field<String>| field.value().cloned();
    LockedDependency {
        app: text(&dependency.app).unwrap_or_else(|| dependency.name.clone()),
        name: dependency.name.clone(),
        requirement: text(&dependency.requirement),
        repository: text(&dependency.repository),
        optional: dependency.optional.value() == Some(&true),
    }
}
