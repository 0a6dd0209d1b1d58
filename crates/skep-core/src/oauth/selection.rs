//! What people agree to when a client asks them: some of what it asked for, and nothing that they may not give.

use skep_store::Conn;
use skep_store::tables::sessions;

use crate::access::{Access, operations};
use crate::oauth::clients::Client;
use crate::permission::{Domain, Permission};
use crate::principal::{Credential, UserSubject};
use crate::{Error, Result, Skep};

use super::scopes;

/// What a client asks people for, `api` taken apart so that they may leave writing out. None if it is not for
/// this client to ask, or no list of scopes at all.
pub(super) fn requested(client: &Client, asked: &str) -> Option<Vec<Permission>> {
    if asked.len() > scopes::MAX_LIST_BYTES {
        return None;
    }
    let scopes = scopes::parse_list(asked)?;
    scopes.iter().all(|scope| client.may_ask_for(scope)).then(|| scopes::split_api(scopes))
}

impl Skep {
    /// What somebody agrees to, in the order in which it was asked for.
    ///
    /// Errors: 400 for nothing, or for more than was asked for; 403 for what the account may not give; 403 too
    /// if no browser asks, because a token or key must not make others.
    pub(super) async fn select(
        &self,
        access: &Access<operations::GrantAccess>,
        requested: &[Permission],
        selected: &[String],
    ) -> Result<Vec<Permission>> {
        require_browser(access)?;
        let user = access.target().user();
        let mut scopes = Vec::with_capacity(selected.len());
        for scope in selected {
            let scope = scopes::parse(scope).filter(|scope| requested.contains(scope));
            scopes.push(scope.ok_or_else(|| {
                Error::new(400, "scope_not_requested", "Invalid scope: it was not asked for")
            })?);
        }
        let granted: Vec<Permission> =
            requested.iter().filter(|scope| scopes.contains(scope)).cloned().collect();
        if granted.is_empty() {
            return Err(Error::new(400, "nothing_selected", "At least one permission must be selected"));
        }
        let writes =
            |scope: &Permission| scope.domain == Domain::Api && scope.resource.as_deref() != Some("read");
        if granted.iter().any(writes) && !self.two_factor_enabled(user.id).await? {
            return Err(Error::new(
                403,
                "two_factor_required",
                "Two-factor authentication must be enabled for API write access",
            ));
        }
        let foreign: Vec<&str> = granted.iter().filter_map(|scope| not_open_to(user, scope)).collect();
        if !foreign.is_empty() {
            let text = format!("You don't have access to: {}", foreign.join(", "));
            return Err(Error::new(403, "no_access", text));
        }
        Ok(granted)
    }
}

/// Holds the account that agrees, so that nobody ends its sessions before it has, and without ending this too.
///
/// Errors: 401 if the session has ended meanwhile.
pub(super) async fn hold(core: &Skep, tx: &mut Conn, access: &Access<operations::GrantAccess>) -> Result<()> {
    sessions::lock_user(tx, access.target().user().id).await?;
    core.renewed_in(tx, access.caller()).await.map(drop)
}

/// Errors: 403 if anything but a browser calls.
pub(super) fn require_browser(access: &Access<operations::GrantAccess>) -> Result<()> {
    let principal = access.caller().principal.as_deref();
    match principal.map(|principal| &principal.credential) {
        Some(Credential::Browser { .. }) => Ok(()),
        _ => Err(Error::forbidden()),
    }
}

/// The organization that a scope names, if the account is not in it.
fn not_open_to<'a>(user: &UserSubject, scope: &'a Permission) -> Option<&'a str> {
    let name = scope.resource.as_deref()?;
    let public = scope.domain == Domain::Repository && name == "hexpm";
    let member = user.memberships.iter().any(|membership| membership.organization == name);
    (matches!(scope.domain, Domain::Repository | Domain::Docs) && !public && !member).then_some(name)
}
