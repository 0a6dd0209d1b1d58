//! What a server says on the ways that tools go: its key, its clock, and each repository under the name, with the key and
//! the signature that stand in their files.

use hex_format::hex_config::{HexConfig, RebarConfig};
use hex_format::name::OrganizationName;
use hex_format::term::Term;
use hex_registry::{PublicKey, ReadError};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use skep_client::address::Address;
use skep_client::api::{Api, Credential};
use skep_client::config::Machine;
use skep_client::config::connections::Connection;
use skep_client::doctor::Finding;
use skep_client::network::Network;
use skep_client::repository::{Access, Repository, RepositoryError};
use skep_client::secret::Secret;
use skep_client::server::{ApiUrl, RepositoryUrl};

/// Seconds by which clocks may differ before tokens are thought to be too old or too new.
const MAX_SKEW: i64 = 300;

/// A server to ask.
pub(super) struct Server {
    pub(super) name: String,
    pub(super) api: ApiUrl,
    pub(super) repository: RepositoryUrl,
    fingerprint: Option<String>,
}

impl Server {
    /// One that is connected.
    pub(super) fn of(connection: &Connection) -> Option<Self> {
        Some(Self {
            name: connection.name.clone(),
            api: connection.api_url().ok()?,
            repository: connection.repository_url().ok()?,
            fingerprint: Some(connection.fingerprint.clone()),
        })
    }

    /// One that is known by its address alone.
    pub(super) fn at(address: &Address) -> Self {
        Self {
            name: address.site().to_owned(),
            api: address.api.clone(),
            repository: address.repository.clone(),
            fingerprint: address.fingerprint.as_ref().map(ToString::to_string),
        }
    }
}

/// Asks a server everything.
pub(super) async fn ask(network: &Network, machine: &Machine, server: &Server) -> Vec<Finding> {
    let mut found = Vec::new();
    let Some(key) = reach(network, server, &mut found).await else { return found };
    let fingerprint = key.fingerprint().to_string();
    match &server.fingerprint {
        Some(known) if *known != fingerprint => found.push(Finding::broken(
            "signing_key_changed",
            server.repository.to_string(),
            format!("it signs with {fingerprint}, not with {known} as when it was connected"),
            format!("ask its operator; if the new key is right: skep connect {}#{fingerprint}", server.api),
        )),
        _ => found.push(Finding::good(
            "signing_key",
            server.repository.to_string(),
            format!("signs with the key {fingerprint}"),
        )),
    }
    let Ok(config) = machine.hex_config() else { return found };
    for entry in mix_entries(&config, server) {
        found.extend(entry.check(network, server, &key).await);
    }
    if let Ok((config, keys)) = machine.rebar3_configs() {
        for entry in rebar3_entries(&config, &keys, server) {
            found.extend(entry.check(network, server, &key).await);
        }
    }
    found
}

/// Fetches the signing key, and looks at the clock on the way.
async fn reach(network: &Network, server: &Server, found: &mut Vec<Finding>) -> Option<PublicKey> {
    let subject = server.repository.to_string();
    let repository = Repository::new(network, server.repository.clone(), None);
    match repository.public_key().await {
        Ok(key) => {
            found.push(Finding::good("reachable", subject, "answers"));
            let date = repository.date().await.ok().flatten();
            found.extend(date.and_then(|date| clock(server, &date)));
            Some(key)
        }
        Err(error) => {
            found.push(unreachable_server(subject, &error));
            None
        }
    }
}

fn unreachable_server(subject: String, error: &RepositoryError) -> Finding {
    let told = error.to_string();
    let word = told.to_lowercase();
    if word.contains("certificate") {
        let remedy = "connect with the server's own authority: skep connect URL --cacert FILE; mix, rebar3 and Gleam each \
                      have their own list of authorities";
        return Finding::broken("tls_untrusted", subject, told, remedy);
    }
    if let RepositoryError::Transport(_) = error {
        let remedy =
            "look at the address, at the proxy (HTTPS_PROXY, NO_PROXY) and at whether the server runs";
        return Finding::broken("unreachable", subject, told, remedy);
    }
    let remedy =
        "look at the address: it must be that of the repository, such as https://hex.example.com/repo";
    Finding::broken("not_a_repository", subject, told, remedy)
}

