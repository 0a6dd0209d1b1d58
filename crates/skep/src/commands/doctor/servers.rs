//! What a server says on the ways that tools go: its key, its clock, and each repository under the name, with the key and
//! the signature that stand in their files.

use hex_format::hex_config::{HexConfig, RebarConfig};
use hex_format::name::OrganizationName;
use hex_format::term::Term;
use hex_registry::{PublicKey, ReadError};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use skep_client::TransportError;
use skep_client::address::Address;
use skep_client::api::{Api, Credential};
use skep_client::config::Machine;
use skep_client::config::connections::{Connection, Place, Slot};
use skep_client::doctor::{self, Finding};
use skep_client::network::{CertificateProblem, Network};
use skep_client::repository::{Access, Repository, RepositoryError};
use skep_client::secret::Secret;
use skep_client::server::{ApiUrl, RepositoryUrl};

use super::patience::in_time;

/// Seconds by which clocks may differ before tokens are thought to be too old or too new.
const MAX_SKEW: i64 = 300;

pub(super) const REACH: &str =
    "look at the address, at the proxy (HTTPS_PROXY, NO_PROXY) and at whether the server runs";

/// A server to ask.
pub(super) struct Server {
    pub(super) name: String,
    pub(super) api: ApiUrl,
    pub(super) repository: RepositoryUrl,
    fingerprint: Option<String>,
    /// What is remembered of it, if it is connected.
    connection: Option<Connection>,
}

impl Server {
    /// One that is connected.
    pub(super) fn of(connection: &Connection) -> Option<Self> {
        Some(Self {
            name: connection.name.clone(),
            api: connection.api_url().ok()?,
            repository: connection.repository_url().ok()?,
            fingerprint: Some(connection.fingerprint.clone()),
            connection: Some(connection.clone()),
        })
    }

    /// One that is known by its address alone.
    pub(super) fn at(address: &Address) -> Self {
        Self {
            name: address.site().to_owned(),
            api: address.api.clone(),
            repository: address.repository.clone(),
            fingerprint: address.fingerprint.as_ref().map(ToString::to_string),
            connection: None,
        }
    }

    /// Whether an entry of mix leads here, or was written for it: then it is looked at with the server.
    pub(super) fn has(&self, config: &HexConfig, name: &str) -> bool {
        let slots = self.connection.iter().flat_map(|connection| &connection.slots);
        let mut slots = slots.filter(|slot| slot.place == Place::Mix);
        slots.any(|slot| slot.name == name)
            || mix_entries(config, self).iter().any(|entry| entry.name == name)
    }

    /// The command that writes the entries of an organization, or of all, once more.
    fn again(&self, organization: Option<&str>) -> String {
        let names: Vec<&str> = organization.into_iter().collect();
        match &self.connection {
            Some(connection) => doctor::again(connection, &names, ""),
            None => format!("skep connect {} {}", self.name, names.join(" ")).trim_end().to_owned(),
        }
    }
}

/// Asks a server everything. Also tells whether it answers at all.
pub(super) async fn ask(network: &Network, machine: &Machine, server: &Server) -> (Vec<Finding>, bool) {
    let mut found = Vec::new();
    let Some(key) = reach(network, server, &mut found).await else { return (found, false) };
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
    if let Ok(config) = machine.hex_config() {
        for entry in mix_entries(&config, server) {
            found.extend(entry.check(network, server, &key).await);
        }
    }
    if let Ok((config, keys)) = machine.rebar3_configs() {
        for entry in rebar3_entries(&config, &keys, server) {
            found.extend(entry.check(network, server, &key).await);
        }
    }
    (found, true)
}

