//! Whether what `skep connect` wrote is still in the files: an entry that is gone, leads elsewhere, trusts another signing
//! key, or has another key or none. Pure comparing; the files were read before.
//!
//! What mix itself makes of an entry when it writes the file is no difference: it leaves out what follows from elsewhere.

use std::path::Path;

use hex_format::hex_config::{HexConfig, RebarAuth, RebarConfig};
use hex_format::term::Term;
use hex_registry::PublicKey;

use super::environment::Netrc;
use super::{Finding, mix_subject, rebar3_subject};
use crate::config::connections::{Connection, Place, Slot, field, from_text};
use crate::config::mix;
use crate::config::paths::Paths;
use crate::server::{HEXPM_FINGERPRINT, RepositoryUrl};
use crate::shell::quoted;

const HEXPM: &str = "hexpm";
/// The setting of mix that names a file of certificate authorities.
const CACERTS: &str = "cacerts_path";

/// The files as they are; none where one can't be read, which is told elsewhere.
pub(super) struct Files<'a> {
    pub(super) paths: &'a Paths,
    pub(super) mix: Option<&'a HexConfig>,
    pub(super) rebar3: Option<&'a RebarConfig>,
    pub(super) rebar3_keys: Option<&'a RebarAuth>,
    pub(super) netrc: Option<&'a Netrc>,
}

/// What became of an entry.
#[derive(Debug, PartialEq, Eq)]
enum State {
    AsWritten,
    Gone,
    /// It leads to another address.
    Elsewhere(String),
    /// It trusts a signing key with this fingerprint, or none that can be read.
    OtherTrust(Option<String>),
    NoKey,
    OtherKey,
}

/// What differs from what connections remember.
pub(super) fn look(connections: &[Connection], files: &Files<'_>) -> Vec<Finding> {
    connections.iter().flat_map(|connection| of_connection(connection, files)).collect()
}

/// Whether `connect` wrote an entry of this name, and it is told that it is gone or has no key that can be read.
pub(super) fn is_told(connections: &[Connection], files: &Files<'_>, place: Place, name: &str) -> bool {
    connections.iter().any(|connection| {
        let slot = connection.slots.iter().find(|slot| slot.place == place && slot.name == name);
        let state = slot.and_then(|slot| files.state(connection, slot));
        matches!(state, Some(State::Gone | State::OtherTrust(None)))
    })
}

/// The command that writes what a connection needs for some of its organizations, or for all of them, once more.
pub fn again(connection: &Connection, organizations: &[&str], option: &str) -> String {
    let all = connection.organizations.iter().map(|known| known.name.as_str());
    let chosen = all.filter(|name| organizations.is_empty() || organizations.contains(name));
    let names: Vec<&str> = chosen.collect();
    let site = connection.api.strip_suffix("/api").unwrap_or(&connection.api);
    let mut command = format!("skep connect {site}");
    for word in names.into_iter().chain(Some(option).filter(|option| !option.is_empty())) {
        command.push(' ');
        command.push_str(word);
    }
    let derived = connection.api_url().and_then(|api| api.repository());
    if !derived.is_ok_and(|url| url.as_str() == connection.repository) {
        command.push_str(&format!(" --repo-url {}", connection.repository));
    }
    command
}

