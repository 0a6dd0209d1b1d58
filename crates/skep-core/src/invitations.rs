//! Invitations to organizations by mail: a link with a secret that makes whoever opens it a member.
//!
//! The address is not compared with the account's: mail is forwarded, and people have several. What is stored is a
//! keyed hash of the secret, which can be used once and for a week. A seat is taken when somebody accepts, not before.

use serde_json::{Value, json};
use skep_store::tables::invitations::{self, Invitation, NewInvitation};
use skep_store::tables::organizations::{self, Organization};
use skep_store::tables::{members, users};
use skep_store::{Change, Conn, Micros, StoreError};

use crate::access::{Access, operations};
use crate::audit::{self, Action, Entry, organization_params};
use crate::given::{Given, Problems};
use crate::mail::links::Purpose;
use crate::mail::{self, Notice, To};
use crate::members::{has_seat, parse_role};
use crate::organizations::{OrganizationView, hold};
use crate::principal::Caller;
use crate::role::Role;
use crate::{Error, Result, Secret, Skep};

/// How long an invitation can be accepted.
const LIFETIME: Micros = 7 * 24 * 3600 * 1_000_000;

/// How long one that ended is kept, so that it can be made anew.
const KEPT: Micros = 30 * 24 * 3600 * 1_000_000;

/// Longest address, in characters.
const MAX_ADDRESS: usize = 320;

/// Longest token that is looked up, in bytes; real ones have 32.
const MAX_TOKEN: usize = 100;

/// Most pending invitations of an organization.
const MAX_PENDING: usize = 500;

/// An invitation as admins see it.
#[derive(Debug, Clone)]
pub struct InvitationView {
    /// Names it for [`Skep::revoke_invitation`].
    pub id: i64,
    /// Lower-cased address that it was sent to.
    pub email: String,
    /// The role that comes with it.
    pub role: Role,
    /// Until when it can be accepted; may be past.
    pub expires_at: Micros,
    /// Made.
    pub inserted_at: Micros,
}

/// What somebody is invited to.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Name of the organization.
    pub organization: String,
    /// The role that comes with it.
    pub role: Role,
    /// Until when it can be accepted.
    pub expires_at: Micros,
}

/// An invitation that was accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The organization.
    pub organization: OrganizationView,
    /// The role that the account has in it now.
    pub role: Role,
    /// Whether the account became a member by it. Otherwise it was one, and kept its role.
    pub joined: bool,
}

impl Skep {
    /// Pending invitations by address, those that ended by themselves included: they can be made anew.
    pub async fn invitations(
        &self,
        access: &Access<operations::ReadInvitations>,
    ) -> Result<Vec<InvitationView>> {
        let mut conn = self.db.read().await?;
        let rows = invitations::pending(&mut conn, access.target().organization.id).await?;
        rows.into_iter().map(view).collect()
    }

    /// Invites an address. The secret belongs into a link; it is not shown again.
    ///
    /// Errors: 422 by field.
    pub async fn invite(
        &self,
        access: &Access<operations::Invite>,
        email: Given<String>,
        role: Given<String>,
    ) -> Result<(InvitationView, Secret)> {
        let email = check_address(email)?;
        let role = parse_role(role)?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        let organization = hold(&mut tx, &access.target().organization).await?;
        if let Some(user) = users::by_email(&mut tx, &email, false).await?
            && members::role(&mut tx, organization.id, user.id).await?.is_some()
        {
            return Err(Error::field("email", "already belongs to a member of this organization"));
        }
        let key = self.new_link_key(Purpose::Invitation);
        let principal = access.caller().principal.as_ref();
        let new = NewInvitation {
            organization_id: organization.id,
            email: &email,
            role: role.as_str(),
            token_hash: &key.hash,
            invited_by: principal.and_then(|principal| principal.answerable_user_id()),
            expires_at: now + LIFETIME,
        };
        let id = put(&mut tx, &new, now).await?;
        let row = invitations::by_id(&mut tx, id).await?;
        let row = row.ok_or_else(|| Error::internal("the invitation was stored"))?;
        record(&mut tx, access.caller(), &organization, Action::InvitationCreate, &row, now).await?;
        let notice = Notice::OrganizationInvitation {
            organization: organization.name.clone(),
            role: row.role.clone(),
            invited_by: principal.map_or("", |principal| principal.name()).to_owned(),
            expires_at: row.expires_at,
            nonce: key.nonce,
        };
        mail::tell(&mut tx, &notice, To::Address(&email), now).await?;
        tx.commit(now).await?;
        Ok((view(row)?, key.secret))
    }

