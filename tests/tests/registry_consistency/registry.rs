//! The registry as a client reads it: fetched, verified, compared with what must be in it.

use std::collections::BTreeMap;

use hex_registry::PublicKey;
use hex_registry::names::Names;
use hex_registry::package::{self, RetirementReason};
use hex_registry::versions::Versions;
use skep_testkit::{Client, Package, TestServer};

/// A release as the registry shows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Release {
    pub(crate) inner: [u8; 32],
    pub(crate) outer: [u8; 32],
    pub(crate) retirement: Option<(RetirementReason, Option<String>)>,
}

/// Releases of a package by version.
pub(crate) type Expected = BTreeMap<String, Release>;

/// A package that was just published.
pub(crate) fn published(package: &Package) -> Release {
    let built = package.built();
    Release { inner: *built.inner.as_bytes(), outer: *built.outer.as_bytes(), retirement: None }
}

/// One repository of a server, seen by one caller.
pub(crate) struct Registry {
    client: Client,
    key: PublicKey,
    name: String,
    base: String,
}

impl Registry {
    pub(crate) fn new(server: &TestServer, client: &Client, organization: Option<&str>) -> Self {
        let base = organization.map_or("/repo".to_owned(), |name| format!("/repo/repos/{name}"));
        let name = organization.unwrap_or("hexpm").to_owned();
        Self { client: client.clone(), key: server.public_key().clone(), name, base }
    }

    /// Asks for everything, so that it is in memory.
    pub(crate) async fn warm(&self, package: &str) {
        for path in ["names", "versions", &format!("packages/{package}")] {
            self.client.get(&format!("{}/{path}", self.base)).await;
        }
    }

    /// Releases of a package by version; none if there is no such package.
    pub(crate) async fn package(&self, name: &str) -> Option<Expected> {
        let answer = self.client.get(&format!("{}/packages/{name}", self.base)).await;
        if answer.status == 404 {
            return None;
        }
        let body = answer.expect_status(200).body;
        let read =
            package::Package::from_signed(&body, &self.key, &self.name, name).expect("the file is sound");
        let release = |release: package::Release| {
            let retirement = release.retirement.map(|retirement| (retirement.reason, retirement.message));
            let (inner, outer) = (release.inner_checksum, release.outer_checksum);
            (release.version, Release { inner, outer, retirement })
        };
        Some(read.releases.into_iter().map(release).collect())
    }

    /// Versions by package, each with whether it is retired.
    pub(crate) async fn versions(&self) -> BTreeMap<String, BTreeMap<String, bool>> {
        let body = self.client.get(&format!("{}/versions", self.base)).await.expect_status(200).body;
        let read = Versions::from_signed(&body, &self.key, &self.name).expect("the file is sound");
        read.packages
            .into_iter()
            .map(|package| {
                let versions = package.versions.into_iter().map(|listed| (listed.version, listed.retired));
                (package.name, versions.collect())
            })
            .collect()
    }

    /// Names of packages.
    pub(crate) async fn names(&self) -> Vec<String> {
        let body = self.client.get(&format!("{}/names", self.base)).await.expect_status(200).body;
        let read = Names::from_signed(&body, &self.key, &self.name).expect("the file is sound");
        read.packages.into_iter().map(|package| package.name).collect()
    }

    #[track_caller]
    pub(crate) fn expect_package<'a>(
        &'a self,
        name: &'a str,
        expected: &'a Expected,
    ) -> impl Future<Output = ()> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let found = self.package(name).await.unwrap_or_default();
            assert_eq!(&found, expected, "{name}, asked at {caller}");
        }
    }

    /// That both indexes show one package as it must be, whatever else they show.
    pub(crate) async fn expect_indexes(&self, name: &str, expected: &Expected) {
        let listed = self.names().await.contains(&name.to_owned());
        assert_eq!(listed, !expected.is_empty(), "{name} in names");
        let found = self.versions().await.remove(name).unwrap_or_default();
        assert_eq!(found, versions_of(expected), "{name} in versions");
    }

    /// That the repository has these packages and no others.
    pub(crate) async fn expect_all(&self, expected: &BTreeMap<String, Expected>) {
        assert_eq!(self.names().await, expected.keys().cloned().collect::<Vec<_>>());
        let versions = expected.iter().map(|(name, releases)| (name.clone(), versions_of(releases)));
        assert_eq!(self.versions().await, versions.collect());
        for (name, releases) in expected {
            self.expect_package(name, releases).await;
        }
    }
}

fn versions_of(releases: &Expected) -> BTreeMap<String, bool> {
    releases.iter().map(|(version, release)| (version.clone(), release.retirement.is_some())).collect()
}
