//! API keys of accounts and organizations.

use skep_store::tables::keys::{self, Key, NewKey, Owner};
use skep_store::tables::organizations::Organization;
use skep_store::tables::{owners, packages, repositories};
use skep_store::{Change, Conn, Micros, StoreError};

use crate::access::{Access, KeysTarget, Operation, operations, owns};
use crate::audit::{self, Action, Entry, key_params, organization_params, user_params};
use crate::given::{Given, Problems};
use crate::mail::{self, Notice, To};
use crate::organizations::hold;
use crate::permission::{Domain, Permission};
use crate::principal::{Caller, Subject};
use crate::role::{Level, Role};
use crate::secrets::Secret;
use crate::{Error, FieldError, Result, Skep};

/// Longest name, in characters.
const MAX_NAME: usize = 255;

/// Most permissions of one key.
const MAX_PERMISSIONS: usize = 100;

/// A permission as a caller gives it.
pub struct GivenPermission {
    /// See [`Domain`].
    pub domain: Given<String>,
    /// See [`Permission`].
    pub resource: Given<String>,
}

/// A key as its owner may see it.
#[derive(Debug, Clone)]
pub struct KeyView {
    /// Name.
    pub name: String,
    /// Whether this is the key that the request was made with.
    pub authing: bool,
    /// What it may be used for.
    pub permissions: Vec<Permission>,
    /// When it ends or ended.
    pub revoke_at: Option<Micros>,
    /// Made.
    pub inserted_at: Micros,
    /// Last changed.
    pub updated_at: Micros,
    /// Last use: when, from which address, with which user agent.
    pub last_use: Option<(Micros, String, String)>,
}

impl Skep {
    /// Live keys by name.
    pub async fn list_keys(&self, access: &Access<operations::ReadKeys>) -> Result<Vec<KeyView>> {
        let mut conn = self.db.read().await?;
        let rows = keys::live(&mut conn, access.target().owner, self.now()).await?;
        rows.into_iter().map(|row| view(row, access.caller())).collect()
    }

    /// One live key.
    ///
    /// Errors: 404.
    pub async fn show_key(&self, access: &Access<operations::ReadKeys>, name: &str) -> Result<KeyView> {
        let mut conn = self.db.read().await?;
        let row = keys::live_by_name(&mut conn, access.target().owner, name, self.now()).await?;
        view(row.ok_or_else(Error::not_found)?, access.caller())
    }

    /// Makes a key. A name in use gets a number.
    ///
    /// Errors: 422 by field.
    pub async fn create_key(
        &self,
        access: &Access<operations::CreateKey>,
        name: Given<String>,
        permissions: Given<Vec<GivenPermission>>,
        revoke_at: Given<Micros>,
    ) -> Result<(KeyView, Secret)> {
        let target = access.target();
        let now = self.now();
        let mut problems = Problems::default();
        let name = problems.required("name", name);
        if name.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME) {
            problems.add("name", format!("should be at most {MAX_NAME} character(s)"));
        }
        // Clients that tidy paths up would turn `DELETE /keys/.` into `DELETE /keys`.
        if name.as_deref().is_some_and(|name| [".", ".."].contains(&name) || name.contains(char::is_control))
        {
            problems.add("name", "has invalid format");
        }
        let revoke_at = problems.optional("revoke_at", revoke_at);
        if revoke_at.is_some_and(|at| at <= now) {
            problems.add("revoke_at", "must be in the future");
        }
        let given = problems.optional("permissions", permissions).unwrap_or_default();
        let mut tx = self.db.write().await?;
        let permissions = match check_permissions(&mut tx, access.caller(), target, given).await? {
            Ok(permissions) => permissions,
            Err(error) => {
                problems.add("permissions", error);
                Vec::new()
            }
        };
        problems.check()?;
        keys::lock_owner(&mut tx, target.owner).await?;
        let maker_role = self.maker_role(&mut tx, access).await?;
        let name = free_name(&mut tx, target.owner, name.expect("checked above"), now).await?;
        let secret = Secret::for_key(&self.environment);
        let principal = access.caller().principal.as_ref().ok_or_else(Error::not_found)?;
        let json = serde_json::to_string(&permissions).map_err(Error::internal)?;
        let new = NewKey {
            owner: target.owner,
            name: &name,
            secret_hash: &self.instance_key.hash(secret.reveal()),
            permissions: &json,
            maker_role: maker_role.map(Role::as_str),
            maker_id: target.organization.as_ref().and(principal.answerable_user_id()),
            revoke_at,
        };
        let id = keys::insert(&mut tx, &new, now).await?;
        record(&mut tx, access, Action::KeyGenerate, (id, &name, &permissions), now).await?;
        let notice = |owner| Notice::ApiKeyCreated { owner, name: name.clone() };
        tell(&mut tx, access, notice, now).await?;
        tx.commit(now).await?;
        let view = KeyView {
            name,
            authing: false,
            permissions,
            revoke_at,
            inserted_at: now,
            updated_at: now,
            last_use: None,
        };
        Ok((view, secret))
    }

    /// For a key of an organization: the role of whoever makes it, above which it never acts. The owner is held.
    ///
    /// Errors: 401 for a credential that has ended meanwhile: a key must not outlive by a moment the end of all that
    /// could have made it. 404 for someone who lost the right to make it. Memberships do not change any more in
    /// this transaction.
    async fn maker_role(
        &self,
        tx: &mut Conn,
        access: &Access<operations::CreateKey>,
    ) -> Result<Option<Role>> {
        let organization = access.target().organization.as_ref();
        if let Some(organization) = organization {
            hold(tx, organization).await?;
        }
        let caller = self.renewed_in(tx, access.caller()).await?;
        let Some(organization) = organization else { return Ok(None) };
        let role = caller.principal.and_then(|principal| principal.role_in(organization.id));
        role.filter(|role| *role >= Role::Write).map(Some).ok_or_else(Error::not_found)
    }

    /// Revokes a key. From the next request on it is refused.
    ///
    /// Errors: 404.
    pub async fn revoke_key(&self, access: &Access<operations::RevokeKeys>, name: &str) -> Result<KeyView> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let row = keys::live_by_name(&mut tx, access.target().owner, name, now).await?;
        let view = revoke(&mut tx, access, row.ok_or_else(Error::not_found)?, now).await?;
        let notice = |owner| Notice::ApiKeyRevoked { owner, name: view.name.clone() };
        tell(&mut tx, access, notice, now).await?;
        tx.note(Change::Access);
        tx.commit(now).await?;
        Ok(view)
    }

    /// Revokes all keys and gives the one that the request was made with, if it was one of them.
    pub async fn revoke_all_keys(&self, access: &Access<operations::RevokeKeys>) -> Result<Option<KeyView>> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let mut authing = None;
        for row in keys::live(&mut tx, access.target().owner, now).await? {
            let view = revoke(&mut tx, access, row, now).await?;
            if view.authing {
                authing = Some(view);
            }
        }
        tell(&mut tx, access, |owner| Notice::ApiKeysAllRevoked { owner }, now).await?;
        tx.note(Change::Access);
        tx.commit(now).await?;
        Ok(authing)
    }
}

