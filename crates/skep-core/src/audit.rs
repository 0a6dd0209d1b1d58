//! The audit log: what is recorded, and in which shape. Entries are written in the transaction of what
//! they tell. Shapes of the parameters: the Hex HTTP contract, "Audit params shapes".

use serde_json::{Value, json};
use skep_store::tables::audit_logs::{self, NewAuditLog};
use skep_store::tables::hourly_counts;
use skep_store::tables::organizations::Organization;
use skep_store::tables::sessions::Kind;
use skep_store::{Conn, Micros, StoreError};

use crate::permission::Permission;
use crate::principal::{Caller, MAX_USER_AGENT, Origin, Subject};
use crate::{Result, Skep};

/// Failed logins of one account that are recorded in an hour of the clock.
pub const MAX_FAILED_LOGINS: i64 = 6;

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        /// What can be recorded.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Action {
            /// Every action, for documentation and tests.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// As it is stored and shown.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

actions! {
    /// An account was made.
    UserCreate = "user.create";
    /// An account was deactivated.
    UserDeactivate = "user.deactivate";
    /// An account was activated again.
    UserReactivate = "user.reactivate";
    /// An account became an administrator of the instance.
    AdministratorAdd = "user.administrator.add";
    /// An account is no administrator of the instance any more.
    AdministratorRemove = "user.administrator.remove";
    /// The password was changed.
    PasswordUpdate = "password.update";
    /// Somebody asked for a link that sets a new password.
    PasswordResetInit = "password.reset.init";
    /// A new password was set, by such a link or by an operator.
    PasswordReset = "password.reset.finish";
    /// An account got an address.
    EmailAdd = "email.add";
    /// An address became the primary one.
    EmailPrimary = "email.primary";
    /// An address became the public one.
    EmailPublic = "email.public";
    /// An address was proven to belong to the account.
    EmailVerify = "email.verify";
    /// An account gave an address up.
    EmailRemove = "email.remove";
    /// An account chose which mails it wants.
    EmailOptions = "email.options";
    /// The second factor of an account was enabled or disabled.
    SecurityUpdate = "security.update";
    /// An account got new recovery codes.
    SecurityRotateRecoveryCodes = "security.rotate_recovery_codes";
    /// A key was made.
    KeyGenerate = "key.generate";
    /// A key was revoked.
    KeyRemove = "key.remove";
    /// A session began.
    SessionCreate = "session.create";
    /// A session was ended.
    SessionRevoke = "session.revoke";
    /// A key was exchanged for a token. At most once an hour for each key, so that jobs do not fill the log.
    KeyExchange = "key.exchange";
    /// Somebody gave a wrong password or code. At most [`MAX_FAILED_LOGINS`] an hour for each account.
    SessionFail = "session.fail";
    /// An organization was made.
    OrganizationCreate = "organization.create";
    /// An organization got another limit of members.
    OrganizationSeats = "organization.seats";
    /// An organization got another name.
    OrganizationRename = "organization.rename";
    /// An organization was deleted.
    OrganizationDelete = "organization.delete";
    /// Somebody was invited to an organization.
    InvitationCreate = "organization.invitation.create";
    /// Somebody accepted an invitation.
    InvitationAccept = "organization.invitation.accept";
    /// An invitation was taken back.
    InvitationRevoke = "organization.invitation.revoke";
    /// A dependency policy was made.
    PolicyCreate = "policy.create";
    /// A dependency policy was changed.
    PolicyUpdate = "policy.update";
    /// A dependency policy was deleted.
    PolicyDelete = "policy.delete";
    /// A name or version of a package was reserved.
    NameReserve = "name.reserve";
    /// A reserved name or version was given free.
    NameRelease = "name.release";
    /// A member was added.
    MemberAdd = "organization.member.add";
    /// A member was removed.
    MemberRemove = "organization.member.remove";
    /// A member's role was changed.
    MemberRole = "organization.member.role";
    /// A release was published or replaced.
    ReleasePublish = "release.publish";
    /// A release was deleted.
    ReleaseRevert = "release.revert";
    /// A release was retired.
    ReleaseRetire = "release.retire";
    /// A retirement was taken back.
    ReleaseUnretire = "release.unretire";
    /// Documentation was uploaded.
    DocsPublish = "docs.publish";
    /// Documentation was deleted.
    DocsRevert = "docs.revert";
    /// An owner was added or got another level.
    OwnerAdd = "owner.add";
    /// A package got a new owner in place of all others.
    OwnerTransfer = "owner.transfer";
    /// An owner was removed.
    OwnerRemove = "owner.remove";
}

/// An entry about to be written.
pub(crate) struct Entry {
    pub(crate) action: Action,
    pub(crate) params: Value,
    /// The organization that it concerns; one that acts by itself is added.
    pub(crate) organization_id: Option<i64>,
    /// The package that it concerns.
    pub(crate) package_id: Option<i64>,
}

impl Entry {
    /// An entry that concerns neither an organization nor a package.
    pub(crate) fn new(action: Action, params: Value) -> Self {
        Self { action, params, organization_id: None, package_id: None }
    }
}

