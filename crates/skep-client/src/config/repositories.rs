//! What a repository's name means on this machine, by the rules of `mix` (Hex 2.5).
//!
//! - `hexpm` is there without being set up, with its address and key built in; a stored entry changes parts of it, a
//!   mirror its address.
//! - A name with a colon, `SRC:ORG`, is the organization ORG of the repository SRC, and need not be stored. What its entry
//!   lacks it inherits from SRC; its files are at `/repos/ORG` below SRC unless the entry has another address.
//! - Only a trusted repository gets a credential: a mirror that is not said to be trusted gets none, unless the
//!   organization has a key of its own.
//!
//! Two things are stricter than in `mix`: a name in the registry that is not the last segment of the repository's is
//! refused, and a key is exchanged for a token only at the repository's own server, unless the entry says where.

mod change;
mod hexpm;

use hex_format::name::{OrganizationName, RepositoryName};
use hex_format::term::Term;
use hex_registry::PublicKey;

use super::settings::Settings;
use crate::nearest::did_you_mean;
use crate::secret::Secret;
use crate::server::{ApiUrl, RepositoryUrl};
pub use change::{Change, ChangeError};
pub(super) use change::{add, remove, set};
pub use hexpm::public_key as hexpm_public_key;

#[cfg(test)]
mod tests;

const HEXPM: &str = RepositoryName::HEXPM;

/// Seconds that a token must still be good for.
const TOKEN_MARGIN: i64 = 300;

/// Why a name means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoriesError {
    /// Nobody has told this machine.
    #[error(
        "this machine knows no repository {name:?}{}: add it with `skep repo add {name} URL` (known: {known})",
        did_you_mean(name, known.split(", "))
    )]
    Unknown {
        /// The name.
        name: String,
        /// Those that are known.
        known: String,
    },
    /// An entry that can't be used.
    #[error("repository {name} in {file}: {reason}")]
    Broken {
        /// The name.
        name: String,
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A repository as this machine knows it.
#[derive(Clone)]
pub struct Entry {
    /// Its name here, such as `hexpm:acme`.
    pub name: String,
    /// Its name in the signed registry: the last segment of the other.
    pub registry_name: String,
    /// Whether it is an organization's.
    pub organization: Option<OrganizationName>,
    /// Where its files are.
    pub base: RepositoryUrl,
    /// The root of the server that it is on.
    pub root: RepositoryUrl,
    /// What its files are signed with.
    pub public_key: Option<PublicKey>,
    /// Whether that is the key of hex.pm only because nobody has said another.
    pub key_is_built_in: bool,
    /// Whether it gets credentials.
    pub trusted: bool,
    /// The key that opens it.
    pub auth_key: Option<Secret>,
    /// Where to exchange the key for a token first, if it is to be exchanged.
    pub exchange: Option<ApiUrl>,
    /// The token of an exchange before, while it is good.
    pub token: Option<Secret>,
}

/// The repositories of this machine.
#[derive(Clone, Copy)]
pub struct Repositories<'a> {
    settings: &'a Settings,
    /// Seconds since 1970.
    now: i64,
}

impl<'a> Repositories<'a> {
    /// As the settings have them, at a time (seconds since 1970), by which tokens expire.
    pub fn new(settings: &'a Settings, now: i64) -> Self {
        Self { settings, now }
    }

    /// The names: `hexpm` and those that are stored, in the order of the file.
    pub fn names(&self) -> Vec<String> {
        let stored = self.settings.config().repos();
        let mut names: Vec<String> = stored.iter().map(|(name, _)| name.to_string()).collect();
        if !names.iter().any(|name| name == HEXPM) {
            names.insert(0, HEXPM.to_owned());
        }
        names
    }

    /// The repository of a name.
    ///
    /// # Errors
    /// When this machine does not know it, or its entry makes no sense.
    pub fn resolve(&self, name: &str) -> Result<Entry, RepositoriesError> {
        match name.split_once(':') {
            Some((source, organization)) => self.organization(name, source, organization),
            None if name == HEXPM => self.hexpm(),
            None => self.plain(name),
        }
    }

