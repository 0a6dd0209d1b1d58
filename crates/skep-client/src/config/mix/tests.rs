use std::sync::LazyLock;

use hex_registry::{KeySize, SigningKey};

use super::*;
use crate::api::{KeyOwner, OwnerType};

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(KeySize::Rsa2048).unwrap());

const OURS: &str = "https://hex.example.com/repo";

fn acme() -> OrganizationName {
    OrganizationName::parse("acme").unwrap()
}

fn repository(url: &str) -> RepositoryUrl {
    RepositoryUrl::parse(url).unwrap()
}

fn named(name: &str) -> RepositoryName {
    RepositoryName::parse(name).unwrap()
}

fn key(url: &str) -> AuthorizedKey {
    let owner = KeyOwner { kind: OwnerType::Organization, name: None };
    AuthorizedKey::unchecked(
        "acme",
        ("https://hex.example.com/api", url),
        "5ec7e7",
        Some(owner),
        KEY.public_key().clone(),
    )
}

fn config(text: &str) -> HexConfig {
    HexConfig::parse(text.as_bytes()).unwrap()
}

/// The text after authorizing, without white space and with the PEM shortened.
fn authorized(before: &str, url: &str, side_by_side: Option<&str>) -> String {
    let mut config = config(before);
    let name = side_by_side.map(named);
    let placement = place(&config, &repository(url), &acme(), name.as_ref(), false).unwrap();
    write(&mut config, &key(url), &placement);
    let pem = KEY.public_key().to_pem().replace('\n', "\\n");
    config.to_text().replace(&pem, "PEM").split_whitespace().collect()
}

#[test]
fn an_empty_machine() {
    assert_eq!(
        authorized("", OURS, None),
        "{'$repos',#{<<\"hexpm:acme\">>=>#{auth_key=><<\"5ec7e7\">>,auth_key_owner=>organization,oauth_exchange=>false,\
         public_key=><<\"PEM\">>,repo_organization=><<\"acme\">>,\
         url=><<\"https://hex.example.com/repo/repos/acme\">>}}}."
    );
}

#[test]
fn drop_in() {
    let before = "{'$repos',#{<<\"hexpm\">> => #{url => <<\"https://hex.example.com/repo/\">>}}}.\n";
    let after = authorized(before, OURS, None);
    assert!(after.contains("<<\"hexpm:acme\">>=>#{auth_key=><<\"5ec7e7\">>,auth_key_owner=>organization,oauth_exchange=>false}"), "{after}");
}

#[test]
fn the_public_registry_gets_what_mix_writes() {
    let after = authorized("", RepositoryUrl::hexpm().as_str(), None);
    assert_eq!(
        after,
        "{'$repos',#{<<\"hexpm:acme\">>=>#{auth_key=><<\"5ec7e7\">>,auth_key_owner=>organization}}}."
    );
}

#[test]
fn side_by_side_has_every_field_that_mix_needs() {
    let after = config(&{
        let mut config = config("");
        let placement = place(&config, &repository(OURS), &acme(), Some(&named("mysrv")), false).unwrap();
        write(&mut config, &key(OURS), &placement);
        config.to_text().to_owned()
    });
    let parent = after.repo("mysrv").unwrap();
    assert_eq!(parent.get_atom("url").unwrap().as_str(), Some(OURS));
    assert!(parent.get_atom("auth_key").unwrap().is_atom("nil"));
    for field in ["public_key", "oauth_exchange", "oauth_exchange_url", "fetch_public_key"] {
        assert!(parent.get_atom(field).is_some(), "{field}");
    }
    let organization = after.repo("mysrv:acme").unwrap();
    assert_eq!(organization.get_atom("auth_key").unwrap().as_str(), Some("5ec7e7"));
    assert!(organization.get_atom("url").is_none(), "derived from the parent");
    assert!(after.repo("hexpm:acme").is_none() && after.repo("hexpm").is_none());
}

#[test]
fn a_repository_of_the_organizations_own_name_stands_alone() {
    let mut config = config("");
    let placement = place(&config, &repository(OURS), &acme(), Some(&named("acme")), false).unwrap();
    assert_eq!(placement, Placement::Plain);
    write(&mut config, &key(OURS), &placement);
    let entry = config.repo("acme").unwrap();
    assert_eq!(entry.get_atom("url").unwrap().as_str(), Some("https://hex.example.com/repo/repos/acme"));
    assert_eq!(config.repos().len(), 1);
}

#[test]
fn everything_else_is_kept() {
    let before = "%% by hand\n{api_url,<<\"https://a.example.com/api\">>}.\n{'$repos',#{<<\"other\">> => #{url => \
                  <<\"u\">>,strange => [1,{x}]}}}.\n{'$oauth_token',#{access_token => <<\"t\">>}}. % kept\n";
    let after = {
        let mut config = config(before);
        let placement = place(&config, &repository(OURS), &acme(), None, false).unwrap();
        write(&mut config, &key(OURS), &placement);
        config
    };
    assert!(after.to_text().starts_with("%% by hand\n{api_url,<<\"https://a.example.com/api\">>}.\n"));
    assert!(after.to_text().ends_with("{'$oauth_token',#{access_token => <<\"t\">>}}. % kept\n"));
    assert_eq!(after.repo("other"), config(before).repo("other"));
    let mut removed = after;
    assert!(remove(&mut removed, &acme(), None));
    assert_eq!(removed.repos(), config(before).repos());
}

