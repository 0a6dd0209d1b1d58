//! A server's repository: the signing key, signed resources, tarballs.
//!
//! Everything that leaves this module was verified: resources against the signing key and the repository's name,
//! tarballs against the checksum in a verified resource. There is no way around it.

use hex_format::checksum::Sha256;
use hex_format::name::{OrganizationName, PackageName, RepositoryName};
use hex_format::tarball::MAX_TARBALL;
use hex_registry::names::Names;
use hex_registry::package::Package;
use hex_registry::{KeyError, PublicKey, ReadError};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method};

use crate::http::{self, TransportError};
use crate::secret::Secret;
use crate::server::RepositoryUrl;

/// Most bytes of a public key file; a key of 8192 bits has about 1500.
const MAX_KEY_BYTES: usize = 64 << 10;
/// Most bytes of a packed registry resource. The largest real one, of all packages of hex.pm, has under 1 MB.
const MAX_RESOURCE_BYTES: usize = 64 << 20;

/// Why there is nothing to hand out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoryError {
    /// No answer was understood.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The repository has no such file, or not for this caller: the two look alike on purpose.
    #[error("{what} does not exist in repository {repository}, or you have no access to it ({status})")]
    Missing {
        /// What was asked for, in words.
        what: String,
        /// The repository's name.
        repository: String,
        /// HTTP status.
        status: u16,
    },
    /// Another answer than a file.
    #[error("{url} answered with status {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// What the server calls its public key is none.
    #[error("{url} is not a public key: {reason}")]
    PublicKey {
        /// Where it came from.
        url: String,
        /// What is wrong with it.
        reason: KeyError,
    },
    /// A resource that did not pass verification.
    #[error("{url} failed verification: {reason}")]
    Unverified {
        /// Where it came from.
        url: String,
        /// Which check failed.
        reason: ReadError,
    },
    /// A tarball that is not the one in the registry.
    #[error("{url} has checksum {found}, the registry says {expected}")]
    Checksum {
        /// Where it came from.
        url: String,
        /// The registry's checksum.
        expected: Sha256,
        /// That of the bytes.
        found: Sha256,
    },
}

/// One repository of a server, the root or an organization's, seen by one caller.
pub struct Repository {
    client: Client,
    root: RepositoryUrl,
    base: RepositoryUrl,
    name: RepositoryName,
    key: Option<Secret>,
}

impl Repository {
    /// The repository of `organization`, or the root, of the server at `root`, read with `key`.
    ///
    /// # Errors
    /// When the system has no usable TLS set-up.
    pub fn new(
        root: RepositoryUrl,
        organization: Option<&OrganizationName>,
        key: Option<Secret>,
    ) -> Result<Self, TransportError> {
        let (base, name) = match organization {
            Some(organization) => (root.organization(organization), organization.repository()),
            None => (root.clone(), RepositoryName::hexpm()),
        };
        Ok(Self { client: http::repository_client()?, root, base, name, key })
    }

    /// The repository's name on the wire.
    pub fn name(&self) -> &RepositoryName {
        &self.name
    }

    /// The key that the server says it signs with. Nothing vouches for it: whether it is trusted is for the caller
    /// to decide, by its fingerprint.
    ///
    /// # Errors
    /// When there is none.
    pub async fn public_key(&self) -> Result<PublicKey, RepositoryError> {
        let url = self.root.route(&["public_key"]);
        let bytes = self.fetch(url.clone(), None, "the public key", MAX_KEY_BYTES).await?;
        let text = String::from_utf8_lossy(&bytes);
        PublicKey::from_pem(&text)
            .map_err(|reason| RepositoryError::PublicKey { url: url.to_string(), reason })
    }

    /// The names of all packages, verified.
    ///
    /// # Errors
    /// When the caller may not read the repository or a check fails.
    pub async fn names(&self, trusted: &PublicKey) -> Result<Names, RepositoryError> {
        let url = self.base.route(&["names"]);
        let bytes =
            self.fetch(url.clone(), self.key.as_ref(), "the list of names", MAX_RESOURCE_BYTES).await?;
        Names::from_signed(&bytes, trusted, self.name.as_str()).map_err(|reason| unverified(&url, reason))
    }

    /// A package's releases, verified.
    ///
    /// # Errors
    /// When there is none that the caller may read, or a check fails.
    pub async fn package(
        &self,
        trusted: &PublicKey,
        package: &PackageName,
    ) -> Result<Package, RepositoryError> {
        let url = self.base.route(&["packages", package.as_str()]);
        let what = format!("package {package}");
        let bytes = self.fetch(url.clone(), self.key.as_ref(), &what, MAX_RESOURCE_BYTES).await?;
        Package::from_signed(&bytes, trusted, self.name.as_str(), package.as_str())
            .map_err(|reason| unverified(&url, reason))
    }

    /// A tarball whose bytes have the checksum `expected`, which comes out of a verified [`Package`].
    ///
    /// # Errors
    /// When there is none that the caller may read, or it has another checksum.
    pub async fn tarball(
        &self,
        package: &PackageName,
        version: &str,
        expected: Sha256,
    ) -> Result<Vec<u8>, RepositoryError> {
        let url = self.base.route(&["tarballs", &format!("{package}-{version}.tar")]);
        let what = format!("the tarball of {package} {version}");
        let bytes = self.fetch(url.clone(), self.key.as_ref(), &what, MAX_TARBALL).await?;
        let found = Sha256::of(&bytes);
        if found == expected {
            Ok(bytes)
        } else {
            Err(RepositoryError::Checksum { url: url.to_string(), expected, found })
        }
    }

    async fn fetch(
        &self,
        url: url::Url,
        key: Option<&Secret>,
        what: &str,
        limit: usize,
    ) -> Result<Vec<u8>, RepositoryError> {
        let mut request = reqwest::Request::new(Method::GET, url.clone());
        if let Some(key) = key {
            let mut value = HeaderValue::from_str(key.expose())
                .map_err(|_| TransportError::Setup("the key can't be sent as a header".to_owned()))?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        let response = http::send(&self.client, request).await?;
        match response.status().as_u16() {
            200 => Ok(http::body(response, limit).await?),
            status @ (401 | 403 | 404) => Err(RepositoryError::Missing {
                what: what.to_owned(),
                repository: self.name.to_string(),
                status,
            }),
            status => Err(RepositoryError::Status { url: url.to_string(), status }),
        }
    }
}

fn unverified(url: &url::Url, reason: ReadError) -> RepositoryError {
    RepositoryError::Unverified { url: url.to_string(), reason }
}
