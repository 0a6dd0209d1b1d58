//! Puts the releases of a lock file into the cache of its tool.
//!
//! A release is taken from the repository that the lock file names. Where it names none, as those of rebar3 and Gleam, the
//! repositories are asked in their order, and one whose release has another checksum than the lock file is passed over:
//! a stranger's package of the same name is never taken for the right one.

use std::path::{Path, PathBuf};

use futures::StreamExt as _;
use futures::stream;
use hex_format::checksum::Sha256;
use hex_format::lock::LockedRelease;
use hex_format::name::PackageName;
use hex_format::tarball::{self, Limits, TarballError};
use hex_format::version::Version;
use hex_registry::package::{Package, Release};

use super::index::{self, Index, Known};
use super::place::{self, Held};
use super::{Caches, LockFile, Tool};
use crate::config::ConfigError;
use crate::repository::RepositoryError;

#[cfg(test)]
mod tests;

/// Releases that are worked on at once. How many of them use the network is for the network to say; the others are read,
/// checked and written.
const AT_ONCE: usize = 32;

/// The repositories that releases come from. What they give is verified.
pub trait Source {
    /// The repositories to be asked for a package of a lock file that names none, in order, by their names on this
    /// machine.
    fn candidates(
        &self,
        tool: Tool,
        package: &PackageName,
    ) -> impl Future<Output = Result<Vec<String>, SourceError>>;

    /// The releases of a package.
    fn package(
        &self,
        tool: Tool,
        repository: &str,
        package: &PackageName,
    ) -> impl Future<Output = Result<Package, SourceError>>;

    /// A tarball with this checksum.
    fn tarball(
        &self,
        tool: Tool,
        repository: &str,
        package: &PackageName,
        version: &Version,
        outer: Sha256,
    ) -> impl Future<Output = Result<Fetched, SourceError>>;

    /// The addresses that a repository is known by.
    fn urls(&self, tool: Tool, repository: &str) -> Vec<String>;
}

/// A tarball as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The tarball.
    pub bytes: Vec<u8>,
    /// Its entity tag, which rebar3 keeps beside it.
    pub etag: Option<String>,
}

/// Why a repository gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It does not have it, or not for this caller.
    #[error("{0}")]
    Missing(String),
    /// It does not open to this caller, whatever it has.
    #[error("{0}")]
    Refused(String),
    /// It has another one than was asked for.
    #[error("its checksum is {0}")]
    Checksum(Sha256),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl From<RepositoryError> for SourceError {
    fn from(error: RepositoryError) -> Self {
        match error {
            RepositoryError::Refused { .. } | RepositoryError::Missing { status: 401 | 403, .. } => {
                Self::Refused(error.to_string())
            }
            RepositoryError::Missing { .. } => Self::Missing(error.to_string()),
            RepositoryError::Checksum { found, .. } => Self::Checksum(found),
            other => Self::Other(other.to_string()),
        }
    }
}

/// Why a release is not in the cache.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No repository has it.
    #[error("{}", .0.join("; "))]
    Missing(Vec<String>),
    /// No repository of the machine may have it.
    #[error("this machine has no repository to ask: see `skep connect`")]
    NoRepository,
    /// Nobody could say which of the packages of this name is meant.
    #[error(
        "the lock file has no checksum for it, and more than one repository may have a package of this name ({}): let the \
         tool write its lock file anew",
        .0.join(", ")
    )]
    NoChecksum(Vec<String>),
    /// The registry has another release of this version than the lock file.
    #[error(
        "the lock file has checksum {locked} and {repository} has {found}: one of them is not what it was"
    )]
    Checksum {
        /// The repository.
        repository: String,
        /// The checksum in the lock file.
        locked: Sha256,
        /// That in the registry.
        found: Sha256,
    },
    /// The tarball can't be read.
    #[error("the tarball of {repository} is damaged: {reason}")]
    Tarball {
        /// The repository.
        repository: String,
        /// What is wrong.
        reason: TarballError,
    },
    /// The repository can't be asked.
    #[error("{0}")]
    Source(SourceError),
    /// The cache can't be read or written.
    #[error("cannot write {}: {source}", path.display())]
    Cache {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// What became of a release.
#[derive(Debug)]
pub enum Status {
    /// It was there.
    Kept,
    /// It was not there, and is now.
    Fetched,
    /// Something else was in its place, and it is there now.
    Replaced,
    /// It is not there, and nothing was to be fetched.
    Absent,
    /// It is not there.
    Failed(FetchError),
}

/// A release and what became of it.
#[derive(Debug)]
pub struct Outcome {
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: Version,
    /// The repository that it is from, if that is known.
    pub repository: Option<String>,
    /// Where it is.
    pub path: Option<PathBuf>,
    /// Why it should not be used any more, if the registry says so.
    pub retired: Option<String>,
    /// What became of it.
    pub status: Status,
}

/// How to fetch.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Only look what is there.
    pub check: bool,
    /// The time, in seconds since 1970.
    pub now: i64,
}