/// Writes an entry for what the caller does.
pub(crate) async fn record(
    tx: &mut Conn,
    caller: &Caller,
    entry: &Entry,
    now: Micros,
) -> Result<(), StoreError> {
    let principal = caller.principal.as_deref();
    let (user_id, acting_organization) = match principal.map(|p| &p.subject) {
        Some(Subject::User(user)) => (Some(user.id), None),
        Some(Subject::Organization(organization)) => (None, Some(organization.id)),
        None => (None, None),
    };
    let actor = principal.map_or("", |principal| principal.name());
    write(tx, caller, entry, actor, user_id, acting_organization, now).await
}

/// Writes an entry that counts as the act of an account which did not log in, such as its own making.
pub(crate) async fn record_for_user(
    tx: &mut Conn,
    caller: &Caller,
    entry: &Entry,
    username: &str,
    user_id: i64,
    now: Micros,
) -> Result<(), StoreError> {
    write(tx, caller, entry, username, Some(user_id), None, now).await
}

async fn write(
    tx: &mut Conn,
    caller: &Caller,
    entry: &Entry,
    actor: &str,
    user_id: Option<i64>,
    acting_organization: Option<i64>,
    now: Micros,
) -> Result<(), StoreError> {
    let user_agent: String = caller.origin.user_agent.chars().take(MAX_USER_AGENT).collect();
    let remote_ip = caller.origin.ip.map(|ip| ip.to_string());
    let row = NewAuditLog {
        action: entry.action.as_str(),
        params: &entry.params.to_string(),
        actor,
        user_id,
        organization_id: entry.organization_id.or(acting_organization),
        package_id: entry.package_id,
        key_id: caller.principal.as_ref().and_then(|principal| principal.answerable_key_id()),
        user_agent: Some(&user_agent),
        remote_ip: remote_ip.as_deref(),
    };
    audit_logs::insert(tx, &row, now).await
}

/// Records that a key was exchanged for a token, unless that was recorded in this hour.
pub(crate) async fn record_exchange(
    tx: &mut Conn,
    caller: &Caller,
    (id, name, permissions): (i64, &str, &[Permission]),
    now: Micros,
) -> Result<(), StoreError> {
    if hourly_counts::count(tx, &format!("key.exchange/{id}"), now).await? > 1 {
        return Ok(());
    }
    let (user, organization) = match caller.principal.as_deref().map(|principal| &principal.subject) {
        Some(Subject::User(user)) => (user_params(user.id, &user.username), Value::Null),
        Some(Subject::Organization(own)) => (Value::Null, organization_called(own.id, &own.name)),
        None => (Value::Null, Value::Null),
    };
    let params = key_params(id, name, permissions, user, organization);
    record(tx, caller, &Entry::new(Action::KeyExchange, params), now).await
}

impl Skep {
    /// Records that somebody failed to log in to an account, in the log of that account; `kind` is what was wrong. It
    /// happens apart from the request, so that nobody can tell by its time that there is such an account; what cannot be
    /// written is lost.
    pub(crate) fn record_failed_login(&self, user_id: i64, kind: &'static str, origin: &Origin) {
        let (db, origin, now) = (self.db.clone(), origin.clone(), self.now());
        tokio::spawn(async move {
            let written = async {
                let mut tx = db.write().await?;
                let subject = format!("session.fail/{user_id}");
                if hourly_counts::count(&mut tx, &subject, now).await? <= MAX_FAILED_LOGINS {
                    let caller = Caller { origin, ..Caller::default() };
                    let entry = Entry::new(Action::SessionFail, json!({ "type": kind }));
                    record_for_user(&mut tx, &caller, &entry, "", user_id, now).await?;
                }
                tx.commit(now).await
            };
            if let Err(error) = written.await {
                tracing::warn!(user.id = user_id, %error, "a failed login was not recorded");
            }
        });
    }

    /// Deletes counts of past hours, which keep entries from being recorded too often. To be called now and then.
    pub async fn forget_hourly_counts(&self) -> Result<()> {
        let now = self.now();
        // Looks first: writers queue up, and mostly there is nothing to do.
        if !hourly_counts::any_old(&mut self.db.read().await?, now).await? {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        hourly_counts::forget_old(&mut tx, now).await?;
        Ok(tx.commit(now).await?)
    }
}

/// `user` inside parameters.
pub(crate) fn user_params(id: i64, username: &str) -> Value {
    json!({
        "id": id,
        "username": username,
        "handles": {
            "bluesky": null, "elixirforum": null, "freenode": null, "github": null, "slack": null,
            "twitter": null, "url": null,
        },
    })
}

/// `organization` inside parameters.
pub(crate) fn organization_params(organization: &Organization) -> Value {
    organization_called(organization.id, &organization.name)
}

fn organization_called(id: i64, name: &str) -> Value {
    json!({ "id": id, "name": name, "billing_active": true })
}

/// Parameters of the actions on sessions; `client` is id and name.
pub(crate) fn session_params(id: i64, kind: Kind, name: Option<&str>, client: Option<(&str, &str)>) -> Value {
    let client_id = client.map(|(id, _)| id);
    let client = client.map(|(id, name)| json!({ "id": id, "name": name }));
    json!({ "id": id, "type": kind.as_str(), "name": name, "client_id": client_id, "client": client })
}

/// Parameters of the actions on keys; `user` and `organization` as above, or null.
pub(crate) fn key_params(
    id: i64,
    name: &str,
    permissions: &[Permission],
    user: Value,
    organization: Value,
) -> Value {
    json!({ "id": id, "name": name, "permissions": permissions, "user": user, "organization": organization })
}
