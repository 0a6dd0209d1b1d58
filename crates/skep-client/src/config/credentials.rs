//! Our own credentials, one set per server.
//!
//! `mix` keeps one login per machine and sends it to whatever server is configured; here a credential is found only under
//! the address that it was made for. The file is TOML, `skep/credentials.toml` beside `hex.config`:
//!
//! ```toml
//! [servers."https://hex.example.com/api"]
//! username = "eric"
//! api_key = "…"
//! api_key_name = "laptop-api"
//! repository_key = "…"
//! repository_key_name = "laptop-repositories"
//! fingerprint = "SHA256:…"
//! ```

use std::path::Path;

use toml::{Table, Value};

use super::{ConfigError, atomic_file};
use crate::secret::Secret;
use crate::server::ApiUrl;

#[cfg(test)]
mod tests;

/// Most bytes of the file.
const MAX_BYTES: usize = 1 << 20;

const HEADER: &str = "# Keys of the skep command line, by server. Keep this file to yourself.\n\n";
const SERVERS: &str = "servers";

/// A key that we made, and its name at the server, by which it can be revoked.
#[derive(Clone, PartialEq, Eq)]
pub struct NamedKey {
    /// The name at the server.
    pub name: Option<String>,
    /// The secret.
    pub secret: Secret,
}

/// What is known about one server. Not printable, because of its secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ServerCredentials {
    /// Who signed in.
    pub username: Option<String>,
    /// For the API.
    pub api_key: Option<NamedKey>,
    /// For the repositories of all organizations of the user.
    pub repository_key: Option<NamedKey>,
    /// Of the signing key that the user trusts.
    pub fingerprint: Option<String>,
}

/// The file, in memory. What it holds beyond [`ServerCredentials`] is kept.
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
        let odd = match table.get(SERVERS) {
            Some(Value::Table(servers)) => servers.values().any(|server| !server.is_table()),
            Some(_) => true,
            None => false,
        };
        if odd {
            return Err(ConfigError::Shape {
                path: path.to_owned(),
                key: SERVERS,
                expected: "tables by address",
            });
        }
        Ok(Self { table })
    }

    pub(super) fn to_text(&self) -> String {
        format!("{HEADER}{}", self.table)
    }

    pub(super) fn server(&self, api: &ApiUrl) -> ServerCredentials {
        let server = self.table.get(SERVERS).and_then(|servers| servers.get(api.as_str()));
        let text = |key: &str| server?.get(key)?.as_str().map(str::to_owned);
        let key = |secret: &str, name: &str| {
            let secret = Secret::key(&text(secret)?).ok()?;
            Some(NamedKey { name: text(name), secret })
        };
        ServerCredentials {
            username: text("username"),
            api_key: key("api_key", "api_key_name"),
            repository_key: key("repository_key", "repository_key_name"),
            fingerprint: text("fingerprint"),
        }
    }

    pub(super) fn set_server(&mut self, api: &ApiUrl, credentials: &ServerCredentials) {
        let servers = self.table.entry(SERVERS).or_insert_with(|| Value::Table(Table::new()));
        let servers = servers.as_table_mut().expect("invariant: the shape was checked when loading");
        let server = servers.entry(api.as_str()).or_insert_with(|| Value::Table(Table::new()));
        let server = server.as_table_mut().expect("invariant: the shape was checked when loading");
        let secret = |key: &Option<NamedKey>| key.as_ref().map(|key| key.secret.expose().to_owned());
        let name = |key: &Option<NamedKey>| key.as_ref().and_then(|key| key.name.clone());
        for (key, value) in [
            ("username", credentials.username.clone()),
            ("api_key", secret(&credentials.api_key)),
            ("api_key_name", name(&credentials.api_key)),
            ("repository_key", secret(&credentials.repository_key)),
            ("repository_key_name", name(&credentials.repository_key)),
            ("fingerprint", credentials.fingerprint.clone()),
        ] {
            match value {
                Some(value) => server.insert(key.to_owned(), Value::String(value)),
                None => server.remove(key),
            };
        }
        if server.is_empty() {
            servers.remove(api.as_str());
        }
    }
}
