use std::sync::LazyLock;

use hex_registry::{KeySize, SigningKey};

use super::*;
use crate::server::ApiUrl;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(KeySize::Rsa2048).unwrap());

const OURS: &str = "https://hex.example.com/repo";
const OUR_API: &str = "https://hex.example.com/api";

fn acme() -> OrganizationName {
    OrganizationName::parse("acme").unwrap()
}

fn key() -> AuthorizedKey {
    AuthorizedKey::unchecked("acme", (OUR_API, OURS), "5ec7e7", None, KEY.public_key().clone())
}

fn authorized(before: &str, side_by_side: bool) -> (RebarConfig, RebarAuth) {
    let mut config = RebarConfig::parse(before.as_bytes()).unwrap();
    let mut auth = RebarAuth::parse(b"").unwrap();
    write(&mut config, &mut auth, &key(), side_by_side, None);
    (config, auth)
}

fn field(config: &RebarConfig, repo: &str, name: &str) -> Option<String> {
    config.repo(repo)?.get_atom(name)?.text().map(std::borrow::Cow::into_owned)
}

fn names(config: &RebarConfig) -> Vec<String> {
    config.repos().into_iter().map(|(name, _)| name.into_owned()).collect()
}

#[test]
fn an_empty_machine() {
    let (config, auth) = authorized("", false);
    let repo = config.repo("hexpm:acme").unwrap();
    assert_eq!(repo.get_atom("repo_url").unwrap().as_str(), Some(OURS));
    assert_eq!(repo.get_atom("repo_public_key").unwrap().as_str(), Some(KEY.public_key().to_pem().as_str()));
    // A binary: rebar3 sends no header for a string.
    assert_eq!(auth.repo("hexpm:acme").unwrap().get_atom("repo_key"), Some(&Term::bin("5ec7e7")));
    assert!(auth.to_text().starts_with("%% coding: utf-8\n"));
}

#[test]
fn beside_the_public_organization_of_the_same_name() {
    let (config, auth) = authorized("{hex,[{repos,[#{name => <<\"hexpm:acme\">>}]}]}.\n", true);
    let repo = config.repo("acme").unwrap();
    assert_eq!(repo.get_atom("repo_url").unwrap().as_str(), Some("https://hex.example.com/repo/repos/acme"));
    assert!(auth.repo("acme").is_some() && auth.repo("hexpm:acme").is_none());
    assert!(config.repo("hexpm:acme").unwrap().get_atom("repo_url").is_none());
}

#[test]
fn private_packages_are_searched_before_public_ones() {
    let before = "%% mine\n{plugins, [rebar3_hex]}. % keep\n{hex, [{repos, [#{name => <<\"hexpm\">>, api_url => <<\"u\">>}, \
                  #{name => <<\"x\">>}]}]}.\n";
    let (config, _) = authorized(before, false);
    assert_eq!(names(&config), ["x", "hexpm:acme", "hexpm"]);
    assert_eq!(config.repo("hexpm").unwrap().get_atom("api_url"), Some(&Term::bin("u")));
    assert!(config.to_text().starts_with("%% mine\n{plugins, [rebar3_hex]}. % keep\n"));
    // Again: nothing moves.
    let mut again = config.clone();
    write(&mut again, &mut RebarAuth::parse(b"").unwrap(), &key(), false, None);
    assert_eq!(again.to_text(), config.to_text());
}

/// Without `api_url`, `rebar3 hex publish -r hexpm:acme` would send the package and the key to hex.pm.
#[test]
fn what_is_published_goes_to_the_server_that_the_key_is_for() {
    let (config, _) = authorized("", false);
    assert_eq!(field(&config, "hexpm:acme", "api_url").as_deref(), Some(OUR_API));

    // A name without a colon says nothing of the organization: it would be published for everybody to see.
    let (config, _) = authorized("", true);
    assert_eq!(field(&config, "acme", "api_url").as_deref(), Some(OUR_API));
    assert_eq!(field(&config, "acme", "api_repository").as_deref(), Some("acme"));
}

#[test]
fn hexpm_is_ours_where_its_address_is() {
    let before = "{hex,[{repos,[#{name => <<\"hexpm\">>,doc => edoc}]}]}.\n";
    let write_with = |hexpm: Option<&str>| {
        let mut config = RebarConfig::parse(before.as_bytes()).unwrap();
        let hexpm = hexpm.map(|url| RepositoryUrl::parse(url).unwrap());
        write(&mut config, &mut RebarAuth::parse(b"").unwrap(), &key(), false, hexpm.as_ref());
        config
    };
    for elsewhere in [None, Some("https://repo.hex.pm"), Some("https://mirror.example.com/repo")] {
        let config = write_with(elsewhere);
        assert_eq!(config.repo("hexpm").unwrap().as_map().unwrap().len(), 2, "{}", config.to_text());
    }
    let config = write_with(Some("https://hex.example.com/repo/"));
    assert_eq!(field(&config, "hexpm", "api_url").as_deref(), Some(OUR_API));
    assert_eq!(field(&config, "hexpm", "repo_public_key"), Some(KEY.public_key().to_pem()));
    assert_eq!(config.repo("hexpm").unwrap().get_atom("doc"), Some(&Term::atom("edoc")));
    assert_eq!(names(&config), ["hexpm:acme", "hexpm"]);
}

#[test]
fn the_public_registry_needs_no_address() {
    let mut config = RebarConfig::parse(b"").unwrap();
    let urls = (ApiUrl::hexpm(), RepositoryUrl::hexpm());
    let urls = (urls.0.as_str(), urls.1.as_str());
    let key = AuthorizedKey::unchecked("acme", urls, "5ec7e7", None, KEY.public_key().clone());
    write(&mut config, &mut RebarAuth::parse(b"").unwrap(), &key, false, Some(key.repository()));
    assert_eq!(config.repo("hexpm:acme").unwrap().as_map().unwrap().len(), 1);
}

#[test]
fn other_servers_are_seen() {
    let ours = RepositoryUrl::parse(OURS).unwrap();
    let found = |text: &str| occupied(&RebarConfig::parse(text.as_bytes()).unwrap(), &ours, &acme(), false);
    assert_eq!(found(""), None);
    assert_eq!(
        found("{hex,[{repos,[#{name => <<\"hexpm:acme\">>}]}]}."),
        Some(("hexpm:acme".into(), "https://repo.hex.pm".into()))
    );
    assert_eq!(
        found(
            "{hex,[{repos,[#{name => <<\"hexpm:acme\">>,repo_url => \"https://hex.example.com/repo/\"}]}]}."
        ),
        None
    );
}

#[test]
fn removing() {
    let (mut config, mut auth) = authorized("{hex,[{repos,[#{name => <<\"x\">>}]}]}.\n", false);
    assert!(remove(&mut config, &mut auth, &acme(), false));
    assert_eq!(names(&config), ["x"]);
    assert!(auth.repos().is_empty());
    assert!(!remove(&mut config, &mut auth, &acme(), false));
}