fn of_connection(connection: &Connection, files: &Files<'_>) -> Vec<Finding> {
    let states: Vec<(&Slot, State)> = connection
        .slots
        .iter()
        .filter_map(|slot| Some((slot, files.state(connection, slot)?)))
        .filter(|(_, state)| *state != State::AsWritten)
        .collect();
    // In rebar3 an organization stands under either of two names, and one that is right is enough.
    let has_another = |slot: &Slot| {
        let same = |other: &&Slot| {
            other.place == slot.place && other.name != slot.name && other.organization == slot.organization
        };
        matches!(slot.place, Place::Rebar3 | Place::Rebar3Keys)
            && slot.organization.is_some()
            && connection
                .slots
                .iter()
                .filter(same)
                .any(|other| files.state(connection, other) == Some(State::AsWritten))
    };
    let states: Vec<_> = states.into_iter().filter(|(slot, _)| !has_another(slot)).collect();
    let mut found = Vec::new();
    for place in [Place::Mix, Place::Rebar3] {
        let of_place: Vec<_> = states.iter().filter(|(slot, _)| slot.place == place).collect();
        let gone: Vec<&Slot> =
            of_place.iter().filter(|(_, state)| *state == State::Gone).map(|(slot, _)| *slot).collect();
        if !gone.is_empty() {
            found.push(missing(connection, files, place, &gone));
        }
        let moved: Vec<(&Slot, &str)> = of_place
            .iter()
            .filter_map(|(slot, state)| match state {
                State::Elsewhere(url) => Some((*slot, url.as_str())),
                _ => None,
            })
            .collect();
        if let Some((first, url)) = moved.first() {
            let slots: Vec<&Slot> = moved.iter().map(|(slot, _)| *slot).collect();
            let text = match slots.len() {
                1 => {
                    let expected = address(connection, first);
                    format!("{} leads to {url}, not to {expected} as connect wrote it", first.name)
                }
                _ => format!("{} lead to {url} and not to {} any more", names(&slots), connection.repository),
            };
            let remedy = again(connection, &organizations(&slots), "--replace");
            found.push(Finding::broken("entry_elsewhere", files.subject(place), text, remedy));
        }
    }
    found.extend(states.iter().filter_map(|(slot, state)| one(connection, files, slot, state)));
    found
}

/// Entries that are in a file no more, and under which name they may be there now.
fn missing(connection: &Connection, files: &Files<'_>, place: Place, gone: &[&Slot]) -> Finding {
    let tool = if place == Place::Mix { "mix" } else { "rebar3" };
    let all = if gone.len() == 1 { "it is" } else { "they are" };
    let mut text = format!("connect wrote {} for {tool}; {all} gone", names(gone));
    if let Some(other) = files.renamed(connection, place, gone) {
        text.push_str(&format!("; {other} leads to {} now", connection.repository));
    }
    let remedy = again(connection, &organizations(gone), "");
    Finding::broken("entry_missing", files.subject(place), text, remedy)
}

/// What is told of each entry by itself.
fn one(connection: &Connection, files: &Files<'_>, slot: &Slot, state: &State) -> Option<Finding> {
    let name = slot.name.as_str();
    let chosen: Vec<&str> = slot.organization.as_deref().into_iter().collect();
    let write_again = || again(connection, &chosen, "");
    let (subject, tool) = match slot.place {
        Place::Mix => (mix_subject(name), "mix"),
        Place::Rebar3 | Place::Rebar3Keys => (rebar3_subject(name), "rebar3"),
        Place::MixSetting | Place::Rebar3Setting => return setting(connection, files, slot, state),
        Place::Netrc => return netrc(connection, files, slot, state),
        Place::Certificates => return None,
    };
    match state {
        State::OtherTrust(found) => {
            let shown =
                found.as_deref().map_or("none that can be read".to_owned(), |key| format!("the key {key}"));
            let text = format!("{tool} checks it with {shown}, connect trusted {}", connection.fingerprint);
            let at = match found {
                Some(_) => String::new(),
                // An entry that can't be read is mended with its address.
                None => format!(" --url {}", address(connection, slot)),
            };
            let remedy = match slot.place {
                Place::Mix => {
                    format!("skep repo set {name}{at} --fetch-public-key {}", connection.fingerprint)
                }
                _ => write_again(),
            };
            Some(Finding::broken("wrong_signing_key", subject, text, remedy))
        }
        // Without its entry the key is of no use either, which is told of the entry.
        State::Gone if slot.place == Place::Rebar3Keys && files.has_rebar3(name) => {
            let text = format!("connect wrote its key into {}; it is gone", files.subject(slot.place));
            Some(Finding::broken("key_missing", subject, text, write_again()))
        }
        State::NoKey => {
            Some(Finding::broken("key_missing", subject, "there is no key for it", write_again()))
        }
        State::OtherKey => {
            let text = "it has another key than connect wrote, which disconnect does not know";
            Some(Finding::warning("key_changed", subject, text, write_again()))
        }
        State::AsWritten | State::Gone | State::Elsewhere(_) => None,
    }
}

