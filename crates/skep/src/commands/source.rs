//! Reading a repository for a command: which versions there are, tarballs and documentation. Registry and tarballs are
//! verified below this; documentation has no checksum anywhere and is as trustworthy as the connection.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use hex_format::checksum::Sha256;
use hex_format::name::PackageName;
use hex_format::tarball::{self, Limits};
use hex_format::version::Version;
use hex_registry::Fingerprint;
use hex_registry::package::{Package, Release};
use skep_client::deps::Caches;
use skep_client::network::Progress;
use skep_client::package_ref::{PackageRef, Place};
use skep_client::repository::{Repository, RepositoryError};

use super::context::Context;
use super::package::place;
use crate::output::text::Style;
use crate::output::{self, Text, progress};

/// A repository whose signing key is trusted.
pub(crate) struct Source {
    repository: Repository,
    context: Context,
    place: Place,
    /// Tarballs that mix, rebar3 or Gleam have fetched; none if nobody knows where.
    caches: Option<Caches>,
}

impl Source {
    /// The repository at a place, if its server's signing key is the one that the user trusts.
    pub(crate) async fn open(
        context: &Context,
        place: &Place,
        fingerprint: Option<&Fingerprint>,
    ) -> Result<Self> {
        let (repo, organization) = (place.repo.as_deref(), place.organization.as_ref());
        let repository = context.pinned_repository(repo, organization, fingerprint).await?;
        let caches = Caches::discover(|name| std::env::var_os(name)).ok();
        Ok(Self { repository, context: context.clone(), place: place.clone(), caches })
    }

    /// A package's releases.
    pub(crate) async fn package(&self, package: &PackageName) -> Result<Package> {
        let found = self.repository.package(package).await;
        found.map_err(|error| match error {
            RepositoryError::Missing { .. } => {
                let meant = PackageRef { place: self.place.clone(), package: package.clone() };
                anyhow!("{error}{}", self.context.meant_package(&meant))
            }
            error => error.into(),
        })
    }

    /// A release's tarball.
    pub(crate) async fn tarball(&self, package: &PackageName, release: &Release) -> Result<Vec<u8>> {
        match self.held(package, release) {
            Some(bytes) => checked(bytes, release),
            None => self.fetched(package, release).await,
        }
    }

    /// The same from the server, whatever is on this machine.
    pub(crate) async fn fetched(&self, package: &PackageName, release: &Release) -> Result<Vec<u8>> {
        let outer = Sha256::from_bytes(release.outer_checksum);
        checked(self.repository.tarball(package, &release.version, outer).await?, release)
    }

    /// The fingerprint of the key that everything is verified with.
    pub(crate) fn signed_by(&self) -> Option<String> {
        self.repository.trusted_key().map(|key| key.fingerprint().to_string())
    }

    /// A release's tarball as a file, with a bar on terminals. What broke off before is taken up again.
    pub(crate) async fn download(&self, package: &PackageName, release: &Release, path: &Path) -> Result<()> {
        if let Some(bytes) = self.held(package, release) {
            return place::file(path, &bytes).with_context(|| format!("cannot write {}", path.display()));
        }
        let outer = Sha256::from_bytes(release.outer_checksum);
        let bar = progress::bytes(&format!("{package} {}", release.version), 0);
        let told = Progress::new({
            let bar = bar.clone();
            move |done, total| {
                total.into_iter().for_each(|total| bar.set_length(total));
                bar.set_position(done);
            }
        });
        let done = self.repository.download_tarball(package, &release.version, outer, path, &told).await;
        bar.finish_and_clear();
        Ok(done?)
    }

    /// A tarball that some tool has on this machine, which is as good as a fetched one when it has the signed checksum.
    fn held(&self, package: &PackageName, release: &Release) -> Option<Vec<u8>> {
        let outer = Sha256::from_bytes(release.outer_checksum);
        let version = release.version.parse().ok()?;
        self.caches.as_ref()?.held(&self.place.name(), package, &version, outer)
    }

    /// A release's documentation; none if it has none.
    pub(crate) async fn docs(&self, package: &PackageName, version: &str) -> Result<Option<Vec<u8>>> {
        match self.repository.docs(package, version).await {
            Ok(gz) => Ok(Some(gz)),
            Err(RepositoryError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// A tarball whose outer checksum is right.
fn checked(bytes: Vec<u8>, release: &Release) -> Result<Vec<u8>> {
    let read = tarball::read(&bytes, &Limits::default()).context("the tarball is damaged")?;
    if read.inner.as_bytes() != &release.inner_checksum {
        bail!("the inner checksum of the tarball is not the one in the registry");
    }
    Ok(bytes)
}

/// The release of the version asked for, else the newest stable one, else the newest.
pub(crate) fn choose<'a>(package: &'a Package, version: Option<&Version>) -> Result<&'a Release> {
    // Versions that can't be read are older than the rules for them and can't be the newest.
    let releases = || {
        package
            .releases
            .iter()
            .filter_map(|release| Some((release.version.parse::<Version>().ok()?, release)))
    };
    let found = match version {
        Some(wanted) => releases().find(|(version, _)| version == wanted),
        None => releases().max_by(|(a, _), (b, _)| (!a.is_prerelease(), a).cmp(&(!b.is_prerelease(), b))),
    };
    found.map(|(_, release)| release).ok_or_else(|| match version {
        Some(version) => anyhow!("package {} has no version {version}", package.name),
        None => anyhow!("package {} has no releases", package.name),
    })
}

/// Says so if a release is retired.
pub(crate) fn warn_if_retired(package: &PackageName, release: &Release) {
    if let Some(retirement) = &release.retirement {
        let why = retired(retirement.reason.as_str(), retirement.message.as_deref());
        output::note(Text::styled(
            Style::Warning,
            &format!("{package} {} is retired: {why}", release.version),
        ));
    }
}

/// Why a release is retired, as mix words it.
pub(crate) fn retired(reason: &str, message: Option<&str>) -> String {
    format!("({reason}) {}", message.unwrap_or_default()).trim_end().to_owned()
}
