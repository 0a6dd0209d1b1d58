//! What is written, left out and sorted, read from the bytes by hand.
//!
//! Clients give meaning to presence, so these rules are the contract and no round trip shows them.

use crate::support::{Value, all, fields, package, text};
use hex_registry::Timestamp;
use hex_registry::names::{Names, NamesEntry};
use hex_registry::package::{Advisory, RetirementReason, Severity};
use hex_registry::policy::{Override, OverrideAction, Policy, RepositoryPolicy, Restriction, Visibility};
use hex_registry::versions::{ListedVersion, Versions, VersionsEntry};

#[test]
fn a_package_is_releases_name_repository_advisories() {
    let payload = package().encode();
    let numbers: Vec<u64> = fields(&payload).iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 1, 2, 3, 4, 4]);
    assert_eq!(all(&payload, 2), [b"decimal"]);
    assert_eq!(all(&payload, 3), [b"acme"]);
}

#[test]
fn a_release_carries_both_checksums_and_unpacked_advisory_indexes() {
    let releases = all(&package().encode(), 1);
    let time = [(1, Value::Varint(1_600_000_000)), (2, Value::Varint(123_456_000))];
    let published = all(&releases[0], 7);
    assert_eq!(fields(&published[0]), time);
    let retired = all(&releases[0], 4);
    assert_eq!(fields(&retired[0]), [(1, Value::Varint(2)), (2, text("leaks"))]);
    let expected = [
        (1, text("1.0.0-rc.1")),
        (2, Value::Bytes(vec![1; 32])),
        (4, Value::Bytes(retired[0].clone())),
        (5, Value::Bytes(vec![2; 32])),
        (6, Value::Varint(0)),
        (6, Value::Varint(1)),
        (7, Value::Bytes(published[0].clone())),
    ];
    assert_eq!(fields(&releases[0]), expected);
}

#[test]
fn zero_nanoseconds_are_written() {
    let releases = all(&package().encode(), 1);
    let published = all(&releases[1], 7);
    assert_eq!(fields(&published[0]), [(1, Value::Varint(1_600_000_001)), (2, Value::Varint(0))]);
}

#[test]
fn a_reason_of_zero_is_written_and_a_missing_message_is_not() {
    let mut package = package();
    let retirement = package.releases[0].retirement.as_mut().unwrap();
    retirement.reason = RetirementReason::Other;
    retirement.message = None;
    let releases = all(&package.encode(), 1);
    assert_eq!(fields(&all(&releases[0], 4)[0]), [(1, Value::Varint(0))]);
}

#[test]
fn dependencies_are_sorted_and_leave_out_what_is_the_default() {
    let releases = all(&package().encode(), 1);
    let dependencies: Vec<_> = all(&releases[1], 3).iter().map(|bytes| fields(bytes)).collect();
    let expected = [
        vec![(1, text("alpha")), (2, text("~> 1.0"))],
        vec![(1, text("zebra")), (2, text("~> 1.0")), (3, Value::Varint(1)), (4, text("other"))],
        vec![(1, text("jason")), (2, text("~> 1.0")), (5, text("hexpm"))],
    ];
    assert_eq!(dependencies, expected);
}

#[test]
fn advisories_are_sorted_by_id_and_leave_out_what_is_unknown() {
    let mut package = package();
    package.advisories.push(Advisory {
        severity: None,
        cvss_score: None,
        aliases: vec![],
        ..crate::support::advisory("EEF-1")
    });
    package
        .advisories
        .push(Advisory { severity: Some(Severity::None), ..crate::support::advisory("GHSA-1") });
    let payload = package.encode();
    let advisories = all(&payload, 4);
    assert_eq!(advisories.len(), 3, "one per id");
    let rated = [
        (1, text("GHSA-1")),
        (2, text("About GHSA-1")),
        (3, text("https://example.org/GHSA-1")),
        (4, Value::Varint(3)),
        (5, Value::Fixed32(7.5_f32.to_bits())),
        (6, text("https://example.org/GHSA-1.json")),
        (7, text("CVE-2026-1")),
    ];
    assert_eq!(fields(&advisories[1]), rated);
    let numbers: Vec<u64> = fields(&advisories[0]).iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 2, 3, 6]);
    let indexes: Vec<_> =
        fields(&all(&payload, 1)[0]).into_iter().filter(|(number, _)| *number == 6).collect();
    assert_eq!(indexes, [(6, Value::Varint(1)), (6, Value::Varint(2))]);
}

