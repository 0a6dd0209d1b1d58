//! Our own notes about servers: their names, who is signed in and with which credential, one entry per server.
//!
//! `mix` keeps one login per machine and sends it to whatever server is configured; here a credential is found only under
//! the address that it was made for. The file is TOML, `skep/credentials.toml` beside `hex.config`:
//!
//! ```toml
//! # Optional: never use the system keyring.
//! keyring = "never"
//!
//! [servers."https://hex.example.com/api"]
//! name = "work"
//! fingerprint = "SHA256:…"
//! repository = "https://cdn.example.com/hex"  # only where it is not /repo beside /api
//! username = "eric"
//! method = "session"                          # or "keys", "key"
//! since = "2026-11-22T09:00:00Z"
//! keyring = true                              # the secrets are in the system keyring; else they follow
//! access_token = "…"
//! refresh_token = "…"
//! expires_at = "2026-11-22T09:30:00Z"
//! api_key = "…"
//! api_key_name = "laptop-api"
//! repository_key = "…"
//! repository_key_name = "laptop-repositories"
//! ```

use std::path::Path;

use jiff::Timestamp;
use toml::{Table, Value};

use super::{ConfigError, atomic_file};
use crate::secret::Secret;
use crate::server::{ApiUrl, RepositoryUrl};

#[cfg(test)]
mod tests;

/// Most bytes of the file.
const MAX_BYTES: usize = 1 << 20;

const HEADER: &str = "# Servers and logins of the skep command line. Keep this file to yourself.\n\n";
const SERVERS: &str = "servers";
/// At the top, whether to use the system keyring; in a server, whether its secrets are there.
const KEYRING: &str = "keyring";

/// What is known about a server, without secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Server {
    /// What the user calls it.
    pub name: Option<String>,
    /// Where its repository is, if not where its API says.
    pub repository: Option<RepositoryUrl>,
    /// Of the signing key that the user trusts.
    pub fingerprint: Option<String>,
    /// Who is signed in.
    pub login: Option<Login>,
}

/// Who is signed in to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The user's name; none for the key of an organization.
    pub username: Option<String>,
    /// With what.
    pub method: Method,
    /// Since when. Earlier versions did not note it.
    pub since: Option<Timestamp>,
}

/// With what somebody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Tokens that a browser login gave.
    Session,
    /// Keys that were made with a password, for this machine.
    Keys,
    /// A key that the user brought.
    Key,
}

impl Method {
    const ALL: [Self; 3] = [Self::Session, Self::Keys, Self::Key];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Keys => "keys",
            Self::Key => "key",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

/// A key that we made, and its name at the server, by which it can be revoked.
#[derive(Clone, PartialEq, Eq)]
pub struct NamedKey {
    /// The name at the server.
    pub name: Option<String>,
    /// The secret.
    pub secret: Secret,
}

/// The tokens of a session.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// What requests carry.
    pub access: Secret,
    /// What gets the next tokens, once.
    pub refresh: Option<Secret>,
    /// When the access token stops working.
    pub expires_at: Timestamp,
}

/// The secrets for one server. Not printable.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// Of a session.
    pub tokens: Option<Tokens>,
    /// For the API.
    pub api_key: Option<NamedKey>,
    /// For the repositories of all organizations of the user.
    pub repository_key: Option<NamedKey>,
}

/// Names of the texts that [`Secrets`] consist of, in the file and in the keyring.
const SECRETS: [&str; 7] = [
    "access_token",
    "refresh_token",
    "expires_at",
    "api_key",
    "api_key_name",
    "repository_key",
    "repository_key_name",
];

impl Secrets {
    /// The texts, in the order of [`SECRETS`].
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        let text = |secret: &Secret| secret.expose().to_owned();
        let secret = |key: &Option<NamedKey>| key.as_ref().map(|key| text(&key.secret));
        let name = |key: &Option<NamedKey>| key.as_ref().and_then(|key| key.name.clone());
        let tokens = self.tokens.as_ref();
        let values = [
            tokens.map(|tokens| text(&tokens.access)),
            tokens.and_then(|tokens| tokens.refresh.as_ref().map(text)),
            tokens.map(|tokens| tokens.expires_at.to_string()),
            secret(&self.api_key),
            name(&self.api_key),
            secret(&self.repository_key),
            name(&self.repository_key),
        ];
        SECRETS.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?)))
    }

    /// Reads the texts. What can't be sent as a header is none.
    pub(super) fn read(text: impl Fn(&str) -> Option<String>) -> Self {
        let secret = |name: &str| Secret::key(&text(name)?).ok();
        let key = |name: &str| Some(NamedKey { name: text(&format!("{name}_name")), secret: secret(name)? });
        let tokens = secret("access_token").map(|access| Tokens {
            access,
            refresh: secret("refresh_token"),
            // A time that can't be read is over.
            expires_at: text("expires_at").and_then(|at| at.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH),
        });
        Self { tokens, api_key: key("api_key"), repository_key: key("repository_key") }
    }
}

/// Where the secrets for a server are.
pub(super) enum Place {
    /// In the file.
    File(Secrets),
    /// In the system keyring.
    Keyring,
}

/// The file, in memory. What it holds beyond what is known here is kept.
pub(super) struct Credentials {
    table: Table,
}