/// Fetches what is missing of a lock file, and tells of each release when it is done. The outcomes are in the order of the
/// lock file; a release that fails does not keep others from being fetched.
///
/// # Errors
/// When what the tool knows of registries can't be read or written.
pub async fn fetch(
    source: &impl Source,
    caches: &Caches,
    lock: &LockFile,
    options: Options,
    done: impl Fn(&Outcome),
) -> Result<Vec<Outcome>, ConfigError> {
    let index = Index::load(caches, lock.tool)?;
    let job = Job { source, caches, tool: lock.tool, index: index.as_ref(), check: options.check };
    let one = async |(_, release): (&str, &LockedRelease)| {
        let found = job.run(release).await;
        done(&found.0);
        found
    };
    let all: Vec<(Outcome, Option<Known>)> =
        stream::iter(lock.releases()).map(one).buffered(AT_ONCE).collect().await;
    let (outcomes, known): (Vec<Outcome>, Vec<Option<Known>>) = all.into_iter().unzip();
    let known: Vec<Known> = known.into_iter().flatten().collect();
    index::add(caches, lock.tool, &known, options.now, |repository| source.urls(lock.tool, repository))?;
    Ok(outcomes)
}

struct Job<'a, S> {
    source: &'a S,
    caches: &'a Caches,
    tool: Tool,
    index: Option<&'a Index>,
    check: bool,
}

/// A release that was found, and the package that was asked for on the way.
struct Found {
    /// None where nobody had to know.
    repository: Option<String>,
    path: PathBuf,
    held: Held,
    known: Option<Known>,
    retired: Option<String>,
}

impl<S: Source> Job<'_, S> {
    async fn run(&self, release: &LockedRelease) -> (Outcome, Option<Known>) {
        let outcome = |repository, path, retired, status| Outcome {
            name: release.name.clone(),
            version: release.version.clone(),
            repository,
            path,
            retired,
            status,
        };
        let found = self.find(release).await;
        match found {
            Ok(Some(Found { repository, path, held, known, retired })) => {
                let status = match held {
                    Held::Right => Status::Kept,
                    Held::Nothing => Status::Fetched,
                    Held::Damaged => Status::Replaced,
                };
                (outcome(repository, Some(path), retired, status), known)
            }
            Ok(None) => (outcome(release.repository.clone(), None, None, Status::Absent), None),
            Err(error) => (outcome(release.repository.clone(), None, None, Status::Failed(error)), None),
        }
    }

    /// Finds the release in the cache, or brings it there.
    async fn find(&self, release: &LockedRelease) -> Result<Option<Found>, FetchError> {
        // What is kept by its checksum alone is there, whichever repository it came from: nobody need be asked.
        if self.tool == Tool::Gleam
            && let Some(found) = self.held(None, release)?
        {
            return Ok(Some(found));
        }
        let repositories = match (&release.repository, self.tool) {
            (Some(repository), _) => vec![repository.clone()],
            (None, _) => {
                self.source.candidates(self.tool, &release.name).await.map_err(FetchError::Source)?
            }
        };
        for repository in &repositories {
            if let Some(found) = self.held(Some(repository), release)? {
                return Ok(Some(found));
            }
        }
        if self.check {
            return Ok(None);
        }
        // Nothing would tell another package of this name from the right one.
        if release.outer.is_none() && release.inner.is_none() && repositories.len() > 1 {
            return Err(FetchError::NoChecksum(repositories));
        }
        let mut refusals = Refusals::default();
        for repository in &repositories {
            match self.bring(repository, release).await {
                Ok(found) => return Ok(Some(found)),
                Err(error) => {
                    if let Err(failure) = refusals.add(error) {
                        return Err(refusals.told(Some(failure)));
                    }
                }
            }
        }
        Err(refusals.told(None))
    }

    /// The release, if the tool would find it without asking anybody.
    fn held(&self, of: Option<&str>, release: &LockedRelease) -> Result<Option<Found>, FetchError> {
        let repository = of.unwrap_or_default();
        let LockedRelease { name, version, .. } = release;
        let known = self.index.and_then(|index| index.outer(repository, name, version));
        let is_known = self.index.is_none_or(|index| index.knows(repository, name, version, release.outer));
        let Some(outer) = release.outer.or(known).filter(|_| is_known) else { return Ok(None) };
        let path = self.caches.tarball(self.tool, repository, name, version, outer);
        let held = place::tarball(&path, outer).map_err(cache(&path))?;
        if held != Held::Right || (self.tool == Tool::Rebar3 && !tag_of(&path).exists()) {
            return Ok(None);
        }
        let repository = of.map(str::to_owned).or_else(|| release.repository.clone());
        Ok(Some(Found { repository, path, held, known: None, retired: None }))
    }

    async fn bring(&self, repository: &str, release: &LockedRelease) -> Result<Found, FetchError> {
        let LockedRelease { name, version, .. } = release;
        // Gleam asks no registry when it has a checksum, so neither do we.
        let package = match release.outer {
            Some(_) if self.index.is_none() => None,
            _ => Some(self.source.package(self.tool, repository, name).await.map_err(FetchError::Source)?),
        };
        let registered = match &package {
            Some(package) => Some(registered(package, repository, release)?),
            None => None,
        };
        let found = registered.map(|it| Sha256::from_bytes(it.outer_checksum));
        let outer = release.outer.or(found).expect("invariant: one of the two was looked for");
        let path = self.caches.tarball(self.tool, repository, name, version, outer);
        let held = place::tarball(&path, outer).map_err(cache(&path))?;
        let has_tag = self.tool != Tool::Rebar3 || tag_of(&path).exists();
        if held != Held::Right || !has_tag {
            let fetched = self.source.tarball(self.tool, repository, name, version, outer).await;
            let fetched = fetched.map_err(|error| match error {
                SourceError::Checksum(found) => {
                    FetchError::Checksum { repository: repository.to_owned(), locked: outer, found }
                }
                error => FetchError::Source(error),
            })?;
            self.check(&fetched.bytes, repository, release, registered)?;
            place::write(&path, &fetched.bytes).map_err(cache(&path))?;
            if self.tool == Tool::Rebar3 {
                // Without this file rebar3 takes nothing from its cache when it can't reach the server.
                let tag = tag_of(&path);
                place::write(&tag, fetched.etag.unwrap_or_default().as_bytes()).map_err(cache(&tag))?;
            }
        }
        let retired = registered.and_then(|it| it.retirement.as_ref()).map(|it| {
            let message = it.message.as_deref().unwrap_or_default();
            format!("({}) {message}", it.reason).trim_end().to_owned()
        });
        let known = package.as_ref().filter(|_| self.index.is_some());
        let known =
            known.map(|package| Known { repository: repository.to_owned(), package: package.clone() });
        Ok(Found { repository: Some(repository.to_owned()), path, held, known, retired })
    }

    /// The inner checksum, which old lock files have alone.
    fn check(
        &self,
        bytes: &[u8],
        repository: &str,
        release: &LockedRelease,
        registered: Option<&Release>,
    ) -> Result<(), FetchError> {
        let damaged = |reason| FetchError::Tarball { repository: repository.to_owned(), reason };
        let inner = tarball::read(bytes, &Limits::default()).map_err(damaged)?.inner;
        let expected = [release.inner, registered.map(|it| Sha256::from_bytes(it.inner_checksum))];
        match expected.into_iter().flatten().find(|expected| *expected != inner) {
            Some(locked) => {
                Err(FetchError::Checksum { repository: repository.to_owned(), locked, found: inner })
            }
            None => Ok(()),
        }
    }
}

