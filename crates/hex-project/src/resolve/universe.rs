//! All that is known of packages while versions are being found.

use std::collections::HashMap;

use hex_format::name::PackageName;
use hex_format::version::Version;

use super::{Origin, PackageId, Release};

/// Packages with their releases.
#[derive(Debug, Clone, Default)]
pub struct Universe {
    packages: HashMap<PackageId, Known>,
    origins: HashMap<PackageName, Vec<Origin>>,
}

/// What is known of one package.
#[derive(Debug, Clone)]
enum Known {
    /// Newest first.
    Releases(Vec<Release>),
    /// Why there are none.
    Missing(String),
}

impl Universe {
    /// Adds a package, with its releases in any order.
    pub fn add(&mut self, package: PackageId, mut releases: Vec<Release>) {
        releases.sort_by(|a, b| b.version.cmp(&a.version));
        self.insert(package, Known::Releases(releases));
    }

    /// Adds that a package doesn't exist, with the reason for people: `does not exist in repository acme`.
    pub fn add_missing(&mut self, package: PackageId, reason: impl Into<String>) {
        self.insert(package, Known::Missing(reason.into()));
    }

    fn insert(&mut self, package: PackageId, known: Known) {
        let origins = self.origins.entry(package.name.clone()).or_default();
        if !origins.contains(&package.origin) {
            origins.push(package.origin.clone());
            origins.sort();
        }
        self.packages.insert(package, known);
    }

    /// How many packages are known.
    pub fn len(&self) -> usize {
        self.packages.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// Whether it is known that the package exists or doesn't.
    pub fn knows(&self, package: &PackageId) -> bool {
        self.packages.contains_key(package)
    }

    /// The releases, newest first; none if the package is missing or not known.
    pub fn releases(&self, package: &PackageId) -> &[Release] {
        match self.packages.get(package) {
            Some(Known::Releases(releases)) => releases,
            Some(Known::Missing(_)) | None => &[],
        }
    }

    /// One release.
    pub fn release(&self, package: &PackageId, version: &Version) -> Option<&Release> {
        let releases = self.releases(package);
        releases.binary_search_by(|it| version.cmp(&it.version)).ok().map(|at| &releases[at])
    }

    /// Why the package does not exist, if it is known that it doesn't.
    pub(super) fn missing(&self, package: &PackageId) -> Option<&str> {
        match self.packages.get(package) {
            Some(Known::Missing(reason)) => Some(reason),
            Some(Known::Releases(_)) | None => None,
        }
    }

    /// Where packages of this name are known to be, sorted.
    pub(super) fn origins(&self, name: &PackageName) -> &[Origin] {
        self.origins.get(name).map_or(&[], Vec::as_slice)
    }

    /// All packages with their releases, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&PackageId, &[Release])> {
        self.packages.keys().map(|package| (package, self.releases(package)))
    }
}
