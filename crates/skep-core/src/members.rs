//! Members of organizations and their roles.
//!
//! An organization is never left without an admin: the last one can neither be demoted nor removed (the
//! reference lets an admin be removed as long as any member remains). The checks and the change stand in
//! one transaction that holds the organization, so that two admins can not remove each other at once.

mod departure;

use skep_store::tables::members::{self, Member};
use skep_store::tables::organizations::Organization;
use skep_store::{Change, Conn};

use crate::access::{Access, operations};
use crate::accounts::{self, AccountView};
use crate::audit::{self, Action, Entry, organization_params, user_params};
use crate::given::{Given, Problems};
use crate::mail::{self, Notice, To};
use crate::organizations::hold;
use crate::principal::Caller;
use crate::role::Role;
use crate::{Error, Result, Skep};

/// A member.
#[derive(Debug, Clone)]
pub struct MemberView {
    /// The account.
    pub account: AccountView,
    /// The role.
    pub role: Role,
}

/// A member as lists show it.
#[derive(Debug, Clone)]
pub struct MemberLine {
    /// Name.
    pub username: String,
    /// The public address.
    pub email: Option<String>,
    /// The role.
    pub role: Role,
}

impl Skep {
    /// Members by username.
    pub async fn list_members(
        &self,
        access: &Access<operations::ReadOrganization>,
    ) -> Result<Vec<MemberLine>> {
        let mut conn = self.db.read().await?;
        let rows = members::of_organization(&mut conn, access.target().organization.id).await?;
        let line = |row: Member| {
            Some(MemberLine { username: row.username, email: row.email, role: Role::parse(&row.role)? })
        };
        Ok(rows.into_iter().filter_map(line).collect())
    }

    /// One member by username or public address.
    ///
    /// Errors: 404 for an unknown account and for one that is no member.
    pub async fn member(
        &self,
        access: &Access<operations::ReadOrganization>,
        name: &str,
    ) -> Result<MemberView> {
        let mut conn = self.db.read().await?;
        let user = accounts::find(&mut conn, name, true).await?.ok_or_else(Error::not_found)?;
        let role = members::role(&mut conn, access.target().organization.id, user.id).await?;
        let role = role.as_deref().and_then(Role::parse).ok_or_else(Error::not_found)?;
        Ok(MemberView { account: accounts::view(&mut conn, user).await?, role })
    }

