//! Names of packages, and single versions, that an administrator keeps from being published: because they were
//! removed, or because somebody would take them for something else. What is published already stays.

use hex_format::name::PackageName;
use hex_format::version::Version;
use serde_json::json;
use skep_store::tables::audit_logs::About;
use skep_store::tables::repositories::{self, Repository};
use skep_store::tables::{former_organizations, organizations, reserved_packages};
use skep_store::{Conn, StoreError};

use crate::access::{Access, operations};
use crate::audit::{self, Action, Entry};
use crate::audit_logs::{AuditLogView, Traces};
use crate::given::{Given, Problems};
use crate::principal::Caller;
use crate::{Error, Result, Skep};

/// Reserved names on a page.
const PER_PAGE: i64 = 100;

/// Most characters of a reason.
const MAX_REASON: usize = 255;

pub use skep_store::tables::reserved_packages::ReservedPackage;

/// What is to be reserved, as it was given.
pub struct GivenName {
    /// The repository; the public one if absent.
    pub repository: Given<String>,
    /// The package.
    pub name: Given<String>,
    /// The version; all of them, and the name itself, if absent.
    pub version: Given<String>,
    /// Why.
    pub reason: Given<String>,
}

struct Name {
    repository: String,
    name: String,
    version: Option<String>,
    reason: Option<String>,
}

impl Skep {
    /// Reserved names by repository and name. Pages count from 1.
    pub async fn reserved_names(
        &self,
        _access: &Access<operations::ReadInstance>,
        page: i64,
    ) -> Result<Vec<ReservedPackage>> {
        let mut conn = self.db.read().await?;
        let offset = page.max(1).saturating_sub(1).saturating_mul(PER_PAGE);
        Ok(reserved_packages::page(&mut conn, PER_PAGE, offset).await?)
    }

    /// Reserves a name or a version.
    ///
    /// Errors: 422 by field.
    pub async fn reserve_name(
        &self,
        access: &Access<operations::ReserveNames>,
        given: GivenName,
    ) -> Result<ReservedPackage> {
        self.reserve_by(access.caller(), given).await
    }

    pub(crate) async fn reserve_by(&self, caller: &Caller, given: GivenName) -> Result<ReservedPackage> {
        let name = check(given)?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        let repository = find(&mut tx, &name.repository).await?;
        let version = name.version.as_deref();
        let reason = name.reason.as_deref();
        let inserted = reserved_packages::insert(&mut tx, repository.id, &name.name, version, reason, now);
        inserted.await.map_err(|error| match error {
            StoreError::Duplicate(_) => Error::field("name", "has already been taken"),
            error => error.into(),
        })?;
        record(&mut tx, caller, Action::NameReserve, &name, now).await?;
        tx.commit(now).await?;
        let Name { repository, name, version, reason } = name;
        Ok(ReservedPackage { repository, name, version, reason, inserted_at: now })
    }

    /// Gives a name or a version free.
    ///
    /// Errors: 404 for one that is not reserved, 422 by field.
    pub async fn release_name(
        &self,
        access: &Access<operations::ReserveNames>,
        given: GivenName,
    ) -> Result<()> {
        self.release_by(access.caller(), given).await
    }

    pub(crate) async fn release_by(&self, caller: &Caller, given: GivenName) -> Result<()> {
        let name = check(given)?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        let repository = find(&mut tx, &name.repository).await?;
        if !reserved_packages::delete(&mut tx, repository.id, &name.name, name.version.as_deref()).await? {
            return Err(Error::not_found());
        }
        record(&mut tx, caller, Action::NameRelease, &name, now).await?;
        Ok(tx.commit(now).await?)
    }

    /// What an organization did and what was done to it, newest first, also of one that was deleted, or by a name
    /// that it had. Pages count from 1.
    ///
    /// Errors: 404.
    pub async fn any_organization_audit_logs(
        &self,
        _access: &Access<operations::ReadInstance>,
        name: &str,
        page: i64,
    ) -> Result<Vec<AuditLogView>> {
        let mut conn = self.db.read().await?;
        let id = match organizations::by_name(&mut conn, name).await? {
            Some(organization) => Some(organization.id),
            None => former_organizations::by_name(&mut conn, name).await?,
        };
        drop(conn);
        self.audit_logs(About::Organization(id.ok_or_else(Error::not_found)?), Traces::Shown, page).await
    }
}

async fn find(tx: &mut Conn, repository: &str) -> Result<Repository> {
    let repository = repositories::by_name(tx, repository).await?;
    repository.ok_or_else(|| Error::field("repository", "does not exist"))
}

fn check(given: GivenName) -> Result<Name> {
    let mut problems = Problems::default();
    let repository = problems.optional("repository", given.repository);
    let name = problems.required("name", given.name);
    if let Some(Err(problem)) = name.as_deref().map(PackageName::parse) {
        problems.add("name", problem.to_string());
    }
    let version = problems.optional("version", given.version);
    if version.as_deref().is_some_and(|version| Version::parse(version).is_err()) {
        problems.add("version", "is invalid SemVer");
    }
    let reason = problems.optional("reason", given.reason);
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > MAX_REASON) {
        problems.add("reason", format!("should be at most {MAX_REASON} character(s)"));
    }
    problems.check()?;
    let repository = repository.unwrap_or_else(|| "hexpm".to_owned());
    Ok(Name { repository, name: name.expect("checked above"), version, reason })
}

async fn record(tx: &mut Conn, caller: &Caller, action: Action, name: &Name, now: i64) -> Result<()> {
    let params = json!({
        "repository": name.repository,
        "name": name.name,
        "version": name.version,
        "reason": name.reason,
    });
    Ok(audit::record(tx, caller, &Entry::new(action, params), now).await?)
}
