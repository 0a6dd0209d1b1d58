//! What an authorized organization looks like in the `hex.config` of `mix`, so that an unmodified `mix` fetches from it.
//!
//! Seen with Hex 2.2, 2.4 and 2.5, and read in 0.20.6:
//!
//! - An entry `hexpm:ORG` without a URL is fetched from `/repos/ORG` below the URL of `hexpm`. All versions agree, and it
//!   survives every rewrite by `mix`. It needs `hexpm` to point at our server.
//! - An entry `hexpm:ORG` with a URL of its own is fetched from there by versions up to 2.4. Version 2.5 then expects the
//!   repository name `hexpm` and sends no key, unless the entry holds `repo_organization`; with that it appends
//!   `/repos/ORG` to the URL. So Skep serves `/repos/ORG/repos/ORG` as an alias and we write both fields. When 2.5
//!   rewrites the repositories (`hex.repo add`, `hex.organization auth`, `hex.user deauth`, …) it drops
//!   `repo_organization`: listing organizations reports such an entry as not intact, and authorizing again mends it.
//! - An entry `NAME:ORG` beside an entry `NAME` works everywhere but in 2.3 and 2.4, which compare the repository's name
//!   with `NAME:ORG`.
//! - An entry `ORG`, without a colon, works everywhere.

use hex_format::hex_config::HexConfig;
use hex_format::name::{OrganizationName, RepositoryName};
use hex_format::term::Term;

use crate::authorize::AuthorizedKey;
use crate::secret::Secret;
use crate::server::RepositoryUrl;

#[cfg(test)]
mod tests;

const HEXPM: &str = RepositoryName::HEXPM;

/// Fields that say how an organization is reached, all of them set anew with a key.
const FIELDS: [&str; 8] = [
    "url",
    "repo_organization",
    "public_key",
    "auth_key",
    "auth_key_owner",
    "oauth_exchange",
    "oauth_exchange_url",
    // The result of an exchange of the key before.
    "oauth_token",
];

/// Which entry an organization gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// `hexpm:ORG` on the public registry, as `mix` itself writes it.
    Public,
    /// `hexpm:ORG` where `hexpm` points at our server.
    DropIn,
    /// `hexpm:ORG` with a URL of its own, while `hexpm` stays where it is.
    OwnUrl,
    /// `NAME` for the server and `NAME:ORG` for the organization.
    SideBySide(RepositoryName),
    /// `ORG` alone.
    Plain,
}

impl Placement {
    /// The entry's name, which a dependency gives as `repo:` (or, for `hexpm:ORG`, as `organization: "ORG"`).
    pub fn entry(&self, organization: &OrganizationName) -> String {
        match self {
            Self::Public | Self::DropIn | Self::OwnUrl => format!("{HEXPM}:{organization}"),
            Self::SideBySide(name) => format!("{name}:{organization}"),
            Self::Plain => organization.to_string(),
        }
    }
}

/// Why an entry can't be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Conflict {
    /// The repository of this name is another server's.
    Occupied {
        /// The name.
        name: String,
        /// Where it points.
        url: String,
    },
    /// `hexpm` points elsewhere and the public registry is wanted.
    Redirected {
        /// Where it points.
        url: String,
    },
    /// `'$repos'` or an entry in it is not a map.
    Shape,
}

/// Decides which entry an organization gets, and whether it is free.
pub(super) fn place(
    config: &HexConfig,
    repository: &RepositoryUrl,
    organization: &OrganizationName,
    side_by_side: Option<&RepositoryName>,
    replace: bool,
) -> Result<Placement, Conflict> {
    let odd_repos = config.get("$repos").is_some_and(|repos| repos.as_map().is_none());
    if odd_repos || config.repos().iter().any(|(_, fields)| fields.as_map().is_none()) {
        return Err(Conflict::Shape);
    }
    let placement = match side_by_side {
        Some(name) if name.as_str() == organization.as_str() => Placement::Plain,
        Some(name) => {
            free(config, name.as_str(), repository, replace)?;
            Placement::SideBySide(name.clone())
        }
        None => match (same(&base(config, HEXPM), repository), repository.is_hexpm()) {
            (true, true) => Placement::Public,
            (true, false) => Placement::DropIn,
            (false, false) => Placement::OwnUrl,
            (false, true) => return Err(Conflict::Redirected { url: base(config, HEXPM) }),
        },
    };
    free(config, &placement.entry(organization), &repository.organization(organization), replace)?;
    Ok(placement)
}

fn free(config: &HexConfig, name: &str, url: &RepositoryUrl, replace: bool) -> Result<(), Conflict> {
    match config.repo(name) {
        Some(_) if !replace && !same(&base(config, name), url) => {
            Err(Conflict::Occupied { name: name.to_owned(), url: base(config, name) })
        }
        _ => Ok(()),
    }
}

/// Writes the entry.
pub(super) fn write(config: &mut HexConfig, key: &AuthorizedKey, placement: &Placement) {
    let organization = key.organization();
    let name = placement.entry(organization);
    let nil = || Term::atom("nil");
    let public_key = || Term::bin(key.signing_key().to_pem());
    let mut fields = vec![("auth_key", Term::bin(key.secret().expose()))];
    if let Some(owner) = key.owner() {
        fields.push(("auth_key_owner", Term::atom(owner.kind.as_str())));
    }
    match placement {
        Placement::Public => {}
        Placement::DropIn => fields.push(("oauth_exchange", Term::bool(false))),
        Placement::OwnUrl => fields.extend([
            ("url", Term::bin(key.repository().organization(organization).as_str())),
            ("repo_organization", Term::bin(organization.as_str())),
            ("public_key", public_key()),
            ("oauth_exchange", Term::bool(false)),
        ]),
        Placement::SideBySide(parent) => {
            write_parent(config, parent.as_str(), key);
            fields.push(("oauth_exchange", Term::bool(false)));
        }
        Placement::Plain => fields.extend([
            ("url", Term::bin(key.repository().organization(organization).as_str())),
            ("public_key", public_key()),
            ("oauth_exchange", Term::bool(false)),
            // `mix` fails on a plain repository that lacks a field.
            ("oauth_exchange_url", nil()),
            ("fetch_public_key", nil()),
        ]),
    }
    // As one change: what is the same afterwards keeps its text.
    let mut entry = config.repo(&name).cloned().unwrap_or(Term::Map(Vec::new()));
    for field in FIELDS {
        entry.remove(&Term::atom(field));
    }
    for (field, value) in fields {
        entry.set(Term::atom(field), value);
    }
    config.put_repo(&name, entry);
}

