use proptest::prelude::*;

use super::*;

fn acme() -> OrganizationName {
    OrganizationName::parse("acme").unwrap()
}

#[test]
fn what_can_be_typed() {
    let acme = acme();
    for (typed, meant) in [
        ("api", "api"),
        ("API:Read", "api:read"),
        ("api:write", "api:write"),
        ("repository", "repository:acme"),
        ("repository:other", "repository:other"),
        ("repositories", "repositories"),
        ("docs", "docs:acme"),
        ("package:acme/foo", "package:acme/foo"),
        ("package:foo", "package:hexpm/foo"),
    ] {
        assert_eq!(Permission::parse(typed, Some(&acme)).unwrap().to_string(), meant, "{typed}");
    }
}

#[test]
fn what_is_refused() {
    let acme = acme();
    for typed in [
        "",
        "admin",
        "api:admin",
        "repositories:acme",
        "repository:",
        "repository:A B",
        "package",
        "package:a/b/c",
    ] {
        assert!(Permission::parse(typed, Some(&acme)).is_err(), "{typed}");
    }
    assert_eq!(
        Permission::parse("repository", None).unwrap_err().to_string(),
        "permission \"repository\" needs an organization: repository:ORGANIZATION"
    );
}

#[test]
fn on_the_wire() {
    let json = |text| serde_json::to_string(&Permission::parse(text, None).unwrap()).unwrap();
    assert_eq!(json("api"), r#"{"domain":"api","resource":null}"#);
    assert_eq!(json("repository:acme"), r#"{"domain":"repository","resource":"acme"}"#);
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics_and_what_is_read_reads_again(text in ".{0,40}") {
        if let Ok(permission) = Permission::parse(&text, None) {
            prop_assert_eq!(Permission::parse(&permission.to_string(), None).unwrap(), permission);
        }
    }
}
