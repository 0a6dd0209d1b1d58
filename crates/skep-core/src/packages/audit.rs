//! Entries of the audit log about packages. Shapes: the Hex HTTP contract, "Audit params shapes".

use serde_json::{Value, json};
use skep_store::tables::packages::Package;
use skep_store::tables::releases::Release;
use skep_store::tables::repositories::Repository;
use skep_store::tables::users::User;

use super::meta::{PackageMeta, ReleaseMeta};
use crate::Result;
use crate::audit::{Action, Entry, user_params};
use crate::role::Level;

/// What was done to a release, or to its documentation.
pub(crate) fn release_entry(
    action: Action,
    repository: &Repository,
    package: &Package,
    release: &Release,
) -> Result<Entry> {
    let params = json!({ "package": package_params(package)?, "release": release_params(release)? });
    Ok(entry(action, params, repository, package))
}

/// What was done to an owner, who had or has this level.
pub(crate) fn owner_entry(
    action: Action,
    repository: &Repository,
    package: &Package,
    owner: &User,
    level: Level,
) -> Result<Entry> {
    let params = json!({
        "package": package_params(package)?,
        "level": level.as_str(),
        "user": user_params(owner.id, &owner.username),
    });
    Ok(entry(action, params, repository, package))
}

/// What happens to a private package stands in the log of its organization too.
fn entry(action: Action, params: Value, repository: &Repository, package: &Package) -> Entry {
    let organization_id = (!repository.is_public()).then_some(repository.organization_id);
    Entry { organization_id, package_id: Some(package.id), ..Entry::new(action, params) }
}

fn package_params(package: &Package) -> Result<Value> {
    let meta = PackageMeta::from_json(&package.meta)?;
    Ok(json!({ "id": package.id, "name": package.name, "meta": meta }))
}

fn release_params(release: &Release) -> Result<Value> {
    let meta = ReleaseMeta::from_json(&release.meta)?;
    let retirement = release
        .retirement_reason
        .as_ref()
        .map(|reason| json!({ "reason": reason, "message": release.retirement_message }));
    Ok(json!({
        "id": release.id,
        "version": release.version,
        "has_docs": release.docs_checksum.is_some(),
        "package_id": release.package_id,
        "meta": meta,
        "retirement": retirement,
    }))
}