#[test]
fn a_new_key_replaces_what_the_old_one_left() {
    let before = "{'$repos',#{<<\"hexpm:acme\">> => #{url => <<\"https://hex.example.com/repo/repos/acme\">>,auth_key => \
                  <<\"old\">>,oauth_token => #{access_token => <<\"t\">>},oauth_exchange => true,note => <<\"mine\">>}}}.";
    let mut config = config(before);
    let placement = place(&config, &repository(OURS), &acme(), None, false).unwrap();
    write(&mut config, &key(OURS), &placement);
    let entry = config.repo("hexpm:acme").unwrap();
    assert!(entry.get_atom("oauth_token").is_none());
    assert_eq!(entry.get_atom("auth_key").unwrap().as_str(), Some("5ec7e7"));
    assert_eq!(entry.get_atom("note").unwrap().as_str(), Some("mine"));
}

#[test]
fn entries_of_other_servers_are_left_alone() {
    let occupied = |text: &str, side: Option<&str>, replace| {
        place(&config(text), &repository(OURS), &acme(), side.map(named).as_ref(), replace)
    };
    // Made by `mix` for the public registry.
    let public = "{'$repos',#{<<\"hexpm:acme\">> => #{auth_key => <<\"k\">>}}}.";
    let Err(Conflict::Occupied { name, url }) = occupied(public, None, false) else { panic!() };
    assert_eq!((name.as_str(), url.as_str()), ("hexpm:acme", "https://repo.hex.pm/repos/acme"));
    assert_eq!(occupied(public, None, true), Ok(Placement::OwnUrl));
    assert_eq!(occupied(public, Some("mysrv"), false), Ok(Placement::SideBySide(named("mysrv"))));

    let third = "{'$repos',#{<<\"mysrv\">> => #{url => <<\"https://third.example.com/repo\">>}}}.";
    assert!(matches!(occupied(third, Some("mysrv"), false), Err(Conflict::Occupied { .. })));
}

#[test]
fn the_public_registry_behind_another_server() {
    let moved = config("{'$repos',#{<<\"hexpm\">> => #{url => <<\"https://hex.example.com/repo\">>}}}.");
    let refused = place(&moved, &RepositoryUrl::hexpm(), &acme(), None, false);
    assert_eq!(refused, Err(Conflict::Redirected { url: OURS.to_owned() }));
}

#[test]
fn odd_shapes_are_refused() {
    for text in ["{'$repos',[]}.", "{'$repos',#{<<\"x\">> => 1}}."] {
        assert_eq!(
            place(&config(text), &repository(OURS), &acme(), None, true),
            Err(Conflict::Shape),
            "{text}"
        );
    }
}

#[test]
fn removing_takes_the_servers_entry_only_when_nothing_needs_it() {
    let mut config = config("");
    let placement = Placement::SideBySide(named("mysrv"));
    write(&mut config, &key(OURS), &placement);
    let mut with_another = config.clone();
    with_another.set_repo("mysrv:other", [("auth_key", Term::bin("k"))]);

    assert!(remove(&mut config, &acme(), Some(&named("mysrv"))));
    assert!(config.repos().is_empty());
    assert!(!remove(&mut config, &acme(), Some(&named("mysrv"))));

    assert!(remove(&mut with_another, &acme(), Some(&named("mysrv"))));
    assert_eq!(with_another.repos().len(), 2);
    // An organization of `hexpm` never takes `hexpm` with it.
    with_another.set_repo("hexpm", [("url", Term::bin(OURS))]);
    with_another.set_repo("hexpm:acme", [("auth_key", Term::bin("k"))]);
    assert!(remove(&mut with_another, &acme(), Some(&named("hexpm"))));
    assert!(with_another.repo("hexpm").is_some());
}

#[test]
fn what_is_listed() {
    let text = "{'$repos',#{<<\"hexpm\">> => #{},<<\"hexpm:one\">> => #{auth_key => <<\"k\">>},<<\"mysrv\">> => #{url => \
                <<\"https://s.example.com/repo\">>},<<\"mysrv:two\">> => #{auth_key => <<\"k\">>},<<\"hexpm:acme\">> => \
                #{url => <<\"https://hex.example.com/repo/repos/acme\">>},<<\"solo\">> => #{url => \
                <<\"https://x.example.com/repo/repos/solo\">>},<<\"odd:one\">> => #{url => <<\"not a url\">>}}}.";
    let listed: Vec<_> = organizations(&config(text))
        .into_iter()
        .map(|entry| format!("{} {} {} {}", entry.organization, entry.repository, entry.url, entry.intact))
        .collect();
    assert_eq!(
        listed,
        [
            "one hexpm:one https://repo.hex.pm/repos/one true",
            "two mysrv:two https://s.example.com/repo/repos/two true",
            // As `mix` 2.5 leaves it after a rewrite.
            "acme hexpm:acme https://hex.example.com/repo/repos/acme false",
            "solo solo https://x.example.com/repo/repos/solo true",
            "one odd:one not a url false",
        ]
    );
}

#[test]
fn a_stored_key_is_found_for_its_server_only() {
    let mut config = config("");
    write(&mut config, &key(OURS), &Placement::SideBySide(named("mysrv")));
    let found = super::key(&config, &repository(OURS), &acme()).unwrap();
    assert_eq!(found.secret.expose(), "5ec7e7");
    assert_eq!(found.public_key, Some(KEY.public_key().to_pem()));
    assert!(super::key(&config, &repository("https://hex.example.com/other"), &acme()).is_none());
    assert!(super::key(&config, &RepositoryUrl::hexpm(), &acme()).is_none());
}
