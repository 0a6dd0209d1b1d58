//! Gleam's own registry client reads and verifies what this crate writes.

use crate::support::{key, package};
use hex_registry::versions::{ListedVersion, Versions, VersionsEntry};

fn served(file: Vec<u8>) -> http::Response<Vec<u8>> {
    http::Response::builder().status(200).body(file).expect("a response")
}

#[test]
fn reads_a_package() {
    let key = key();
    let pem = key.public_key().to_pem();
    let response = served(package().to_signed(&key));
    let read = hexpm::repository_v2_get_package_response(response, pem.as_bytes()).unwrap();
    assert_eq!((read.repository.as_str(), read.name.as_str()), ("acme", "decimal"));
    let versions: Vec<String> = read.releases.iter().map(|release| release.version.to_string()).collect();
    assert_eq!(versions, ["1.0.0-rc.1", "1.0.0"]);
    let retirement = read.releases[0].retirement_status.as_ref().unwrap();
    assert_eq!(
        (&retirement.reason, retirement.message.as_str()),
        (&hexpm::RetirementReason::Security, "leaks")
    );
    assert_eq!(read.releases[1].outer_checksum, [4; 32]);
    let requirements = &read.releases[1].requirements;
    assert_eq!(requirements.len(), 3);
    assert!(requirements["zebra"].optional);
    assert_eq!(requirements["zebra"].app.as_deref(), Some("other"));
    assert!(!requirements["alpha"].optional, "a false `optional` must not be written");
    assert_eq!(requirements["alpha"].repository, None);
    assert_eq!(requirements["jason"].repository.as_deref(), Some("hexpm"));
}

#[test]
fn refuses_another_key() {
    let other = include_str!("../data/hexpm-public-key.pem");
    let response = served(package().to_signed(&key()));
    let error = hexpm::repository_v2_get_package_response(response, other.as_bytes()).unwrap_err();
    assert!(matches!(error, hexpm::ApiError::IncorrectPayloadSignature), "{error}");
}

#[test]
fn reads_versions() {
    let key = key();
    let listed =
        |version: &str, retired| ListedVersion { version: version.into(), retired, has_advisories: true };
    let versions = Versions {
        repository: "acme".into(),
        packages: vec![VersionsEntry {
            name: "decimal".into(),
            versions: vec![listed("1.0.0-rc.1", true), listed("1.0.0", false)],
        }],
    };
    let pem = key.public_key().to_pem();
    let response = served(versions.to_signed(&key));
    let read = hexpm::repository_v2_get_versions_response(response, pem.as_bytes()).unwrap();
    let found: Vec<String> = read["decimal"].iter().map(ToString::to_string).collect();
    assert_eq!(found, ["1.0.0-rc.1", "1.0.0"]);
}
