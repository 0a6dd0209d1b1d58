//! Files that the public registry served: they verify, and writing what was read gives their bytes.

use crate::support::data;
use hex_registry::package::Package;
use hex_registry::versions::Versions;
use hex_registry::{PublicKey, limits, signed};

fn hexpm() -> PublicKey {
    PublicKey::from_pem(include_str!("../data/hexpm-public-key.pem")).expect("a sound key")
}

#[test]
fn a_package_file() {
    let file = data("hexpm-package-exfmt.signed");
    let package = Package::from_signed(&file, &hexpm(), "hexpm", "exfmt").unwrap();
    let versions: Vec<&str> = package.releases.iter().map(|release| release.version.as_str()).collect();
    let expected = ["0.0.0", "0.1.0", "0.2.0", "0.2.1", "0.2.2", "0.2.3", "0.2.4", "0.3.0", "0.4.0", "0.5.0"];
    assert_eq!(versions, expected);
    assert_eq!(package.releases[0].inner_checksum[..4], [0x70, 0x73, 0x3b, 0x93]);
    let payload = signed::open(&file, &hexpm(), limits::MAX_PACKAGE_BYTES).unwrap();
    assert_eq!(package.encode(), payload);
    assert!(Package::from_signed(&file, &hexpm(), "hexpm", "other").is_err());
    assert!(Package::from_signed(&file, &hexpm(), "acme", "exfmt").is_err());
    assert!(Package::from_signed(&file, crate::support::key().public_key(), "hexpm", "exfmt").is_err());
}

#[test]
fn a_versions_file() {
    let file = data("hexpm-versions.signed");
    let versions = Versions::from_signed(&file, &hexpm(), "hexpm").unwrap();
    assert_eq!(versions.packages.len(), 10_147);
    let marked = |entry: &hex_registry::versions::VersionsEntry| entry.versions.iter().any(|it| it.retired);
    assert_eq!(versions.packages.iter().filter(|entry| marked(entry)).count(), 381);
    let payload = signed::open(&file, &hexpm(), limits::MAX_VERSIONS_BYTES).unwrap();
    assert!(versions.encode() == payload, "re-encoding must give the same {} bytes", payload.len());
    assert!(Versions::from_signed(&file, &hexpm(), "acme").is_err());
}