impl Credentials {
    pub(super) fn load(path: &Path) -> Result<Self, ConfigError> {
        let bytes = atomic_file::read(path, MAX_BYTES)?.unwrap_or_default();
        let broken = |reason: String| ConfigError::Toml { path: path.to_owned(), reason };
        let text = std::str::from_utf8(&bytes).map_err(|_| broken("not UTF-8".to_owned()))?;
        // Only the first line of the parser's message: the others show the text, which has secrets in it.
        let first_line =
            |error: toml::de::Error| error.message().lines().next().unwrap_or_default().to_owned();
        let table: Table = text.parse().map_err(|error| broken(first_line(error)))?;
        let shape = |key, expected| ConfigError::Shape { path: path.to_owned(), key, expected };
        match table.get(SERVERS) {
            Some(Value::Table(servers)) if servers.values().all(Value::is_table) => {}
            None => {}
            Some(_) => return Err(shape(SERVERS, "tables by address")),
        }
        match table.get(KEYRING).map(Value::as_str) {
            None | Some(Some("auto" | "never")) => Ok(Self { table }),
            Some(_) => Err(shape(KEYRING, "\"auto\" or \"never\"")),
        }
    }

    pub(super) fn to_text(&self) -> String {
        format!("{HEADER}{}", self.table)
    }

    /// Whether the user wants the system keyring to be used.
    pub(super) fn wants_keyring(&self) -> bool {
        self.table.get(KEYRING).and_then(Value::as_str) != Some("never")
    }

    /// All servers, by address.
    pub(super) fn servers(&self) -> Vec<(ApiUrl, Server)> {
        let servers = self.table.get(SERVERS).and_then(Value::as_table);
        let urls = servers.into_iter().flat_map(Table::keys).filter_map(|url| ApiUrl::parse(url).ok());
        urls.map(|url| (url.clone(), self.server(&url))).collect()
    }

    pub(super) fn server(&self, api: &ApiUrl) -> Server {
        let text = |key: &str| self.text(api, key);
        Server {
            name: text("name"),
            repository: text("repository").and_then(|url| RepositoryUrl::parse(&url).ok()),
            fingerprint: text("fingerprint"),
            login: self.login(api),
        }
    }

    fn login(&self, api: &ApiUrl) -> Option<Login> {
        let noted = self.text(api, "method").and_then(|text| Method::parse(&text));
        let known = |key| self.text(api, key).is_some();
        // Earlier versions noted no method.
        let method = match noted {
            Some(method) => method,
            None if known("repository_key") => Method::Keys,
            None if known("api_key") => Method::Key,
            None => return None,
        };
        let since = self.text(api, "since").and_then(|text| text.parse().ok());
        Some(Login { username: self.text(api, "username"), method, since })
    }

    pub(super) fn set_server(&mut self, api: &ApiUrl, server: &Server) {
        let login = server.login.as_ref();
        self.set(
            api,
            [
                ("name", server.name.clone()),
                ("repository", server.repository.as_ref().map(ToString::to_string)),
                ("fingerprint", server.fingerprint.clone()),
                ("username", login.and_then(|login| login.username.clone())),
                ("method", login.map(|login| login.method.as_str().to_owned())),
                ("since", login.and_then(|login| login.since).map(|at| at.to_string())),
            ],
        );
    }

    pub(super) fn secrets(&self, api: &ApiUrl) -> Place {
        match self.entry(api).and_then(|server| server.get(KEYRING)) {
            Some(Value::Boolean(true)) => Place::Keyring,
            _ => Place::File(Secrets::read(|key| self.text(api, key))),
        }
    }

    pub(super) fn set_secrets(&mut self, api: &ApiUrl, place: &Place) {
        self.set(api, SECRETS.map(|key| (key, None)));
        match place {
            Place::File(secrets) => {
                self.set(api, secrets.fields().map(|(key, value)| (key, Some(value))));
                self.put(api, KEYRING, None);
            }
            Place::Keyring => self.put(api, KEYRING, Some(Value::Boolean(true))),
        }
    }

    /// Forgets a server. Whether it was known.
    pub(super) fn remove_server(&mut self, api: &ApiUrl) -> bool {
        let servers = self.table.get_mut(SERVERS).and_then(Value::as_table_mut);
        servers.is_some_and(|servers| servers.remove(api.as_str()).is_some())
    }

    /// Whether nothing stands in it that anybody would miss.
    pub(super) fn is_empty(&self) -> bool {
        self.table.values().all(|value| value.as_table().is_some_and(Table::is_empty))
    }

    fn entry(&self, api: &ApiUrl) -> Option<&Value> {
        self.table.get(SERVERS)?.get(api.as_str())
    }

    fn text(&self, api: &ApiUrl, key: &str) -> Option<String> {
        self.entry(api)?.get(key)?.as_str().map(str::to_owned)
    }

    fn set(&mut self, api: &ApiUrl, values: impl IntoIterator<Item = (&'static str, Option<String>)>) {
        for (key, value) in values {
            self.put(api, key, value.map(Value::String));
        }
    }

    fn put(&mut self, api: &ApiUrl, key: &str, value: Option<Value>) {
        let servers = self.table.entry(SERVERS).or_insert_with(|| Value::Table(Table::new()));
        let servers = servers.as_table_mut().expect("invariant: the shape was checked when loading");
        let server = servers.entry(api.as_str()).or_insert_with(|| Value::Table(Table::new()));
        let server = server.as_table_mut().expect("invariant: the shape was checked when loading");
        match value {
            Some(value) => server.insert(key.to_owned(), value),
            None => server.remove(key),
        };
        if server.is_empty() {
            servers.remove(api.as_str());
        }
        if servers.is_empty() {
            self.table.remove(SERVERS);
        }
    }
}
