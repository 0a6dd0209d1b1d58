//! The two files of rebar3.

use hex_format::hex_config::{RebarAuth, RebarConfig};
use hex_format::term::Term;

use super::{Finding, Variable, again};
use crate::config::connections::{Connection, Shape};
use crate::config::paths::Paths;
use crate::server::RepositoryUrl;

const HEXPM: &str = "hexpm";
const KEYS: [&str; 4] = ["repo_key", "read_key", "write_key", "api_key"];

/// `is_told` says whether it is told already that an entry of the list is gone.
pub(super) fn look(
    config: &RebarConfig,
    keys: &RebarAuth,
    paths: &Paths,
    connections: &[Connection],
    variable: Variable<'_>,
    is_told: &dyn Fn(&str) -> bool,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let keys_file = paths.rebar3_keys.display().to_string();
    for (name, fields) in keys.repos() {
        let odd = KEYS.iter().find(|key| fields.get_atom(key).is_some_and(|key| key.as_bytes().is_none()));
        if let Some(key) = odd {
            found.push(Finding::broken(
                "rebar3_key_not_binary",
                keys_file.clone(),
                format!("{key} of {name} is not a binary (<<\"…\">>), and rebar3 sends no key"),
                "connect the server again: skep connect URL",
            ));
        }
        if config.repo(&name).is_none() && name != HEXPM && !is_told(&name) {
            found.push(Finding::warning(
                "rebar3_key_unused",
                keys_file.clone(),
                format!("there is a key for {name}, which is in no list of repositories"),
                "connect the server again, or take the key out",
            ));
        }
    }
    let subject = paths.rebar3.display().to_string();
    let repos = config.repos();
    let place = |wanted: &str| repos.iter().position(|(name, _)| name == wanted);
    if let Some(hexpm) = place(HEXPM) {
        for (name, _) in repos.iter().skip(hexpm + 1) {
            found.push(Finding::warning(
                "rebar3_order",
                subject.clone(),
                format!(
                    "hexpm stands before {name}: rebar3 takes a public package in the place of a private one"
                ),
                format!("move {name} before hexpm in the list of repositories"),
            ));
        }
    }
    for (name, _) in repos.iter().filter(|(name, _)| name.contains(':')) {
        let parent = name.split(':').next().unwrap_or_default();
        if parent != HEXPM && place(parent).is_none() && !is_told(parent) {
            found.push(Finding::broken(
                "rebar3_parent_missing",
                subject.clone(),
                format!("{name} needs {parent} in the list, and rebar3 fails without it"),
                "connect the server again: skep connect URL",
            ));
        }
    }
    found.extend(hexpm(config, &subject, connections, variable));
    found
}

/// Where `hexpm` comes from is said by a variable alone, how it is signed by the file alone.
fn hexpm(
    config: &RebarConfig,
    subject: &str,
    connections: &[Connection],
    variable: Variable<'_>,
) -> Option<Finding> {
    let replaced = connections.iter().find(|connection| connection.shape == Shape::ReplaceHexpm);
    let own_key = config.repo(HEXPM).and_then(|repo| repo.get_atom("repo_public_key"));
    let cdn = variable("HEX_CDN");
    if config.repo(HEXPM).and_then(|repo| repo.get_atom("repo_url")).and_then(Term::text).is_some() {
        let text =
            "rebar3 ignores repo_url of hexpm: it fetches that from hex.pm, or from where HEX_CDN says";
        let remedy = "set HEX_CDN, and take repo_url out";
        return Some(Finding::warning("rebar3_url_ignored", subject, text, remedy));
    }
    match (cdn, own_key, replaced) {
        (Some(cdn), None, _) if !is_hexpm(&cdn) => Some(Finding::broken(
            "hex_cdn_without_key",
            "HEX_CDN",
            format!("rebar3 fetches hexpm from {cdn} and checks it with the key of hex.pm"),
            format!(
                "with HEX_CDN set: {}; or unset HEX_CDN",
                match replaced {
                    Some(connection) => again(connection, &[], "--replace-hexpm"),
                    None => format!("skep connect {cdn} --replace-hexpm"),
                }
            ),
        )),
        (None, Some(_), _) => Some(Finding::broken(
            "hex_cdn_missing",
            subject,
            "hexpm has a signing key of its own, but without HEX_CDN rebar3 fetches it from hex.pm",
            match replaced {
                Some(connection) => format!("export HEX_CDN={}", connection.repository),
                None => "set HEX_CDN, or take repo_public_key of hexpm out".to_owned(),
            },
        )),
        (None, None, Some(connection)) if !is_hexpm(&connection.repository) => Some(Finding::warning(
            "hex_cdn_missing",
            "HEX_CDN",
            "mix fetches hexpm from the server, rebar3 still from hex.pm",
            format!(
                "export HEX_CDN={} && {}",
                connection.repository,
                again(connection, &[], "--replace-hexpm")
            ),
        )),
        _ => None,
    }
}

fn is_hexpm(url: &str) -> bool {
    RepositoryUrl::parse(url).is_ok_and(|url| url.is_hexpm())
}