fn clock(server: &Server, date: &str) -> Option<Finding> {
    let theirs = rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    let skew = Timestamp::now().as_second() - theirs.as_second();
    let (told, remedy) = (format!("its clock and that of this machine are {} seconds apart", skew.abs()), {
        "set the clock of this machine (timedatectl set-ntp true), or tell the server's operator"
    });
    (skew.abs() > MAX_SKEW)
        .then(|| Finding::warning("clock_skew", server.repository.to_string(), told, remedy))
}

/// An entry of mix or rebar3 that leads to the server.
struct Entry {
    /// The tool and the entry's name.
    subject: String,
    /// How to connect it anew.
    tool: &'static str,
    name: String,
    organization: Option<OrganizationName>,
    secret: Option<Secret>,
    public_key: Option<String>,
}

impl Entry {
    async fn check(&self, network: &Network, server: &Server, current: &PublicKey) -> Option<Finding> {
        let subject = self.subject.clone();
        let again = format!("skep connect {}", server.api);
        let trusted = match self.public_key.as_deref().map(PublicKey::from_pem) {
            Some(Ok(key)) => key,
            // What is not readable is told by a look at the file.
            Some(Err(_)) => return None,
            None => current.clone(),
        };
        if trusted.fingerprint() != current.fingerprint() {
            let told = format!(
                "{} checks it with the key {}, the server signs with {}",
                self.tool,
                trusted.fingerprint(),
                current.fingerprint()
            );
            return Some(Finding::broken("wrong_signing_key", subject, told, again));
        }
        let Some(organization) = &self.organization else {
            return Some(Finding::good("server_entry", subject, "leads organizations to the server"));
        };
        if let Some(finding) = self.ask_about_key(network, server, organization).await {
            return Some(finding);
        }
        let access = self.secret.clone().map_or(Access::Anonymous, Access::Key);
        let repository = Repository::new(network, server.repository.clone(), Some(organization))
            .with_access(access)
            .with_key(trusted);
        Some(match repository.names().await {
            Ok(names) => Finding::good(
                "repository",
                subject,
                format!("opens, verified, {} packages", names.packages.len()),
            ),
            Err(error) => self.failed(subject, organization, &error, again),
        })
    }

    /// Why a key is refused is told by the API alone: the repository must not say what exists.
    async fn ask_about_key(
        &self,
        network: &Network,
        server: &Server,
        organization: &OrganizationName,
    ) -> Option<Finding> {
        let subject = self.subject.clone();
        let Some(secret) = &self.secret else {
            let told = "there is no key for it";
            let remedy = format!("skep connect {} {organization}", server.api);
            return Some(Finding::broken("key_missing", subject, told, remedy));
        };
        let api = Api::new(network.clone(), server.api.clone(), Credential::Key(secret.clone()));
        let error = api.check_repository(organization).await.err()?;
        let (code, remedy) = match error.status() {
            Some(401) => (
                "key_refused",
                "it was revoked, has expired, or is not for this: connect again to make another",
            ),
            Some(403) => (
                "key_without_access",
                "its owner is no member of the organization any more: ask an admin of it",
            ),
            _ => ("api_failed", "look at the address of the API"),
        };
        let remedy = format!("{remedy} (skep connect {} {organization})", server.api);
        Some(Finding::broken(code, subject, error.to_string(), remedy))
    }

