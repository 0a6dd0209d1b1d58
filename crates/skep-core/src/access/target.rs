//! What operations are done to, how it is found, and whether the caller stands in the needed relation
//! to it. Part of the choke point: nothing here may be called from elsewhere.

use std::sync::Arc;

use skep_store::tables::keys::Owner as KeyOwner;
use skep_store::tables::organizations::{self, Organization};
use skep_store::tables::owners::{self, Owner};
use skep_store::tables::packages::{self, Package};
use skep_store::tables::repositories::Repository;

use super::{Relation, Rule, Scope, not_authorized, owns};
use crate::permission::{Domain, Need, Permission};
use crate::principal::{Caller, Credential, Principal, UserSubject};
use crate::resources::Resource;
use crate::role::{Level, Role};
use crate::{Error, Result, Skep};

/// Something that a path names.
pub trait Target: Sized + Send + Sync {
    /// How it is named.
    type Path<'a>: Copy + Send + Sync;

    /// Finds it and checks the relation of the caller to it.
    fn resolve<'a>(
        core: &'a Skep,
        caller: &Caller,
        rule: Rule,
        path: Self::Path<'a>,
    ) -> impl Future<Output = Result<Self>> + Send;

    /// Repository and name, if a package is named.
    fn package<'a>(_path: &'a Self::Path<'_>) -> Option<(&'a str, &'a str)> {
        None
    }
}

/// Nothing in particular.
pub struct Anything;

impl Target for Anything {
    type Path<'a> = ();

    async fn resolve(_core: &Skep, _caller: &Caller, _rule: Rule, (): ()) -> Result<Self> {
        Ok(Self)
    }
}

/// The instance as a whole.
pub struct Instance;

impl Target for Instance {
    type Path<'a> = ();

    async fn resolve(_core: &Skep, caller: &Caller, _rule: Rule, (): ()) -> Result<Self> {
        let user = caller.principal.as_ref().and_then(|principal| principal.user());
        // That there are administrators is no secret.
        if user.is_some_and(|user| user.administrator) { Ok(Self) } else { Err(Error::forbidden()) }
    }
}

/// The calling account.
pub struct OwnAccount {
    principal: Arc<Principal>,
}

impl OwnAccount {
    /// The account.
    pub fn user(&self) -> &UserSubject {
        self.principal.user().expect("checked when it was resolved")
    }
}

impl Target for OwnAccount {
    type Path<'a> = ();

    async fn resolve(_core: &Skep, caller: &Caller, _rule: Rule, (): ()) -> Result<Self> {
        match &caller.principal {
            Some(principal) if principal.user().is_some() => Ok(Self { principal: principal.clone() }),
            _ => Err(Error::not_found()),
        }
    }
}

/// A repository.
pub struct RepositoryTarget {
    /// The repository.
    pub repository: Arc<Repository>,
}

impl Target for RepositoryTarget {
    type Path<'a> = &'a str;

    async fn resolve<'a>(core: &'a Skep, caller: &Caller, rule: Rule, name: &'a str) -> Result<Self> {
        if rule.scope == Scope::Fetch {
            return fetchable(core, caller, name).await;
        }
        let repository = core.repository(name).await?.ok_or_else(Error::not_found)?;
        member(caller, repository.organization_id, Role::Read, repository.is_public())?;
        Ok(Self { repository })
    }
}

/// Registry, tarballs and documentation: never 401 (mix opens a prompt on it), 404 for anonymous callers
/// and strangers whether or not there is such a repository, 403 for members whose credential does not open
/// it.
async fn fetchable(core: &Skep, caller: &Caller, name: &str) -> Result<RepositoryTarget> {
    if caller.principal.is_none() && name != hex_format::name::RepositoryName::HEXPM {
        return Err(Error::not_found());
    }
    let repository = core.repository(name).await?.ok_or_else(Error::not_found)?;
    if repository.is_public() {
        return Ok(RepositoryTarget { repository });
    }
    let principal = caller.principal.as_ref().ok_or_else(Error::not_found)?;
    if principal.role_in(repository.organization_id).is_none() {
        return Err(Error::not_found());
    }
    let usable = matches!(principal.credential, Credential::Key { .. } | Credential::Token { .. })
        && principal.user().is_none_or(|user| user.email_verified);
    if !usable || !principal.opens(Need::Repository(&repository.name)) {
        return Err(Error::forbidden());
    }
    Ok(RepositoryTarget { repository })
}

/// Names a dependency policy.
#[derive(Debug, Clone, Copy)]
pub struct PolicyPath<'a> {
    /// Name of the repository.
    pub repository: &'a str,
    /// Name of the policy.
    pub name: &'a str,
}

/// A dependency policy as clients fetch it.
pub struct PolicyTarget {
    /// What is fetched.
    pub resource: Arc<Resource>,
}

impl Target for PolicyTarget {
    type Path<'a> = PolicyPath<'a>;

    async fn resolve<'a>(core: &'a Skep, caller: &Caller, _rule: Rule, path: PolicyPath<'a>) -> Result<Self> {
        let repository = core.repository(path.repository).await?;
        let resource = match &repository {
            Some(repository) => core.policy_resource(repository, path.name).await,
            None => Err(Error::not_found()),
        };
        match resource {
            Ok(resource) if resource.is_public_policy => return Ok(Self { resource }),
            Err(error) if error.status >= 500 => return Err(error),
            _ => {}
        }
        fetchable(core, caller, path.repository).await?;
        Ok(Self { resource: resource? })
    }
}