/// When a key counts as revoked that is revoked now: a moment ago, so that no clock can find it alive.
pub(crate) fn revoked_at(now: Micros) -> Micros {
    now - 1_000_000
}

async fn revoke(
    tx: &mut Conn,
    access: &Access<operations::RevokeKeys>,
    row: Key,
    now: Micros,
) -> Result<KeyView> {
    let revoke_at = revoked_at(now);
    keys::revoke(tx, row.id, revoke_at, now).await?;
    let id = row.id;
    let view = KeyView { revoke_at: Some(revoke_at), updated_at: now, ..view(row, access.caller())? };
    record(tx, access, Action::KeyRemove, (id, &view.name, &view.permissions), now).await?;
    Ok(view)
}

fn view(row: Key, caller: &Caller) -> Result<KeyView> {
    let shown = caller.principal.as_ref().and_then(|principal| principal.key_id());
    Ok(KeyView {
        authing: shown == Some(row.id),
        permissions: serde_json::from_str(&row.permissions).map_err(Error::internal)?,
        name: row.name,
        revoke_at: row.revoke_at,
        inserted_at: row.inserted_at,
        updated_at: row.updated_at,
        last_use: row.last_use,
    })
}

async fn record<O: Operation<Target = KeysTarget>>(
    tx: &mut Conn,
    access: &Access<O>,
    action: Action,
    (id, name, permissions): (i64, &str, &[Permission]),
    now: Micros,
) -> Result<(), StoreError> {
    let organization = access.target().organization.as_ref();
    let user = match access.caller().principal.as_deref().map(|p| &p.subject) {
        Some(Subject::User(user)) if organization.is_none() => user_params(user.id, &user.username),
        _ => serde_json::Value::Null,
    };
    let organization_id = organization.map(|organization| organization.id);
    let organization = organization.map_or(serde_json::Value::Null, organization_params);
    let params = key_params(id, name, permissions, user, organization);
    audit::record(tx, access.caller(), &Entry { organization_id, ..Entry::new(action, params) }, now).await
}

/// Tells the owner of the keys; for an organization its admins.
async fn tell<O: Operation<Target = KeysTarget>>(
    tx: &mut Conn,
    access: &Access<O>,
    notice: impl FnOnce(String) -> Notice,
    now: Micros,
) -> Result<()> {
    let (to, name) = match (&access.target().organization, access.target().owner) {
        (Some(organization), _) => (To::Organization(organization.id), organization.name.clone()),
        (None, Owner::User(id)) => {
            (To::User(id), access.caller().principal.as_ref().map_or("", |p| p.name()).to_owned())
        }
        (None, Owner::Organization(_)) => unreachable!("a target has the organization that it belongs to"),
    };
    mail::tell(tx, &notice(name), to, now).await
}

