//! `GET /auth`: may this key or token do that? mix asks it before it stores an organization's key.
//! Answers: the Hex HTTP contract, "GET /auth".

use skep_store::tables::{organizations, owners, packages, repositories};

use crate::access::owns;
use crate::permission::{Domain, Need, any_satisfies};
use crate::principal::{Caller, Credential, Subject};
use crate::role::Level;
use crate::{Error, Result, Skep};

/// The key that was confirmed.
#[derive(Debug, Clone)]
pub struct Confirmed {
    /// Name of the key.
    pub key: String,
    /// Name of its owner.
    pub owner: String,
    /// Whether that is an organization.
    pub owned_by_organization: bool,
}

impl Skep {
    /// Whether the caller's key or token opens a domain and resource, and its owner still may use that.
    /// None is a token, of which there is nothing to say.
    ///
    /// Errors: 401 for no key or one that does not open it, 403 when the owner lost access.
    pub async fn check_key(
        &self,
        caller: &Caller,
        domain: &str,
        resource: Option<&str>,
    ) -> Result<Option<Confirmed>> {
        let principal = caller.principal.as_ref().ok_or_else(|| {
            Error::unauthorized("missing_credentials", "missing authentication information")
        })?;
        if principal.user().is_some_and(|user| !user.email_verified) {
            return Err(Error::new(403, "email_not_verified", "email not verified"));
        }
        let permissions = principal.credential.permissions().ok_or_else(crate::access::not_authorized)?;
        let domain = Domain::parse(domain).ok_or_else(crate::access::not_authorized)?;
        let whole = permissions.iter().any(|p| p.domain == domain && p.resource.is_none());
        let opens = match (domain, resource) {
            (Domain::Api, None | Some("read")) => any_satisfies(permissions, Need::ApiRead),
            (Domain::Api, Some("write")) => any_satisfies(permissions, Need::ApiWrite),
            // Observed: an unrestricted key passes with any word, a restricted one does not.
            (Domain::Api, Some(_)) => whole,
            (Domain::Repositories, None) => whole,
            (Domain::Repositories, Some(_)) | (Domain::Repository | Domain::Docs, None) => false,
            (Domain::Repository, Some(name)) => any_satisfies(permissions, Need::Repository(name)),
            (Domain::Docs, Some(name)) => any_satisfies(permissions, Need::Docs(name)),
            // Keys for one package do not count here; tokens that write do.
            (Domain::Package, _) => {
                let is_token = matches!(principal.credential, Credential::Token { .. });
                whole || (is_token && any_satisfies(permissions, Need::ApiWrite))
            }
        };
        if !opens {
            return Err(crate::access::not_authorized());
        }
        let accessible = match (domain, resource) {
            (Domain::Repository | Domain::Docs, Some(name)) => {
                let mut conn = self.db.read().await?;
                let organization = organizations::by_name(&mut conn, name).await?;
                organization.is_some_and(|organization| principal.role_in(organization.id).is_some())
            }
            (Domain::Package, resource) => self.owns_package(caller, resource).await?,
            _ => true,
        };
        if !accessible {
            return Err(Error::forbidden());
        }
        let Credential::Key { name, .. } = &principal.credential else { return Ok(None) };
        Ok(Some(Confirmed {
            key: name.clone(),
            owner: principal.name().to_owned(),
            owned_by_organization: matches!(principal.subject, Subject::Organization(_)),
        }))
    }

    async fn owns_package(&self, caller: &Caller, resource: Option<&str>) -> Result<bool> {
        let (Some(principal), Some((repository, name))) =
            (&caller.principal, resource.and_then(|resource| resource.split_once('/')))
        else {
            return Ok(false);
        };
        let mut conn = self.db.read().await?;
        let Some(repository) = repositories::by_name(&mut conn, repository).await? else { return Ok(false) };
        let Some(package) = packages::by_name(&mut conn, repository.id, name).await? else {
            return Ok(false);
        };
        let owners = owners::of_package(&mut conn, package.id).await?;
        Ok(owns(principal, &repository, &owners, Level::Maintainer))
    }
}
