use proptest::prelude::*;

use super::*;

fn scope(text: &str) -> Permission {
    parse(text).unwrap_or_else(|| panic!("{text} is a scope"))
}

/// The permissions of a key, written as scopes; `package` and the like without a resource too.
fn key(texts: &[&str]) -> Vec<Permission> {
    let whole = |text: &str| Domain::parse(text).map(Permission::whole);
    texts.iter().map(|text| whole(text).unwrap_or_else(|| scope(text))).collect()
}

#[test]
fn one_scope() {
    let known =
        ["api", "api:read", "api:write", "repositories", "repository:acme", "docs:acme", "package:hexpm/pkg"];
    for text in known {
        assert_eq!(write(&scope(text)), text);
    }
    let unknown = [
        "",
        ":",
        "magic",
        "API",
        "api:",
        "api:admin",
        "api:read:write",
        "repositories:acme",
        "repository",
        "repository:",
        "repository:Acme",
        "repository:a.b",
        "package",
        "package:pkg",
        "package:hexpm/",
        "package:hexpm/a/b",
        "docs",
        "docs:",
        " api",
    ];
    for text in unknown {
        assert_eq!(parse(text), None, "{text:?}");
    }
}

#[test]
fn lists() {
    let list = |text| parse_list(text).map(|scopes| write_list(&scopes));
    assert_eq!(list("").as_deref(), Some(""));
    assert_eq!(list("api:write  api:read ").as_deref(), Some("api:write api:read"));
    assert_eq!(list("api api api:read api").as_deref(), Some("api api:read"), "each once");
    assert_eq!(list("api magic"), None);
    assert_eq!(list("api\tapi"), None, "only spaces separate");
}

/// The whole table: which of these scopes each key may be exchanged for.
#[test]
fn implications() {
    const ASKED: [&str; 9] = [
        "api",
        "api:write",
        "api:read",
        "repositories",
        "repository:acme",
        "repository:beta",
        "repository:hexpm",
        "docs:acme",
        "package:acme/pkg",
    ];
    let rows: [(&[&str], &[&str]); 11] = [
        (&[], &["repositories"]),
        (&["api"], &["api", "api:write", "api:read", "repositories"]),
        (&["api:write"], &["api:write", "api:read", "repositories"]),
        (&["api:read"], &["api:read", "repositories"]),
        (&["repositories"], &["repositories", "repository:acme", "repository:beta", "repository:hexpm"]),
        (&["repository:acme"], &["repositories", "repository:acme"]),
        (&["repository"], &["repositories"]),
        (&["docs", "docs:acme"], &["repositories"]),
        (&["package", "package:acme/pkg"], &["repositories"]),
        (&["api:read", "repository:beta"], &["api:read", "repositories", "repository:beta"]),
        (&["api:read", "api:write"], &["api:write", "api:read", "repositories"]),
    ];
    for (held, expected) in rows {
        let held_permissions = key(held);
        let implied: Vec<_> =
            ASKED.into_iter().filter(|text| is_implied(&held_permissions, &scope(text))).collect();
        assert_eq!(implied, expected, "{held:?}");
    }
}

fn expanded(requested: &str, held: &[&str], accessible: &[&str]) -> String {
    let requested = parse_list(requested).unwrap();
    write_list(&expand(requested, &key(held), accessible.iter().copied()).unwrap())
}

#[test]
fn expansion() {
    let all = ["hexpm", "acme", "beta"];
    assert_eq!(
        expanded("repositories", &["repositories"], &all),
        "repository:hexpm repository:acme repository:beta"
    );
    assert_eq!(expanded("repositories", &["repository:beta"], &all), "repository:beta");
    assert_eq!(expanded("repositories", &["repository:left"], &all), "", "membership ended");
    assert_eq!(expanded("repositories", &["api"], &all), "");
    assert_eq!(expanded("", &["api"], &all), "");
    assert_eq!(
        expanded("repositories api:read api", &["api", "repositories"], &["acme"]),
        "api:read api repository:acme",
        "repositories come last"
    );
    assert_eq!(
        expanded("repository:beta repositories", &["repositories"], &["acme", "beta"]),
        "repository:beta repository:acme",
        "each once"
    );
    assert_eq!(
        expanded("repository:gone", &["repositories"], &all),
        "repository:gone",
        "named is not expanded"
    );
}

