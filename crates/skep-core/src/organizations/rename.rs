//! Renaming an organization, its repository and the account that stands for it, all at once.
//!
//! The old name is never given to anybody else: projects may still ask for packages by it, and must not get
//! somebody else's. Only the organization itself may take it back. Every signed resource carries the name of its
//! repository, so all of them are taken away in the transaction, and built anew when somebody asks. Permissions
//! of keys, and what people agreed that clients may do, follow: they open the same things as before. Access tokens
//! that name the repository end, because what they open is written in their text; clients get new ones by themselves.

use skep_store::tables::former_organizations::{self, End};
use skep_store::tables::organizations::{self, Organization};
use skep_store::tables::repositories::{self, Repository};
use skep_store::tables::{keys, oauth_tokens, resources, users};
use skep_store::{Change, Conn, Micros};

use super::create::{check_name, refuse_reserved, taken};
use super::{OrganizationView, hold};
use crate::access::{Access, operations};
use crate::audit::{self, Action, Entry, organization_params};
use crate::given::Given;
use crate::permission::Permission;
use crate::principal::Caller;
use crate::{Error, Result, Skep};

impl Skep {
    /// Gives an organization another name.
    ///
    /// Errors: 422 by field, 404 when it was renamed or deleted meanwhile.
    pub async fn rename_organization(
        &self,
        access: &Access<operations::ManageOrganization>,
        name: Given<String>,
    ) -> Result<OrganizationView> {
        self.rename_organization_by(access.caller(), &access.target().organization, name).await
    }

    /// Renames on behalf of whoever was allowed to.
    pub(crate) async fn rename_organization_by(
        &self,
        caller: &Caller,
        target: &Organization,
        name: Given<String>,
    ) -> Result<OrganizationView> {
        let name = check_name(name)?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        let organization = hold(&mut tx, target).await?;
        let old = organization.name.clone();
        if old == name.as_str() {
            return Ok(organization.into());
        }
        let repository = repositories::of_organization(&mut tx, organization.id).await?;
        let repository = repository.ok_or_else(|| Error::internal("an organization has a repository"))?;
        repositories::lock(&mut tx, repository.id).await?;

        organizations::rename(&mut tx, organization.id, name.as_str(), now).await.map_err(taken)?;
        repositories::rename(&mut tx, repository.id, name.as_str(), now).await.map_err(taken)?;
        users::rename_organization_user(&mut tx, organization.id, name.as_str(), now).await.map_err(taken)?;
        if !former_organizations::take_back(&mut tx, name.as_str(), organization.id).await? {
            refuse_reserved(&mut tx, &name).await?;
        }
        former_organizations::insert(&mut tx, &old, organization.id, End::Renamed, now).await?;

        let organization = Organization { name: name.as_str().to_owned(), updated_at: now, ..organization };
        let repository = Repository { name: name.into_string(), updated_at: now, ..repository };
        resources::delete_all(&mut tx, repository.id).await?;
        self.rebuild_policies(&mut tx, &repository).await?;
        rename_permissions(&mut tx, &old, &organization.name, now).await?;
        // Of repositories with a longer name too: their tokens end for nothing, and are got anew.
        oauth_tokens::end_naming(&mut tx, organization.id, &old, now).await?;

        let params =
            serde_json::json!({ "organization": organization_params(&organization), "old_name": old });
        let entry = Entry {
            organization_id: Some(organization.id),
            ..Entry::new(Action::OrganizationRename, params)
        };
        audit::record(&mut tx, caller, &entry, now).await?;
        tx.note(Change::Access);
        tx.note(Change::Repositories);
        tx.commit(now).await?;
        Ok(organization.into())
    }
}

async fn rename_permissions(tx: &mut Conn, old: &str, new: &str, now: Micros) -> Result<()> {
    for key in keys::naming(tx, old, now).await? {
        if let Some(permissions) = renamed(&key.permissions, old, new)? {
            keys::set_permissions(tx, key.id, &permissions, now).await?;
        }
    }
    for (id, scopes) in oauth_tokens::agreed_naming(tx, old, now).await? {
        if let Some(scopes) = renamed(&scopes, old, new)? {
            oauth_tokens::set_agreed(tx, id, &scopes).await?;
        }
    }
    Ok(())
}

/// Permissions as they are stored, if any of them follows.
fn renamed(json: &str, old: &str, new: &str) -> Result<Option<String>> {
    let mut permissions: Vec<Permission> = serde_json::from_str(json).map_err(Error::internal)?;
    let mut changed = false;
    for permission in &mut permissions {
        changed |= permission.rename_repository(old, new);
    }
    changed.then(|| serde_json::to_string(&permissions).map_err(Error::internal)).transpose()
}
