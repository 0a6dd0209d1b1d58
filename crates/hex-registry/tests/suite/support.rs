//! What the integration tests share: a test-only key, sample values, and a reader of wire bytes that
//! owes nothing to the code under test.

use hex_registry::package::{Advisory, Dependency, Package, Release, Retirement, RetirementReason, Severity};
use hex_registry::{SigningKey, Timestamp};

pub(crate) fn key() -> SigningKey {
    SigningKey::from_pem(include_str!("../data/test-only-rsa2048.pkcs8.pem")).expect("a sound key")
}

pub(crate) fn data(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name))
        .expect("a data file")
}

pub(crate) fn dependency(repository: &str, package: &str) -> Dependency {
    Dependency {
        repository: repository.into(),
        package: package.into(),
        requirement: "~> 1.0".into(),
        optional: false,
        app: package.into(),
    }
}

pub(crate) fn advisory(id: &str) -> Advisory {
    Advisory {
        id: id.into(),
        summary: format!("About {id}"),
        html_url: format!("https://example.org/{id}"),
        api_url: format!("https://example.org/{id}.json"),
        severity: Some(Severity::High),
        cvss_score: Some(7.5),
        aliases: vec!["CVE-2026-1".into()],
    }
}

/// A package that uses every field, given in an order that writing has to correct.
pub(crate) fn package() -> Package {
    let optional = Dependency { optional: true, app: "other".into(), ..dependency("acme", "zebra") };
    Package {
        repository: "acme".into(),
        name: "decimal".into(),
        releases: vec![
            Release {
                version: "1.0.0-rc.1".into(),
                inner_checksum: [1; 32],
                outer_checksum: [2; 32],
                dependencies: vec![],
                retirement: Some(Retirement {
                    reason: RetirementReason::Security,
                    message: Some("leaks".into()),
                }),
                advisory_ids: vec!["GHSA-2".into(), "GHSA-1".into(), "WITHDRAWN".into(), "GHSA-1".into()],
                published_at: Some(Timestamp::from_unix_micros(1_600_000_000_123_456)),
            },
            Release {
                version: "1.0.0".into(),
                inner_checksum: [3; 32],
                outer_checksum: [4; 32],
                dependencies: vec![dependency("hexpm", "jason"), optional, dependency("acme", "alpha")],
                retirement: None,
                advisory_ids: vec![],
                published_at: Some(Timestamp::from_unix_micros(1_600_000_001_000_000)),
            },
        ],
        advisories: vec![advisory("GHSA-2"), advisory("GHSA-1")],
    }
}

/// One field on the wire.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Varint(u64),
    Bytes(Vec<u8>),
    Fixed32(u32),
}

/// The fields of a message, in the order they were written.
pub(crate) fn fields(mut bytes: &[u8]) -> Vec<(u64, Value)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let value = match tag & 7 {
            0 => Value::Varint(varint(&mut bytes)),
            2 => {
                let length = varint(&mut bytes) as usize;
                Value::Bytes(bytes.split_off(..length).expect("a whole field").to_vec())
            }
            5 => Value::Fixed32(fixed32(&mut bytes)),
            other => panic!("wire type {other}"),
        };
        found.push((tag >> 3, value));
    }
    found
}

fn fixed32(bytes: &mut &[u8]) -> u32 {
    let (value, rest) = bytes.split_first_chunk().expect("a whole fixed32");
    *bytes = rest;
    u32::from_le_bytes(*value)
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = *bytes.split_off_first().expect("a whole varint");
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// Contents of every occurrence of a length-delimited field.
pub(crate) fn all(message: &[u8], number: u64) -> Vec<Vec<u8>> {
    let bytes = |(found, value)| match value {
        Value::Bytes(bytes) if found == number => Some(bytes),
        _ => None,
    };
    fields(message).into_iter().filter_map(bytes).collect()
}

/// A text field.
pub(crate) fn text(value: &str) -> Value {
    Value::Bytes(value.as_bytes().to_vec())
}