fn setting(connection: &Connection, files: &Files<'_>, slot: &Slot, state: &State) -> Option<Finding> {
    let (name, written) = (&slot.name, from_text(&slot.after)?.text()?.into_owned());
    let text = match state {
        State::Gone => format!("connect set {name} to {written}, and it is gone"),
        State::Elsewhere(value) => format!("{name} is {value}, not {written} as connect set it"),
        _ => return None,
    };
    let subject = files.subject(slot.place);
    let remedy = match slot.place {
        Place::MixSetting => format!("skep config {name} {}", quoted(&written)),
        _ => again(connection, &[], &format!("--cacert {}", quoted(&written))),
    };
    Some(match state {
        // Without its authority mix reaches the server no more.
        State::Gone if name.ends_with(CACERTS) => Finding::broken("setting_changed", subject, text, remedy),
        _ => Finding::warning("setting_changed", subject, text, remedy),
    })
}

fn netrc(connection: &Connection, files: &Files<'_>, slot: &Slot, state: &State) -> Option<Finding> {
    let text = match state {
        State::Gone => format!("connect wrote a login for {}, which is gone", slot.name),
        State::OtherKey => format!("it has another login for {} than connect wrote", slot.name),
        _ => return None,
    };
    let option = if *state == State::Gone { "--netrc" } else { "--netrc --replace" };
    let remedy = again(connection, &organizations(&[slot]), option);
    Some(Finding::warning("netrc_changed", files.subject(Place::Netrc), text, remedy))
}

impl Files<'_> {
    fn subject(&self, place: Place) -> String {
        let path = match place {
            Place::Mix | Place::MixSetting | Place::Certificates => self.paths.mix.as_path(),
            Place::Rebar3 | Place::Rebar3Setting => self.paths.rebar3.as_path(),
            Place::Rebar3Keys => self.paths.rebar3_keys.as_path(),
            Place::Netrc => self.netrc.map_or(Path::new(".netrc"), |netrc| netrc.path.as_path()),
        };
        path.display().to_string()
    }

    /// `None` where the file can't be read or the entry is damaged, which is told elsewhere.
    fn state(&self, connection: &Connection, slot: &Slot) -> Option<State> {
        let name = slot.name.as_str();
        match slot.place {
            Place::Mix => {
                let config = self.mix?;
                let Some(entry) = config.repo(name) else { return Some(State::Gone) };
                entry.as_map()?;
                Some(of_mix(config, connection, slot, entry))
            }
            Place::MixSetting => Some(of_setting(slot, self.mix?.get(name))),
            Place::Rebar3Setting => Some(of_setting(slot, self.rebar3?.get(name))),
            Place::Rebar3 => {
                let Some(entry) = self.rebar3?.repo(name) else { return Some(State::Gone) };
                Some(of_rebar3(connection, slot, entry))
            }
            Place::Rebar3Keys => {
                let Some(entry) = self.rebar3_keys?.repo(name) else { return Some(State::Gone) };
                Some(compare_keys(field(&slot.after, "repo_key"), text(entry, "repo_key")))
            }
            Place::Netrc => {
                let Some(password) = self.netrc?.password(name) else { return Some(State::Gone) };
                Some(if password == slot.after { State::AsWritten } else { State::OtherKey })
            }
            Place::Certificates => Some(State::AsWritten),
        }
    }

    fn has_rebar3(&self, name: &str) -> bool {
        self.rebar3.is_some_and(|config| config.repo(name).is_some())
    }

    /// An entry that nobody remembers and that leads where a missing one did.
    fn renamed(&self, connection: &Connection, place: Place, gone: &[&Slot]) -> Option<String> {
        let is_recorded =
            |name: &str| connection.slots.iter().any(|slot| slot.place == place && slot.name == name);
        let leads = |url: &str| gone.iter().any(|slot| leads_to(url, connection, slot));
        match place {
            Place::Mix => {
                let config = self.mix?;
                let repos = config.repos();
                let found =
                    repos.iter().find(|(name, _)| !is_recorded(name) && leads(&mix::base(config, name)));
                found.map(|(name, _)| name.to_string())
            }
            Place::Rebar3 => {
                let repos = self.rebar3?.repos();
                let url = |entry: &Term| text(entry, "repo_url").unwrap_or_default();
                let found = repos.iter().find(|(name, entry)| !is_recorded(name) && leads(&url(entry)));
                found.map(|(name, _)| name.to_string())
            }
            _ => None,
        }
    }
}