/// Fetches the signing key, and looks at the clock on the way.
async fn reach(network: &Network, server: &Server, found: &mut Vec<Finding>) -> Option<PublicKey> {
    let subject = server.repository.to_string();
    let repository = Repository::new(network, server.repository.clone(), None);
    match in_time(repository.public_key()).await {
        Ok(Ok(key)) => {
            found.push(Finding::good("reachable", subject, "answers"));
            let date = in_time(repository.date()).await.ok().and_then(Result::ok).flatten();
            found.extend(date.and_then(|date| clock(server, &date)));
            Some(key)
        }
        Ok(Err(error)) => {
            found.push(unreachable_server(server, subject, &error));
            None
        }
        Err(late) => {
            found.push(Finding::broken("unreachable", subject, late, REACH));
            None
        }
    }
}

fn unreachable_server(server: &Server, subject: String, error: &RepositoryError) -> Finding {
    let told = error.to_string();
    if let RepositoryError::Transport(TransportError::Untrusted { problem, .. }) = error {
        return Finding::broken("tls_untrusted", subject, told, certificate_remedy(server, *problem));
    }
    if let RepositoryError::Transport(_) = error {
        return Finding::broken("unreachable", subject, told, REACH);
    }
    let remedy =
        "look at the address: it must be that of the repository, such as https://hex.example.com/repo";
    Finding::broken("not_a_repository", subject, told, remedy)
}

fn certificate_remedy(server: &Server, problem: CertificateProblem) -> String {
    match problem {
        CertificateProblem::UnknownAuthority => format!(
            "if its authority is your own: {} --cacert FILE; mix, rebar3 and Gleam each have their own list of authorities",
            server.again(None)
        ),
        CertificateProblem::Time => {
            "look at the clock of this machine; if it is right, the server's operator must renew the certificate".to_owned()
        }
        CertificateProblem::Name => {
            "use the name that the certificate is for, or ask the server's operator for one with this name".to_owned()
        }
        CertificateProblem::IsAuthority | CertificateProblem::Other => {
            "ask the server's operator for another certificate".to_owned()
        }
    }
}

fn clock(server: &Server, date: &str) -> Option<Finding> {
    let theirs = rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    let skew = Timestamp::now().as_second() - theirs.as_second();
    if skew.abs() <= MAX_SKEW {
        return None;
    }
    let which = if skew > 0 { "ahead" } else { "behind" };
    let told = format!(
        "its clock and that of this machine are {} apart (this machine is {which})",
        in_words(skew.unsigned_abs())
    );
    let remedy = "set the clock of this machine (timedatectl set-ntp true), or tell the server's operator";
    Some(Finding::warning("clock_skew", server.repository.to_string(), told, remedy))
}