#[test]
fn too_many() {
    let names: Vec<String> = (0..100).map(|number| format!("{}{number}", "o".repeat(60))).collect();
    let accessible = || names.iter().map(String::as_str);
    let asked = || parse_list("api:read repositories").unwrap();
    let all = key(&["api", "repositories"]);
    let granted = expand(asked(), &all, accessible()).unwrap();
    assert_eq!(
        write_list(&granted),
        "api:read repositories",
        "it stays, for memberships are checked at the use"
    );
    let listed =
        key(&["api"]).into_iter().chain(names.iter().map(|name| scope(&format!("repository:{name}"))));
    let listed: Vec<_> = listed.collect();
    assert_eq!(expand(asked(), &listed, accessible()), None, "it would be more than the key");
    assert!(expand(asked(), &listed, accessible().take(50)).is_some());
}

fn permission() -> impl Strategy<Value = Permission> {
    let name = "[a-z0-9_]{3,12}";
    prop_oneof![
        Just(scope("api")),
        Just(scope("api:read")),
        Just(scope("api:write")),
        Just(scope("repositories")),
        name.prop_map(|name| scope(&format!("repository:{name}"))),
        name.prop_map(|name| scope(&format!("docs:{name}"))),
        (name, "[a-z][a-z0-9_]{1,12}")
            .prop_map(|(repository, name)| scope(&format!("package:{repository}/{name}"))),
        Just(scope("repository:acme")),
    ]
}

fn needs() -> [Need<'static>; 7] {
    [
        Need::ApiRead,
        Need::ApiWrite,
        Need::Package { repository: "hexpm", name: "pkg" },
        Need::Repository("acme"),
        Need::Repository("beta"),
        Need::Docs("acme"),
        Need::Repository("hexpm"),
    ]
}

#[test]
fn api_is_taken_apart() {
    let split = |text: &str| write_list(&split_api(parse_list(text).unwrap()));
    assert_eq!(split("api repositories"), "api:read api:write repositories");
    assert_eq!(split("repositories api:write api"), "repositories api:write api:read");
    assert_eq!(split("api:read docs:acme"), "api:read docs:acme");
    assert_eq!(split(""), "");
}

proptest! {
    #[test]
    fn round_trip(scopes in prop::collection::vec(permission(), 0..8)) {
        let mut once = Vec::new();
        scopes.iter().cloned().for_each(|scope| push_new(&mut once, scope));
        prop_assert_eq!(parse_list(&write_list(&scopes)), Some(once));
    }

    #[test]
    fn any_text(text in ".{0,80}") {
        if let Some(scope) = parse(&text) {
            prop_assert_eq!(write(&scope), text);
        }
    }

    /// Taking `api` apart makes a list neither stronger nor weaker.
    #[test]
    fn taken_apart_it_opens_the_same(scopes in prop::collection::vec(permission(), 0..6)) {
        let split = split_api(scopes.clone());
        prop_assert!(!split.contains(&Permission::whole(Domain::Api)));
        for need in needs() {
            prop_assert_eq!(any_satisfies(&split, need), any_satisfies(&scopes, need), "{:?}", need);
        }
    }

    /// The rule that all of this is about: a token opens nothing that its key does not open.
    #[test]
    fn no_token_is_more_than_its_key(
        held in prop::collection::vec(permission(), 0..5),
        asked in prop::collection::vec(permission(), 0..5),
    ) {
        let asked: Vec<_> = asked.into_iter().filter(|scope| is_implied(&held, scope)).collect();
        let granted = expand(asked, &held, ["hexpm", "acme"]).unwrap();
        for need in needs() {
            prop_assert!(!any_satisfies(&granted, need) || any_satisfies(&held, need), "{need:?} by {granted:?}");
        }
    }
}
