//! Which server is meant: its API base and its repository base.
//!
//! Credentials are stored under the API base, so two spellings of one address must give one value here, and two
//! servers must never give the same. Nothing here talks to the network.

use std::fmt;

use hex_format::address::without_login;
use hex_format::name::OrganizationName;
use url::Url;

#[cfg(test)]
mod tests;

/// Most bytes of an address.
const MAX_BYTES: usize = 2048;

/// Fingerprint of the key that signs the public registry, hex.pm. Every client of the ecosystem has the key built in.
pub const HEXPM_FINGERPRINT: &str = "SHA256:O1LOYhHFW4kcrblKAxROaDEzLD8bn1seWbe5tq8TRsk";

const HEXPM_API: &str = "https://hex.pm/api";
const HEXPM_REPOSITORY: &str = "https://repo.hex.pm";

/// Why a text is not the base address of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not an address at all.
    #[error("{0:?} is not a URL: {1}")]
    Malformed(String, String),
    /// Neither `http` nor `https`.
    #[error("{0:?} must begin with https:// or http://")]
    Scheme(String),
    /// With a user, a query or a fragment, which a base can't have.
    #[error("{0:?} must be a plain base URL, without {1}")]
    NotABase(String, &'static str),
    /// An API base from which the repository base can't be derived.
    #[error("{0} does not end with /api: say where the repository is (--repo-url or HEX_REPO_URL)")]
    Underivable(String),
}

/// The base of a server's HTTP API, such as `https://hex.example.com/api`, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ApiUrl(String);

/// The base of a server's repository, such as `https://hex.example.com/repo`, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RepositoryUrl(String);

impl ApiUrl {
    /// The public registry's API.
    pub fn hexpm() -> Self {
        Self(HEXPM_API.to_owned())
    }

    /// Reads and normalises a base address.
    ///
    /// # Errors
    /// When it is not an `http` or `https` address, or more than a base.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        normalise(text).map(Self)
    }

    /// Reads the address of a server as people know it: that of its site, such as `https://hex.example.com`, or that of
    /// its API, which is `/api` below it.
    ///
    /// # Errors
    /// As [`ApiUrl::parse`].
    pub fn of_server(text: &str) -> Result<Self, UrlError> {
        let base = normalise(text)?;
        Ok(Self(if base.ends_with("/api") { base } else { format!("{base}/api") }))
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host with its port, if that is not the usual one: how people call a server.
    pub fn host(&self) -> &str {
        let host = self.0.split_once("://").map_or(self.as_str(), |(_, rest)| rest);
        host.split('/').next().unwrap_or(host)
    }

    /// Whether this is the public registry.
    pub fn is_hexpm(&self) -> bool {
        self.0 == HEXPM_API
    }

    /// The repository that belongs to this API: for Skep the neighbour `/repo` of `/api`.
    ///
    /// # Errors
    /// When the address doesn't end with `/api`.
    pub fn repository(&self) -> Result<RepositoryUrl, UrlError> {
        if self.is_hexpm() {
            return Ok(RepositoryUrl::hexpm());
        }
        match self.0.strip_suffix("/api") {
            Some(site) => Ok(RepositoryUrl(format!("{site}/repo"))),
            None => Err(UrlError::Underivable(self.0.clone())),
        }
    }

    /// The address of a route, each segment percent-encoded.
    pub(crate) fn route(&self, segments: &[&str]) -> Url {
        route(&self.0, segments)
    }
}

impl RepositoryUrl {
    /// The public registry's repository.
    pub fn hexpm() -> Self {
        Self(HEXPM_REPOSITORY.to_owned())
    }

    /// Reads and normalises a base address.
    ///
    /// # Errors
    /// When it is not an `http` or `https` address, or more than a base.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        normalise(text).map(Self)
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the public registry.
    pub fn is_hexpm(&self) -> bool {
        self.0 == HEXPM_REPOSITORY
    }

    /// The host, without port.
    pub fn host(&self) -> String {
        let url = Url::parse(&self.0).expect("invariant: a base was parsed before");
        url.host_str().unwrap_or_default().to_owned()
    }

    /// Whether both are the same server: scheme, host and port.
    pub fn same_server(&self, other: &Self) -> bool {
        let origin = |url: &Self| Url::parse(&url.0).expect("invariant: a base was parsed before").origin();
        origin(self) == origin(other)
    }

    /// The API that belongs to this repository: for Skep the neighbour `/api` of `/repo`.
    pub fn api(&self) -> Option<ApiUrl> {
        if self.is_hexpm() {
            return Some(ApiUrl::hexpm());
        }
        Some(ApiUrl(format!("{}/api", self.0.strip_suffix("/repo")?)))
    }

    /// The root of the server's repository, if this is the base of an organization's.
    pub fn root_of(&self, organization: &str) -> Option<RepositoryUrl> {
        // Some versions of mix need the address twice: see the texts about `hex.config`.
        let end = format!("/repos/{organization}");
        let root = self.0.strip_suffix(&end)?;
        Some(Self(root.strip_suffix(&end).unwrap_or(root).to_owned()))
    }

    /// The base of an organization's repository.
    pub fn organization(&self, organization: &OrganizationName) -> RepositoryUrl {
        Self(format!("{}/repos/{organization}", self.0))
    }

    /// The address of a file, each segment percent-encoded.
    pub(crate) fn route(&self, segments: &[&str]) -> Url {
        route(&self.0, segments)
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RepositoryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower-cases scheme and host, drops the default port, and collapses and trims slashes.
fn normalise(text: &str) -> Result<String, UrlError> {
    let text = text.trim();
    let shown = || without_login(text).chars().take(200).collect::<String>();
    if text.len() > MAX_BYTES {
        return Err(UrlError::Malformed(shown(), format!("longer than {MAX_BYTES} bytes")));
    }
    let url = Url::parse(text).map_err(|error| UrlError::Malformed(shown(), error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(UrlError::Scheme(shown()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        // The text would show a password: name the address without it.
        return Err(UrlError::NotABase(url.host_str().unwrap_or_default().to_owned(), "a user or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(UrlError::NotABase(shown(), "a query or fragment"));
    }
    let origin = url.origin().ascii_serialization();
    let path = url.path().split('/').filter(|segment| !segment.is_empty());
    Ok(path.fold(origin, |base, segment| format!("{base}/{segment}")))
}

fn route(base: &str, segments: &[&str]) -> Url {
    let mut url = Url::parse(base).expect("invariant: a base was parsed before");
    url.path_segments_mut().expect("invariant: http addresses have a path").pop_if_empty().extend(segments);
    url
}
