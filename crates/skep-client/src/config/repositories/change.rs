//! Entries of `hex.config` as `mix hex.repo` writes them: a plain repository whole, with `nil` for what it lacks, because
//! `mix` fails on a missing field; an organization's and `hexpm`'s with what differs from what they inherit.

use hex_format::hex_config::HexConfig;
use hex_format::term::Term;
use hex_registry::{Fingerprint, PublicKey};

use super::HEXPM;
use crate::config::ConfigError;
use crate::nearest::did_you_mean;
use crate::secret::Secret;
use crate::server::{ApiUrl, RepositoryUrl};

/// Most bytes of a name.
const MAX_NAME: usize = 255;

/// What every plain entry holds.
const FIELDS: [&str; 6] =
    ["url", "public_key", "fetch_public_key", "auth_key", "oauth_exchange", "oauth_exchange_url"];

/// What to set in an entry; `None` leaves it as it is.
#[derive(Clone, Default)]
pub struct Change {
    /// Its address.
    pub url: Option<RepositoryUrl>,
    /// The key that it signs with.
    pub public_key: Option<PublicKey>,
    /// The fingerprint by which that was fetched.
    pub fetched_by: Option<Fingerprint>,
    /// The key that opens it; `Some(None)` takes it away.
    pub auth_key: Option<Option<Secret>>,
    /// Whether the key is exchanged for a token.
    pub oauth_exchange: Option<bool>,
    /// Where.
    pub oauth_exchange_url: Option<ApiUrl>,
}

/// Why an entry was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The file can't be read or written.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No name for a repository.
    #[error(
        "{0:?} is not the name of a repository: letters, digits, - _ . and at most one colon before an organization"
    )]
    Name(String),
    /// Nothing is stored under this name.
    #[error("this machine knows no repository {name:?}{} (known: {known})", did_you_mean(name, known.split(", ")))]
    Unknown {
        /// The name.
        name: String,
        /// Those that are stored.
        known: String,
    },
    /// `mix` does not start with an organization whose repository is not there.
    #[error("{children} can't be without repository {name}: remove that first")]
    Needed {
        /// The name.
        name: String,
        /// The organizations of it.
        children: String,
    },
    /// A key would go to another server than it was made for.
    #[error("the key of repository {name} was made for {old}: say --auth-key KEY or --no-auth-key for {new}")]
    KeyOfAnother {
        /// The name.
        name: String,
        /// Where it points.
        old: String,
        /// Where it would point.
        new: String,
    },
}

/// Stores a repository, over what is stored under its name. Whether there was something.
pub(in crate::config) fn add(
    config: &mut HexConfig,
    name: &str,
    change: &Change,
) -> Result<bool, ChangeError> {
    check_name(name)?;
    if let Some((source, _)) = name.split_once(':')
        && source != HEXPM
        && config.repo(source).is_none()
    {
        return Err(unknown(config, source));
    }
    let replaced = config.remove_repo(name);
    let mut fields = fields(change);
    let mut otherwise = |field: &'static str, value: Term| {
        if !fields.iter().any(|(key, _)| *key == field) {
            fields.push((field, value));
        }
    };
    if name != HEXPM {
        otherwise("oauth_exchange", Term::bool(false));
    }
    if name != HEXPM && !name.contains(':') {
        FIELDS.into_iter().for_each(|field| otherwise(field, nil()));
    }
    config.set_repo(name, fields);
    Ok(replaced)
}

/// Changes a repository. `old` is where it points now.
pub(in crate::config) fn set(
    config: &mut HexConfig,
    name: &str,
    old: &RepositoryUrl,
    change: &Change,
) -> Result<(), ChangeError> {
    if config.repo(name).is_none() && name != HEXPM {
        return Err(unknown(config, name));
    }
    let has_key = config
        .repo(name)
        .and_then(|entry| entry.get_atom("auth_key"))
        .is_some_and(|key| key.text().is_some() && key.as_atom().is_none());
    if let Some(new) = &change.url
        && has_key
        && change.auth_key.is_none()
        && !new.same_server(old)
    {
        return Err(ChangeError::KeyOfAnother {
            name: name.to_owned(),
            old: old.to_string(),
            new: new.to_string(),
        });
    }
    if change.url.is_some() || change.auth_key.is_some() || change.oauth_exchange_url.is_some() {
        // The token belongs to the key and the server that it was.
        config.remove_repo_fields(name, &["oauth_token", "auth_key_owner"]);
    }
    if change.url.is_some() {
        config.remove_repo_fields(name, &["repo_organization"]);
    }
    config.set_repo(name, fields(change));
    Ok(())
}

/// Forgets a repository. For `hexpm` that is what was changed about it.
pub(in crate::config) fn remove(config: &mut HexConfig, name: &str) -> Result<bool, ChangeError> {
    let below = format!("{name}:");
    let children: Vec<_> = config.repos().into_iter().filter(|(name, _)| name.starts_with(&below)).collect();
    if name != HEXPM && !children.is_empty() {
        let children: Vec<_> = children.iter().map(|(name, _)| &**name).collect();
        return Err(ChangeError::Needed { name: name.to_owned(), children: children.join(", ") });
    }
    match config.remove_repo(name) {
        true => Ok(true),
        false if name == HEXPM => Ok(false),
        false => Err(unknown(config, name)),
    }
}

fn fields(change: &Change) -> Vec<(&'static str, Term)> {
    let text = |text: &str| Term::bin(text);
    let auth_key =
        change.auth_key.as_ref().map(|key| key.as_ref().map_or_else(nil, |key| text(key.expose())));
    let fields = [
        ("url", change.url.as_ref().map(|url| text(url.as_str()))),
        ("public_key", change.public_key.as_ref().map(|key| text(&key.to_pem()))),
        ("fetch_public_key", change.fetched_by.as_ref().map(|fingerprint| text(&fingerprint.to_string()))),
        ("auth_key", auth_key),
        ("oauth_exchange", change.oauth_exchange.map(Term::bool)),
        ("oauth_exchange_url", change.oauth_exchange_url.as_ref().map(|url| text(url.as_str()))),
    ];
    fields.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

fn check_name(name: &str) -> Result<(), ChangeError> {
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let parts: Vec<&str> = name.split(':').collect();
    match name.len() <= MAX_NAME && parts.len() <= 2 && parts.into_iter().all(plain) {
        true => Ok(()),
        false => Err(ChangeError::Name(name.chars().take(MAX_NAME).collect())),
    }
}

fn unknown(config: &HexConfig, name: &str) -> ChangeError {
    let mut known: Vec<_> = config.repos().into_iter().map(|(name, _)| name.into_owned()).collect();
    if !known.iter().any(|name| name == HEXPM) {
        known.insert(0, HEXPM.to_owned());
    }
    ChangeError::Unknown { name: name.to_owned(), known: known.join(", ") }
}

fn nil() -> Term {
    Term::atom("nil")
}
