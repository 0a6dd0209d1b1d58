//! The views themselves, and how they are read from the database.
//!
//! There are no download counts: the answer to a publication shows null for them, every other answer shows that
//! there are none.

use hex_format::checksum::{Sha256, Sha256Hasher};
use hex_format::version::Version;
use skep_store::tables::owners::{self, OwnerDetails};
use skep_store::tables::packages::Package;
use skep_store::tables::releases::{self, Release};
use skep_store::tables::{repositories, requirements};
use skep_store::{Conn, Micros};

use super::meta::{PackageMeta, ReleaseMeta};
use crate::configs::{Configs, Dependency};
use crate::registry::parse_version;
use crate::Result;

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

/// A package as its own page shows it.
pub(super) async fn load(conn: &mut Conn, package: Package) -> Result<PackageView> {
    let rows = releases::of_package(conn, package.id).await?;
    let owners = owners::details(conn, package.id).await?;
    build(package, &rows, Some(owners.into_iter().map(OwnerName::from).collect()))
}

/// A package from its rows. Lists have no owners, and take the application for the package's name, which spares
/// them reading the metadata of every release.
pub(super) fn build(package: Package, rows: &[Release], owners: Option<Vec<OwnerName>>) -> Result<PackageView> {
    let mut releases = Vec::with_capacity(rows.len());
    for row in rows {
        releases.push((parse_version(&row.version)?, row));
    }
    releases.sort_by(|a, b| b.0.cmp(&a.0));
    let shown = releases.iter().min_by_key(|(version, _)| version.is_prerelease());
    let app = match (&owners, shown) {
        (Some(_), Some((_, row))) => Some(ReleaseMeta::from_json(&row.meta)?.app),
        _ => None,
    };
    let none = Version::new(0, 0, 0);
    let configs = Configs::of(&Dependency {
        organization: (!is_public(&package.repository)).then_some(&*package.repository),
        name: &package.name,
        app: app.as_deref().unwrap_or(&package.name),
        version: shown.map_or(&none, |(version, _)| version),
    });
    let times = rows.iter().map(|row| row.updated_at);
    let last_modified = times.chain([package.updated_at]).max().unwrap_or(package.updated_at);
    Ok(PackageView {
        fingerprint: package_fingerprint(&package, rows, owners.as_deref()),
        last_modified,
        meta: PackageMeta::from_json(&package.meta)?,
        releases: releases.into_iter().map(|(version, row)| line(&version, row)).collect(),
        owners,
        configs,
        id: package.id,
        repository_id: package.repository_id,
        repository: package.repository,
        name: package.name,
        inserted_at: package.inserted_at,
        updated_at: package.updated_at,
    })
}

/// A release as its own page shows it.
pub(crate) async fn release_view(conn: &mut Conn, package: &Package, row: Release) -> Result<ReleaseView> {
    let required = requirements::of_release(conn, row.id).await?;
    let publisher = match row.publisher_id {
        Some(id) => releases::publisher(conn, id).await?,
        None => None,
    };
    let publisher = publisher.map(|(username, email)| OwnerName { username, email });
    let meta = ReleaseMeta::from_json(&row.meta)?;
    let version = parse_version(&row.version)?;
    let configs = Configs::of(&Dependency {
        organization: (!is_public(&package.repository)).then_some(&*package.repository),
        name: &package.name,
        app: &meta.app,
        version: &version,
    });
    Ok(ReleaseView {
        fingerprint: release_fingerprint(&row, publisher.as_ref()),
        last_modified: row.updated_at,
        repository: package.repository.clone(),
        package: package.name.clone(),
        tarball: tarball(&row),
        has_docs: row.docs_checksum.is_some(),
        inserted_at: row.inserted_at,
        updated_at: row.updated_at,
        retirement: retirement(&row),
        version: row.version,
        requirements: required.into_iter().map(RequirementView::from).collect(),
        meta,
        configs,
        publisher,
    })
}

fn line(version: &Version, row: &Release) -> ReleaseLine {
    ReleaseLine {
        version: row.version.clone(),
        prerelease: version.is_prerelease(),
        inserted_at: row.inserted_at,
        retirement: retirement(row),
        tarball: tarball(row),
        docs: row.docs_checksum.zip(row.docs_size).map(|(sha256, size)| blob(sha256, size, row.updated_at)),
    }
}

fn retirement(row: &Release) -> Option<RetirementView> {
    let reason = row.retirement_reason.clone()?;
    Some(RetirementView { reason, message: row.retirement_message.clone() })
}

fn tarball(row: &Release) -> Blob {
    blob(row.outer_checksum, row.tarball_size, row.updated_at)
}

fn blob(sha256: [u8; 32], size: i64, updated_at: Micros) -> Blob {
    let size = u64::try_from(size).expect("invariant: sizes are not negative");
    Blob { sha256: Sha256::from_bytes(sha256), size, updated_at }
}

fn package_fingerprint(package: &Package, rows: &[Release], owners: Option<&[OwnerName]>) -> String {
    let mut hasher = Fingerprint::new("package", package.id, package.updated_at);
    rows.iter().for_each(|row| hasher.add(row.id, row.updated_at));
    owners.unwrap_or_default().iter().for_each(|owner| hasher.account(owner));
    hasher.finish()
}

fn release_fingerprint(row: &Release, publisher: Option<&OwnerName>) -> String {
    let mut hasher = Fingerprint::new("release", row.id, row.updated_at);
    publisher.into_iter().for_each(|publisher| hasher.account(publisher));
    hasher.finish()
}

/// A digest over what a view was made from.
struct Fingerprint(Sha256Hasher);

impl Fingerprint {
    fn new(kind: &str, id: i64, updated_at: Micros) -> Self {
        let mut hasher = Self(Sha256Hasher::new());
        hasher.0.update(kind.as_bytes());
        hasher.add(id, updated_at);
        hasher
    }

    fn add(&mut self, id: i64, updated_at: Micros) {
        self.0.update(&id.to_be_bytes());
        self.0.update(&updated_at.to_be_bytes());
    }

    fn account(&mut self, account: &OwnerName) {
        for text in [Some(account.username.as_str()), account.email.as_deref()] {
            self.0.update(text.unwrap_or_default().as_bytes());
            self.0.update(&[0]);
        }
    }

    fn finish(self) -> String {
        let mut digits = self.0.finish().to_lower_hex();
        digits.truncate(32);
        digits
    }
}
