//! A server as people name it: the address of its site, of its API, of its repository or of an organization's, with the
//! fingerprint of its signing key behind a `#` if it was copied with one.

use hex_format::name::{NameError, OrganizationName};
use hex_registry::{Fingerprint, FingerprintError};

use crate::server::{ApiUrl, RepositoryUrl, UrlError};

/// What an address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Base of the API.
    pub api: ApiUrl,
    /// Base of the repository.
    pub repository: RepositoryUrl,
    /// The organization whose repository was named.
    pub organization: Option<OrganizationName>,
    /// What the signing key must have.
    pub fingerprint: Option<Fingerprint>,
}

/// Why a text names no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not the address of anything.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Behind the `#` is something else.
    #[error(transparent)]
    Fingerprint(#[from] FingerprintError),
    /// Behind `/repos/` is something else.
    #[error("{0:?} is not the name of an organization: {1}")]
    Organization(String, NameError),
}

impl Address {
    /// Reads an address. Without a scheme it is `https`, or `http` for the machine itself.
    ///
    /// # Errors
    /// When it names no server.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (url, fingerprint) = match text.trim().split_once('#') {
            Some((url, fingerprint)) => (url, Some(fingerprint.parse()?)),
            None => (text.trim(), None),
        };
        // Read as the repository's for its grammar; which base it is, is decided below.
        let base = RepositoryUrl::parse(&with_scheme(url))?;
        let base = base.as_str();
        let (base, organization) = match base.rsplit_once("/repos/") {
            Some((base, name)) => {
                let organization = OrganizationName::parse(name)
                    .map_err(|error| AddressError::Organization(name.to_owned(), error))?;
                (base, Some(organization))
            }
            None => (base, None),
        };
        let (api, repository) = bases(base)?;
        Ok(Self { api, repository, organization, fingerprint })
    }

    /// The site, for people.
    pub fn site(&self) -> &str {
        self.api.as_str().strip_suffix("/api").unwrap_or(self.api.as_str())
    }

    /// A name for the server on this machine: what its host is called, without what hosts of registries are called
    /// before that; another than `hexpm` and those of `taken`, which would mean something else.
    pub fn suggested_name(&self, taken: &[&str]) -> String {
        let host = self.repository.host();
        let is_address = host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[');
        let labels: Vec<&str> = host.split('.').collect();
        let general = ["hex", "repo", "www", "packages", "skep", "registry", "api"];
        let label = match labels.as_slice() {
            _ if is_address => "skep",
            [only] => only,
            [first, rest @ ..] if general.contains(first) && rest.len() > 1 => rest[0],
            [first, ..] => first,
            [] => "skep",
        };
        let mut name: String = label
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '_' })
            .collect();
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            name.insert_str(0, "skep_");
        }
        while name == "hexpm" || taken.contains(&name.as_str()) {
            name.push_str("_hex");
        }
        name
    }
}

fn with_scheme(text: &str) -> String {
    if text.contains("://") {
        return text.to_owned();
    }
    let host = text.split(['/', ':']).next().unwrap_or_default();
    let scheme = if matches!(host, "localhost" | "127.0.0.1" | "[") { "http" } else { "https" };
    format!("{scheme}://{text}")
}

fn bases(base: &str) -> Result<(ApiUrl, RepositoryUrl), UrlError> {
    let hexpm =
        [ApiUrl::hexpm().to_string(), RepositoryUrl::hexpm().to_string(), "https://hex.pm".to_owned()];
    if hexpm.iter().any(|known| known == base) {
        return Ok((ApiUrl::hexpm(), RepositoryUrl::hexpm()));
    }
    let site = base.strip_suffix("/api").or_else(|| base.strip_suffix("/repo")).unwrap_or(base);
    Ok((ApiUrl::parse(&format!("{site}/api"))?, RepositoryUrl::parse(&format!("{site}/repo"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "SHA256:O1LOYhHFW4kcrblKAxROaDEzLD8bn1seWbe5tq8TRsk";

    #[test]
    fn every_address_of_a_server_means_the_server() {
        for text in [
            "https://hex.example.com",
            "https://hex.example.com/",
            "hex.example.com",
            "HTTPS://Hex.Example.com:443/api/",
            "https://hex.example.com//repo/",
            "https://hex.example.com/repo",
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.api.as_str(), "https://hex.example.com/api", "{text}");
            assert_eq!(address.repository.as_str(), "https://hex.example.com/repo");
            assert_eq!((address.organization, address.fingerprint), (None, None));
        }
        let address = Address::parse(&format!("https://example.com/hex/repo/repos/acme#{PIN}")).unwrap();
        assert_eq!(address.api.as_str(), "https://example.com/hex/api");
        assert_eq!(address.organization.unwrap().as_str(), "acme");
        assert_eq!(address.fingerprint.unwrap().to_string(), PIN);
        for text in ["https://hex.pm", "hex.pm", "https://repo.hex.pm", "https://hex.pm/api"] {
            assert!(Address::parse(text).unwrap().repository.is_hexpm(), "{text}");
        }
        assert_eq!(Address::parse("localhost:4000").unwrap().api.as_str(), "http://localhost:4000/api");
        assert_eq!(Address::parse("127.0.0.1:4000").unwrap().site(), "http://127.0.0.1:4000");
    }

    #[test]
    fn what_is_no_address() {
        for text in ["", "ftp://x", "https://x/#nonsense", "https://x/repo/repos/No%20Good", "https://a@b/"] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
        let told = Address::parse("https://x/#SHA256:abc").unwrap_err().to_string();
        assert_eq!(told.matches("SHA256:abc").count(), 1, "{told}");
    }

    #[test]
    fn names() {
        for (url, taken, name) in [
            ("https://hex.example.com", &[][..], "example"),
            ("https://acme.io", &[], "acme"),
            ("https://acme.io", &["acme"], "acme_hex"),
            ("https://hexpm.example.com", &[], "hexpm_hex"),
            ("http://127.0.0.1:4000", &[], "skep"),
            ("http://localhost:4000", &[], "localhost"),
            ("https://3rd-party.example.com", &[], "skep_3rd_party"),
        ] {
            assert_eq!(Address::parse(url).unwrap().suggested_name(taken), name);
        }
    }
}
