//! Builds the signed resources of a repository from its rows.
//!
//! `packages/NAME` is rebuilt inside the transaction that changes the package. `names` and `versions`
//! are large: they are rebuilt when next asked for after a change, by one builder at a time. So is everything
//! in a repository that got another name.
//!
//! What is stored always carries the name that its repository has: whoever stores something holds the name.

use std::collections::HashMap;

use hex_format::version::Version;
use hex_registry::Timestamp;
use hex_registry::names::{Names, NamesEntry};
use hex_registry::package::{Dependency, Package, Release, Retirement, RetirementReason};
use hex_registry::versions::{ListedVersion, Versions, VersionsEntry};
use skep_store::tables::releases::{self, Release as ReleaseRow};
use skep_store::tables::repositories::{self, Repository};
use skep_store::tables::resources::{self, Kind, Resource};
use skep_store::tables::{packages, requirements};
use skep_store::{Change, Conn};

use crate::{Error, Result, Skep};

impl Skep {
    /// Rebuilds `packages/NAME` and marks the indexes stale, in the transaction of the change, which holds the
    /// repository (see [`Skep::change_in`]). Without releases the resource is taken away.
    pub(crate) async fn rebuild_package(
        &self,
        tx: &mut Conn,
        repository: &Repository,
        package_id: i64,
        name: &str,
    ) -> Result<()> {
        self.put_package(tx, repository, package_id, name).await?;
        repositories::bump_generation(tx, repository.id).await?;
        tx.note(Change::Package { repository_id: repository.id, name: name.to_owned() });
        Ok(())
    }

    async fn put_package(
        &self,
        tx: &mut Conn,
        repository: &Repository,
        package_id: i64,
        name: &str,
    ) -> Result<()> {
        let rows = releases::of_package(tx, package_id).await?;
        if rows.is_empty() {
            return Ok(resources::delete(tx, repository.id, Kind::Package, name).await?);
        }
        let required = requirements::of_package(tx, package_id).await?;
        let package = package_message(repository, name, rows, required)?;
        let content = package.to_signed(&self.signing_key);
        Ok(resources::put(tx, repository.id, Kind::Package, name, 0, &content, self.now()).await?)
    }

    /// `packages/NAME`, built now if the repository got another name since it was last asked for. None if there
    /// is no such package.
    pub(crate) async fn current_package(
        &self,
        repository: &Repository,
        name: &str,
    ) -> Result<Option<Resource>> {
        let mut conn = self.db.read().await?;
        let stored = resources::get(&mut conn, repository, Kind::Package, name).await?;
        if stored.is_some() || packages::by_name(&mut conn, repository.id, name).await?.is_none() {
            return Ok(stored);
        }
        drop(conn);
        let mut tx = self.change_in(repository).await?;
        let Some(package) = packages::by_name(&mut tx, repository.id, name).await? else { return Ok(None) };
        packages::lock(&mut tx, package.id).await?;
        self.put_package(&mut tx, repository, package.id, name).await?;
        let stored = resources::get(&mut tx, repository, Kind::Package, name).await?;
        tx.commit(self.now()).await?;
        Ok(stored)
    }

    /// An index that shows everything committed before the call, built now if need be.
    pub(crate) async fn current_index(&self, repository: &Repository, kind: Kind) -> Result<Resource> {
        if let Some(resource) = self.stored_index(repository, kind).await? {
            return Ok(resource);
        }
        // One builder at a time; whoever waited finds the work done.
        let _building = self.index_builder.lock().await;
        if let Some(resource) = self.stored_index(repository, kind).await? {
            return Ok(resource);
        }
        let mut conn = self.db.read().await?;
        // Read before the rows: a publish in between makes the result newer than its number says, which
        // only means that it is built once more.
        let generation = repositories::generation(&mut conn, repository).await?;
        let generation = generation.ok_or_else(Error::not_found)?;
        let content = match kind {
            Kind::Names => self.names(&mut conn, repository).await?,
            Kind::Versions => self.versions(&mut conn, repository).await?,
            Kind::Package | Kind::Policy => unreachable!("these are built when they change"),
        };
        drop(conn);
        let now = self.now();
        let mut tx = self.change_in(repository).await?;
        resources::put(&mut tx, repository.id, kind, "", generation, &content, now).await?;
        let stored = resources::get(&mut tx, repository, kind, "").await?;
        tx.commit(now).await?;
        stored.ok_or_else(|| Error::internal("an index was stored and is not there"))
    }

