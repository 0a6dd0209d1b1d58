//! A server's repository: the signing key, signed resources, tarballs, documentation.
//!
//! Everything that leaves this module was verified: resources against the signing key and the repository's name,
//! tarballs against the checksum in a verified resource. There is no way around it. (Documentation has no signature in
//! this ecosystem; the server is all that vouches for it.)

mod access;
mod cache;
mod error;
mod files;

use std::sync::Arc;

use hex_format::name::{OrganizationName, PackageName, RepositoryName};
use hex_registry::names::Names;
use hex_registry::package::Package;
use hex_registry::policy::Policy;
use hex_registry::versions::Versions;
use hex_registry::{PublicKey, ReadError};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderValue, IF_NONE_MATCH};
use url::Url;

pub use access::{Access, Exchange};
pub use cache::{Before, Cache};
pub use error::{Hint, RepositoryError};

use crate::config::repositories::Entry;
use crate::network::{Memory, Network, Progress, Transferred, TransportError};
use crate::server::RepositoryUrl;
use access::Authorization;

/// Most bytes of a public key file; a key of 8192 bits has about 1500.
const MAX_KEY_BYTES: usize = 64 << 10;
/// Most bytes of a packed registry resource. The largest real one, of all packages of hex.pm, has under 1 MB.
const MAX_RESOURCE_BYTES: usize = 64 << 20;

/// One repository of a server, the root or an organization's, seen by one caller. Clones share what they learn.
#[derive(Clone)]
pub struct Repository {
    network: Network,
    root: RepositoryUrl,
    base: RepositoryUrl,
    /// On this machine, for messages.
    called: String,
    organization: Option<OrganizationName>,
    /// In the registry.
    registry_name: String,
    /// The other name that the root of a server may have in its registry.
    other_name: Option<String>,
    trusted: Option<PublicKey>,
    authorization: Arc<Authorization>,
    cache: Option<Cache>,
}

impl Repository {
    /// The repository of `organization`, or the root, of the server at `root`; without credential, and until
    /// [`Repository::with_key`] without a signing key to verify by.
    pub fn new(network: &Network, root: RepositoryUrl, organization: Option<&OrganizationName>) -> Self {
        let (base, name) = match organization {
            Some(organization) => (root.organization(organization), organization.as_str()),
            None => (root.clone(), RepositoryName::HEXPM),
        };
        Self {
            network: network.clone(),
            root,
            base,
            called: name.to_owned(),
            organization: organization.cloned(),
            registry_name: name.to_owned(),
            other_name: None,
            trusted: None,
            authorization: Arc::default(),
            cache: None,
        }
    }

    /// The repository of an entry of this machine, with its signing key and without credential.
    pub fn of(network: &Network, entry: &Entry) -> Self {
        // The root of a server is `hexpm` in its own registry, whatever this machine calls it.
        let other_name = entry.organization.is_none().then(|| RepositoryName::HEXPM.to_owned());
        Self {
            network: network.clone(),
            root: entry.root.clone(),
            base: entry.base.clone(),
            called: entry.name.clone(),
            organization: entry.organization.clone(),
            registry_name: entry.registry_name.clone(),
            other_name,
            trusted: entry.public_key.clone(),
            authorization: Arc::default(),
            cache: None,
        }
    }

    /// With a credential.
    pub fn with_access(self, access: Access) -> Self {
        Self { authorization: Arc::new(Authorization::new(access)), ..self }
    }

    /// With a signing key that the user trusts.
    pub fn with_key(self, trusted: PublicKey) -> Self {
        Self { trusted: Some(trusted), ..self }
    }

    /// With a cache of registry files.
    pub fn with_cache(self, cache: Cache) -> Self {
        Self { cache: Some(cache), ..self }
    }

    /// The repository's name in the registry.
    pub fn name(&self) -> &str {
        &self.registry_name
    }

    /// The repository's name on this machine, such as `hexpm:acme`.
    pub fn called(&self) -> &str {
        &self.called
    }

    /// The root of the server that it is on.
    pub fn root(&self) -> &RepositoryUrl {
        &self.root
    }

    /// Where its files are.
    pub fn base(&self) -> &RepositoryUrl {
        &self.base
    }

    /// What its files are verified with.
    pub fn trusted_key(&self) -> Option<&PublicKey> {
        self.trusted.as_ref()
    }

    /// The key that the server says it signs with. Nothing vouches for it: whether it is trusted is for the caller
    /// to decide, by its fingerprint.
    ///
    /// # Errors
    /// When there is none.
    pub async fn public_key(&self) -> Result<PublicKey, RepositoryError> {
        let url = self.root.route(&["public_key"]);
        let read = |bytes: &[u8]| {
            PublicKey::from_pem(&String::from_utf8_lossy(bytes))
                .map_err(|reason| RepositoryError::PublicKey { url: url.to_string(), reason })
        };
        // The key is public, and asked for without a credential, which only some servers want even here.
        let key = match self.cached(&url, false, "the public key", MAX_KEY_BYTES, read).await {
            Err(RepositoryError::Missing { .. } | RepositoryError::Refused { .. })
                if !self.authorization.is_anonymous() =>
            {
                self.cached(&url, true, "the public key", MAX_KEY_BYTES, read).await
            }
            key => key,
        };
        key.map_err(|error| match error {
            RepositoryError::Missing { status, .. } => {
                RepositoryError::NoPublicKey { url: url.to_string(), status }
            }
            other => other,
        })
    }

