//! Deleting a release, and with the last one the package. Rules and texts: the Hex HTTP contract, "Edit windows".
//!
//! The blobs stay for the collector of orphans: another release may consist of the same bytes.

use skep_store::StoreError;
use skep_store::tables::{packages, releases, requirements};

use crate::access::{Access, operations};
use crate::audit::{self, Action};
use crate::packages::{check_version, index_releases, release_entry};
use crate::{Error, Result, Skep, windows};

impl Skep {
    /// Deletes a release with its documentation. The name of a package without releases becomes free.
    ///
    /// Errors: 400 for a text that is no version, 404, 422 when the window is closed or others depend on the package.
    pub async fn revert(&self, access: &Access<operations::Revert>, version: &str) -> Result<()> {
        check_version(version)?;
        let id = access.target().existing()?.id;
        let repository = &access.target().repository;
        let now = self.now();
        let mut tx = self.change_in(repository).await?;
        packages::lock(&mut tx, id).await?;
        let package = packages::by_id(&mut tx, id).await?.ok_or_else(Error::not_found)?;
        let all = releases::of_package(&mut tx, id).await?;
        let release = all.iter().find(|release| release.version == version).ok_or_else(Error::not_found)?;
        if !windows::is_open(&package, release, now) {
            return Err(Error::field("inserted_at", windows::TOO_OLD_TO_DELETE));
        }
        let entry = release_entry(Action::ReleaseRevert, repository, &package, release)?;
        audit::record(&mut tx, access.caller(), &entry, now).await?;
        releases::delete(&mut tx, release.id).await?;
        if all.len() > 1 {
            packages::touch(&mut tx, id, now).await?;
            index_releases(&mut tx, &package).await?;
        } else {
            if requirements::has_dependants(&mut tx, id).await? {
                return Err(still_needed());
            }
            packages::delete(&mut tx, id).await.map_err(|error| match error {
                // A release that requires it was published meanwhile.
                StoreError::Reference(_) => still_needed(),
                error => error.into(),
            })?;
        }
        self.rebuild_package(&mut tx, repository, id, &package.name).await?;
        Ok(tx.commit(now).await?)
    }
}

fn still_needed() -> Error {
    Error::field("name", "you cannot delete this package because other packages depend on it")
}
