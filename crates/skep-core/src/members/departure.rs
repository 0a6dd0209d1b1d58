//! What ends with a membership, or with a part of its rights, besides them.
//!
//! Whoever leaves may remember the secrets of keys that were made for the organization, and links of invitations.
//! So keys that the member made end, and after a demotion act as no more than the member is; invitations end with
//! the right to invite. The reference leaves both as they are.

use skep_store::tables::organizations::Organization;
use skep_store::tables::{invitations, keys};
use skep_store::{Conn, Micros};

use super::record;
use crate::audit::{Action, key_params, organization_params};
use crate::invitations::invitation_params;
use crate::mail::{self, Notice, To};
use crate::permission::Permission;
use crate::principal::Caller;
use crate::role::Role;
use crate::{Error, Result};

/// Limits what an account made for an organization to the role that it has from now on.
pub(super) async fn limit(
    tx: &mut Conn,
    caller: &Caller,
    organization: &Organization,
    user_id: i64,
    role: Option<Role>,
    now: Micros,
) -> Result<()> {
    for key in keys::made_by(tx, organization.id, user_id, now).await? {
        match role {
            None => {
                keys::revoke(tx, key.id, crate::keys::revoked_at(now), now).await?;
                let permissions: Vec<Permission> =
                    serde_json::from_str(&key.permissions).map_err(Error::internal)?;
                let organization_params = organization_params(organization);
                let nobody = serde_json::Value::Null;
                let params = key_params(key.id, &key.name, &permissions, nobody, organization_params);
                record(tx, caller, organization, Action::KeyRemove, params, now).await?;
                // Machines may have used it.
                let notice = Notice::ApiKeyRevoked { owner: organization.name.clone(), name: key.name };
                mail::tell(tx, &notice, To::Organization(organization.id), now).await?;
            }
            Some(role) if key.maker_role.as_deref().and_then(Role::parse) > Some(role) => {
                keys::set_maker_role(tx, key.id, role.as_str(), now).await?;
            }
            Some(_) => {}
        }
    }
    if role == Some(Role::Admin) {
        return Ok(());
    }
    for invitation in invitations::pending_by(tx, organization.id, user_id).await? {
        invitations::revoke(tx, invitation.id, now).await?;
        let params = invitation_params(organization, &invitation);
        record(tx, caller, organization, Action::InvitationRevoke, params, now).await?;
    }
    Ok(())
}