/// The server's own entry beside `hexpm`. A key that it has already stays.
fn write_parent(config: &mut HexConfig, name: &str, key: &AuthorizedKey) {
    let nil = || Term::atom("nil");
    let kept =
        |field: &str| config.repo(name).and_then(|repo| repo.get_atom(field)).cloned().unwrap_or_else(nil);
    let fields = [
        ("url", Term::bin(key.repository().as_str())),
        ("public_key", Term::bin(key.signing_key().to_pem())),
        ("auth_key", kept("auth_key")),
        ("oauth_exchange", Term::bool(false)),
        ("oauth_exchange_url", nil()),
        ("fetch_public_key", kept("fetch_public_key")),
    ];
    config.set_repo(name, fields);
}

/// Removes the entry of an organization, and the server's entry beside it if it serves nothing else and holds no
/// key. Whether there was one.
pub(super) fn remove(
    config: &mut HexConfig,
    organization: &OrganizationName,
    side_by_side: Option<&RepositoryName>,
) -> bool {
    let Some(parent) = side_by_side else { return config.remove_repo(&format!("{HEXPM}:{organization}")) };
    if parent.as_str() == organization.as_str() {
        return config.remove_repo(organization.as_str());
    }
    let found = config.remove_repo(&format!("{parent}:{organization}"));
    let children = format!("{parent}:");
    let needed = config.repos().iter().any(|(name, _)| name.starts_with(&children));
    let has_key = config.repo(parent.as_str()).is_some_and(|repo| text(repo, "auth_key").is_some());
    if found && !needed && !has_key && !parent.is_hexpm() {
        config.remove_repo(parent.as_str());
    }
    found
}

/// An organization that `mix` is set up for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationEntry {
    /// The organization's name.
    pub organization: String,
    /// The entry's name: `hexpm:ORG`, `NAME:ORG` or `ORG`.
    pub repository: String,
    /// Where it is fetched from.
    pub url: String,
    /// Whether every version of `mix` can use the entry as it stands.
    pub intact: bool,
}

/// The organizations in a `hex.config`, in the order of the file.
pub(crate) fn organizations(config: &HexConfig) -> Vec<OrganizationEntry> {
    let entry = |name: &str, fields: &Term| {
        let url = base(config, name);
        let organization = match name.split_once(':') {
            Some((_, organization)) => organization,
            None => url.ends_with(&format!("/repos/{name}")).then_some(name)?,
        };
        // See the module's text: a URL that is not derived needs the organization's name beside it.
        let parsed = RepositoryUrl::parse(&url);
        let derived = parsed.is_ok_and(|url| same(&base_of_parent(config, name), &url));
        let intact = derived || !name.contains(':') || text(fields, "repo_organization").is_some();
        Some(OrganizationEntry {
            organization: organization.to_owned(),
            repository: name.to_owned(),
            url,
            intact,
        })
    };
    config.repos().iter().filter_map(|(name, fields)| entry(name, fields)).collect()
}

/// What is stored for an organization of one server.
pub struct StoredKey {
    /// The key's secret.
    pub secret: Secret,
    /// The signing key that was trusted with it, as PEM, if the entry has one of its own.
    pub public_key: Option<String>,
}

/// The key stored for an organization of the server at `repository`, under whatever name.
pub(super) fn key(
    config: &HexConfig,
    repository: &RepositoryUrl,
    organization: &OrganizationName,
) -> Option<StoredKey> {
    let wanted = repository.organization(organization);
    config.repos().iter().find_map(|(name, fields)| {
        if !same(&base(config, name), &wanted) {
            return None;
        }
        let secret = Secret::key(&text(fields, "auth_key")?).ok()?;
        let parent = || name.split_once(':').and_then(|(parent, _)| config.repo(parent));
        let public_key = text(fields, "public_key").or_else(|| text(parent()?, "public_key"));
        Some(StoredKey { secret, public_key })
    })
}

/// Where an entry is fetched from, by the rules of `mix`.
pub(crate) fn base(config: &HexConfig, name: &str) -> String {
    let own = config.repo(name).and_then(|fields| text(fields, "url"));
    match own {
        Some(url) => url,
        None if name.contains(':') => base_of_parent(config, name),
        None if name == HEXPM => RepositoryUrl::hexpm().to_string(),
        None => String::new(),
    }
}

/// Where an organization's entry without a URL is fetched from.
fn base_of_parent(config: &HexConfig, name: &str) -> String {
    let (parent, organization) = name.split_once(':').unwrap_or((name, ""));
    format!("{}/repos/{organization}", base(config, parent).trim_end_matches('/'))
}

fn same(url: &str, other: &RepositoryUrl) -> bool {
    RepositoryUrl::parse(url).is_ok_and(|url| url == *other)
}

fn text(fields: &Term, key: &str) -> Option<String> {
    fields.get_atom(key)?.text().map(|text| text.into_owned())
}