    /// Adds a member.
    ///
    /// Errors: 422 with the texts of the reference.
    pub async fn add_member(
        &self,
        access: &Access<operations::ChangeMembers>,
        name: &str,
        role: Given<String>,
    ) -> Result<MemberView> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let user = accounts::find(&mut tx, name, true).await?;
        let user = user.ok_or_else(|| Error::field("name", "unknown user"))?;
        if user.organization_id.is_some() {
            return Err(Error::validation_text("cannot add an organization as member to an organization"));
        }
        let role = parse_role(role)?;
        let organization = &hold(&mut tx, &access.target().organization).await?;
        if members::role(&mut tx, organization.id, user.id).await?.is_some() {
            return Err(Error::field("user_id", "is already member"));
        }
        if !has_seat(&mut tx, organization).await? {
            return Err(Error::validation_text("not enough seats to add member"));
        }
        members::insert(&mut tx, organization.id, user.id, role.as_str(), now).await?;
        let params = serde_json::json!({
            "organization": organization_params(organization),
            "user": user_params(user.id, &user.username),
        });
        record(&mut tx, access.caller(), organization, Action::MemberAdd, params, now).await?;
        let notice = Notice::OrganizationInvite {
            username: user.username.clone(),
            organization: organization.name.clone(),
            role: role.as_str().to_owned(),
        };
        mail::tell(&mut tx, &notice, To::User(user.id), now).await?;
        let view = MemberView { account: accounts::view(&mut tx, user).await?, role };
        tx.note(Change::Access);
        tx.commit(now).await?;
        Ok(view)
    }

    /// Changes a member's role.
    ///
    /// Errors: 404 for an unknown account, 422 otherwise.
    pub async fn change_role(
        &self,
        access: &Access<operations::ChangeMembers>,
        name: &str,
        role: Given<String>,
    ) -> Result<MemberView> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let user = accounts::find(&mut tx, name, true).await?.ok_or_else(Error::not_found)?;
        let role = parse_role(role)?;
        let organization = &hold(&mut tx, &access.target().organization).await?;
        let members = members::of_organization(&mut tx, organization.id).await?;
        if !members.iter().any(|member| member.user_id == user.id) {
            return Err(Error::validation_text("unknown_user"));
        }
        // As the contract has it, also when the role would stay the same.
        if is_last_admin(&members, user.id) {
            return Err(Error::validation_text("cannot demote last admin member"));
        }
        members::set_role(&mut tx, organization.id, user.id, role.as_str(), now).await?;
        departure::limit(&mut tx, access.caller(), organization, user.id, Some(role), now).await?;
        let params = serde_json::json!({
            "organization": organization_params(organization),
            "user": user_params(user.id, &user.username),
            "role": role.as_str(),
        });
        record(&mut tx, access.caller(), organization, Action::MemberRole, params, now).await?;
        let view = MemberView { account: accounts::view(&mut tx, user).await?, role };
        tx.note(Change::Access);
        tx.commit(now).await?;
        Ok(view)
    }

    /// Removes a member and what the account owned in the organization's repository, with the keys and
    /// invitations that it made for the organization. Someone who is no member is removed already.
    ///
    /// Errors: 422 for the last member and for the last admin.
    pub async fn remove_member(&self, access: &Access<operations::ChangeMembers>, name: &str) -> Result<()> {
        let mut conn = self.db.read().await?;
        let Some(user) = accounts::find(&mut conn, name, false).await? else {
            return Ok(());
        };
        drop(conn);
        self.end_membership(access.caller(), &access.target().organization, user.id, &user.username).await
    }

    /// Ends the caller's own membership, whatever the role.
    ///
    /// Errors: 404 for an organization's key, 422 as [`Skep::remove_member`].
    pub async fn leave_organization(&self, access: &Access<operations::Leave>) -> Result<()> {
        let principal = access.caller().principal.as_ref();
        let user = principal.and_then(|principal| principal.user()).ok_or_else(Error::not_found)?;
        self.end_membership(access.caller(), &access.target().organization, user.id, &user.username).await
    }

    async fn end_membership(
        &self,
        caller: &Caller,
        organization: &Organization,
        user_id: i64,
        username: &str,
    ) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let organization = &hold(&mut tx, organization).await?;
        let members = members::of_organization(&mut tx, organization.id).await?;
        if !members.iter().any(|member| member.user_id == user_id) {
            return Ok(());
        }
        if members.len() == 1 {
            return Err(Error::validation_text("cannot remove last member"));
        }
        if is_last_admin(&members, user_id) {
            return Err(Error::validation_text("cannot remove last admin member"));
        }
        members::delete(&mut tx, organization.id, user_id).await?;
        let params = serde_json::json!({
            "organization": organization_params(organization),
            "user": user_params(user_id, username),
        });
        record(&mut tx, caller, organization, Action::MemberRemove, params, now).await?;
        departure::limit(&mut tx, caller, organization, user_id, None, now).await?;
        tx.note(Change::Access);
        Ok(tx.commit(now).await?)
    }
}

async fn record(
    tx: &mut Conn,
    caller: &Caller,
    organization: &Organization,
    action: Action,
    params: serde_json::Value,
    now: i64,
) -> Result<()> {
    let entry = Entry { organization_id: Some(organization.id), ..Entry::new(action, params) };
    Ok(audit::record(tx, caller, &entry, now).await?)
}

fn is_last_admin(members: &[Member], user_id: i64) -> bool {
    let admin = |member: &&Member| member.role == Role::Admin.as_str();
    let mut admins = members.iter().filter(admin);
    admins.clone().count() == 1 && admins.all(|member| member.user_id == user_id)
}

/// Whether one more may become a member of an organization that is held.
pub(crate) async fn has_seat(tx: &mut Conn, organization: &Organization) -> Result<bool> {
    let Some(seats) = organization.seats else { return Ok(true) };
    Ok(members::count(tx, organization.id).await? < seats)
}

pub(crate) fn parse_role(given: Given<String>) -> Result<Role> {
    let mut problems = Problems::default();
    let role = problems.required("role", given);
    let parsed = role.as_deref().and_then(Role::parse);
    if role.is_some() && parsed.is_none() {
        problems.add("role", "is invalid");
    }
    problems.check()?;
    Ok(parsed.expect("checked above"))
}
