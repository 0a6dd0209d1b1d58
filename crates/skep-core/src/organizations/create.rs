//! Making an organization: itself, its repository, the account that stands for it, and its first admin.

use hex_format::name::OrganizationName;
use skep_store::tables::organizations::{self, Organization};
use skep_store::tables::users::{self, NewUser};
use skep_store::tables::{members, repositories};
use skep_store::{Change, Conn, Micros, StoreError};

use super::OrganizationView;
use crate::access::{Access, operations};
use crate::audit::{self, Action, Entry, organization_params};
use crate::given::{Given, Problems};
use crate::principal::Caller;
use crate::role::Role;
use crate::{Creators, Error, Result, Skep};

impl Skep {
    /// Makes an organization, whose admin the caller becomes.
    ///
    /// Errors: 403 if only administrators may, 422 by field.
    pub async fn create_organization(
        &self,
        access: &Access<operations::CreateOrganization>,
        name: Given<String>,
    ) -> Result<OrganizationView> {
        let user = access.target().user();
        if self.settings.create_organizations == Creators::Administrators && !user.administrator {
            return Err(Error::new(
                403,
                "organizations_closed",
                "only administrators make organizations on this server, ask one of them",
            ));
        }
        let name = check_name(name)?;
        self.insert_organization(access.caller(), &name, user.id).await.map(OrganizationView::from)
    }

    /// Makes an organization with one admin.
    ///
    /// Errors: 422.
    pub(crate) async fn insert_organization(
        &self,
        caller: &Caller,
        name: &OrganizationName,
        admin_id: i64,
    ) -> Result<Organization> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let id = insert_rows(&mut tx, name.as_str(), now).await.map_err(taken)?;
        refuse_reserved(&mut tx, name).await?;
        members::insert(&mut tx, id, admin_id, Role::Admin.as_str(), now).await?;
        let organization = organizations::by_id(&mut tx, id).await?;
        let organization = organization.ok_or_else(|| Error::internal("the organization was inserted"))?;
        let params = organization_params(&organization);
        let entry = Entry { organization_id: Some(id), ..Entry::new(Action::OrganizationCreate, params) };
        audit::record(&mut tx, caller, &entry, now).await?;
        tx.note(Change::Access);
        tx.commit(now).await?;
        Ok(organization)
    }
}

async fn insert_rows(tx: &mut Conn, name: &str, now: Micros) -> Result<i64, StoreError> {
    let id = organizations::insert(tx, name, now).await?;
    repositories::insert(tx, name, id, now).await?;
    // It cannot be a member, but its name is taken.
    let user = NewUser {
        username: name,
        full_name: None,
        password_hash: None,
        organization_id: Some(id),
        administrator: false,
    };
    users::insert(tx, &user, now).await?;
    Ok(id)
}

/// The name for an organization.
///
/// Errors: 422.
pub(crate) fn check_name(given: Given<String>) -> Result<OrganizationName> {
    let mut problems = Problems::default();
    let name = problems.required("name", given);
    let name = name.map(|name| OrganizationName::parse_new(&name.to_lowercase()));
    if let Some(Err(problem)) = &name {
        problems.add("name", problem.to_string());
    }
    problems.check()?;
    Ok(name.expect("checked above").expect("checked above"))
}

/// To be asked after the name was inserted: somebody who gave it up at the same time has done so by then.
pub(super) async fn refuse_reserved(tx: &mut Conn, name: &OrganizationName) -> Result<()> {
    match users::is_reserved(tx, name.as_str()).await? {
        true => Err(taken(StoreError::Duplicate(name.to_string()))),
        false => Ok(()),
    }
}

/// What a clash of names is called.
pub(super) fn taken(error: StoreError) -> Error {
    match error {
        StoreError::Duplicate(_) => Error::field("name", "has already been taken"),
        error => error.into(),
    }
}
