//! A lock file and what the registry knows about its packages.
//!
//! Lock files of rebar3 and Gleam do not say which repository a package is from. It is the one whose release has the
//! checksum of the lock file, and no other: a package of the same name elsewhere is somebody else's.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use hex_format::lock::LockedRelease;
use hex_registry::package::{Package, Release};
use skep_client::deps::fetch::{Source as _, SourceError};
use skep_client::deps::{LockFile, Tool};

use crate::args::LockArgs;
use crate::commands::context::Context;
use crate::commands::deps::source::Repositories;
use crate::output::progress;

/// A lock file with the registry's view of it.
pub(super) struct Project {
    pub(super) lock: LockFile,
    /// In the order of the file.
    pub(super) dependencies: Vec<Dependency>,
}

/// A locked release.
pub(super) struct Dependency {
    /// The application, by which the lock file knows it.
    pub(super) app: String,
    /// What the lock file says.
    pub(super) locked: LockedRelease,
    /// The repository, as this machine calls it.
    pub(super) repository: String,
    /// What the registry says.
    pub(super) package: Package,
}

impl Dependency {
    /// The locked release, if the registry still has it.
    pub(super) fn release(&self) -> Option<&Release> {
        let version = self.locked.version.to_string();
        self.package.releases.iter().find(|release| release.version == version)
    }
}

/// The lock files that are meant.
pub(super) fn lock_files(args: &LockArgs) -> Result<Vec<LockFile>> {
    match &args.lock {
        Some(path) => Ok(vec![LockFile::read(path)?]),
        None => {
            let mut found = LockFile::find(Path::new("."))?;
            // As somebody would type it.
            for lock in &mut found {
                lock.path = lock.path.strip_prefix(".").unwrap_or(&lock.path).to_owned();
            }
            Ok(found)
        }
    }
}

/// Asks the registry about every release of the lock files, several at a time.
pub(super) async fn look_up(context: &Context, locks: Vec<LockFile>) -> Result<Vec<Project>> {
    let total = locks.iter().map(|lock| lock.releases().count()).sum::<usize>();
    let bar = progress::count("Asking the registry", total as u64);
    let mut projects = Vec::new();
    for lock in locks {
        let repositories = Repositories::new(context, lock.folder().to_owned());
        let entries: Vec<_> = lock
            .entries
            .iter()
            .filter_map(|entry| Some((entry.app.clone(), entry.release()?.clone())))
            .collect();
        // The network has a limit of its own; this one only bounds what waits for it.
        let dependencies = stream::iter(entries)
            .map(|(app, locked)| {
                let (repositories, bar, tool) = (&repositories, &bar, lock.tool);
                async move {
                    let (repository, package) = find(repositories, tool, &locked).await?;
                    bar.inc(1);
                    anyhow::Ok(Dependency { app, locked, repository, package })
                }
            })
            .buffered(64)
            .try_collect()
            .await?;
        projects.push(Project { lock, dependencies });
    }
    Ok(projects)
}

/// The package that a locked release is of, and its repository. Where the lock file names none, those that may have it are
/// asked as for fetching: hex.pm is not told the names of private packages.
async fn find(
    repositories: &Repositories<'_>,
    tool: Tool,
    locked: &LockedRelease,
) -> Result<(String, Package)> {
    let name = &locked.name;
    if let Some(repository) = &locked.repository {
        let package = repositories.package(tool, repository, name).await;
        return Ok((repository.clone(), package.with_context(|| format!("cannot look up {name}"))?));
    }
    let candidates = repositories.candidates(tool, name).await?;
    for repository in &candidates {
        match repositories.package(tool, repository, name).await {
            Ok(package) if is_source(&package, locked) => return Ok((repository.clone(), package)),
            Ok(_) | Err(SourceError::Missing(_)) => {}
            Err(error) => return Err(error).with_context(|| format!("cannot look up {name}")),
        }
    }
    bail!(
        "no repository of this machine has {name} {} with the checksum of the lock file: looked in {}",
        locked.version,
        candidates.join(", ")
    )
}

/// Whether a locked release is one of this package.
fn is_source(package: &Package, locked: &LockedRelease) -> bool {
    let version = locked.version.to_string();
    let Some(release) = package.releases.iter().find(|release| release.version == version) else {
        return false;
    };
    let same = |sum: Option<hex_format::checksum::Sha256>, bytes: &[u8; 32]| {
        sum.is_none_or(|sum| sum.as_bytes() == bytes)
    };
    same(locked.outer, &release.outer_checksum) && same(locked.inner, &release.inner_checksum)
}
