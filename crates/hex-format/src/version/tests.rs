use proptest::prelude::*;

use super::*;

/// What Elixir says; see `elixir_versions.exs` beside it.
const ELIXIR: &str = include_str!("../../tests/data/elixir_versions.tsv");

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

#[test]
fn valid() {
    for text in ["1.2.3", "1.2.3-rc.1", "1.2.3-0a", "1.2.3-a-b", "1.2.3+build.01", "0.0.0", "1.2.3-a+b-c"] {
        assert_eq!(version(text).to_string(), text);
    }
}

#[test]
fn invalid() {
    #[rustfmt::skip]
    let texts = [
        "", "1.2", "1", "v1.2.3", "01.2.3", "1.2.3-01", "1.2.3-", "1.2.3+", "1.2.3-a..b", " 1.2.3", "1.2.3 ", "1.2.3.4",
        "1.2.x", "1..3", "-1.2.3", "+1.2.3", "1.2.3-é", "1.2.3+a+b", "1.2-rc", "١.2.3",
    ];
    for text in texts {
        assert!(Version::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let cases = [
        ("1.2", "`1.2` does not have the form MAJOR.MINOR.PATCH"),
        ("1.2.x", "`x` is not a number"),
        ("1.02.3", "the number `02` has a leading zero"),
        ("1.2.3-01", "the number `01` has a leading zero"),
        ("1.2.3-a_b", "`a_b` is not a pre-release or build identifier"),
        ("1.2.99999999999999999999", "the number `99999999999999999999` is too large"),
    ];
    for (text, message) in cases {
        assert_eq!(Version::parse(text).unwrap_err().to_string(), message);
    }
    let long = format!("1.2.3-{}", "a".repeat(MAX_BYTES));
    assert_eq!(Version::parse(&long), Err(VersionError::TooLong(MAX_BYTES + 6)));
}

#[test]
fn order() {
    #[rustfmt::skip]
    let ascending = [
        "0.0.1-0", "0.0.1", "0.2.0", "0.10.0", "1.0.0-0", "1.0.0-2", "1.0.0-10", "1.0.0-10.a", "1.0.0-A", "1.0.0-a",
        "1.0.0-a.1", "1.0.0-a.b", "1.0.0-beta", "1.0.0-rc.9", "1.0.0-rc.10", "1.0.0-rc1", "1.0.0", "1.0.1-0", "1.0.1",
    ];
    let versions: Vec<_> = ascending.into_iter().map(version).collect();
    assert!(versions.is_sorted_by(|a, b| a < b));
}

#[test]
fn the_build_is_kept_and_not_compared() {
    let (plain, built) = (version("1.2.3"), version("1.2.3+b.01"));
    assert_eq!(plain, built);
    assert_eq!(built.build.as_deref(), Some("b.01"));
    assert_eq!(std::collections::HashSet::from([plain, built]).len(), 1);
}

#[test]
fn prereleases() {
    assert_eq!(version("1.0.0-rc.1").prerelease().as_deref(), Some("rc.1"));
    assert_eq!(version("1.0.0+b").prerelease(), None);
    assert!(version("1.0.0-0").is_prerelease() && !version("1.0.0").is_prerelease());
}

#[test]
fn registry_limits() {
    assert!(version("99999999999999.0.0-99999999999999").within_registry_limits());
    assert!(version("1.0.0-100000000000000a").within_registry_limits());
    assert!(!version("1.0.100000000000000").within_registry_limits());
    assert!(!version("1.0.0-a.100000000000000").within_registry_limits());
}

#[test]
fn two_parts() {
    let loose = LooseVersion::parse("1.2-rc").unwrap();
    assert_eq!((loose.version.to_string().as_str(), loose.has_patch), ("1.2.0-rc", false));
    assert_eq!(loose.to_string(), "1.2-rc");
    assert!(LooseVersion::parse("1.2.0").unwrap().has_patch);
    assert!(LooseVersion::parse("1").is_err());
}

#[test]
fn agrees_with_elixir() {
    let mut rows = 0;
    for line in ELIXIR.lines() {
        match line.split('\t').collect::<Vec<_>>().as_slice() {
            ["version", text, status] => {
                assert_eq!(Version::parse(text).is_ok(), *status == "ok", "{line}");
            }
            ["compare", a, b, expected] => {
                let order = match version(a).cmp(&version(b)) {
                    Ordering::Less => "lt",
                    Ordering::Equal => "eq",
                    Ordering::Greater => "gt",
                };
                assert_eq!(order, *expected, "{line}");
            }
            _ => continue,
        }
        rows += 1;
    }
    assert!(rows > 500, "only {rows} rows were compared");
}

fn any_version() -> impl Strategy<Value = Version> {
    let part = prop_oneof![
        (0_u64..12).prop_map(Identifier::Numeric),
        "[0-9A-Za-z-]{0,3}[A-Za-z-]".prop_map(Identifier::Text),
    ];
    let build = proptest::option::of("[0-9A-Za-z-]{1,3}(\\.[0-9A-Za-z-]{1,2})?");
    ((0_u64..3, 0_u64..3, 0_u64..3), proptest::collection::vec(part, 0..3), build)
        .prop_map(|((major, minor, patch), pre, build)| Version { major, minor, patch, pre, build })
}

proptest! {
    #[test]
    fn round_trip(version in any_version()) {
        let read = Version::parse(&version.to_string()).unwrap();
        prop_assert_eq!(&read.build, &version.build);
        prop_assert_eq!(read.to_string(), version.to_string());
        prop_assert_eq!(read, version);
    }

    #[test]
    fn arbitrary_text_never_panics_and_is_kept(text in any::<String>()) {
        if let Ok(version) = Version::parse(&text) {
            prop_assert_eq!(version.to_string(), text);
        }
    }

    #[test]
    fn order_is_total(a in any_version(), b in any_version(), c in any_version()) {
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
    }

    // Gleam's reader refuses some identifiers with hyphens or a leading digit, so only what it reads is
    // compared.
    #[test]
    fn agrees_with_gleams_implementation(a in any_version(), b in any_version()) {
        let judge = |version: &Version| hexpm::version::Version::parse(&version.to_string()).ok();
        if let (Some(left), Some(right)) = (judge(&a), judge(&b)) {
            prop_assert_eq!(a.cmp(&b), left.cmp(&right), "{} {}", a, b);
        }
    }
}
