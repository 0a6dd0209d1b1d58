//! Round trips of any value, and no panic on any bytes.

use std::sync::LazyLock;

use hex_registry::names::{Names, NamesEntry};
use hex_registry::package::{Advisory, Dependency, Package, Release, Retirement, RetirementReason, Severity};
use hex_registry::policy::{Override, OverrideAction, Policy, RepositoryPolicy, Restriction, Visibility};
use hex_registry::versions::{ListedVersion, Versions, VersionsEntry};
use hex_registry::{Fingerprint, PublicKey, SigningKey, Timestamp, signed};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

static KEY: LazyLock<SigningKey> = LazyLock::new(crate::support::key);

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_]{0,12}"
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_unix_micros)
}

fn reason() -> impl Strategy<Value = RetirementReason> {
    select(RetirementReason::ALL.to_vec())
}

fn severity() -> impl Strategy<Value = Severity> {
    use Severity::*;
    prop_oneof![select(vec![None, Low, Medium, High, Critical]), (5..i32::MAX).prop_map(Unknown)]
}

fn dependency() -> impl Strategy<Value = Dependency> {
    (".{1,9}", any::<bool>(), name())
        .prop_map(|(requirement, optional, app)| Dependency {
            repository: String::new(),
            package: String::new(),
            requirement,
            optional,
            app,
        })
        .boxed()
}

fn release(ids: Vec<String>) -> impl Strategy<Value = Release> {
    let dependencies = btree_map((prop_oneof![Just("hexpm".to_owned()), name()], name()), dependency(), 0..4);
    let retirement = option::of((reason(), option::of(".{0,9}")));
    let marks = vec(any::<bool>(), ids.len());
    ("[0-9.]{1,9}", any::<[u8; 32]>(), any::<[u8; 32]>(), dependencies, retirement, marks, option::of(time()))
        .prop_map(
            move |(
                version,
                inner_checksum,
                outer_checksum,
                dependencies,
                retirement,
                marks,
                published_at,
            )| {
                let complete =
                    |((repository, package), dependency)| Dependency { repository, package, ..dependency };
                Release {
                    version,
                    inner_checksum,
                    outer_checksum,
                    dependencies: dependencies.into_iter().map(complete).collect(),
                    retirement: retirement.map(|(reason, message)| Retirement { reason, message }),
                    advisory_ids: ids
                        .iter()
                        .zip(marks)
                        .filter(|(_, mark)| *mark)
                        .map(|(id, _)| id.clone())
                        .collect(),
                    published_at,
                }
            },
        )
}

fn advisory(id: String) -> impl Strategy<Value = Advisory> {
    (".{0,9}", ".{0,9}", ".{0,9}", option::of(severity()), option::of(0.0..10.0_f32), vec(".{0,9}", 0..3))
        .prop_map(move |(summary, html_url, api_url, severity, cvss_score, aliases)| Advisory {
            id: id.clone(),
            summary,
            html_url,
            api_url,
            severity,
            cvss_score,
            aliases,
        })
}

fn package() -> impl Strategy<Value = Package> {
    btree_set(name(), 0..4).prop_flat_map(|ids| {
        let ids: Vec<String> = ids.into_iter().collect();
        let advisories: Vec<_> = ids.iter().cloned().map(advisory).collect();
        (name(), name(), vec(release(ids), 0..5), advisories).prop_map(
            |(repository, name, releases, advisories)| Package { repository, name, releases, advisories },
        )
    })
}

fn names() -> impl Strategy<Value = Names> {
    (name(), btree_map(name(), option::of(time()), 0..9)).prop_map(|(repository, packages)| Names {
        repository,
        packages: packages.into_iter().map(|(name, updated_at)| NamesEntry { name, updated_at }).collect(),
    })
}