    /// The same, but of those that are stored alone: one that would be made up is not known.
    ///
    /// # Errors
    /// When it is not stored, or its entry makes no sense.
    pub fn resolve_stored(&self, name: &str) -> Result<Entry, RepositoriesError> {
        match name == HEXPM || self.settings.config().repo(name).is_some() {
            true => self.resolve(name),
            false => Err(self.unknown(name)),
        }
    }

    /// The repository, of those that are stored, whose files are at `base`.
    pub fn at(&self, base: &RepositoryUrl) -> Option<Entry> {
        self.names().iter().filter_map(|name| self.resolve(name).ok()).find(|entry| entry.base == *base)
    }

    /// Those that are stored for an organization, on any server.
    pub fn of_organization(&self, organization: &OrganizationName) -> Vec<Entry> {
        let entries = self.names().into_iter().filter_map(|name| self.resolve(&name).ok());
        entries.filter(|entry| entry.organization.as_ref() == Some(organization)).collect()
    }

    fn hexpm(&self) -> Result<Entry, RepositoriesError> {
        let stored =
            Stored { name: HEXPM, fields: self.settings.config().repo(HEXPM), settings: self.settings };
        let mirror = |key| self.settings.text(key).map(|(url, _)| url);
        let (trusted_mirror, mirror) = (mirror("trusted_mirror_url"), mirror("mirror_url"));
        let trusted = trusted_mirror.is_some() || mirror.is_none();
        let base = match trusted_mirror.or(mirror) {
            Some(url) => stored.url(&url)?,
            None => stored.text("url").map_or_else(|| Ok(RepositoryUrl::hexpm()), |url| stored.url(&url))?,
        };
        let own_key = stored.public_key()?;
        Ok(Entry {
            name: HEXPM.to_owned(),
            registry_name: HEXPM.to_owned(),
            organization: None,
            root: base.clone(),
            key_is_built_in: own_key.is_none(),
            public_key: Some(own_key.unwrap_or_else(hexpm::public_key)),
            trusted,
            auth_key: self.settings.secret("repos_key").or_else(|| stored.secret("auth_key")),
            exchange: stored.exchange(&base, true)?,
            token: stored.token(self.now),
            base,
        })
    }

    fn plain(&self, name: &str) -> Result<Entry, RepositoriesError> {
        let fields = self.settings.config().repo(name).ok_or_else(|| self.unknown(name))?;
        let stored = Stored { name, fields: Some(fields), settings: self.settings };
        let url = stored.text("url").ok_or_else(|| stored.broken("it has no url"))?;
        let base = stored.url(&url)?;
        // An organization may stand under its plain name.
        let root = below(&base, name);
        let organization = root.as_ref().and_then(|_| OrganizationName::parse(name).ok());
        let root = root.unwrap_or_else(|| base.clone());
        Ok(Entry {
            name: name.to_owned(),
            registry_name: name.to_owned(),
            organization,
            public_key: stored.public_key()?,
            key_is_built_in: false,
            trusted: true,
            auth_key: stored.secret("auth_key"),
            exchange: stored.exchange(&root, false)?,
            token: stored.token(self.now),
            root,
            base,
        })
    }

    fn organization(&self, name: &str, source: &str, segment: &str) -> Result<Entry, RepositoriesError> {
        let source = match source {
            HEXPM => self.hexpm()?,
            _ if source.contains(':') => return Err(self.unknown(name)),
            _ => self.plain(source)?,
        };
        let stored = Stored { name, fields: self.settings.config().repo(name), settings: self.settings };
        let organization = OrganizationName::parse(segment)
            .map_err(|error| stored.broken(&format!("{segment:?} {error}")))?;
        let derived = source.root.organization(&organization);
        let base = match stored.text("url") {
            None => derived,
            Some(url) => stored.organization_url(&url, &organization)?,
        };
        let own_key = stored.public_key()?;
        let auth_key = stored.secret("auth_key");
        let own = auth_key.is_some();
        let elsewhere = below(&base, segment).is_none_or(|root| root != source.root);
        let root = below(&base, segment).unwrap_or_else(|| base.clone());
        let exchange = match (stored.boolean("oauth_exchange"), stored.text("oauth_exchange_url")) {
            (Some(false), _) => None,
            (None, None) if elsewhere => None,
            (None, None) => source.exchange.clone(),
            (_, None) if source.exchange.is_some() && !elsewhere => source.exchange.clone(),
            _ => stored.exchange(&root, source.exchange.is_some())?,
        };
        Ok(Entry {
            name: name.to_owned(),
            registry_name: segment.to_owned(),
            organization: Some(organization),
            key_is_built_in: own_key.is_none() && source.key_is_built_in,
            public_key: own_key.or(source.public_key),
            trusted: own || source.trusted,
            // The source's key belongs to the source's server.
            auth_key: auth_key.or_else(|| source.auth_key.filter(|_| !elsewhere)),
            exchange,
            token: stored.token(self.now).or_else(|| source.token.filter(|_| !elsewhere && !own)),
            root,
            base,
        })
    }

