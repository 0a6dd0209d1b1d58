//! Looking after an instance: deleting blobs that nothing refers to, and checking that everything the
//! database promises is there and right. Both work while the server runs.

use std::collections::HashSet;

use futures::TryStreamExt;
use hex_format::checksum::Sha256;
use hex_registry::names::Names;
use hex_registry::package::Package;
use hex_registry::versions::Versions;
use skep_store::tables::packages;
use skep_store::tables::releases::{self, Release};
use skep_store::tables::repositories::{self, Repository};
use skep_store::tables::requirements::{self, Requirement};
use skep_store::tables::resources::{self, Kind, Resource};
use skep_store::{Conn, Micros, ObjectsError};

use crate::{Error, Result, Skep};

/// An orphan younger than this may belong to a publish that has not committed yet.
const ORPHAN_AGE: Micros = 3600 * 1_000_000;

/// What [`Skep::collect_garbage`] did.
#[derive(Debug, Default)]
pub struct Collected {
    /// Blobs looked at.
    pub seen: u64,
    /// Blobs deleted.
    pub deleted: u64,
    /// Bytes freed.
    pub bytes: u64,
    /// Orphans kept because they are young.
    pub too_young: u64,
}

/// Something that [`Skep::verify`] found.
#[derive(Debug)]
pub struct Problem {
    /// What it is about, such as `acme/billing 1.0.0`.
    pub what: String,
    /// What is wrong and what to do.
    pub problem: String,
}

/// What [`Skep::verify`] looked at and found.
#[derive(Debug, Default)]
pub struct Verified {
    /// Releases checked.
    pub releases: u64,
    /// Blobs read and hashed.
    pub blobs: u64,
    /// Registry resources opened.
    pub resources: u64,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Verified {
    fn add(&mut self, what: impl Into<String>, problem: impl Into<String>) {
        self.problems.push(Problem { what: what.into(), problem: problem.into() });
    }
}

/// The releases of a package, and what the registry shows of them.
struct Shown {
    rows: Vec<Release>,
    required: Vec<Requirement>,
    resource: Option<Resource>,
}

impl Shown {
    async fn read(conn: &mut Conn, repository: &Repository, package_id: i64, name: &str) -> Result<Self> {
        Ok(Self {
            rows: releases::of_package(conn, package_id).await?,
            required: requirements::of_package(conn, package_id).await?,
            resource: resources::get(conn, repository, Kind::Package, name).await?,
        })
    }
}

impl Skep {
    /// Deletes blobs that no release refers to.
    ///
    /// Errors: 409 if there is no release at all, but something to delete: then the database is more likely wrong
    /// than every blob an orphan.
    pub async fn collect_garbage(&self) -> Result<Collected> {
        let mut report = Collected::default();
        let mut has_releases = false;
        let mut blobs = self.objects.list();
        while let Some(blob) = blobs.try_next().await? {
            report.seen += 1;
            let now = self.now();
            let mut conn = self.db.read().await?;
            if releases::refers_to_blob(&mut conn, blob.sha256.as_bytes()).await? {
                continue;
            }
            drop(conn);
            if now - blob.written_at < ORPHAN_AGE {
                report.too_young += 1;
                continue;
            }
            has_releases = has_releases || releases::any(&mut self.db.read().await?).await?;
            if !has_releases {
                return Err(Error::new(
                    409,
                    "no_releases",
                    format!(
                        "the database has no release, so every package in {} would be deleted. Nothing was: if there \
                         should be releases, this is the wrong database or folder; if not, delete the files yourself",
                        self.objects.place()
                    ),
                ));
            }
            // A publish checks inside its transaction that its blob is there, so the decision and the
            // deletion stand in a transaction too.
            let mut tx = self.db.write().await?;
            releases::lock_blobs(&mut tx).await?;
            if !releases::refers_to_blob(&mut tx, blob.sha256.as_bytes()).await? {
                self.objects.delete(&blob.sha256).await?;
                report.deleted += 1;
                report.bytes += blob.size;
            }
            tx.commit(now).await?;
        }
        Ok(report)
    }

    /// Reads every blob and every registry resource and compares them with the database.
    pub async fn verify(&self) -> Result<Verified> {
        let mut report = Verified::default();
        let mut checked = HashSet::new();
        let mut conn = self.db.read().await?;
        let all = repositories::all(&mut conn).await?;
        drop(conn);
        for repository in &all {
            self.verify_repository(repository, &mut checked, &mut report).await?;
        }
        Ok(report)
    }

