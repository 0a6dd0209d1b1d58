//! The proof that a key opens an organization's repository.
//!
//! Configuration writers take an [`AuthorizedKey`], and only [`authorize`] makes one, after the server accepted the key
//! and a resource of the repository was verified. So a key that failed its check can't be stored: there is no
//! value to store.

use hex_format::name::OrganizationName;
use hex_registry::PublicKey;

use crate::api::{Api, ApiError, Credential, KeyOwner};
use crate::repository::{Access, Repository, RepositoryError};
use crate::secret::Secret;
use crate::server::{ApiUrl, RepositoryUrl};

/// Why a key was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizeError {
    /// The server refused the key.
    #[error("the key does not open the repository of {organization}: {reason}")]
    Key {
        /// The organization.
        organization: OrganizationName,
        /// The server's reason.
        reason: ApiError,
    },
    /// The key was accepted, but what it opens could not be verified.
    #[error("the repository of {organization} could not be verified: {reason}")]
    Repository {
        /// The organization.
        organization: OrganizationName,
        /// Which check failed.
        reason: RepositoryError,
    },
}

/// A key that was seen to open an organization's repository, with the signing key it was verified with.
pub struct AuthorizedKey {
    organization: OrganizationName,
    api: ApiUrl,
    repository: RepositoryUrl,
    secret: Secret,
    owner: Option<KeyOwner>,
    signing_key: PublicKey,
}

impl AuthorizedKey {
    /// A proof without a check, for the tests of those who take one.
    #[cfg(test)]
    pub(crate) fn unchecked(
        organization: &str,
        (api, repository): (&str, &str),
        secret: &str,
        owner: Option<KeyOwner>,
        signing_key: PublicKey,
    ) -> Self {
        Self {
            organization: OrganizationName::parse(organization).unwrap(),
            api: ApiUrl::parse(api).unwrap(),
            repository: RepositoryUrl::parse(repository).unwrap(),
            secret: Secret::new(secret),
            owner,
            signing_key,
        }
    }

    /// The organization.
    pub fn organization(&self) -> &OrganizationName {
        &self.organization
    }

    /// The API of the server that accepted the key.
    pub fn api(&self) -> &ApiUrl {
        &self.api
    }

    /// The root of the server's repository.
    pub fn repository(&self) -> &RepositoryUrl {
        &self.repository
    }

    /// The key's secret.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Who owns the key, if the server says so.
    pub fn owner(&self) -> Option<&KeyOwner> {
        self.owner.as_ref()
    }

    /// The key that the server signs with.
    pub fn signing_key(&self) -> &PublicKey {
        &self.signing_key
    }
}

/// Asks the server about `secret`, reads and verifies the organization's `names` with it, and gives the proof.
///
/// `trusted` is the signing key that the user trusts.
///
/// # Errors
/// When the server refuses the key, or the repository doesn't verify.
pub async fn authorize(
    api: &Api,
    repository: &RepositoryUrl,
    organization: &OrganizationName,
    secret: Secret,
    trusted: PublicKey,
) -> Result<AuthorizedKey, AuthorizeError> {
    let owner = api
        .with_credential(Credential::Key(secret.clone()))
        .check_repository(organization)
        .await
        .map_err(|reason| AuthorizeError::Key { organization: organization.clone(), reason })?;
    Repository::new(api.network(), repository.clone(), Some(organization))
        .with_access(Access::Key(secret.clone()))
        .with_key(trusted.clone())
        .names()
        .await
        .map_err(|reason| AuthorizeError::Repository { organization: organization.clone(), reason })?;
    Ok(AuthorizedKey {
        organization: organization.clone(),
        api: api.base().clone(),
        repository: repository.clone(),
        secret,
        owner,
        signing_key: trusted,
    })
}
