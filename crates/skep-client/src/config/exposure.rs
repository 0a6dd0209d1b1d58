//! Where the settings of mix would show a key to a host that it was not made for.
//!
//! mix 2.4 and later exchange keys for tokens at `oauth_exchange_url`, or without one at `api_url`, which may be another
//! server's; it has one login for all servers, which goes to `api_url`; and mirrors get the keys of `hexpm` and of its
//! organizations. Seen with Hex 2.4 and 2.5.

use hex_format::address::without_login as shown;
use hex_format::hex_config::HexConfig;
use hex_format::term::Term;
use url::Url;

use super::mix;
use crate::server::{ApiUrl, RepositoryUrl};

#[cfg(test)]
mod tests;

/// One way in which a secret would leave for elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// A stable word for it.
    pub code: &'static str,
    /// What would go where.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

/// The variables of mix that redirect, in the order in which it looks at them.
const API_VARIABLES: [&str; 2] = ["HEX_API_URL", "HEX_API"];
const TRUSTED_MIRROR_VARIABLES: [&str; 2] = ["HEX_TRUSTED_MIRROR_URL", "HEX_TRUSTED_MIRROR"];
const MIRROR_VARIABLES: [&str; 2] = ["HEX_MIRROR_URL", "HEX_MIRROR"];

/// What the environment says about where mix goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redirects {
    /// The API.
    pub api: Option<(&'static str, String)>,
    /// A mirror that gets keys.
    pub trusted_mirror: Option<(&'static str, String)>,
    /// A mirror that gets none.
    pub mirror: Option<(&'static str, String)>,
    /// A key for `hexpm` stands in `HEX_REPOS_KEY`.
    pub repos_key: bool,
}

impl Redirects {
    /// Reads the environment.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first =
            |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, variable(name)?)));
        Self {
            api: first(API_VARIABLES),
            trusted_mirror: first(TRUSTED_MIRROR_VARIABLES),
            mirror: first(MIRROR_VARIABLES),
            repos_key: variable("HEX_REPOS_KEY").is_some(),
        }
    }
}

/// What is exposed as things stand.
pub fn exposures(config: &HexConfig, redirects: &Redirects) -> Vec<Exposure> {
    let configured = config.api_url().map_or_else(|| ApiUrl::hexpm().to_string(), |url| url.into_owned());
    let api = redirects.api.as_ref().map_or(configured.as_str(), |(_, url)| url);
    let mut found: Vec<Exposure> = config
        .repos()
        .iter()
        .filter_map(|(name, fields)| exchanged_elsewhere(config, name, fields, api))
        .collect();
    if let Some((variable, url)) = &redirects.api
        && config.get("$oauth_token").is_some()
        && !same_registry(url, &configured)
    {
        found.push(Exposure {
            code: "login_sent_elsewhere",
            problem: format!(
                "mix is logged in to {} and sends that login to {}, because of {variable}",
                shown(&configured),
                shown(url)
            ),
            remedy: format!(
                "unset {variable}, or set HEX_API_KEY beside it, which mix then uses in its place"
            ),
        });
    }
    if let Some((variable, url)) = &redirects.trusted_mirror {
        let keyed = |(name, fields): &(std::borrow::Cow<'_, str>, &Term)| {
            let is_hexpm = name == "hexpm" || name.starts_with("hexpm:");
            is_hexpm && has_key(fields) && !same_registry(url, &mix::base(config, name))
        };
        if let Some((name, _)) = config.repos().iter().find(|repo| keyed(repo)) {
            found.push(Exposure {
                code: "key_sent_to_mirror",
                problem: format!("the key of {name} goes to {}, because of {variable}", shown(url)),
                remedy: format!("unset {variable} unless that server may know the key"),
            });
        }
    }
    found
}