/// The name, or with `-2`, `-3`… behind it: one more than the highest number in use.
async fn free_name(tx: &mut Conn, owner: Owner, name: String, now: Micros) -> Result<String> {
    let live = keys::live(tx, owner, now).await?;
    let number = |taken: &str| match taken.strip_prefix(name.as_str())? {
        "" => Some(1),
        rest => rest.strip_prefix('-')?.parse::<u32>().ok().filter(|n| *n > 1),
    };
    Ok(match live.iter().filter_map(|key| number(&key.name)).max() {
        Some(highest) if live.iter().any(|key| key.name == name) => {
            format!("{name}-{}", highest.saturating_add(1))
        }
        _ => name,
    })
}

/// Well-formed, and nothing that the owner of the key could not do. Errors of several permissions are
/// merged into one object, as the reference does.
async fn check_permissions(
    tx: &mut Conn,
    caller: &Caller,
    target: &KeysTarget,
    given: Vec<GivenPermission>,
) -> Result<Result<Vec<Permission>, FieldError>> {
    if given.is_empty() {
        return Ok(Ok(vec![Permission::whole(Domain::Api)]));
    }
    if given.len() > MAX_PERMISSIONS {
        return Ok(Err(format!("should have at most {MAX_PERMISSIONS} item(s)").into()));
    }
    let mut permissions = Vec::with_capacity(given.len());
    let mut problems: Vec<(String, FieldError)> = Vec::new();
    for permission in given {
        match check_permission(tx, caller, target, permission).await? {
            Ok(permission) => permissions.push(permission),
            Err((field, error)) => {
                problems.retain(|(taken, _)| *taken != field);
                problems.push((field, error));
            }
        }
    }
    Ok(if problems.is_empty() { Ok(permissions) } else { Err(FieldError::Nested(problems)) })
}

async fn check_permission(
    tx: &mut Conn,
    caller: &Caller,
    target: &KeysTarget,
    given: GivenPermission,
) -> Result<Result<Permission, (String, FieldError)>> {
    let problem = |field: &str, error: FieldError| Ok(Err((field.to_owned(), error)));
    let domain = match given.domain {
        Err(error) => return problem("domain", error),
        Ok(None) => return problem("domain", "can't be blank".into()),
        Ok(Some(name)) => match Domain::parse(&name) {
            None => return problem("domain", "is invalid".into()),
            Some(domain) => domain,
        },
    };
    let resource = match given.resource {
        Err(error) => return problem("resource", error),
        Ok(None) => return Ok(Ok(Permission::whole(domain))),
        Ok(Some(resource)) => resource,
    };
    let denied = |what: &str| problem("resource", format!("you do not have access to this {what}").into());
    match domain {
        Domain::Api if ["read", "write"].contains(&resource.as_str()) => {}
        Domain::Api | Domain::Repositories => {
            return problem("resource", "invalid resource for given domain".into());
        }
        Domain::Repository | Domain::Docs => {
            if !may_read(tx, caller, target, &resource).await? {
                return denied("repository");
            }
        }
        Domain::Package => {
            let full = if resource.contains('/') { resource } else { format!("hexpm/{resource}") };
            if !may_change_package(tx, caller, target.organization.as_ref(), &full).await? {
                return denied("package");
            }
            return Ok(Ok(Permission { domain, resource: Some(full) }));
        }
    }
    Ok(Ok(Permission { domain, resource: Some(resource) }))
}

async fn may_read(tx: &mut Conn, caller: &Caller, target: &KeysTarget, name: &str) -> Result<bool> {
    if let Some(organization) = &target.organization {
        return Ok(organization.name == name);
    }
    let Some(repository) = repositories::by_name(tx, name).await? else { return Ok(false) };
    Ok(caller.principal.as_ref().is_some_and(|p| p.role_in(repository.organization_id).is_some()))
}

async fn may_change_package(
    tx: &mut Conn,
    caller: &Caller,
    organization: Option<&Organization>,
    full_name: &str,
) -> Result<bool> {
    let Some((repository, name)) = full_name.split_once('/') else { return Ok(false) };
    let Some(repository) = repositories::by_name(tx, repository).await? else { return Ok(false) };
    let Some(package) = packages::by_name(tx, repository.id, name).await? else { return Ok(false) };
    if let Some(organization) = organization {
        return Ok(organization.id == repository.organization_id);
    }
    let Some(principal) = &caller.principal else { return Ok(false) };
    let owners = owners::of_package(tx, package.id).await?;
    Ok(owns(principal, &repository, &owners, Level::Maintainer))
}
