//! Keeps what searches go through up to date: tokens and facts of packages, derived from their rows.

use std::collections::HashMap;

use hex_format::version::Version;
use skep_store::Conn;
use skep_store::tables::package_index::{self, Entry};
use skep_store::tables::packages::{self, Package};
use skep_store::tables::releases::{self, Release};
use skep_store::tables::{instance, package_facts, requirements};

use super::meta::{PackageMeta, ReleaseMeta};
use super::search::{facts, names, words};
use crate::registry::parse_version;
use crate::{Result, Skep};

/// Where the instance remembers how its index was made.
const VERSION_KEY: &str = "package_index";

/// To be changed whenever packages are cut into other tokens or facts; the index is then made anew.
const VERSION: &str = "1";

/// Packages that are read at once when the index is made.
const BATCH: i64 = 500;

/// Brings the tokens and facts of a package up to date, in the transaction of the change.
pub(crate) async fn index(tx: &mut Conn, package: &Package) -> Result<()> {
    package_index::remove(tx, package.id).await?;
    package_index::insert(tx, &[entry(package)?]).await?;
    index_releases(tx, package).await
}

/// As [`index`], when neither name nor description changed.
pub(crate) async fn index_releases(tx: &mut Conn, package: &Package) -> Result<()> {
    let facts = facts(tx, std::slice::from_ref(package)).await?;
    Ok(package_facts::replace(tx, package.id, &facts).await?)
}

impl Skep {
    /// Makes the index if there is none, or if it was made in another way.
    pub(crate) async fn make_package_index(&self) -> Result<()> {
        let mut conn = self.db.read().await?;
        if is_current(&mut conn).await? {
            return Ok(());
        }
        drop(conn);
        let mut tx = self.db.write().await?;
        // Several servers may be starting.
        package_index::lock(&mut tx).await?;
        if is_current(&mut tx).await? {
            return Ok(());
        }
        package_index::clear(&mut tx).await?;
        package_facts::clear(&mut tx).await?;
        let mut last = 0;
        loop {
            let batch = packages::after(&mut tx, last, BATCH).await?;
            let Some(package) = batch.last() else { break };
            if last == 0 {
                tracing::info!("making the index of packages; this is done once");
            }
            last = package.id;
            let entries = batch.iter().map(entry).collect::<Result<Vec<_>>>()?;
            package_index::insert(&mut tx, &entries).await?;
            let facts = facts(&mut tx, &batch).await?;
            package_facts::insert(&mut tx, &facts).await?;
        }
        package_index::analyze(&mut tx).await?;
        instance::set(&mut tx, VERSION_KEY, VERSION).await?;
        Ok(tx.commit(self.now()).await?)
    }
}

async fn is_current(conn: &mut Conn) -> Result<bool> {
    Ok(instance::get(conn, VERSION_KEY).await?.is_some_and(|version| version == VERSION))
}

/// The tokens of a package.
fn entry(package: &Package) -> Result<Entry> {
    let meta = PackageMeta::from_json(&package.meta)?;
    Ok(Entry {
        package_id: package.id,
        grams: names::grams(&package.name),
        words: words::of_description(meta.description.as_deref().unwrap_or_default()),
    })
}

/// The facts of packages, each with the package's id.
async fn facts(tx: &mut Conn, packages: &[Package]) -> Result<Vec<(i64, String)>> {
    let ids: Vec<i64> = packages.iter().map(|package| package.id).collect();
    let mut by_package: HashMap<i64, Vec<Release>> = HashMap::new();
    for release in releases::of_packages(tx, &ids).await? {
        by_package.entry(release.package_id).or_default().push(release);
    }
    let mut latest = HashMap::new();
    for (package_id, releases) in &by_package {
        latest.extend(highest(releases)?.map(|release_id| (release_id, *package_id)));
    }
    let mut dependencies: HashMap<i64, Vec<i64>> = HashMap::new();
    let release_ids: Vec<i64> = latest.keys().copied().collect();
    for (release_id, dependency_id) in requirements::dependencies(tx, &release_ids).await? {
        dependencies.entry(latest[&release_id]).or_default().push(dependency_id);
    }
    let mut found = Vec::new();
    for package in packages {
        let releases = by_package.remove(&package.id).unwrap_or_default();
        let metas = releases.iter().map(|release| ReleaseMeta::from_json(&release.meta));
        let metas = metas.collect::<Result<Vec<_>>>()?;
        let required = dependencies.remove(&package.id).unwrap_or_default();
        let facts = facts::of_package(&PackageMeta::from_json(&package.meta)?, &metas, &required);
        found.extend(facts.into_iter().map(|fact| (package.id, fact)));
    }
    Ok(found)
}

/// The release of the highest version.
fn highest(releases: &[Release]) -> Result<Option<i64>> {
    let mut highest: Option<(Version, i64)> = None;
    for release in releases {
        let version = parse_version(&release.version)?;
        if highest.as_ref().is_none_or(|(highest, _)| version > *highest) {
            highest = Some((version, release.id));
        }
    }
    Ok(highest.map(|(_, id)| id))
}