fn of_setting(slot: &Slot, value: Option<&Term>) -> State {
    let Some(value) = value.and_then(Term::text) else { return State::Gone };
    match from_text(&slot.after).is_some_and(|written| written.text().as_ref() == Some(&value)) {
        true => State::AsWritten,
        false => State::Elsewhere(value.into_owned()),
    }
}

fn of_mix(config: &HexConfig, connection: &Connection, slot: &Slot, entry: &Term) -> State {
    let name = slot.name.as_str();
    let url = mix::base(config, name);
    // Without its parent an organization leads nowhere, which is told of the parent.
    if RepositoryUrl::parse(&url).is_ok() && !leads_to(&url, connection, slot) {
        return State::Elsewhere(url);
    }
    let parent = name.split_once(':').and_then(|(parent, _)| config.repo(parent));
    let written = |key: &str| field(&slot.after, key);
    match text(entry, "public_key") {
        Some(pem) => match fingerprint(&pem) {
            Some(found) if found == connection.fingerprint => {}
            found => return State::OtherTrust(found),
        },
        None if name == HEXPM && written("public_key").is_some() => {
            return State::OtherTrust(Some(HEXPM_FINGERPRINT.to_owned()));
        }
        None => {}
    }
    let inherited = || text(parent?, "auth_key");
    compare_keys(written("auth_key"), text(entry, "auth_key").or_else(inherited))
}

fn of_rebar3(connection: &Connection, slot: &Slot, entry: &Term) -> State {
    if slot.organization.is_some() {
        let url = text(entry, "repo_url").unwrap_or_else(|| RepositoryUrl::hexpm().to_string());
        if !same(&url, &address(connection, slot)) {
            return State::Elsewhere(url);
        }
    }
    if field(&slot.after, "repo_public_key").is_none() {
        return State::AsWritten;
    }
    match text(entry, "repo_public_key").and_then(|pem| fingerprint(&pem)) {
        Some(found) if found == connection.fingerprint => State::AsWritten,
        found => State::OtherTrust(found),
    }
}

fn compare_keys(written: Option<String>, found: Option<String>) -> State {
    match (written, found) {
        (None, _) => State::AsWritten,
        (Some(_), None) => State::NoKey,
        (Some(written), Some(found)) if written == found => State::AsWritten,
        (Some(_), Some(_)) => State::OtherKey,
    }
}

/// Where an entry was written to lead.
fn address(connection: &Connection, slot: &Slot) -> String {
    let root = connection.repository.trim_end_matches('/');
    match &slot.organization {
        // To an address of a name with a colon rebar3 appends the organization by itself.
        Some(_) if slot.place == Place::Rebar3 && slot.name.contains(':') => root.to_owned(),
        Some(organization) => format!("{root}/repos/{organization}"),
        None => root.to_owned(),
    }
}

fn leads_to(url: &str, connection: &Connection, slot: &Slot) -> bool {
    same(url, &address(connection, slot))
}

fn same(one: &str, other: &str) -> bool {
    match (RepositoryUrl::parse(one), RepositoryUrl::parse(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

fn fingerprint(pem: &str) -> Option<String> {
    Some(PublicKey::from_pem(pem).ok()?.fingerprint().to_string())
}

fn text(entry: &Term, key: &str) -> Option<String> {
    Some(entry.get_atom(key)?.text()?.into_owned())
}

fn names(slots: &[&Slot]) -> String {
    let names: Vec<&str> = slots.iter().map(|slot| slot.name.as_str()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Those that entries are for; none means all.
fn organizations<'a>(slots: &[&'a Slot]) -> Vec<&'a str> {
    match slots.iter().any(|slot| slot.organization.is_none()) {
        true => Vec::new(),
        false => slots.iter().filter_map(|slot| slot.organization.as_deref()).collect(),
    }
}
