//! Names and what they mean, compared with what Hex 2.5 does with the same files.

use std::ffi::OsString;

use hex_registry::{KeySize, SigningKey};

use super::*;
use crate::config::paths::Paths;

fn settings(config: &str, environment: &[(&str, &str)]) -> Settings {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::in_folders(home.path(), home.path());
    std::fs::write(&paths.mix, config).unwrap();
    Settings::load(&paths, |name| {
        environment.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
    })
    .unwrap()
}

fn resolve(config: &str, environment: &[(&str, &str)], name: &str) -> Entry {
    let settings = settings(config, environment);
    Repositories::new(&settings, 1_000).resolve(name).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(config: &str, name: &str) -> String {
    let settings = settings(config, &[]);
    Repositories::new(&settings, 1_000).resolve(name).err().unwrap().to_string()
}

fn repos(entries: &str) -> String {
    format!("{{'$repos',#{{{entries}}}}}.\n")
}

fn key(entry: &Entry) -> Option<&str> {
    entry.auth_key.as_ref().map(Secret::expose)
}

fn exchange(entry: &Entry) -> Option<&str> {
    entry.exchange.as_ref().map(ApiUrl::as_str)
}

#[test]
fn hexpm_is_built_in() {
    let hexpm = resolve("", &[], "hexpm");
    assert_eq!((hexpm.base.as_str(), hexpm.registry_name.as_str()), ("https://repo.hex.pm", "hexpm"));
    assert!(hexpm.trusted && hexpm.key_is_built_in && hexpm.auth_key.is_none());
    assert_eq!(exchange(&hexpm), Some("https://hex.pm/api"));
    let acme = resolve("", &[], "hexpm:acme");
    assert_eq!((acme.base.as_str(), acme.registry_name.as_str()), ("https://repo.hex.pm/repos/acme", "acme"));
    assert_eq!(acme.root, hexpm.root);
    assert!(acme.public_key == hexpm.public_key && acme.trusted);
}

#[test]
fn parts_of_hexpm_can_be_replaced() {
    let pem = SigningKey::generate(KeySize::Rsa2048).unwrap().public_key().to_pem();
    let config = repos(&format!(
        "<<\"hexpm\">> => #{{url => <<\"https://host/repo/\">>,public_key => <<\"{pem}\">>}},
         <<\"hexpm:acme\">> => #{{auth_key => <<\"K\">>,auth_key_owner => organization,oauth_exchange => false}}"
    ));
    let hexpm = resolve(&config, &[], "hexpm");
    assert_eq!(hexpm.base.as_str(), "https://host/repo");
    assert!(!hexpm.key_is_built_in);
    // The key goes to the server itself, and not to hex.pm, whose API is the default.
    assert_eq!(exchange(&hexpm), Some("https://host/api"));
    let acme = resolve(&config, &[], "hexpm:acme");
    assert_eq!(acme.base.as_str(), "https://host/repo/repos/acme");
    assert!(acme.public_key == hexpm.public_key);
    assert_eq!((key(&acme), exchange(&acme)), (Some("K"), None));
}

#[test]
fn an_exchange_goes_to_the_repositorys_server_or_where_the_entry_says() {
    let at = |url: &str, more: &str, environment: &[_]| {
        let config = repos(&format!("<<\"my\">> => #{{url => <<\"{url}\">>,auth_key => <<\"K\">>{more}}}"));
        exchange(&resolve(&config, environment, "my")).map(str::to_owned)
    };
    assert_eq!(at("https://host/repo", "", &[]), None);
    let on = ",oauth_exchange => true";
    assert_eq!(at("https://host/repo", on, &[]).as_deref(), Some("https://host/api"));
    // The selected API is another server's.
    assert_eq!(
        at("https://host/repo", on, &[("HEX_API_URL", "https://other/api")]).as_deref(),
        Some("https://host/api")
    );
    assert_eq!(at("https://host/files", on, &[]), None);
    let said = ",oauth_exchange => true,oauth_exchange_url => <<\"https://login/api\">>";
    assert_eq!(at("https://host/files", said, &[]).as_deref(), Some("https://login/api"));
    // The URL alone switches nothing on.
    assert_eq!(at("https://host/files", ",oauth_exchange_url => <<\"https://login/api\">>", &[]), None);
}

#[test]
fn organizations_inherit() {
    let config = repos(
        "<<\"my\">> => #{url => <<\"https://host/repo\">>,public_key => nil,auth_key => <<\"K\">>,oauth_exchange => true},
         <<\"my:own\">> => #{auth_key => <<\"O\">>,oauth_exchange => false},
         <<\"my:derived\">> => #{url => <<\"https://host/repo/repos/derived\">>},
         <<\"my:custom\">> => #{url => <<\"https://elsewhere/x\">>}",
    );
    let of = |name| resolve(&config, &[], name);
    let made_up = of("my:acme");
    assert_eq!(made_up.base.as_str(), "https://host/repo/repos/acme");
    assert_eq!((key(&made_up), exchange(&made_up)), (Some("K"), Some("https://host/api")));
    let own = of("my:own");
    assert_eq!((key(&own), exchange(&own)), (Some("O"), None));
    let derived = of("my:derived");
    assert_eq!(
        (derived.base.as_str(), derived.root.as_str()),
        ("https://host/repo/repos/derived", "https://host/repo")
    );
    assert_eq!(key(&derived), Some("K"));
    // Another address is used as it stands, and does not get the key of the server beside which it is listed.
    let custom = of("my:custom");
    assert_eq!((custom.base.as_str(), custom.registry_name.as_str()), ("https://elsewhere/x", "custom"));
    assert_eq!((key(&custom), exchange(&custom)), (None, None));
}

#[test]
fn what_other_tools_wrote() {
    // Hex 2.5 appends the organization's path, older versions do not.
    let url = |url: &str| {
        let config = repos(&format!(
            "<<\"hexpm:acme\">> => #{{url => <<\"{url}\">>,repo_organization => <<\"acme\">>,auth_key => <<\"K\">>}}"
        ));
        let entry = resolve(&config, &[], "hexpm:acme");
        (entry.base.to_string(), entry.root.to_string(), exchange(&entry).map(str::to_owned))
    };
    let expected = ("https://host/repo/repos/acme".to_owned(), "https://host/repo".to_owned(), None);
    assert_eq!(url("https://host/repo/repos/acme"), expected);
    assert_eq!(url("https://host/repo"), expected);
    // A plain name with an organization's address.
    let config = repos(
        "<<\"acme\">> => #{url => <<\"https://host/repo/repos/acme\">>,auth_key => nil,public_key => nil}",
    );
    let acme = resolve(&config, &[], "acme");
    assert_eq!(acme.organization.as_ref().map(OrganizationName::as_str), Some("acme"));
    assert_eq!((acme.root.as_str(), acme.registry_name.as_str()), ("https://host/repo", "acme"));
}

#[test]
fn mirrors() {
    let of = |environment: &[_], name| resolve("", environment, name);
    let mirror = [("HEX_MIRROR", "https://mirror")];
    assert_eq!(of(&mirror, "hexpm").base.as_str(), "https://mirror");
    assert!(!of(&mirror, "hexpm").trusted && !of(&mirror, "hexpm:acme").trusted);
    let trusted =
        [("HEX_MIRROR", "https://mirror"), ("HEX_TRUSTED_MIRROR", "https://ours"), ("HEX_REPOS_KEY", "R")];
    assert_eq!(of(&trusted, "hexpm:acme").base.as_str(), "https://ours/repos/acme");
    assert!(of(&trusted, "hexpm").trusted);
    assert_eq!(key(&of(&trusted, "hexpm:acme")), Some("R"));
    // An organization with a key of its own sends it to the mirror.
    let config = repos("<<\"hexpm:acme\">> => #{auth_key => <<\"K\">>}");
    assert!(resolve(&config, &mirror, "hexpm:acme").trusted);
}

#[test]
fn tokens_are_used_while_they_are_good() {
    let token = |expires: i64| {
        let config = repos(&format!(
            "<<\"hexpm:acme\">> => #{{auth_key => <<\"K\">>,oauth_token => #{{access_token => <<\"T\">>,expires_at => {expires}}}}}"
        ));
        resolve(&config, &[], "hexpm:acme").token.map(|token| token.expose().to_owned())
    };
    assert_eq!(token(1_301).as_deref(), Some("T"));
    assert_eq!(token(1_300), None);
}

#[test]
fn what_means_nothing() {
    let config = repos(
        "<<\"my\">> => #{public_key => nil},<<\"bad\">> => #{url => <<\"https://h\">>,public_key => <<\"x\">>}",
    );
    assert_eq!(
        refused(&config, "mysrv"),
        "this machine knows no repository \"mysrv\": add it with `skep repo add mysrv URL` (known: hexpm, my, bad)"
    );
    assert!(refused("", "mysrv:acme").contains("no repository \"mysrv\""));
    assert!(refused("", "a:b:c").contains("no repository"));
    assert!(refused("", "hexpm:No Good").contains("No Good"));
    assert!(refused(&config, "my").ends_with("it has no url"));
    assert!(refused(&config, "bad").contains("its public_key is damaged"));
}

#[test]
fn looked_up_by_address_and_organization() {
    let config = repos(
        "<<\"my\">> => #{url => <<\"https://host/repo\">>},<<\"my:acme\">> => #{auth_key => <<\"K\">>},
         <<\"hexpm:acme\">> => #{auth_key => <<\"K\">>}",
    );
    let settings = settings(&config, &[]);
    let repositories = Repositories::new(&settings, 0);
    let at = |url| repositories.at(&RepositoryUrl::parse(url).unwrap()).map(|entry| entry.name);
    assert_eq!(at("https://host/repo/repos/acme").as_deref(), Some("my:acme"));
    assert_eq!(at("https://repo.hex.pm").as_deref(), Some("hexpm"));
    assert_eq!(at("https://other"), None);
    let acme = OrganizationName::parse("acme").unwrap();
    let names: Vec<_> = repositories.of_organization(&acme).into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["my:acme", "hexpm:acme"]);
}