#[test]
fn names_are_sorted_bytewise_and_keep_their_times() {
    let entry = |name: &str, updated_at| NamesEntry { name: name.into(), updated_at };
    let names = Names {
        repository: "acme".into(),
        packages: vec![
            entry("ab", None),
            entry("a_b", Some(Timestamp::from_unix_micros(0))),
            entry("a", Some(Timestamp::from_unix_micros(-1))),
        ],
    };
    let payload = names.encode();
    let found: Vec<_> = all(&payload, 1).iter().map(|bytes| fields(bytes)).collect();
    assert_eq!(found[0][0], (1, text("a")));
    assert_eq!(found[1][0], (1, text("a_b")));
    assert_eq!(found[2], [(1, text("ab"))]);
    assert_eq!(found[1][1], (3, Value::Bytes(vec![0x08, 0, 0x10, 0])));
    assert_eq!(fields(&payload).last(), Some(&(2, text("acme"))));
}

#[test]
fn versions_mark_by_packed_indexes() {
    let listed = |version: &str, retired, has_advisories| ListedVersion {
        version: version.into(),
        retired,
        has_advisories,
    };
    let versions = Versions {
        repository: "acme".into(),
        packages: vec![
            VersionsEntry { name: "plain".into(), versions: vec![listed("1.0.0", false, false)] },
            VersionsEntry {
                name: "marked".into(),
                versions: vec![
                    listed("1.0.0", true, false),
                    listed("1.1.0", false, true),
                    listed("2.0.0", true, true),
                ],
            },
        ],
    };
    let payload = versions.encode();
    let packages = all(&payload, 1);
    let marked = [
        (1, text("marked")),
        (2, text("1.0.0")),
        (2, text("1.1.0")),
        (2, text("2.0.0")),
        (3, Value::Bytes(vec![0, 2])),
        (5, Value::Bytes(vec![1, 2])),
    ];
    assert_eq!(fields(&packages[0]), marked);
    assert_eq!(fields(&packages[1]), [(1, text("plain")), (2, text("1.0.0"))]);
}

#[test]
fn a_policy_writes_its_enums_and_omits_empty_restrictions() {
    let rule = |action, requirement: Option<&str>| Override {
        action,
        package: "jason".into(),
        requirement: requirement.map(str::to_owned),
        comment: None,
    };
    let policy = Policy {
        repository: "acme".into(),
        name: "strict".into(),
        description: None,
        visibility: Visibility::Private,
        repositories: vec![
            RepositoryPolicy {
                repository: "hexpm".into(),
                restriction: Restriction {
                    advisory_min_severity: Some(Severity::None),
                    retirement_reasons: vec![RetirementReason::Other, RetirementReason::Security],
                    cooldown: Some("7d".into()),
                },
                overrides: vec![
                    rule(OverrideAction::Allow, None),
                    rule(OverrideAction::Deny, Some("~> 1.0")),
                ],
            },
            RepositoryPolicy {
                repository: "acme".into(),
                restriction: Restriction::default(),
                overrides: vec![],
            },
        ],
    };
    let payload = policy.encode();
    assert_eq!(fields(&payload)[..3], [(1, text("acme")), (2, text("strict")), (4, Value::Varint(0))]);
    let repositories = all(&payload, 5);
    let restriction = all(&repositories[0], 2);
    let limits = [(1, Value::Varint(0)), (2, Value::Bytes(vec![0, 2])), (3, text("7d"))];
    assert_eq!(fields(&restriction[0]), limits);
    let overrides: Vec<_> = all(&repositories[0], 3).iter().map(|bytes| fields(bytes)).collect();
    assert_eq!(overrides[0][0], (1, Value::Varint(0)));
    assert_eq!(overrides[1][0], (1, Value::Varint(1)));
    let targets = all(&all(&repositories[0], 3)[1], 2);
    assert_eq!(fields(&targets[0]), [(1, text("jason")), (2, text("~> 1.0"))]);
    assert_eq!(fields(&repositories[1]), [(1, text("acme"))]);
    assert_eq!(Policy::decode(&payload).unwrap(), policy);
}