/// What would be exposed, or of no use, when `hexpm` becomes the server at `repository`.
pub fn replacing_hexpm(
    config: &HexConfig,
    redirects: &Redirects,
    api: &ApiUrl,
    repository: &RepositoryUrl,
) -> Vec<Exposure> {
    let mut found = Vec::new();
    let is_ours = |url: &str| RepositoryUrl::parse(url).is_ok_and(|url| url == *repository);
    let was_ours = is_ours(&mix::base(config, "hexpm"));
    if !was_ours && config.get("$oauth_token").is_some() {
        found.push(Exposure {
            code: "login_sent_elsewhere",
            problem: format!("mix is logged in to another server and would send that login to {api}"),
            remedy: "log mix out first (mix hex.user deauth), or leave out --replace-hexpm".to_owned(),
        });
    }
    for (name, fields) in config.repos() {
        let follows = fields.get_atom("url").is_none() || name == "hexpm";
        if !was_ours && follows && (name == "hexpm" || name.starts_with("hexpm:")) && has_key(fields) {
            let organization = name.strip_prefix("hexpm:");
            let remove = organization.map_or_else(
                || "mix hex.repo remove hexpm".to_owned(),
                |organization| format!("mix hex.organization deauth {organization}"),
            );
            found.push(Exposure {
                code: "key_sent_elsewhere",
                problem: format!("the key of {name}, made for another server, would go to {repository}"),
                remedy: format!("remove it first ({remove}), or leave out --replace-hexpm"),
            });
        }
    }
    if redirects.repos_key {
        found.push(Exposure {
            code: "key_sent_elsewhere",
            problem: format!("mix would send the key in HEX_REPOS_KEY to {repository}"),
            remedy: "unset HEX_REPOS_KEY: the keys are in hex.config afterwards".to_owned(),
        });
    }
    for (variable, url) in redirects.trusted_mirror.iter().chain(&redirects.mirror) {
        if !is_ours(url) {
            found.push(Exposure {
                code: "mirror_in_the_way",
                problem: format!("{variable} takes mix to {} whenever it is to fetch from hexpm", shown(url)),
                remedy: format!("unset {variable}"),
            });
        }
    }
    if let Some((variable, url)) = &redirects.api
        && !ApiUrl::parse(url).is_ok_and(|url| url == *api)
    {
        found.push(Exposure {
            code: "api_elsewhere",
            problem: format!("{variable} sends mix to {} although hexpm would be {repository}", shown(url)),
            remedy: format!("unset {variable}, or set it to {api}"),
        });
    }
    found
}

/// A key that is exchanged for a token at a host that is not its repository's.
fn exchanged_elsewhere(config: &HexConfig, name: &str, fields: &Term, api: &str) -> Option<Exposure> {
    let parent = name.split_once(':').map(|(parent, _)| parent);
    let inherited = |field: &str| {
        let own = fields.get_atom(field).filter(|value| !value.is_atom("nil"));
        own.or_else(|| config.repo(parent?)?.get_atom(field).filter(|value| !value.is_atom("nil")))
    };
    inherited("auth_key")?;
    let exchanges = match inherited("oauth_exchange").and_then(Term::as_bool) {
        Some(said) => said,
        None => name == "hexpm" || parent == Some("hexpm"),
    };
    if !exchanges {
        return None;
    }
    let url = mix::base(config, name);
    let to = inherited("oauth_exchange_url").and_then(Term::text);
    let to = to.as_deref().unwrap_or(api);
    if same_registry(to, &url) {
        return None;
    }
    Some(Exposure {
        code: "key_exchanged_elsewhere",
        problem: format!(
            "mix exchanges the key of {name}, a repository at {}, at {}",
            shown(&url),
            shown(to)
        ),
        remedy: format!(
            "skep repo set {name} --no-oauth-exchange, or --oauth-exchange-url with the server's API"
        ),
    })
}

fn has_key(fields: &Term) -> bool {
    fields.get_atom("auth_key").is_some_and(|key| !key.is_atom("nil"))
}

/// Whether two addresses are of one server: the same origin, or both hex.pm's.
fn same_registry(one: &str, other: &str) -> bool {
    let host = |text: &str| {
        let url = Url::parse(text).ok()?;
        let host = url.host_str()?.to_owned();
        let host = if host == "repo.hex.pm" { "hex.pm".to_owned() } else { host };
        Some((host, url.port_or_known_default()))
    };
    host(one).is_some_and(|origin| host(other) == Some(origin))
}