/// The release as the registry has it, if it is the one of the lock file.
fn registered<'a>(
    package: &'a Package,
    repository: &str,
    release: &LockedRelease,
) -> Result<&'a Release, FetchError> {
    let version = release.version.to_string();
    let found = package.releases.iter().find(|it| it.version == version).ok_or_else(|| {
        FetchError::Missing(vec![format!("{repository} has no version {version} of {}", release.name)])
    })?;
    let checksum = Sha256::from_bytes(found.outer_checksum);
    match release.outer.filter(|locked| *locked != checksum) {
        Some(locked) => {
            Err(FetchError::Checksum { repository: repository.to_owned(), locked, found: checksum })
        }
        None => Ok(found),
    }
}

/// The file in which rebar3 keeps the entity tag of a tarball.
fn tag_of(tarball: &Path) -> PathBuf {
    tarball.with_extension("etag")
}

fn cache(path: &Path) -> impl Fn(std::io::Error) -> FetchError {
    let path = path.to_owned();
    move |source| FetchError::Cache { path: path.clone(), source }
}

/// Why the repositories that were asked did not have the release.
#[derive(Default)]
struct Refusals {
    refused: Vec<String>,
    missing: Vec<String>,
    other: Option<FetchError>,
}

impl Refusals {
    /// Goes on after an error that speaks against this repository alone.
    fn add(&mut self, error: FetchError) -> Result<(), FetchError> {
        match error {
            FetchError::Missing(reasons) => self.missing.extend(reasons),
            FetchError::Source(SourceError::Missing(reason)) => self.missing.push(reason),
            FetchError::Source(SourceError::Refused(reason)) => self.refused.push(reason),
            // That there is another one of this name is what to tell in the end.
            error @ FetchError::Checksum { .. } => {
                self.other.get_or_insert(error);
            }
            error => return Err(error),
        }
        Ok(())
    }

    /// What to tell in the end, or when a repository failed that had to be asked: what was learned before that is told, too.
    fn told(self, failure: Option<FetchError>) -> FetchError {
        if let Some(error) = self.other {
            return error;
        }
        let last = match failure {
            Some(failure) if self.refused.is_empty() => return failure,
            Some(failure) => vec![failure.to_string()],
            None => self.missing,
        };
        match [self.refused, last].concat() {
            reasons if reasons.is_empty() => FetchError::NoRepository,
            reasons => FetchError::Missing(reasons),
        }
    }
}