/// A number of seconds, rounded, in the largest unit that there are two of.
fn in_words(seconds: u64) -> String {
    let units = [(31_556_952, "years"), (86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let unit = units.into_iter().find(|(length, _)| seconds >= 2 * length);
    let (length, name) = unit.unwrap_or((1, "seconds"));
    format!("{} {name}", (seconds + length / 2) / length)
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
    /// Whether the signing key is that of another entry, of which it is told.
    inherits_trust: bool,
}

impl Entry {
    async fn check(&self, network: &Network, server: &Server, current: &PublicKey) -> Option<Finding> {
        // One that was pointed to another organization is told of by a look at the file.
        if self.recorded(server).is_some_and(|slot| slot.organization.as_deref() != self.organization_name())
        {
            return None;
        }
        let subject = self.subject.clone();
        let trusted = match self.public_key.as_deref().map(PublicKey::from_pem) {
            Some(Ok(key)) => key,
            // What is not readable is told by a look at the file.
            Some(Err(_)) => return None,
            None => current.clone(),
        };
        let fingerprint = trusted.fingerprint().to_string();
        if trusted.fingerprint() != current.fingerprint() {
            // That the server has another key than when it was connected is told of the server, once.
            if self.inherits_trust || server.fingerprint.as_ref() == Some(&fingerprint) {
                return None;
            }
            let told = format!(
                "{} checks it with the key {fingerprint}, the server signs with {}",
                self.tool,
                current.fingerprint()
            );
            let remedy = match self.tool {
                "mix" => format!("skep repo set {} --fetch-public-key {}", self.name, current.fingerprint()),
                _ => self.again(server),
            };
            return Some(Finding::broken("wrong_signing_key", subject, told, remedy));
        }
        let Some(organization) = &self.organization else {
            return Some(Finding::good("server_entry", subject, "leads organizations to the server"));
        };
        match in_time(self.ask_about_key(network, server, organization)).await {
            Ok(None) => {}
            Ok(told) => return told,
            Err(late) => return Some(Finding::broken("api_failed", server.api.to_string(), late, REACH)),
        }
        let access = self.secret.clone().map_or(Access::Anonymous, Access::Key);
        let repository = Repository::new(network, server.repository.clone(), Some(organization))
            .with_access(access)
            .with_key(trusted);
        Some(match in_time(repository.names()).await {
            Ok(Ok(names)) => {
                let count = names.packages.len();
                let noun = if count == 1 { "package" } else { "packages" };
                Finding::good("repository", subject, format!("opens, verified, {count} {noun}"))
            }
            Ok(Err(error)) => self.failed(subject, organization, &error, self.again(server)),
            Err(late) => Finding::broken("repository_failed", subject, late, REACH),
        })
    }

    fn organization_name(&self) -> Option<&str> {
        self.organization.as_ref().map(OrganizationName::as_str)
    }

    /// How its key or its address is set anew.
    fn again(&self, server: &Server) -> String {
        server.again(self.organization_name())
    }

    /// What `connect` wrote in its place.
    fn recorded<'a>(&self, server: &'a Server) -> Option<&'a Slot> {
        let place = if self.tool == "mix" { Place::Mix } else { Place::Rebar3 };
        let mut slots = server.connection.iter().flat_map(|connection| &connection.slots);
        slots.find(|slot| slot.place == place && slot.name == self.name)
    }

    /// The command that gives it another key.
    fn new_key(&self, server: &Server) -> String {
        match self.tool == "mix" && self.recorded(server).is_none() {
            true => format!("skep repo set {} --auth-key -", self.name),
            false => self.again(server),
        }
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
            return Some(Finding::broken(
                "key_missing",
                subject,
                "there is no key for it",
                self.new_key(server),
            ));
        };
        let api = Api::new(network.clone(), server.api.clone(), Credential::Key(secret.clone()));
        let error = api.check_repository(organization).await.err()?;
        let (code, remedy) = match error.status() {
            Some(401) => (
                "key_refused",
                format!("it was revoked, has expired, or is not for this; another: {}", self.new_key(server)),
            ),
            Some(403) => (
                "key_without_access",
                format!(
                    "its owner is no member of {organization} any more: ask an admin of it, then {}",
                    self.new_key(server)
                ),
            ),
            _ => ("api_failed", format!("look at the address of the API, {}", server.api)),
        };
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
            RepositoryError::Missing { .. } | RepositoryError::Refused { .. } => {
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
            subject: doctor::mix_subject(name),
            tool: "mix",
            name: name.to_owned(),
            organization: organization.and_then(|name| OrganizationName::parse(name).ok()),
            secret: text(fields, "auth_key").or_else(|| of_parent("auth_key")).and_then(secret),
            public_key: text(fields, "public_key").or_else(|| of_parent("public_key")),
            inherits_trust: text(fields, "public_key").is_none(),
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
            subject: doctor::rebar3_subject(name),
            tool: "rebar3",
            name: name.to_owned(),
            organization: Some(OrganizationName::parse(organization).ok()?),
            secret: keys.repo(name).and_then(|fields| text(fields, "repo_key")).and_then(secret),
            public_key: text(fields, "repo_public_key"),
            inherits_trust: false,
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

#[test]
fn seconds_are_told_in_words() {
    let told = [301, 7_300, 189_304_735].map(in_words);
    assert_eq!(told, ["5 minutes", "2 hours", "6 years"]);
}