    async fn verify_repository(
        &self,
        repository: &Repository,
        checked: &mut HashSet<Sha256>,
        report: &mut Verified,
    ) -> Result<()> {
        let mut conn = self.db.read().await?;
        let index = packages::index(&mut conn, repository.id).await?;
        let mut without_package: HashSet<String> =
            resources::package_names(&mut conn, repository.id).await?.into_iter().collect();
        drop(conn);
        for (id, name, _) in index {
            without_package.remove(&name);
            // After the repository got another name nobody may have asked for it.
            self.current_package(repository, &name).await?;
            let mut conn = self.db.read().await?;
            let found = Shown::read(&mut conn, repository, id, &name).await?;
            drop(conn);
            let what = format!("{}/{name}", repository.name);
            for row in &found.rows {
                report.releases += 1;
                self.verify_blobs(&what, row, checked, report).await?;
            }
            report.resources += u64::from(found.resource.is_some());
            if self.problem_of(repository, &name, found)?.is_some() {
                // A publish in between looks the same: look again while there can be none.
                let mut tx = self.db.write().await?;
                let Some(package) = packages::by_name(&mut tx, repository.id, &name).await? else { continue };
                packages::lock(&mut tx, package.id).await?;
                let found = Shown::read(&mut tx, repository, package.id, &name).await?;
                if let Some(problem) = self.problem_of(repository, &name, found)? {
                    report.add(what, problem);
                }
            }
        }
        for name in without_package {
            let mut tx = self.db.write().await?;
            let shown = resources::get(&mut tx, repository, Kind::Package, &name).await?.is_some();
            if shown && packages::by_name(&mut tx, repository.id, &name).await?.is_none() {
                report.add(
                    format!("{}/{name}", repository.name),
                    "a registry resource of a package without releases",
                );
            }
        }
        for name in self.wrong_policies(repository).await? {
            let problem = "the published policy is not the one in the database: save it again to publish it";
            report.add(format!("{}: policies/{name}", repository.name), problem);
        }
        self.verify_indexes(repository, report).await
    }

    /// What is wrong with the registry resource of a package.
    fn problem_of(&self, repository: &Repository, name: &str, found: Shown) -> Result<Option<String>> {
        let Some(resource) = found.resource else {
            let problem =
                "has releases but no registry resource: publish or retire any of them to rebuild it";
            return Ok((!found.rows.is_empty()).then(|| problem.to_owned()));
        };
        let key = self.signing_key.public_key();
        Ok(match Package::from_signed(&resource.content, key, &repository.name, name) {
            Err(error) => Some(format!("the registry resource is not sound: {error}")),
            Ok(shown) => {
                let expected =
                    crate::registry::package_message(repository, name, found.rows, found.required)?;
                let problem = "the registry resource does not show what the database has";
                (shown != expected).then(|| problem.to_owned())
            }
        })
    }

    async fn verify_indexes(&self, repository: &Repository, report: &mut Verified) -> Result<()> {
        let key = self.signing_key.public_key();
        let names = self.current_index(repository, Kind::Names).await?;
        report.resources += 1;
        if let Err(error) = Names::from_signed(&names.content, key, &repository.name) {
            report.add(format!("{}: names", repository.name), format!("is not sound: {error}"));
        }
        let versions = self.current_index(repository, Kind::Versions).await?;
        report.resources += 1;
        if let Err(error) = Versions::from_signed(&versions.content, key, &repository.name) {
            report.add(format!("{}: versions", repository.name), format!("is not sound: {error}"));
        }
        Ok(())
    }

    async fn verify_blobs(
        &self,
        package: &str,
        row: &Release,
        checked: &mut HashSet<Sha256>,
        report: &mut Verified,
    ) -> Result<()> {
        let blobs = [("tarball", Some(row.outer_checksum)), ("documentation", row.docs_checksum)];
        for (kind, checksum) in blobs {
            let Some(sha256) = checksum.map(Sha256::from_bytes) else { continue };
            if !checked.insert(sha256) {
                continue;
            }
            report.blobs += 1;
            let what = format!("{package} {}", row.version);
            match self.objects.read(&sha256).await {
                Err(ObjectsError::Missing(_)) => {
                    report.add(what, format!("the {kind} {sha256} is missing: restore it from a backup"));
                }
                Err(error) => report.add(what, format!("the {kind} cannot be read: {error}")),
                Ok(content) if Sha256::of(&content) != sha256 => {
                    report.add(what, format!("the {kind} {sha256} is damaged: restore it from a backup"));
                }
                Ok(content) => {
                    if kind == "tarball" {
                        verify_tarball(&what, row, &content, report);
                    }
                }
            }
        }
        Ok(())
    }
}

fn verify_tarball(what: &str, row: &Release, content: &[u8], report: &mut Verified) {
    match hex_format::tarball::read(content, &hex_format::tarball::Limits::default()) {
        Err(error) => report.add(what, format!("the tarball cannot be opened: {error}")),
        Ok(tarball) if *tarball.inner.as_bytes() != row.inner_checksum => {
            report.add(what, "the inner checksum is not the one in the database");
        }
        Ok(_) => {}
    }
}
