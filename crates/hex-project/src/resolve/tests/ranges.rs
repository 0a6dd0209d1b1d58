use proptest::prelude::*;

use crate::resolve::{Rules, range};
use hex_format::requirement::Requirement;
use hex_format::version::Version;

const PRERELEASES: &[&str] = &["", "", "-0", "-1", "-rc", "-rc.1"];
const STABLE: &[&str] = &[""];

fn version(suffixes: &'static [&'static str]) -> impl Strategy<Value = String> {
    (0..3u64, 0..3u64, 0..3u64, prop::sample::select(suffixes))
        .prop_map(|(major, minor, patch, pre)| format!("{major}.{minor}.{patch}{pre}"))
}

fn requirement(suffixes: &'static [&'static str]) -> impl Strategy<Value = String> {
    let clause = (prop::sample::select(vec!["==", "!=", ">", ">=", "<", "<=", "~>"]), version(suffixes))
        .prop_map(|(operator, version)| format!("{operator} {version}"));
    let short = (0..3u64, 0..3u64).prop_map(|(major, minor)| format!("~> {major}.{minor}"));
    let clauses =
        prop::collection::vec(prop_oneof![4 => clause, 1 => short], 1..3).prop_map(|it| it.join(" and "));
    prop::collection::vec(clauses, 1..3).prop_map(|it| it.join(" or "))
}

proptest! {
    /// Elixir's own meaning is implemented twice.
    #[test]
    fn hex_ranges_are_what_elixir_matches(requirement in requirement(PRERELEASES), version in version(PRERELEASES)) {
        let requirement = Requirement::parse(&requirement).unwrap();
        let version = Version::parse(&version).unwrap();
        prop_assert_eq!(range(&requirement, Rules::Hex).contains(&version), requirement.matches(&version));
    }

    /// Where nothing is a pre-release, the tools agree.
    #[test]
    fn gleam_differs_in_prereleases_only(requirement in requirement(STABLE), version in version(STABLE)) {
        let requirement = Requirement::parse(&requirement).unwrap();
        let version = Version::parse(&version).unwrap();
        prop_assert_eq!(range(&requirement, Rules::Gleam).contains(&version), requirement.matches(&version));
    }
}

#[test]
fn gleam_at_the_edges() {
    let contains = |requirement: &str, version: &str| {
        range(&Requirement::parse(requirement).unwrap(), Rules::Gleam)
            .contains(&Version::parse(version).unwrap())
    };
    assert!(contains("~> 1.0", "2.0.0-rc"));
    assert!(contains("<= 1.0.0", "1.0.1-rc"));
    assert!(!contains("> 1.0.0", "1.0.1-rc"));
    assert!(contains("> 1.0.0", "1.0.1"));
    assert!(!contains("!= 1.0.0", "1.0.1-rc"));
    assert!(contains("!= 1.0.0", "1.0.0-rc"));
    assert!(contains("!= 1.0.0", "1.0.1"));
    // No overflow at the largest numbers, and no panic.
    let largest = u64::MAX;
    assert!(!contains(&format!("> 1.0.{largest}"), "1.0.0"));
    assert!(!contains(&format!("~> {largest}.{largest}"), "1.0.0"));
}