fn versions() -> impl Strategy<Value = Versions> {
    let listed = ("[0-9.]{1,9}", any::<bool>(), any::<bool>())
        .prop_map(|(version, retired, has_advisories)| ListedVersion { version, retired, has_advisories });
    (name(), btree_map(name(), vec(listed, 0..300), 0..5)).prop_map(|(repository, packages)| Versions {
        repository,
        packages: packages.into_iter().map(|(name, versions)| VersionsEntry { name, versions }).collect(),
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    let action = prop_oneof![
        Just(OverrideAction::Allow),
        Just(OverrideAction::Deny),
        Just(OverrideAction::Cooldown),
        name().prop_map(|id| OverrideAction::Advisory { id }),
        reason().prop_map(|reason| OverrideAction::Retirement { reason }),
        (5..i32::MAX).prop_map(OverrideAction::Unknown),
    ];
    let rule = (action, name(), option::of(".{1,9}"), option::of(".{0,9}")).prop_map(
        |(action, package, requirement, comment)| Override { action, package, requirement, comment },
    );
    let restriction = (option::of(severity()), vec(reason(), 0..3), option::of("[0-9]dw")).prop_map(
        |(advisory_min_severity, retirement_reasons, cooldown)| Restriction {
            advisory_min_severity,
            retirement_reasons,
            cooldown,
        },
    );
    let repository =
        (name(), restriction, vec(rule, 0..4)).prop_map(|(repository, restriction, overrides)| {
            RepositoryPolicy { repository, restriction, overrides }
        });
    let visibility = select(vec![Visibility::Private, Visibility::Public]);
    (name(), name(), option::of(".{0,9}"), visibility, vec(repository, 0..3)).prop_map(
        |(repository, name, description, visibility, repositories)| Policy {
            repository,
            name,
            description,
            visibility,
            repositories,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn packages_survive(package in package()) {
        prop_assert_eq!(Package::decode(&package.encode()).unwrap(), package);
    }

    #[test]
    fn names_survive(names in names()) {
        prop_assert_eq!(Names::decode(&names.encode()).unwrap(), names);
    }

    #[test]
    fn policies_survive(policy in policy()) {
        prop_assert_eq!(Policy::decode(&policy.encode()).unwrap(), policy);
    }

    #[test]
    fn order_given_does_not_change_the_bytes(package in package(), names in names()) {
        let mut shuffled = package.clone();
        shuffled.advisories.reverse();
        for release in &mut shuffled.releases {
            release.dependencies.reverse();
            release.advisory_ids.reverse();
        }
        prop_assert_eq!(shuffled.encode(), package.encode());
        let mut backwards = names.clone();
        backwards.packages.reverse();
        prop_assert_eq!(backwards.encode(), names.encode());
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Package::decode(&bytes);
        let _ = Names::decode(&bytes);
        let _ = Versions::decode(&bytes);
        let _ = Policy::decode(&bytes);
        let _ = signed::open(&bytes, KEY.public_key(), 1000);
    }

    #[test]
    fn damaged_payloads_do_not_panic(package in package(), policy in policy(), at in any::<Index>(), with: u8) {
        let damage = |mut bytes: Vec<u8>| {
            let position = at.index(bytes.len());
            bytes[position] ^= with;
            bytes
        };
        // What still decodes must encode to something that decodes to the same.
        if let Ok(read) = Package::decode(&damage(package.encode())) {
            let again = Package::decode(&read.encode()).unwrap();
            prop_assert_eq!(again.encode(), read.encode());
        }
        if let Ok(read) = Policy::decode(&damage(policy.encode())) {
            prop_assert_eq!(Policy::decode(&read.encode()).unwrap(), read);
        }
    }

    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = PublicKey::from_pem(&text);
        let _ = SigningKey::from_pem(&text);
        let _ = text.parse::<Fingerprint>();
        let _ = PublicKey::from_pem(&format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn versions_survive(versions in versions()) {
        prop_assert_eq!(Versions::decode(&versions.encode()).unwrap(), versions);
    }

    #[test]
    fn signed_files_open_to_what_was_signed(payload in vec(any::<u8>(), 0..2000)) {
        let file = signed::sign(&payload, &KEY);
        prop_assert_eq!(signed::open(&file, KEY.public_key(), 4000).unwrap(), payload);
    }

    /// Some bits of gzip carry nothing (times, padding); what comes out is the payload or nothing.
    #[test]
    fn flipped_bits_never_yield_another_payload(
        payload in vec(any::<u8>(), 1..500),
        at in any::<Index>(),
        bit in 0..8_u8,
    ) {
        let mut file = signed::sign(&payload, &KEY);
        let position = at.index(file.len());
        file[position] ^= 1 << bit;
        if let Ok(opened) = signed::open(&file, KEY.public_key(), 4000) {
            prop_assert_eq!(opened, payload);
        }
    }
}
