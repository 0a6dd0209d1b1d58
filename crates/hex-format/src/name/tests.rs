use proptest::prelude::*;

use super::*;

#[test]
fn package_names() {
    for name in ["ab", "a1", "a_", "phoenix_html", &"a".repeat(NAME_MAX_CHARS)] {
        assert_eq!(PackageName::parse(name).unwrap().as_str(), name);
    }
    let cases = [
        ("", "can't be blank"),
        (" \t", "can't be blank"),
        ("a", "should be at least 2 character(s)"),
        ("A", "has invalid format"),
        ("_a", "has invalid format"),
        ("1a", "has invalid format"),
        ("a-b", "has invalid format"),
        ("ab\n", "has invalid format"),
        ("aé", "has invalid format"),
        (" ab", "has invalid format"),
    ];
    for (name, message) in cases {
        assert_eq!(PackageName::parse(name).unwrap_err().to_string(), message, "{name:?}");
    }
    let long = "a".repeat(NAME_MAX_CHARS + 1);
    assert_eq!(PackageName::parse(&long).unwrap_err().to_string(), "should be at most 128 character(s)");
}

#[test]
fn organization_names() {
    for name in ["abc", "1ab", "_a_", "acme"] {
        assert_eq!(OrganizationName::parse(name).unwrap().as_str(), name);
    }
    for (name, message) in [
        ("", "can't be blank"),
        ("ab", "should be at least 3 character(s)"),
        ("A", "has invalid format"),
        ("a.b", "has invalid format"),
    ] {
        assert_eq!(OrganizationName::parse(name).unwrap_err().to_string(), message, "{name:?}");
    }
}

#[test]
fn repositories_belong_to_organizations() {
    let acme = OrganizationName::parse("acme").unwrap();
    assert_eq!(acme.repository(), RepositoryName::parse("acme").unwrap());
    assert_eq!(acme.repository().organization(), Some(acme));
    assert_eq!(RepositoryName::parse("hexpm"), Ok(RepositoryName::hexpm()));
    assert!(RepositoryName::hexpm().is_hexpm());
    assert_eq!(RepositoryName::hexpm().organization(), None);
}

#[test]
fn reserved_names() {
    for name in ["eex", "otp", "ssl", "httpd", "rebar3", "gen_http", "nul", "com1", "com9", "lpt5", "static"]
    {
        assert!(is_reserved_package(name), "{name}");
        assert!(is_reserved_organization(name), "{name}");
    }
    for name in ["com0", "com10", "com", "com_1", "lpt", "phoenix", "acme", "jason"] {
        assert!(!is_reserved_package(name), "{name}");
    }
    assert!(is_reserved_organization("phoenix"));
    assert!(!is_reserved_organization("acme"));
}

#[test]
fn the_last_failing_check_is_the_answer_for_new_names() {
    assert_eq!(PackageName::parse_new("mix").unwrap_err().to_string(), "is reserved");
    assert_eq!(OrganizationName::parse_new("wx"), Err(NameError::Reserved));
    assert_eq!(OrganizationName::parse_new("w"), Err(NameError::TooShort { min: 3 }));
    assert!(PackageName::parse_new("jason").is_ok());
    assert!(PackageName::parse("mix").is_ok(), "an existing package is readable");
}

proptest! {
    #[test]
    fn a_name_is_kept_as_written_or_refused(name in "\\PC{0,8}|[a-z0-9_]{0,6}") {
        if let Ok(package) = PackageName::parse(&name) {
            prop_assert_eq!(package.to_string(), &*name);
            prop_assert!(name.bytes().all(is_word) && name.len() >= 2);
        }
        if let Ok(organization) = name.parse::<OrganizationName>() {
            prop_assert_eq!(organization.as_ref(), &*name);
        }
    }
}
