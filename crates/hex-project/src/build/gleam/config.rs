//! `gleam.toml`, as far as it says what a package is: what [`crate::gleam`] reads of every project, and what only a
//! package needs. Keys that are not listed are for others.

use std::collections::BTreeMap;

use hex_format::name::RepositoryName;
use serde::Deserialize;

use crate::gleam::Raw;

/// The manifest. Nothing in it is checked yet, so that all that is wrong can be told at once.
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    /// What every command of a Gleam project reads: name, version, dependencies.
    #[serde(flatten)]
    pub(super) project: Raw,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default, alias = "licenses")]
    pub(super) licences: Vec<String>,
    #[serde(default)]
    pub(super) target: Target,
    #[serde(default)]
    pub(super) erlang: Erlang,
    #[serde(default)]
    links: Vec<Link>,
    #[serde(default)]
    repository: Option<Repository>,
}

/// What a package is compiled to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Target {
    #[default]
    Erlang,
    JavaScript,
}

/// Settings of the OTP application.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Erlang {
    pub(super) application_start_module: Option<String>,
    /// An Erlang term.
    pub(super) application_start_argument: Option<String>,
    #[serde(default)]
    pub(super) extra_applications: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Link {
    title: String,
    href: String,
}

/// Where the source is kept.
#[derive(Debug, Deserialize)]
struct Repository {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    repo: String,
    #[serde(default)]
    host: String,
    url: Option<String>,
}

impl Config {
    pub(super) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The repository of a dependency as its server calls it: the organization in `SERVER:ORGANIZATION`, else `hexpm`.
    pub(super) fn repository_of(&self, package: &str) -> &str {
        let recorded = self.project.recorded(package).and_then(|name| name.split_once(':'));
        recorded.map_or(RepositoryName::HEXPM, |(_, organization)| organization)
    }

    /// The links, and the repository as one called so.
    pub(super) fn all_links(&self) -> BTreeMap<String, String> {
        let links = self.links.iter().map(|link| (link.title.clone(), with_path(&link.href)));
        let repository = self.repository.as_ref().and_then(Repository::address);
        links.chain(repository.map(|address| ("Repository".to_owned(), with_path(&address)))).collect()
    }
}

impl Repository {
    /// Its web page. One of a kind that is not known has none.
    fn address(&self) -> Option<String> {
        let Self { user, repo, .. } = self;
        let host = match self.kind.as_str() {
            "github" => "https://github.com",
            "gitlab" => "https://gitlab.com",
            "bitbucket" => "https://bitbucket.com",
            "codeberg" => "https://codeberg.org",
            "tangled" => "https://tangled.org",
            "sourcehut" => return Some(format!("https://git.sr.ht/~{user}/{repo}")),
            "gitea" | "forgejo" if self.host.contains("://") => self.host.trim_end_matches('/'),
            "gitea" | "forgejo" => {
                return Some(format!("https://{}/{user}/{repo}", self.host.trim_end_matches('/')));
            }
            _ => return self.url.clone(),
        };
        Some(format!("{host}/{user}/{repo}"))
    }
}

/// An address without a path gets one, as Gleam writes it.
fn with_path(url: &str) -> String {
    match url.split_once("://") {
        Some((_, rest)) if !rest.is_empty() && !rest.contains(['/', '?', '#']) => format!("{url}/"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_repositories() {
        let config =
            Config::parse("name = 'a'\n[tools.skep.packages]\nb = 'mysrv:acme'\nc = 'mysrv'").unwrap();
        assert_eq!(["b", "c", "d"].map(|name| config.repository_of(name)), ["acme", "hexpm", "hexpm"]);
    }

    #[test]
    fn repositories() {
        let link = |lines: &str| {
            let config = Config::parse(&format!("name = \"a\"\nrepository = {{ {lines} }}")).unwrap();
            config.all_links().remove("Repository")
        };
        let found = |lines| link(lines).unwrap();
        assert_eq!(found("type = 'github', user = 'u', repo = 'r'"), "https://github.com/u/r");
        assert_eq!(found("type = 'sourcehut', user = 'u', repo = 'r'"), "https://git.sr.ht/~u/r");
        assert_eq!(found("type = 'gitea', user = 'u', repo = 'r', host = 'git.x'"), "https://git.x/u/r");
        assert_eq!(
            found("type = 'forgejo', user = 'u', repo = 'r', host = 'http://git.x/'"),
            "http://git.x/u/r"
        );
        assert_eq!(found("type = 'custom', url = 'https://x.org'"), "https://x.org/");
        assert_eq!(link("type = 'unheard-of'"), None);
    }
}
