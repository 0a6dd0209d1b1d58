//! Variables that change what tools do, and logins that get in the way.

use std::collections::BTreeSet;
use std::path::PathBuf;

use hex_format::address::without_login;
use hex_format::hex_config::HexConfig;
use hex_format::term::Term;
use url::Url;

use super::{Finding, Variable, mix, netrc_path};
use crate::config::connections::{Connection, Place};
use crate::config::paths::Paths;
use crate::config::{atomic_file, netrc_entries};

const REDIRECTS: [(&str, &str); 6] = [
    ("HEX_API_URL", "every command of mix that talks to an API goes to"),
    ("HEX_API", "every command of mix that talks to an API goes to"),
    ("HEX_MIRROR_URL", "mix fetches hexpm from"),
    ("HEX_MIRROR", "mix fetches hexpm from"),
    ("HEX_TRUSTED_MIRROR_URL", "mix fetches hexpm, with your keys, from"),
    ("HEX_TRUSTED_MIRROR", "mix fetches hexpm, with your keys, from"),
];
const UNSAFE: [&str; 4] =
    ["HEX_UNSAFE_REGISTRY", "HEX_UNSAFE_HTTPS", "HEX_NO_VERIFY_REPO_ORIGIN", "REBAR_NO_VERIFY_REPO_ORIGIN"];
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];
/// Settings that must be whole numbers, or mix does not start.
const NUMBERS: [&str; 2] = ["HEX_HTTP_TIMEOUT", "HEX_HTTP_CONCURRENCY"];

/// mix takes an empty `HEX_HOME` for the current folder, everybody else for nothing.
pub(super) fn empty_home(variable: Variable<'_>, paths: &Paths) -> Vec<Finding> {
    if !variable("HEX_HOME").is_some_and(|value| value.trim().is_empty()) {
        return Vec::new();
    }
    let text = format!(
        "it is set to nothing, which mix takes for the folder that it is started in; {} is not read",
        paths.mix.display()
    );
    vec![Finding::broken("home_empty", "HEX_HOME", text, "unset HEX_HOME")]
}

pub(super) fn look(variable: Variable<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, what) in REDIRECTS {
        let Some(url) = variable(name) else { continue };
        let url = without_login(&url);
        let remedy = format!("unset {name} if that is not meant");
        found.push(Finding::warning("variable_redirects", name, format!("{what} {url}"), remedy));
        if name.starts_with("HEX_API") && url.ends_with('/') {
            let text = format!("it ends with a slash, so mix asks for {url}/users/me");
            found.push(Finding::warning("api_url_slash", name, text, "take the slash off"));
        }
    }
    for name in UNSAFE {
        if variable(name).is_some_and(|value| !matches!(value.as_str(), "0" | "false")) {
            let text = match name {
                "HEX_UNSAFE_HTTPS" => {
                    "old versions of mix send keys to servers without checking who they are"
                }
                _ => "packages are taken without checking whose they are",
            };
            found.push(Finding::broken("verification_off", name, text, format!("unset {name}")));
        }
    }
    for name in NUMBERS {
        if variable(name).is_some_and(|value| value.parse::<u64>().is_err()) {
            let text = "it is not a number, so mix does not start";
            found.push(Finding::broken("not_a_number", name, text, format!("unset {name}, or set a number")));
        }
    }
    for name in PROXIES {
        let Some(value) = variable(name) else { continue };
        // The address may hold a password.
        let host = Url::parse(&value).ok().and_then(|url| url.host_str().map(str::to_owned));
        found.push(match host {
            Some(host) => Finding::good("proxy", name, format!("requests go through {host}")),
            None => Finding::broken(
                "proxy_malformed",
                name,
                "it is not an address",
                "write it as http://host:port",
            ),
        });
    }
    if let Some(file) = variable("HEX_CACERTS_PATH") {
        found.extend(mix::certificates(&file, "HEX_CACERTS_PATH"));
    }
    found
}

/// `~/.netrc`, as far as it can be read: it belongs to other tools.
pub(super) struct Netrc {
    pub(super) path: PathBuf,
    text: String,
}

impl Netrc {
    /// What stands there now; nothing if there is no such file.
    pub(super) fn read(variable: Variable<'_>) -> Option<Self> {
        let path = netrc_path(variable)?;
        let bytes = atomic_file::read(&path, netrc_entries::MAX_BYTES).ok()?.unwrap_or_default();
        Some(Self { path, text: String::from_utf8_lossy(&bytes).into_owned() })
    }

    /// The password for a host.
    pub(super) fn password(&self, host: &str) -> Option<String> {
        netrc_entries::password(&self.text, host).map(str::to_owned)
    }
}

/// A login in `~/.netrc` goes with every request of mix that has no key: also one to a server whose key is elsewhere.
pub(super) fn logins(
    config: Option<&HexConfig>,
    connections: &[Connection],
    netrc: Option<&Netrc>,
) -> Vec<Finding> {
    let Some(netrc) = netrc else { return Vec::new() };
    let keys: BTreeSet<String> = config
        .map(HexConfig::repos)
        .unwrap_or_default()
        .iter()
        .filter_map(|(_, fields)| Some(fields.get_atom("auth_key").and_then(Term::text)?.into_owned()))
        .collect();
    // One that connect wrote is compared with what it wrote.
    let written = |connection: &&Connection| !connection.slots.iter().any(|slot| slot.place == Place::Netrc);
    let hosts: BTreeSet<String> = connections
        .iter()
        .filter(written)
        .filter_map(|connection| Url::parse(&connection.repository).ok()?.host_str().map(str::to_owned))
        .collect();
    let other = |host: &&String| netrc.password(host).is_some_and(|password| !keys.contains(&password));
    hosts
        .iter()
        .filter(other)
        .map(|host| {
            let told =
                format!("it has another login for {host}, which mix uses wherever it has no key of its own");
            let remedy = format!("take the entry of {host} out, or connect with --netrc --replace");
            Finding::warning("netrc_shadows", netrc.path.display().to_string(), told, remedy)
        })
        .collect()
}