    async fn stored_index(&self, repository: &Repository, kind: Kind) -> Result<Option<Resource>> {
        let mut conn = self.db.read().await?;
        let generation = repositories::generation(&mut conn, repository).await?;
        let generation = generation.ok_or_else(Error::not_found)?;
        let stored = resources::get(&mut conn, repository, kind, "").await?;
        Ok(stored.filter(|resource| resource.generation >= generation))
    }

    async fn names(&self, conn: &mut Conn, repository: &Repository) -> Result<Vec<u8>> {
        let rows = packages::index(conn, repository.id).await?;
        let packages = rows.into_iter().map(|(_, name, updated_at)| NamesEntry {
            name,
            updated_at: Some(Timestamp::from_unix_micros(updated_at)),
        });
        let names = Names { repository: repository.name.clone(), packages: packages.collect() };
        Ok(names.to_signed(&self.signing_key))
    }

    async fn versions(&self, conn: &mut Conn, repository: &Repository) -> Result<Vec<u8>> {
        let mut by_package: HashMap<i64, Vec<(Version, ListedVersion)>> = HashMap::new();
        for (package_id, version, retired) in releases::index(conn, repository.id).await? {
            let parsed = parse_version(&version)?;
            let listed = ListedVersion { version, retired, has_advisories: false };
            by_package.entry(package_id).or_default().push((parsed, listed));
        }
        let rows = packages::index(conn, repository.id).await?;
        let packages = rows.into_iter().filter_map(|(id, name, _)| {
            let mut versions = by_package.remove(&id)?;
            versions.sort_by(|a, b| a.0.cmp(&b.0));
            Some(VersionsEntry { name, versions: versions.into_iter().map(|(_, listed)| listed).collect() })
        });
        let versions = Versions { repository: repository.name.clone(), packages: packages.collect() };
        Ok(versions.to_signed(&self.signing_key))
    }
}

/// The message of one package, releases in ascending order.
pub(crate) fn package_message(
    repository: &Repository,
    name: &str,
    rows: Vec<ReleaseRow>,
    required: Vec<requirements::Requirement>,
) -> Result<Package> {
    let mut dependencies: HashMap<i64, Vec<Dependency>> = HashMap::new();
    for row in required {
        let dependency = Dependency {
            repository: row.repository,
            package: row.package,
            requirement: row.requirement,
            optional: row.optional,
            app: row.app,
        };
        dependencies.entry(row.release_id).or_default().push(dependency);
    }
    let mut releases = Vec::with_capacity(rows.len());
    for row in rows {
        let version = parse_version(&row.version)?;
        let release = Release {
            version: row.version,
            inner_checksum: row.inner_checksum,
            outer_checksum: row.outer_checksum,
            dependencies: dependencies.remove(&row.id).unwrap_or_default(),
            retirement: row
                .retirement_reason
                .map(|reason| retirement(&reason, row.retirement_message))
                .transpose()?,
            advisory_ids: Vec::new(),
            published_at: Some(Timestamp::from_unix_micros(row.inserted_at)),
        };
        releases.push((version, release));
    }
    releases.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Package {
        repository: repository.name.clone(),
        name: name.to_owned(),
        releases: releases.into_iter().map(|(_, release)| release).collect(),
        advisories: Vec::new(),
    })
}

fn retirement(reason: &str, message: Option<String>) -> Result<Retirement> {
    let reason: RetirementReason = reason.parse().map_err(Error::internal)?;
    Ok(Retirement { reason, message })
}

/// A version from the database, which only holds valid ones.
pub(crate) fn parse_version(text: &str) -> Result<Version> {
    Version::parse(text).map_err(Error::internal)
}
