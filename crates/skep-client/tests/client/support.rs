//! A network that does not let tests wait, and a repository with one package.

use std::sync::LazyLock;
use std::time::Duration;

use hex_format::checksum::Sha256;
use hex_format::name::PackageName;
use hex_registry::package::{Package, Release};
use hex_registry::{KeySize, SigningKey};
use skep_client::network::{Network, NetworkSettings, Retry};
use skep_client::repository::Repository;
use skep_client::server::RepositoryUrl;

use crate::mock::Mock;

pub(crate) static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(KeySize::Rsa2048).unwrap());

pub(crate) fn settings() -> NetworkSettings {
    let retry = Retry { base: Duration::from_millis(1), ..Retry::default() };
    NetworkSettings { retry, ..NetworkSettings::default() }
}

pub(crate) fn network() -> Network {
    Network::new(&settings())
}

/// The public repository of a server, seen through a network.
pub(crate) fn through(settings: &NetworkSettings, url: &str) -> Repository {
    let network = Network::new(settings);
    Repository::new(&network, RepositoryUrl::parse(url).unwrap(), None).with_key(KEY.public_key().clone())
}

pub(crate) fn public(mock: &Mock) -> Repository {
    through(&settings(), &mock.url("/repo"))
}

pub(crate) fn foo() -> PackageName {
    PackageName::parse("foo").unwrap()
}

/// The registry file of `foo` with one release, whose tarball is `tarball`.
pub(crate) fn package(tarball: &[u8]) -> Vec<u8> {
    let release = Release {
        version: "1.0.0".to_owned(),
        inner_checksum: [0; 32],
        outer_checksum: *Sha256::of(tarball).as_bytes(),
        dependencies: Vec::new(),
        retirement: None,
        advisory_ids: Vec::new(),
        published_at: None,
    };
    let package = Package {
        repository: "hexpm".to_owned(),
        name: "foo".to_owned(),
        releases: vec![release],
        advisories: Vec::new(),
    };
    package.to_signed(&KEY)
}

/// Bytes that are worth a download.
pub(crate) fn bytes(seed: u8) -> Vec<u8> {
    (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 ^ seed).collect()
}