    /// What time the server says it is, as it writes it. Asked of the public key, which everybody may see.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn date(&self) -> Result<Option<String>, RepositoryError> {
        let url = self.root.route(&["public_key"]);
        let response = self.network.call(reqwest::Request::new(Method::HEAD, url)).await?;
        let date = response.headers().get(reqwest::header::DATE);
        Ok(date.and_then(|date| date.to_str().ok()).map(str::to_owned))
    }

    /// The names of all packages, verified.
    ///
    /// # Errors
    /// When the caller may not read the repository or a check fails.
    pub async fn names(&self) -> Result<Names, RepositoryError> {
        self.resource(&["names"], "the list of names", Names::from_signed).await
    }

    /// The versions of all packages, verified.
    ///
    /// # Errors
    /// When the caller may not read the repository or a check fails.
    pub async fn versions(&self) -> Result<Versions, RepositoryError> {
        self.resource(&["versions"], "the list of versions", Versions::from_signed).await
    }

    /// A package's releases, verified.
    ///
    /// # Errors
    /// When there is none that the caller may read, or a check fails.
    pub async fn package(&self, package: &PackageName) -> Result<Package, RepositoryError> {
        let read = |bytes: &[u8], key: &PublicKey, repository: &str| {
            Package::from_signed(bytes, key, repository, package.as_str())
        };
        self.resource(&["packages", package.as_str()], &format!("package {package}"), read).await
    }

    /// A policy of the organization, verified.
    ///
    /// # Errors
    /// When there is none that the caller may read, or a check fails.
    pub async fn policy(&self, policy: &str) -> Result<Policy, RepositoryError> {
        let read = |bytes: &[u8], key: &PublicKey, repository: &str| {
            Policy::from_signed(bytes, key, repository, policy)
        };
        self.resource(&["policies", policy], &format!("policy {policy}"), read).await
    }

    /// A signed file, from the network or the cache.
    async fn resource<T>(
        &self,
        route: &[&str],
        what: &str,
        read: impl Fn(&[u8], &PublicKey, &str) -> Result<T, ReadError>,
    ) -> Result<T, RepositoryError> {
        let url = self.base.route(route);
        let key = self
            .trusted
            .as_ref()
            .ok_or_else(|| RepositoryError::NoKey { repository: self.called.clone() })?;
        let read = |bytes: &[u8]| {
            let verified = read(bytes, key, &self.registry_name);
            let other = match (&verified, &self.other_name) {
                (Err(ReadError::Origin(_)), Some(other)) => read(bytes, key, other).ok(),
                _ => None,
            };
            other
                .map_or(verified, Ok)
                .map_err(|reason| RepositoryError::Unverified { url: url.to_string(), reason })
        };
        self.cached(&url, true, what, MAX_RESOURCE_BYTES, read).await
    }

    /// A file that is worth keeping. `read` verifies it, wherever it comes from.
    async fn cached<T>(
        &self,
        url: &Url,
        authorized: bool,
        what: &str,
        limit: usize,
        read: impl Fn(&[u8]) -> Result<T, RepositoryError>,
    ) -> Result<T, RepositoryError> {
        let held = self.cache.as_ref().and_then(|cache| cache.read(url, limit));
        let held = held.and_then(|held| match read(&held.body) {
            Ok(value) => Some((held.etag, value)),
            Err(_) => {
                self.cache.as_ref().inspect(|cache| cache.remove(url));
                None
            }
        });
        if self.network.is_offline() {
            let missing = || TransportError::Offline { url: url.to_string() }.into();
            return held.map(|(_, value)| value).ok_or_else(missing);
        }
        let mut request = self.request(url, authorized).await?;
        let condition = held.as_ref().and_then(|(etag, _)| HeaderValue::from_str(etag.as_deref()?).ok());
        if let Some(condition) = condition {
            request.headers_mut().insert(IF_NONE_MATCH, condition);
        }
        let mut body = Memory::default();
        let answer = self.network.fetch(request, &mut body, limit, &Progress::default()).await?;
        if let (304, Some((_, value))) = (answer.status, held) {
            return Ok(value);
        }
        self.expect_file(url, &answer, what)?;
        let value = read(&body.bytes)?;
        if let Some(cache) = &self.cache
            && let Err(error) = cache.write(url, answer.etag.as_deref(), &body.bytes)
        {
            self.network.warn_once(&format!("nothing is kept for the next time: {error}"));
        }
        Ok(value)
    }

    async fn request(&self, url: &Url, authorized: bool) -> Result<reqwest::Request, RepositoryError> {
        let mut request = reqwest::Request::new(Method::GET, url.clone());
        if authorized && let Some(value) = self.authorization.header(&self.network, &self.called).await? {
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        Ok(request)
    }

    fn expect_file(&self, url: &Url, answer: &Transferred, what: &str) -> Result<(), RepositoryError> {
        match answer.status {
            200 => Ok(()),
            // Who brings none, or the right one, can't tell what is closed from what is not there.
            status @ (401 | 403) if !self.authorization.is_anonymous() => {
                Err(RepositoryError::Refused { repository: self.called.clone(), status, again: self.again() })
            }
            status @ (401 | 403 | 404) => Err(RepositoryError::Missing {
                what: what.to_owned(),
                repository: self.called.clone(),
                status,
                hint: self.hint(),
            }),
            status => Err(RepositoryError::Status { url: url.to_string(), status }),
        }
    }

    fn hint(&self) -> Hint {
        match &self.organization {
            Some(organization) if self.authorization.is_anonymous() => {
                Hint::Authorize(organization.to_string())
            }
            _ => Hint::None,
        }
    }

    /// The command that gets another credential.
    fn again(&self) -> String {
        match &self.organization {
            Some(organization) if self.root.is_hexpm() => format!("skep organization auth {organization}"),
            Some(organization) => format!("skep connect {} {organization}", self.root),
            None => format!("skep connect {}", self.root),
        }
    }
}