/// 404 unless the caller has at least the role. `open` = everyone may read.
fn member(caller: &Caller, organization_id: i64, needed: Role, open: bool) -> Result<()> {
    if open && needed == Role::Read {
        return Ok(());
    }
    let role = caller.principal.as_ref().and_then(|principal| principal.role_in(organization_id));
    if role.is_some_and(|role| role >= needed) {
        return Ok(());
    }
    // What everyone may see need not be hidden.
    Err(if open { Error::forbidden() } else { Error::not_found() })
}

/// An organization.
pub struct OrganizationTarget {
    /// The organization.
    pub organization: Organization,
}

impl Target for OrganizationTarget {
    type Path<'a> = &'a str;

    async fn resolve<'a>(core: &'a Skep, caller: &Caller, rule: Rule, name: &'a str) -> Result<Self> {
        let Relation::Member(role) = rule.relation else {
            unreachable!("operations on an organization name a role");
        };
        let mut conn = core.db.read().await?;
        let organization = organizations::by_name(&mut conn, name).await?.ok_or_else(Error::not_found)?;
        member(caller, organization.id, role, organization.id == organizations::HEXPM)?;
        Ok(Self { organization })
    }
}

/// The keys of the caller, or of an organization.
pub struct KeysTarget {
    /// Whose keys.
    pub owner: KeyOwner,
    /// The organization, if it is one's.
    pub organization: Option<Organization>,
}

impl Target for KeysTarget {
    /// Name of an organization, or none for the caller's own.
    type Path<'a> = Option<&'a str>;

    async fn resolve<'a>(core: &'a Skep, caller: &Caller, rule: Rule, path: Option<&'a str>) -> Result<Self> {
        let Some(name) = path else {
            // An organization has its keys under its own path only.
            let principal = caller.principal.as_ref().ok_or_else(Error::not_found)?;
            let user = principal.user().ok_or_else(Error::not_found)?;
            return Ok(Self { owner: KeyOwner::User(user.id), organization: None });
        };
        let organization = OrganizationTarget::resolve(core, caller, rule, name).await?.organization;
        Ok(Self { owner: KeyOwner::Organization(organization.id), organization: Some(organization) })
    }
}

/// Names a package, which need not exist.
#[derive(Debug, Clone, Copy)]
pub struct PackagePath<'a> {
    /// Name of the repository.
    pub repository: &'a str,
    /// Name of the package.
    pub name: &'a str,
}

/// A package that exists or may be made.
pub struct PackageTarget {
    /// Its repository.
    pub repository: Arc<Repository>,
    /// Its name, which is not checked for its form.
    pub name: String,
    /// The package, if it exists.
    pub package: Option<Package>,
}

impl PackageTarget {
    /// The package.
    ///
    /// Errors: 404 if it does not exist.
    pub fn existing(&self) -> Result<&Package> {
        self.package.as_ref().ok_or_else(Error::not_found)
    }
}

impl Target for PackageTarget {
    type Path<'a> = PackagePath<'a>;

    fn package<'a>(path: &'a PackagePath<'_>) -> Option<(&'a str, &'a str)> {
        Some((path.repository, path.name))
    }

    async fn resolve<'a>(core: &'a Skep, caller: &Caller, rule: Rule, path: PackagePath<'a>) -> Result<Self> {
        let Relation::Owner(level) = rule.relation else {
            unreachable!("operations on a package name a level");
        };
        let repository = core.repository(path.repository).await?.ok_or_else(Error::not_found)?;
        let mut conn = core.db.read().await?;
        let mut package = packages::by_name(&mut conn, repository.id, path.name).await?;
        if let Some(found) = &package {
            let owners = owners::of_package(&mut conn, found.id).await?;
            if let Err(refusal) = existing_package(caller, &repository, &owners, level) {
                // Its owners are gone too if it was deleted just now; then it is a missing one.
                let still = packages::by_id(&mut conn, found.id).await?;
                package = still.map(|_| Err(refusal)).transpose()?;
            }
        }
        if package.is_none() {
            missing_package(caller, &repository, level)?;
        }
        Ok(Self { repository, name: path.name.to_owned(), package })
    }
}

fn existing_package(caller: &Caller, repository: &Repository, owners: &[Owner], level: Level) -> Result<()> {
    let allowed =
        caller.principal.as_ref().is_some_and(|principal| owns(principal, repository, owners, level));
    match (allowed, repository.is_public()) {
        (true, _) => Ok(()),
        (false, true) => Err(Error::forbidden()),
        (false, false) => Err(Error::not_found()),
    }
}

fn missing_package(caller: &Caller, repository: &Repository, level: Level) -> Result<()> {
    let Some(principal) = &caller.principal else {
        return Err(Error::not_found());
    };
    // A key for one package opens only a package that exists: it cannot have been made for this one.
    let opens_new = principal.opens(Need::ApiWrite) || has_bare_package_permission(principal);
    if !opens_new {
        return Err(not_authorized());
    }
    if repository.is_public() {
        return Ok(());
    }
    match principal.role_in(repository.organization_id) {
        None => Err(Error::not_found()),
        Some(role) if role >= level.as_role() => Ok(()),
        Some(_) => Err(Error::forbidden()),
    }
}

/// `package` without a resource stands for every package that the owner may change.
fn has_bare_package_permission(principal: &Principal) -> bool {
    let bare = Permission::whole(Domain::Package);
    principal.credential.permissions().is_none_or(|permissions| permissions.contains(&bare))
}