    /// Gives the pending invitation of an address another secret, and its full time again.
    ///
    /// Errors: 422 for an address that is not invited.
    pub(crate) async fn renew_invitation(
        &self,
        tx: &mut Conn,
        caller: &Caller,
        organization: &Organization,
        address: &str,
    ) -> Result<Secret> {
        let organization = hold(tx, organization).await?;
        let address = address.trim().to_lowercase();
        let pending = invitations::pending(tx, organization.id).await?;
        let row = pending.into_iter().find(|row| row.email == address).ok_or_else(|| {
            Error::field("address", format!("{address} is not invited to {}", organization.name))
        })?;
        let (key, now) = (self.new_link_key(Purpose::Invitation), self.now());
        invitations::set_token(tx, row.id, &key.hash, now + LIFETIME, now).await?;
        record(tx, caller, &organization, Action::InvitationCreate, &row, now).await?;
        Ok(key.secret)
    }

    /// Takes an invitation back.
    ///
    /// Errors: 404 for one that the organization does not have, 422 for one that is no longer pending.
    pub async fn revoke_invitation(&self, access: &Access<operations::Invite>, id: i64) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let organization = hold(&mut tx, &access.target().organization).await?;
        let row = invitations::by_id(&mut tx, id).await?;
        let row = row.filter(|row| row.organization_id == organization.id).ok_or_else(Error::not_found)?;
        if !row.is_pending() {
            return Err(Error::validation_text("That invitation is no longer pending."));
        }
        invitations::revoke(&mut tx, id, now).await?;
        record(&mut tx, access.caller(), &organization, Action::InvitationRevoke, &row, now).await?;
        Ok(tx.commit(now).await?)
    }

    /// What a token invites to.
    ///
    /// Errors: 404 for one that is unknown, used, taken back or too old.
    pub async fn invitation(
        &self,
        _access: &Access<operations::ShowInvitation>,
        token: &str,
    ) -> Result<Offer> {
        let mut conn = self.db.read().await?;
        let (row, organization) = self.find_offer(&mut conn, token).await?;
        Ok(Offer { organization: organization.name, role: role_of(&row)?, expires_at: row.expires_at })
    }

    /// Makes the calling account a member. A member keeps its role, and the invitation is used up.
    ///
    /// Errors: 404 as [`Skep::invitation`]; 422 without a free seat, and the invitation stays.
    pub async fn accept_invitation(
        &self,
        access: &Access<operations::AcceptInvitation>,
        token: &str,
    ) -> Result<Accepted> {
        let user = access.target().user();
        let now = self.now();
        let mut tx = self.db.write().await?;
        let (_, organization) = self.find_offer(&mut tx, token).await?;
        hold(&mut tx, &organization).await?;
        // Of two who found it, one had to wait: what it found may be used up by now.
        let (row, organization) = self.find_offer(&mut tx, token).await?;
        let present = members::role(&mut tx, organization.id, user.id).await?;
        let joined = present.is_none();
        let role = match present.as_deref().and_then(Role::parse) {
            Some(role) => role,
            None => role_of(&row)?,
        };
        if joined {
            if !has_seat(&mut tx, &organization).await? {
                let text = format!("The organization {} has no seats left.", organization.name);
                return Err(Error::validation_text(text));
            }
            members::insert(&mut tx, organization.id, user.id, role.as_str(), now).await?;
        }
        invitations::accept(&mut tx, row.id, user.id, now).await?;
        record(&mut tx, access.caller(), &organization, Action::InvitationAccept, &row, now).await?;
        tx.note(Change::Access);
        tx.commit(now).await?;
        Ok(Accepted { organization: organization.into(), role, joined })
    }

    /// Deletes invitations that ended long ago. To be called now and then.
    pub async fn forget_ended_invitations(&self) -> Result<()> {
        let now = self.now();
        // Looks first: writers queue up, and mostly there is nothing to do.
        if !invitations::any_ended(&mut self.db.read().await?, now - KEPT).await? {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        invitations::delete_ended(&mut tx, now - KEPT).await?;
        Ok(tx.commit(now).await?)
    }

    async fn find_offer(&self, conn: &mut Conn, token: &str) -> Result<(Invitation, Organization)> {
        let gone = || {
            let text = "This invitation is no longer valid. Ask for a new one.";
            Error::new(404, "invitation_gone", text)
        };
        if token.len() > MAX_TOKEN {
            return Err(gone());
        }
        let row = invitations::by_token_hash(conn, &self.instance_key.hash(token)).await?;
        let row = row.filter(|row| row.is_pending() && row.expires_at > self.now()).ok_or_else(gone)?;
        let organization = organizations::by_id(conn, row.organization_id).await?.ok_or_else(gone)?;
        Ok((row, organization))
    }
}

