//! The one transaction of a publication.

use hex_format::version::Version;
use skep_store::tables::packages::{self, Package};
use skep_store::tables::releases::{self, NewRelease, Release};
use skep_store::tables::{owners, requirements as requirement_rows, reserved_packages};
use skep_store::{Conn, Micros, StoreError};

use super::upload::Upload;
use super::{Published, package, release, requirements};
use crate::access::{Access, PackageTarget, operations};
use crate::audit::{self, Action};
use crate::given::Problems;
use crate::mail::{self, Notice, To};
use crate::packages::meta::{PackageMeta, ReleaseMeta};
use crate::packages::{index, index_releases, release_entry, release_view};
use crate::role::Level;
use crate::{Error, Result, Skep, windows};

/// A publication whose version and package are in order.
pub(super) struct Draft {
    version: Version,
    package_meta: PackageMeta,
    release_meta: ReleaseMeta,
    /// What is wrong with the release so far. The rest comes to light in the transaction, and all of it is
    /// reported together.
    problems: Problems,
}

impl Draft {
    /// Whether it could still be stored.
    pub(super) fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Judges everything that needs no look into the database.
///
/// Errors: 422 by field.
pub(super) fn draft(target: &PackageTarget, upload: &Upload) -> Result<Draft> {
    let version = release::version(&upload.metadata)?;
    let package_meta = package::check(target, &upload.metadata)?;
    let mut problems = Problems::default();
    let release_meta = release::check(&version, &upload.metadata, &mut problems);
    Ok(Draft { version, package_meta, release_meta, problems })
}

impl Skep {
    /// Stores a publication. None when it has to be judged again: the package was made or deleted since the caller was
    /// allowed to publish it, and what was proved then says nothing about it now; or a required package was deleted.
    pub(super) async fn store_release(
        &self,
        access: &Access<operations::Publish>,
        upload: &Upload,
        draft: &Draft,
        replace: bool,
    ) -> Result<Option<Published>> {
        let target = access.target();
        let now = self.now();
        let mut tx = self.change_in(&target.repository).await?;
        let Some((package, before)) = put_package(&mut tx, access, draft, now).await? else {
            return Ok(None);
        };
        let version = draft.version.to_string();
        let existing = releases::by_version(&mut tx, package.id, &version).await?;
        let mut problems = draft.problems.clone();
        if let Some(problem) = existing.as_ref().and_then(|release| refusal(&package, release, replace, now))
        {
            problems.add("inserted_at", problem);
        }
        if existing.is_none()
            && reserved_packages::contains(&mut tx, package.repository_id, &package.name, Some(&version))
                .await?
        {
            problems.add("version", "is reserved");
        }
        let required = requirements::resolve(
            &mut tx,
            access.caller(),
            &target.repository,
            &upload.metadata,
            &mut problems,
        );
        let required = required.await?;
        problems.check()?;

        let meta = draft.release_meta.to_json()?;
        let new = NewRelease {
            version: &version,
            inner_checksum: upload.inner.as_bytes(),
            outer_checksum: upload.outer.as_bytes(),
            tarball_size: i64::try_from(upload.tarball.len()).map_err(Error::internal)?,
            meta: &meta,
            publisher_id: access.caller().principal.as_ref().map(|principal| principal.acting_user_id()),
        };
        let id = match &existing {
            Some(release) => {
                releases::replace(&mut tx, release.id, &new, now).await?;
                release.id
            }
            None => releases::insert(&mut tx, package.id, &new, now).await.map_err(published_meanwhile)?,
        };
        match requirement_rows::replace(&mut tx, id, &required).await {
            // A required package was deleted since it was looked up; looked up again, it will be missing.
            Err(StoreError::Reference(_)) => return Ok(None),
            replaced => replaced?,
        }
        let release = releases::by_version(&mut tx, package.id, &version).await?;
        let release = release.ok_or_else(|| Error::internal("the release was stored"))?;
        let entry = release_entry(Action::ReleasePublish, &target.repository, &package, &release)?;
        audit::record(&mut tx, access.caller(), &entry, now).await?;
        let notice = Notice::PackagePublished {
            repository: target.repository.name.clone(),
            package: package.name.clone(),
            version,
            publisher: access.caller().principal.as_ref().map_or("", |principal| principal.name()).to_owned(),
        };
        mail::tell(&mut tx, &notice, To::Owners(package.id), now).await?;
        match before.is_some_and(|before| before == package.meta) {
            true => index_releases(&mut tx, &package).await?,
            false => index(&mut tx, &package).await?,
        }
        releases::lock_blobs_shared(&mut tx).await?;
        self.keep_blob(upload).await?;
        self.rebuild_package(&mut tx, &target.repository, package.id, &package.name).await?;
        let view = release_view(&mut tx, &package, release).await?;
        tx.commit(now).await?;
        Ok(Some(Published { created: existing.is_none(), release: view }))
    }

    /// The collector of orphans may have taken a blob that was stored long ago for a publication that failed.
    async fn keep_blob(&self, upload: &Upload) -> Result<()> {
        if !self.objects.contains(&upload.outer).await? {
            self.objects.put(&upload.outer, upload.tarball.clone()).await?;
        }
        Ok(())
    }
}

/// Inserts or updates the package, and holds other writers of it back. Also gives the metadata that it had.
async fn put_package(
    tx: &mut Conn,
    access: &Access<operations::Publish>,
    draft: &Draft,
    now: Micros,
) -> Result<Option<(Package, Option<String>)>> {
    let target = access.target();
    let meta = draft.package_meta.to_json()?;
    let mut before = None;
    let id = match &target.package {
        Some(package) => {
            packages::lock(tx, package.id).await?;
            before = packages::by_id(tx, package.id).await?.map(|package| package.meta);
            packages::update_meta(tx, package.id, &meta, now).await?;
            package.id
        }
        None => {
            if reserved_packages::contains(tx, target.repository.id, &target.name, None).await? {
                return Err(Error::field("name", "is reserved"));
            }
            let id = match packages::insert(tx, target.repository.id, &target.name, &meta, now).await {
                Ok(id) => id,
                Err(StoreError::Duplicate(_)) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            // Rights in a private package come from roles.
            if let (true, Some(principal)) = (target.repository.is_public(), &access.caller().principal) {
                match owners::put(tx, id, principal.acting_user_id(), Level::Full.as_str(), now).await {
                    // The publishing organization was deleted meanwhile.
                    Err(StoreError::Reference(_)) => return Ok(None),
                    put => put?,
                }
            }
            id
        }
    };
    Ok(packages::by_id(tx, id).await?.map(|package| (package, before)))
}

/// Why an existing release may not be replaced. The window comes before the flag.
fn refusal(package: &Package, release: &Release, replace: bool, now: Micros) -> Option<&'static str> {
    if !windows::is_open(package, release, now) {
        return Some(windows::TOO_OLD_TO_MODIFY);
    }
    (!replace).then_some("must include the --replace flag to update an existing release")
}

fn published_meanwhile(error: StoreError) -> Error {
    match error {
        StoreError::Duplicate(_) => Error::field("version", "has already been published"),
        error => error.into(),
    }
}
