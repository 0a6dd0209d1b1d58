//! What `skep connect` has done to this machine, so that `skep disconnect` can undo exactly that.
//!
//! The file is TOML, `skep/connections.toml` beside our credentials. It holds what stood in the places that we wrote
//! to, and of each file its text before the first connection together with the checksum of what we wrote: as long as
//! nobody else has changed the file, the last disconnection gives it back byte for byte. These are secrets of the user,
//! so the file is as private as the files that they come from, and what is undone is forgotten.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hex_format::checksum::Sha256;
use hex_format::erlang::{self, Limits, Profile};
use hex_format::name::{NameError, OrganizationName};
use hex_format::term::Term;
use serde::{Deserialize, Serialize};

use super::{ConfigError, atomic_file};
use crate::secret::Secret;
use crate::server::{ApiUrl, RepositoryUrl};

/// Most bytes of the file: it may hold a copy of each of four configuration files, and those are limited, too.
const MAX_BYTES: usize = 40 << 20;

const HEADER: &str =
    "# What `skep connect` wrote, for `skep disconnect` to undo. Keep this file to yourself.\n\n";

/// How organizations of a server are called on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `NAME:ORG` beside `hexpm`.
    SideBySide,
    /// `ORG` beside `hexpm`, which every version of mix can read.
    Plain,
    /// `hexpm:ORG`, where `hexpm` itself is the server.
    ReplaceHexpm,
}

impl Shape {
    /// As people are told it.
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::SideBySide => "beside hexpm, as NAME:ORGANIZATION",
            Self::Plain => "with organizations by their plain names (--plain)",
            Self::ReplaceHexpm => "in the place of hexpm (--replace-hexpm)",
        }
    }
}

/// Which file something was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A repository in the `hex.config` of mix.
    Mix,
    /// A setting in the `hex.config` of mix.
    MixSetting,
    /// A repository in the global `rebar.config`.
    Rebar3,
    /// A setting in the global `rebar.config`.
    Rebar3Setting,
    /// The keys of a repository in the `hex.config` of rebar3.
    Rebar3Keys,
    /// The entry of a host in `~/.netrc`.
    Netrc,
    /// The file of certificate authorities for mix.
    Certificates,
}

/// One entry that was written.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// In which file.
    pub place: Place,
    /// The entry's name in it.
    pub name: String,
    /// For which organization; none for what all of them need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// What stood there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What was written.
    pub after: String,
}

/// An organization of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// Its name.
    pub name: String,
    /// What a dependency says in `mix.exs`: `repo: "…"` with this name, or `organization:` for `hexpm:ORG`.
    pub repository: String,
    /// The name at the server of the key that was made for it; none if the user gave the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
}

/// One server that this machine is connected to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// The repository's name on this machine, which also names the connection.
    pub name: String,
    /// Base of the API.
    pub api: String,
    /// Base of the repository.
    pub repository: String,
    /// Fingerprint of the signing key.
    pub fingerprint: String,
    /// How organizations are called.
    pub shape: Shape,
    /// Those that are connected.
    #[serde(default)]
    pub organizations: Vec<Connected>,
    /// What was written.
    #[serde(default)]
    pub slots: Vec<Slot>,
}

impl Connection {
    /// Whether it is to this server.
    pub fn is_to(&self, api: &ApiUrl) -> bool {
        self.api == api.as_str()
    }

    /// The names of its organizations.
    ///
    /// # Errors
    /// When the file was changed by hand into something else.
    pub fn names(&self) -> Result<Vec<OrganizationName>, NameError> {
        self.organizations.iter().map(|known| OrganizationName::parse(&known.name)).collect()
    }

    /// The keys that were written for an organization, as they were.
    pub fn secrets(&self, organization: &str) -> Vec<Secret> {
        let mut found = Vec::new();
        for slot in self.slots.iter().filter(|slot| slot.organization.as_deref() == Some(organization)) {
            let text = match slot.place {
                Place::Mix => field(&slot.after, "auth_key"),
                Place::Rebar3Keys => field(&slot.after, "repo_key"),
                Place::Netrc => Some(slot.after.clone()),
                Place::MixSetting | Place::Rebar3 | Place::Rebar3Setting | Place::Certificates => None,
            };
            found.extend(text.and_then(|text| Secret::key(&text).ok()).filter(|key| !found.contains(key)));
        }
        found
    }

    /// The API's base.
    ///
    /// # Errors
    /// When the file was changed by hand into something else.
    pub fn api_url(&self) -> Result<ApiUrl, crate::server::UrlError> {
        ApiUrl::parse(&self.api)
    }

    /// The repository's base.
    ///
    /// # Errors
    /// When the file was changed by hand into something else.
    pub fn repository_url(&self) -> Result<RepositoryUrl, crate::server::UrlError> {
        RepositoryUrl::parse(&self.repository)
    }
}

/// A file that connections have written to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Touched {
    /// Its text before the first of them; none if it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<String>,
    /// Its permission bits before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<u32>,
    /// Checksum of what the last of them wrote.
    pub(super) written: String,
}

impl Touched {
    /// Whether the file is as the last connection left it.
    pub(super) fn is_untouched(&self, text: Option<&str>) -> bool {
        text.is_some_and(|text| checksum(text) == self.written)
    }
}

/// The file, in memory.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Connections {
    #[serde(default)]
    pub(super) connections: Vec<Connection>,
    #[serde(default)]
    pub(super) files: BTreeMap<String, Touched>,
    /// Folders that were made, outermost first.
    #[serde(default)]
    pub(super) folders: Vec<PathBuf>,
}

impl Connections {
    pub(super) fn load(path: &Path) -> Result<(Self, Option<String>), ConfigError> {
        let Some(bytes) = atomic_file::read(path, MAX_BYTES)? else { return Ok((Self::default(), None)) };
        let broken = |reason: String| ConfigError::Toml { path: path.to_owned(), reason };
        let text = String::from_utf8(bytes).map_err(|_| broken("not UTF-8".to_owned()))?;
        // Only the first line of the parser's message: the others show the text, which has secrets in it.
        let connections = toml::from_str(&text).map_err(|error: toml::de::Error| {
            broken(error.message().lines().next().unwrap_or_default().to_owned())
        })?;
        Ok((connections, Some(text)))
    }

    /// The text of the file; none when there is nothing to remember.
    pub(super) fn to_text(&self) -> Option<String> {
        if self.connections.is_empty() {
            return None;
        }
        let text = toml::to_string(self).expect("invariant: these are texts, numbers and tables");
        Some(format!("{HEADER}{text}"))
    }
}

/// The text of a field of an entry that was kept in the file.
pub(crate) fn field(entry: &str, name: &str) -> Option<String> {
    Some(from_text(entry)?.get_atom(name)?.text()?.into_owned())
}

pub(super) fn checksum(text: &str) -> String {
    Sha256::of(text.as_bytes()).to_upper_hex().to_lowercase()
}

/// A term as it is kept in the file.
pub(super) fn to_text(term: &Term) -> String {
    erlang::print(term)
}

/// A term that was kept in the file; none if it was damaged by hand.
pub(crate) fn from_text(text: &str) -> Option<Term> {
    erlang::parse(format!("{text}."), Profile::Config, &Limits::CONFIG).ok()?.into_iter().next()
}
