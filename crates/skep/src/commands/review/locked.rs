//! A lock file and what the registry knows about its packages.
//!
//! Lock files of rebar3 and Gleam do not say which repository a package is from. It is the one whose release has the
//! checksum of the lock file, and no other: a package of the same name elsewhere is somebody else's.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use hex_format::lock::LockedRelease;
use hex_registry::package::{Package, Release};
use skep_client::deps::LockFile;
use skep_client::repository::{Repository, RepositoryError};

use crate::args::LockArgs;
use crate::commands::context::Context;
use crate::output::{self, progress};

/// The public repository's name.
const HEXPM: &str = "hexpm";

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
    let repositories = Repositories::open(context, &locks).await?;
    let total = locks.iter().map(|lock| lock.releases().count()).sum::<usize>();
    let bar = progress::count("Asking the registry", total as u64);
    let mut projects = Vec::new();
    for lock in locks {
        let entries: Vec<_> = lock
            .entries
            .iter()
            .filter_map(|entry| Some((entry.app.clone(), entry.release()?.clone())))
            .collect();
        // The network has a limit of its own; this one only bounds what waits for it.
        let dependencies = stream::iter(entries)
            .map(|(app, locked)| {
                let (repositories, bar) = (&repositories, &bar);
                async move {
                    let (repository, package) = repositories.find(&locked).await?;
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

/// The repositories that releases may come from.
struct Repositories {
    open: BTreeMap<String, Repository>,
    /// In which order those without a name are looked for.
    order: Vec<String>,
}

impl Repositories {
    async fn open(context: &Context, locks: &[LockFile]) -> Result<Self> {
        let releases = || locks.iter().flat_map(LockFile::releases).map(|(_, release)| release);
        let mut names: Vec<String> = releases().filter_map(|release| release.repository.clone()).collect();
        let mut order = Vec::new();
        if releases().any(|release| release.repository.is_none()) {
            order = context.repositories()?.names();
            order.retain(|name| name != HEXPM);
            order.insert(0, HEXPM.to_owned());
            names.extend(order.clone());
        }
        names.sort_unstable();
        names.dedup();
        let mut open = BTreeMap::new();
        for name in names {
            match context.repository(Some(&name), None).await {
                Ok(repository) => drop(open.insert(name, repository)),
                // One that is only a candidate may be out of order.
                Err(error) if order.contains(&name) && name != HEXPM => {
                    output::warn(&format!("repository {name} is not looked at: {error:#}"));
                }
                Err(error) => return Err(error),
            }
        }
        order.retain(|name| open.contains_key(name));
        Ok(Self { open, order })
    }

    async fn find(&self, locked: &LockedRelease) -> Result<(String, Package)> {
        if let Some(name) = &locked.repository {
            let repository = self.open.get(name).context("invariant: all that are named were opened")?;
            return Ok((name.clone(), repository.package(&locked.name).await?));
        }
        for name in &self.order {
            match self.open[name].package(&locked.name).await {
                Ok(package) if is_source(&package, locked) => return Ok((name.clone(), package)),
                Ok(_) | Err(RepositoryError::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        bail!(
            "no repository of this machine has {} {} with the checksum of the lock file: looked in {}",
            locked.name,
            locked.version,
            self.order.join(", ")
        )
    }
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