    fn failed(
        &self,
        subject: String,
        organization: &OrganizationName,
        error: &RepositoryError,
        again: String,
    ) -> Finding {
        match error {
            RepositoryError::Unverified { reason: ReadError::Origin(_), .. } => {
                let told = format!(
                    "{error}. {} compares what the repository calls itself with the last part of {}, which is {organization}",
                    self.tool, self.name
                );
                Finding::broken(
                    "repository_name",
                    subject,
                    told,
                    "call it as the server does: skep connect writes the name",
                )
            }
            RepositoryError::Unverified { .. } => {
                Finding::broken("signature", subject, error.to_string(), again)
            }
            RepositoryError::Missing { .. } => {
                Finding::broken("repository_closed", subject, error.to_string(), again)
            }
            _ => Finding::broken("repository_failed", subject, error.to_string(), again),
        }
    }
}

/// The entries of mix that lead to this server, by its rules.
fn mix_entries(config: &HexConfig, server: &Server) -> Vec<Entry> {
    let text = |fields: &Term, key: &str| fields.get_atom(key)?.text().map(|text| text.into_owned());
    let url = |name: &str| config.repo(name).and_then(|fields| text(fields, "url"));
    let is_server = |url: &str| RepositoryUrl::parse(url).is_ok_and(|url| url == server.repository);
    let entry = |name: &str, fields: &Term| {
        let parent = name.split_once(':');
        let base = url(name);
        let organization = match parent {
            Some((parent, organization)) if base.is_none() => {
                let at = url(parent).unwrap_or_else(|| RepositoryUrl::hexpm().to_string());
                is_server(&at).then_some(organization)
            }
            _ => base.as_deref().and_then(|base| below(base, &server.repository)),
        };
        let root = base.as_deref().is_some_and(is_server);
        if organization.is_none() && !root {
            return None;
        }
        let of_parent = |key: &str| config.repo(parent?.0).and_then(|fields| text(fields, key));
        Some(Entry {
            subject: format!("mix, repository {name}"),
            tool: "mix",
            name: name.to_owned(),
            organization: organization.and_then(|name| OrganizationName::parse(name).ok()),
            secret: text(fields, "auth_key").or_else(|| of_parent("auth_key")).and_then(secret),
            public_key: text(fields, "public_key").or_else(|| of_parent("public_key")),
        })
    };
    config.repos().iter().filter_map(|(name, fields)| entry(name, fields)).collect()
}

/// The entries of rebar3 that lead to this server, by its rules.
fn rebar3_entries(
    config: &RebarConfig,
    keys: &hex_format::hex_config::RebarAuth,
    server: &Server,
) -> Vec<Entry> {
    let text = |fields: &Term, key: &str| fields.get_atom(key)?.text().map(|text| text.into_owned());
    let entry = |name: &str, fields: &Term| {
        let url = text(fields, "repo_url")?;
        let organization = match name.split_once(':') {
            Some((_, organization)) => {
                let at_root = RepositoryUrl::parse(&url).is_ok_and(|url| url == server.repository);
                at_root.then_some(organization)?
            }
            None => below(&url, &server.repository)?,
        };
        Some(Entry {
            subject: format!("rebar3, repository {name}"),
            tool: "rebar3",
            name: name.to_owned(),
            organization: Some(OrganizationName::parse(organization).ok()?),
            secret: keys.repo(name).and_then(|fields| text(fields, "repo_key")).and_then(secret),
            public_key: text(fields, "repo_public_key"),
        })
    };
    config.repos().iter().filter_map(|(name, fields)| entry(name, fields)).collect()
}

/// The organization in an address below that of the server. Some entries have it twice, see [`skep_client::config::mix`].
fn below<'a>(url: &'a str, repository: &RepositoryUrl) -> Option<&'a str> {
    let rest = url.trim_end_matches('/').strip_prefix(repository.as_str())?.strip_prefix("/repos/")?;
    rest.split('/').next()
}

fn secret(text: String) -> Option<Secret> {
    Secret::key(&text).ok()
}