    fn unknown(&self, name: &str) -> RepositoriesError {
        RepositoriesError::Unknown { name: name.to_owned(), known: self.names().join(", ") }
    }
}

/// One stored entry, or none.
struct Stored<'a> {
    name: &'a str,
    fields: Option<&'a Term>,
    settings: &'a Settings,
}

impl Stored<'_> {
    fn text(&self, field: &str) -> Option<String> {
        let term = self.fields?.get_atom(field)?;
        if term.as_atom().is_some() {
            return None;
        }
        term.text().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn secret(&self, field: &str) -> Option<Secret> {
        Secret::key(&self.text(field)?).ok()
    }

    fn boolean(&self, field: &str) -> Option<bool> {
        self.fields?.get_atom(field)?.as_bool()
    }

    fn url(&self, text: &str) -> Result<RepositoryUrl, RepositoriesError> {
        RepositoryUrl::parse(text).map_err(|error| self.broken(&error.to_string()))
    }

    /// The address of an organization's files. With `repo_organization` beside it the organization's path follows, as in
    /// Hex 2.5, unless it is there already, as older versions need it.
    fn organization_url(
        &self,
        text: &str,
        organization: &OrganizationName,
    ) -> Result<RepositoryUrl, RepositoriesError> {
        let url = self.url(text)?;
        let appended = self.text("repo_organization").as_deref() == Some(organization.as_str());
        match appended && below(&url, organization.as_str()).is_none() {
            true => Ok(url.organization(organization)),
            false => Ok(url),
        }
    }

    fn public_key(&self) -> Result<Option<PublicKey>, RepositoriesError> {
        let pem = self.text("public_key");
        pem.map(|pem| PublicKey::from_pem(&pem))
            .transpose()
            .map_err(|error| self.broken(&format!("its public_key is damaged: {error}")))
    }

    /// Where to exchange a key: where the entry says, or at the repository's own server.
    fn exchange(&self, root: &RepositoryUrl, default: bool) -> Result<Option<ApiUrl>, RepositoriesError> {
        if !self.boolean("oauth_exchange").unwrap_or(default) {
            return Ok(None);
        }
        if let Some(url) = self.text("oauth_exchange_url") {
            return ApiUrl::parse(&url).map(Some).map_err(|error| self.broken(&error.to_string()));
        }
        let selected = self.settings.text("api_url").and_then(|(url, _)| ApiUrl::parse(&url).ok());
        let selected = selected.filter(|api| api.repository().is_ok_and(|own| own == *root));
        Ok(selected.or_else(|| root.api()))
    }

    fn token(&self, now: i64) -> Option<Secret> {
        let token = self.fields?.get_atom("oauth_token")?;
        let expires = token.get_atom("expires_at")?.as_integer()?;
        let good = expires > i128::from(now) + i128::from(TOKEN_MARGIN);
        let secret = token.get_atom("access_token")?.text()?;
        Secret::key(&secret).ok().filter(|_| good)
    }

    fn broken(&self, reason: &str) -> RepositoriesError {
        RepositoriesError::Broken {
            name: self.name.to_owned(),
            file: self.settings.file().display().to_string(),
            reason: reason.to_owned(),
        }
    }
}

/// The root of the server, if the address is that of an organization of this name below it.
fn below(base: &RepositoryUrl, organization: &str) -> Option<RepositoryUrl> {
    let root = base.as_str().strip_suffix(&format!("/repos/{organization}"))?;
    RepositoryUrl::parse(root).ok()
}
