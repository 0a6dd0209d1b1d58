//! Views from the rows of the database.

use hex_format::checksum::Sha256;
use hex_format::version::Version;
use skep_store::tables::owners;
use skep_store::tables::packages::Package;
use skep_store::tables::releases::{self, Release};
use skep_store::tables::requirements;
use skep_store::{Conn, Micros};

use super::fingerprint::{of_package, of_release};
use super::{
    Blob, OwnerName, PackageView, ReleaseLine, ReleaseView, RequirementView, RetirementView, is_public,
};
use crate::Result;
use crate::configs::{Configs, Dependency};
use crate::packages::meta::{PackageMeta, ReleaseMeta};
use crate::registry::parse_version;

/// A package as its own page shows it.
pub(in crate::packages) async fn load(conn: &mut Conn, package: Package) -> Result<PackageView> {
    let rows = releases::of_package(conn, package.id).await?;
    let owners = owners::details(conn, package.id).await?;
    build(package, &rows, Some(owners.into_iter().map(OwnerName::from).collect()))
}

/// A package from its rows. Lists have no owners, and take the application for the package's name, which spares
/// them reading the metadata of every release.
pub(in crate::packages) fn build(
    package: Package,
    rows: &[Release],
    owners: Option<Vec<OwnerName>>,
) -> Result<PackageView> {
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
        fingerprint: of_package(&package, rows, owners.as_deref()),
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
        id: row.id,
        fingerprint: of_release(&row, publisher.as_ref()),
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
        id: row.id,
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
