//! Packages and releases as callers see them, and their audit log.
//!
//! A package's view is kept in memory: it answers the API's most asked question and finds the blobs of every
//! download. It must hold nothing that differs between callers, and it is let go of whenever a transaction notes
//! the package, or (for the names and addresses of its owners) an account.

mod audit;
mod cache;
mod index;
mod list;
pub mod meta;
mod search;
mod view;

use std::sync::Arc;

use hex_format::version::Version;
use skep_store::tables::audit_logs::About;
use skep_store::tables::repositories::Repository;
use skep_store::tables::{packages, releases};

pub(crate) use audit::{owner_entry, release_entry};
pub(crate) use cache::PackageCache;
pub(crate) use index::{index, index_releases};
pub use list::{MAX_PER_PAGE, PackageQuery};
pub use view::{Blob, OwnerName, PackageView, ReleaseLine, ReleaseView, RequirementView, RetirementView};
pub(crate) use view::{is_public, release_view};

use crate::access::{Access, operations};
use crate::audit_logs::{AuditLogView, Traces};
use crate::{Error, Result, Skep};

impl Skep {
    /// A package with its releases and owners.
    ///
    /// Errors: 404.
    pub async fn package(
        &self,
        access: &Access<operations::ReadRepository>,
        name: &str,
    ) -> Result<Arc<PackageView>> {
        self.package_view(&access.target().repository, name).await
    }

    /// A release with its requirements.
    ///
    /// Errors: 400 for a text that is no version, 404.
    pub async fn release(
        &self,
        access: &Access<operations::ReadRepository>,
        name: &str,
        version: &str,
    ) -> Result<ReleaseView> {
        check_version(version)?;
        let mut conn = self.db.read().await?;
        let package = packages::by_name(&mut conn, access.target().repository.id, name).await?;
        let package = package.ok_or_else(Error::not_found)?;
        let release = releases::by_version(&mut conn, package.id, version).await?;
        release_view(&mut conn, &package, release.ok_or_else(Error::not_found)?).await
    }

    /// What was done to a package, newest first. Pages count from 1. The log of a public package is open to everyone, so
    /// it does not tell from where.
    ///
    /// Errors: 404.
    pub async fn package_audit_logs(
        &self,
        access: &Access<operations::ReadRepository>,
        name: &str,
        page: i64,
    ) -> Result<Vec<AuditLogView>> {
        let package = self.package(access, name).await?;
        self.audit_logs(About::Package(package.id), Traces::Hidden, page).await
    }

    pub(crate) async fn package_view(&self, repository: &Repository, name: &str) -> Result<Arc<PackageView>> {
        // One that was put there under another name of the repository shows that one.
        let cached = self.packages.get(repository.id, name);
        if let Some(view) = cached.filter(|view| view.repository == repository.name) {
            return Ok(view);
        }
        let ticket = self.packages.ticket();
        let mut conn = self.db.read().await?;
        let package = packages::by_name(&mut conn, repository.id, name).await?;
        let package = package.filter(|package| package.repository == repository.name);
        let package = package.ok_or_else(Error::not_found)?;
        let view = Arc::new(view::load(&mut conn, package).await?);
        self.packages.insert(ticket, view.clone());
        Ok(view)
    }
}

/// A version from a path.
///
/// Errors: 400.
pub(crate) fn check_version(version: &str) -> Result<()> {
    match Version::parse(version) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::new(400, "invalid_version", format!("invalid version: {version}"))),
    }
}
