//! A lock file and what the registry knows about its packages.
//!
//! Lock files of rebar3 and Gleam do not say which repository a package is from. It is the one whose release has the
//! checksum of the lock file, and no other: a package of the same name elsewhere is somebody else's.

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use hex_format::lock::LockedRelease;
use hex_project::audit::Difference;
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
    /// Releases that no repository has as they are locked.
    pub(super) absent: Vec<Absent>,
}

/// A locked release whose package is nowhere.
pub(super) struct Absent {
    pub(super) locked: LockedRelease,
    /// The repositories that were asked, or the one that has another release of this version.
    pub(super) repository: String,
    /// How that one differs.
    pub(super) difference: Option<Difference>,
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { locked, repository, difference } = self;
        match difference {
            None => write!(f, "{} {} is not in {repository}", locked.name, locked.version),
            Some(difference) => {
                write!(f, "{} {} of {repository}: {difference}", locked.name, locked.version)
            }
        }
    }
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
        release(&self.package, &self.locked)
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
        let found: Vec<Result<Dependency, Absent>> = stream::iter(entries)
            .map(|(app, locked)| {
                let (repositories, bar, tool) = (&repositories, &bar, lock.tool);
                async move {
                    let found = find(repositories, tool, &locked).await?;
                    bar.inc(1);
                    anyhow::Ok(match found {
                        Ok((repository, package)) => Ok(Dependency { app, locked, repository, package }),
                        Err((repository, difference)) => Err(Absent { locked, repository, difference }),
                    })
                }
            })
            .buffered(64)
            .try_collect()
            .await?;
        let (mut dependencies, mut absent) = (Vec::new(), Vec::new());
        for one in found {
            match one {
                Ok(dependency) => dependencies.push(dependency),
                Err(missing) => absent.push(missing),
            }
        }
        projects.push(Project { lock, dependencies, absent });
    }
    Ok(projects)
}

/// The package that a locked release is of, and its repository. Where the lock file names none, those that may have it are
/// asked as for fetching: hex.pm is not told the names of private packages. If none has it: who was asked, and how the
/// release of the first that has one of this version differs.
async fn find(
    repositories: &Repositories<'_>,
    tool: Tool,
    locked: &LockedRelease,
) -> Result<Result<(String, Package), (String, Option<Difference>)>> {
    let name = &locked.name;
    let cannot = || format!("cannot look up {name}");
    if let Some(repository) = &locked.repository {
        return match repositories.package(tool, repository, name).await {
            Ok(package) => Ok(Ok((repository.clone(), package))),
            Err(SourceError::Missing(_)) => Ok(Err((repository.clone(), None))),
            Err(error) => Err(error).with_context(cannot),
        };
    }
    let candidates = repositories.candidates(tool, name).await?;
    // A repository that does not open may be the one that has it; one that fails ends the search.
    let (mut other, mut failed) = (None, Vec::new());
    for repository in &candidates {
        let package = match repositories.package(tool, repository, name).await {
            Ok(package) => package,
            Err(SourceError::Missing(_)) => continue,
            Err(SourceError::Refused(reason)) => {
                failed.push(reason);
                continue;
            }
            Err(error) => {
                failed.push(error.to_string());
                break;
            }
        };
        match release(&package, locked).map(|release| Difference::between(locked, release)) {
            Some(None) => return Ok(Ok((repository.clone(), package))),
            Some(Some(difference)) if other.is_none() => {
                other = Some((repository.clone(), Some(difference)));
            }
            _ => {}
        }
    }
    if failed.is_empty() {
        return Ok(Err(other.unwrap_or_else(|| (candidates.join(", "), None))));
    }
    if let Some((repository, difference)) = other {
        failed.push(Absent { locked: locked.clone(), repository, difference }.to_string());
    }
    Err(anyhow!(failed.join("; "))).with_context(cannot)
}

/// The release of a package that is locked, if it has one of this version.
fn release<'a>(package: &'a Package, locked: &LockedRelease) -> Option<&'a Release> {
    let version = locked.version.to_string();
    package.releases.iter().find(|release| release.version == version)
}
