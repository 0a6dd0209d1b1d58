//! Deleting an organization with everything that is in it.
//!
//! It is refused while others depend on it:
//!
//! - somebody else is a member, who would lose packages without having been asked: members are removed first, each
//!   of which stands in the log;
//! - a public package has no other full owner: it would belong to nobody;
//! - a package elsewhere requires one of its packages, which the rules of publishing do not allow to happen.
//!
//! What stays is the name, which nobody gets again, and the log, which administrators read by that name. Blobs are
//! left to the collector of orphans.

use skep_store::tables::former_organizations::{self, End};
use skep_store::tables::organizations::{self, Organization};
use skep_store::tables::{members, packages, repositories, users};
use skep_store::{Change, Conn, StoreError};

use super::hold;
use crate::access::{Access, operations};
use crate::audit::{self, Action, Entry, organization_params};
use crate::given::{Given, Problems};
use crate::principal::Caller;
use crate::{Error, Result, Skep};

/// Most names of packages in a refusal.
const MAX_SHOWN: usize = 10;

impl Skep {
    /// Deletes an organization; `confirmation` is its name.
    ///
    /// Errors: 422 when the name is wrong or others depend on it, 404 when it was renamed or deleted meanwhile.
    pub async fn delete_organization(
        &self,
        access: &Access<operations::ManageOrganization>,
        confirmation: Given<String>,
    ) -> Result<()> {
        let caller = access.caller();
        let own = caller.principal.as_ref().and_then(|principal| principal.user()).map(|user| user.id);
        let left = own.map_or(LastMember::Nobody, LastMember::Account);
        self.delete_organization_by(caller, &access.target().organization, left, confirmation).await
    }

    /// Deletes on behalf of whoever was allowed to.
    pub(crate) async fn delete_organization_by(
        &self,
        caller: &Caller,
        target: &Organization,
        left: LastMember,
        confirmation: Given<String>,
    ) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let organization = hold(&mut tx, target).await?;
        let mut problems = Problems::default();
        let name = problems.required("name", confirmation);
        if name.is_some_and(|name| name != organization.name) {
            problems.add("name", "is not the name of the organization");
        }
        problems.check()?;

        // Whoever publishes to the repository is waited for; whoever comes later finds it gone.
        let repository = repositories::of_organization(&mut tx, organization.id).await?;
        let repository = repository.ok_or_else(|| Error::internal("an organization has a repository"))?;
        repositories::lock(&mut tx, repository.id).await?;
        check_dependants(&mut tx, left, organization.id, repository.id).await?;

        let params = organization_params(&organization);
        let entry = Entry {
            organization_id: Some(organization.id),
            ..Entry::new(Action::OrganizationDelete, params)
        };
        audit::record(&mut tx, caller, &entry, now).await?;
        repositories::delete(&mut tx, repository.id).await.map_err(|error| match error {
            StoreError::Reference(_) => required_elsewhere(),
            error => error.into(),
        })?;
        organizations::delete(&mut tx, organization.id).await?;
        former_organizations::insert(&mut tx, &organization.name, organization.id, End::Deleted, now).await?;
        tx.note(Change::Access);
        tx.note(Change::Repositories);
        Ok(tx.commit(now).await?)
    }
}

/// Who may still be a member of an organization that is deleted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LastMember {
    /// Nobody: the organization's own key deletes it, which is nobody's member.
    Nobody,
    /// The one who deletes it.
    Account(i64),
    /// Anybody, but only one: the operator deletes it.
    Anyone,
}

async fn check_dependants(
    tx: &mut Conn,
    left: LastMember,
    organization_id: i64,
    repository_id: i64,
) -> Result<()> {
    let mut problems = Problems::default();
    let members = members::of_organization(tx, organization_id).await?;
    let others = match left {
        LastMember::Nobody => members.len(),
        LastMember::Account(own) => members.iter().filter(|member| member.user_id != own).count(),
        LastMember::Anyone => members.len().saturating_sub(1),
    };
    if others > 0 {
        problems
            .add("members", format!("{others} others are members of the organization: remove them first"));
    }
    // Held, so that nobody makes it the owner of another package.
    users::lock_of_organization(tx, organization_id).await?;
    if let Some(user) = users::of_organization(tx, organization_id).await? {
        packages::lock_owned_by(tx, user.id).await?;
        let orphans = packages::owned_only_by(tx, user.id).await?;
        if let Some(first) = orphans.first() {
            let shown =
                orphans.iter().take(MAX_SHOWN).skip(1).fold(first.clone(), |list, name| list + ", " + name);
            let more = if orphans.len() > MAX_SHOWN { ", …" } else { "" };
            let problem =
                format!("public packages would be left without an owner, transfer them first: {shown}{more}");
            problems.add("packages", problem);
        }
    }
    problems.check()?;
    match packages::are_required_elsewhere(tx, repository_id).await? {
        true => Err(required_elsewhere()),
        false => Ok(()),
    }
}

fn required_elsewhere() -> Error {
    Error::field("packages", "packages of other repositories depend on packages of the organization")
}