/// Inserts an invitation, or makes one anew that ended by itself. The organization is held.
async fn put(tx: &mut Conn, new: &NewInvitation<'_>, now: Micros) -> Result<i64> {
    let again = || Error::field("email", "has already been invited");
    let pending = invitations::pending(tx, new.organization_id).await?;
    if let Some(row) = pending.iter().find(|row| row.email == new.email) {
        if row.expires_at > now {
            return Err(again());
        }
        invitations::reissue(tx, row.id, new, now).await?;
        return Ok(row.id);
    }
    if pending.len() >= MAX_PENDING {
        let problem = format!("there are {MAX_PENDING} pending invitations, take some of them back first");
        return Err(Error::field("email", problem));
    }
    invitations::insert(tx, new, now).await.map_err(|error| match error {
        StoreError::Duplicate(_) => again(),
        error => error.into(),
    })
}

/// Something without spaces, an at sign, something, a dot, something.
fn check_address(given: Given<String>) -> Result<String> {
    let mut problems = Problems::default();
    let address = problems.required("email", given).map(|address| address.trim().to_lowercase());
    if let Some(problem) = address.as_deref().and_then(address_problem) {
        problems.add("email", problem);
    }
    problems.check()?;
    Ok(address.expect("checked above"))
}

fn address_problem(address: &str) -> Option<String> {
    if address.chars().count() > MAX_ADDRESS {
        return Some(format!("should be at most {MAX_ADDRESS} character(s)"));
    }
    let well_formed = address.split_once('@').is_some_and(|(local, domain)| {
        let dotted = domain.rsplit_once('.').is_some_and(|(host, top)| !host.is_empty() && !top.is_empty());
        !local.is_empty() && dotted
    });
    let clean = !address.chars().any(|c| c.is_whitespace() || c.is_control());
    (!well_formed || !clean).then(|| "is not a valid email".to_owned())
}

fn role_of(row: &Invitation) -> Result<Role> {
    Role::parse(&row.role).ok_or_else(|| Error::internal(format!("an invitation has the role {}", row.role)))
}

fn view(row: Invitation) -> Result<InvitationView> {
    let role = role_of(&row)?;
    let Invitation { id, email, expires_at, inserted_at, .. } = row;
    Ok(InvitationView { id, email, role, expires_at, inserted_at })
}

/// Parameters of the actions on invitations. The token is not among them.
pub(crate) fn invitation_params(organization: &Organization, row: &Invitation) -> Value {
    json!({
        "organization": organization_params(organization),
        "invitation": { "id": row.id, "email": row.email, "role": row.role },
    })
}

async fn record(
    tx: &mut Conn,
    caller: &Caller,
    organization: &Organization,
    action: Action,
    row: &Invitation,
    now: Micros,
) -> Result<()> {
    let params = invitation_params(organization, row);
    let entry = Entry { organization_id: Some(organization.id), ..Entry::new(action, params) };
    Ok(audit::record(tx, caller, &entry, now).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let given = |text: &str| check_address(Ok(Some(text.to_owned())));
        assert_eq!(given("  New.Member@Example.COM ").unwrap(), "new.member@example.com");
        for address in ["a", "a@b", "@b.c", "a@.c", "a@b.", "a b@c.d", "a@b c.d", "a\n@b.c"] {
            assert!(given(address).is_err(), "{address}");
        }
        assert!(given(&format!("{}@b.c", "a".repeat(MAX_ADDRESS - 4))).is_ok());
        assert!(given(&format!("{}@b.c", "a".repeat(MAX_ADDRESS - 3))).is_err());
        assert!(check_address(Ok(None)).is_err());
    }
}
