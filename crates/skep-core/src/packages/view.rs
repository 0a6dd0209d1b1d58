//! The views themselves. Counts of downloads are not part of them: those change all the time.

mod fingerprint;
mod load;

use hex_format::checksum::Sha256;
use skep_store::Micros;
use skep_store::tables::owners::OwnerDetails;
use skep_store::tables::{repositories, requirements};

pub(crate) use load::release_view;
pub(super) use load::{build, load};

use super::meta::{PackageMeta, ReleaseMeta};
use crate::configs::Configs;

/// A package.
#[derive(Debug, Clone)]
pub struct PackageView {
    pub(crate) id: i64,
    pub(crate) repository_id: i64,
    /// Name of its repository.
    pub repository: String,
    /// Name.
    pub name: String,
    /// First published.
    pub inserted_at: Micros,
    /// Last publication, retirement, revert or documentation.
    pub updated_at: Micros,
    /// What the last publication said.
    pub meta: PackageMeta,
    /// Highest version first.
    pub releases: Vec<ReleaseLine>,
    /// By username. None in lists.
    pub owners: Option<Vec<OwnerName>>,
    /// Lines for the highest stable version, or for the highest one.
    pub configs: Configs,
    /// Differs whenever anything here differs: 32 hexadecimal digits.
    pub fingerprint: String,
    /// When anything here last changed.
    pub last_modified: Micros,
}

/// A release as its package shows it.
#[derive(Debug, Clone)]
pub struct ReleaseLine {
    pub(crate) id: i64,
    /// The version.
    pub version: String,
    /// Whether it is a pre-release.
    pub prerelease: bool,
    /// First published.
    pub inserted_at: Micros,
    /// Set when the release is retired.
    pub retirement: Option<RetirementView>,
    /// The tarball.
    pub tarball: Blob,
    /// The archive of its documentation, if there is one.
    pub docs: Option<Blob>,
}

/// A release.
#[derive(Debug, Clone)]
pub struct ReleaseView {
    pub(crate) id: i64,
    /// Name of its repository.
    pub repository: String,
    /// Name of its package.
    pub package: String,
    /// The version.
    pub version: String,
    /// The tarball; its digest is the outer checksum.
    pub tarball: Blob,
    /// Whether there is documentation.
    pub has_docs: bool,
    /// First published.
    pub inserted_at: Micros,
    /// Last changed.
    pub updated_at: Micros,
    /// Set when the release is retired.
    pub retirement: Option<RetirementView>,
    /// By repository and package.
    pub requirements: Vec<RequirementView>,
    /// What the release says about itself.
    pub meta: ReleaseMeta,
    /// Lines for this version.
    pub configs: Configs,
    /// Who published it last, unless the account is gone.
    pub publisher: Option<OwnerName>,
    /// Differs whenever anything here differs: 32 hexadecimal digits.
    pub fingerprint: String,
    /// When anything here last changed.
    pub last_modified: Micros,
}

/// A requirement of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequirementView {
    /// Repository of the required package.
    pub repository: String,
    /// The required package.
    pub name: String,
    /// Its OTP application.
    pub app: String,
    /// Which versions.
    pub requirement: String,
    /// Whether only the resolver looks at it.
    pub optional: bool,
}

/// Why a release should no longer be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetirementView {
    /// `other`, `invalid`, `security`, `deprecated` or `renamed`.
    pub reason: String,
    /// The owner's explanation.
    pub message: Option<String>,
}

/// An account in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerName {
    /// Its name.
    pub username: String,
    /// Its public address.
    pub email: Option<String>,
}

/// A stored file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob {
    /// Digest of its bytes, which makes a strong entity tag.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
    /// When the release that it belongs to last changed.
    pub updated_at: Micros,
}

/// Whether everyone may read the repository of this name.
pub(crate) fn is_public(repository: &str) -> bool {
    repository == hex_format::name::RepositoryName::HEXPM
}

impl PackageView {
    /// Whether everyone may read it.
    pub fn is_public(&self) -> bool {
        self.repository_id == repositories::HEXPM
    }

    /// The highest version, pre-releases included.
    pub fn latest_version(&self) -> Option<&str> {
        self.releases.first().map(|release| release.version.as_str())
    }

    /// The highest version that is no pre-release.
    pub fn latest_stable_version(&self) -> Option<&str> {
        self.releases.iter().find(|release| !release.prerelease).map(|release| release.version.as_str())
    }

    /// Whether any release has documentation.
    pub fn has_docs(&self) -> bool {
        self.releases.iter().any(|release| release.docs.is_some())
    }

    pub(crate) fn release(&self, version: &str) -> Option<&ReleaseLine> {
        self.releases.iter().find(|release| release.version == version)
    }

    /// About how many bytes the view takes.
    pub(super) fn size_in_memory(&self) -> usize {
        1500 + 4 * self.name.len()
            + self.meta.to_json().map_or(0, |meta| 2 * meta.len())
            + self.releases.len() * (size_of::<ReleaseLine>() + 200)
            + self.owners.as_ref().map_or(0, |owners| 150 * owners.len())
    }
}

impl ReleaseView {
    /// Whether everyone may read it.
    pub fn is_public(&self) -> bool {
        is_public(&self.repository)
    }
}

impl From<OwnerDetails> for OwnerName {
    fn from(owner: OwnerDetails) -> Self {
        Self { username: owner.username, email: owner.email }
    }
}

impl From<requirements::Requirement> for RequirementView {
    fn from(row: requirements::Requirement) -> Self {
        Self {
            repository: row.repository,
            name: row.package,
            app: row.app,
            requirement: row.requirement,
            optional: row.optional,
        }
    }
}
