use hex_registry::Timestamp;
use hex_registry::package::{Retirement, RetirementReason};

use super::*;

const DAY: i64 = 86_400;
const NOW: i64 = 1_000 * DAY;

fn rules() -> Rules {
    Rules { pre: false, retired: true, cooldown: Cooldown::none(), now: NOW }
}

fn package(versions: &[&str]) -> Package {
    let release = |version: &&str| Release {
        version: (*version).to_owned(),
        inner_checksum: [0; 32],
        outer_checksum: [0; 32],
        dependencies: vec![],
        retirement: None,
        advisory_ids: vec![],
        published_at: Some(Timestamp::from_unix_micros((NOW - DAY) * 1_000_000)),
    };
    Package {
        repository: "hexpm".to_owned(),
        name: "bar".to_owned(),
        releases: versions.iter().map(release).collect(),
        advisories: vec![],
    }
}

fn demand(requirement: &str) -> Demand {
    Demand { source: "foo".to_owned(), requirement: Some(requirement.to_owned()) }
}

fn look(current: &str, package: &Package, demands: Vec<Demand>, rules: &Rules) -> (String, Status) {
    let standing = standing(&current.parse().unwrap(), package, demands, rules);
    (standing.latest.to_string(), standing.status())
}

#[test]
fn possible_or_not() {
    let all = package(&["1.0.0", "1.1.0", "2.0.0", "2.1.0-rc.1"]);
    let of = |current: &str, requirement: &str| look(current, &all, vec![demand(requirement)], &rules());
    assert_eq!(of("2.0.0", "~> 2.0"), ("2.0.0".to_owned(), Status::UpToDate));
    assert_eq!(of("1.1.0", ">= 1.0.0"), ("2.0.0".to_owned(), Status::Possible));
    assert_eq!(of("1.1.0", "~> 1.0"), ("2.0.0".to_owned(), Status::NotPossible));
    assert_eq!(of("1.1.0", "what"), ("2.0.0".to_owned(), Status::NotPossible));
    let two = vec![demand(">= 1.0.0"), demand("< 2.0.0")];
    assert_eq!(look("1.1.0", &all, two, &rules()).1, Status::NotPossible);
    assert_eq!(look("1.1.0", &all, vec![], &rules()).1, Status::Possible);
}

#[test]
fn pre_releases_count_for_who_uses_one() {
    let all = package(&["1.0.0", "2.0.0-rc.1", "2.0.0-rc.2"]);
    assert_eq!(look("1.0.0", &all, vec![], &rules()).0, "1.0.0");
    assert_eq!(look("2.0.0-rc.1", &all, vec![], &rules()).0, "2.0.0-rc.2");
    assert_eq!(look("1.0.0", &all, vec![], &Rules { pre: true, ..rules() }).0, "2.0.0-rc.2");
}

#[test]
fn a_version_that_is_not_there_any_more_is_not_older_than_the_rest() {
    assert_eq!(look("3.0.0", &package(&["1.0.0"]), vec![], &rules()), ("3.0.0".to_owned(), Status::UpToDate));
    assert_eq!(look("1.0.0", &package(&["odd"]), vec![], &rules()).1, Status::UpToDate);
}

#[test]
fn retired_releases_can_be_left_out() {
    let mut all = package(&["1.0.0", "1.1.0", "1.2.0"]);
    all.releases[2].retirement = Some(Retirement { reason: RetirementReason::Invalid, message: None });
    assert_eq!(look("1.0.0", &all, vec![], &rules()).0, "1.2.0");
    assert_eq!(look("1.0.0", &all, vec![], &Rules { retired: false, ..rules() }).0, "1.1.0");
}

#[test]
fn what_is_too_new_says_when_it_is_not() {
    let rules = Rules { cooldown: "7d".parse().unwrap(), ..rules() };
    let all = package(&["1.0.0", "1.1.0"]);
    let standing = |demands| standing(&"1.0.0".parse().unwrap(), &all, demands, &rules);
    assert_eq!(standing(vec![]).cooldown_ends, Some(NOW + 6 * DAY));
    assert_eq!(standing(vec![demand("== 1.0.0")]).cooldown_ends, None, "it would not be used anyway");
    assert_eq!(super::standing(&"1.1.0".parse().unwrap(), &all, vec![], &rules).cooldown_ends, None);
}
