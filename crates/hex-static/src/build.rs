//! Makes the registry of the tarballs that are in the folder.
//!
//! Everything is read and judged before anything is written. Then the order is such that clients never see a package
//! listed that they can't fetch: tarballs, packages, lists, and only then what is to go. What is as it should be is not
//! touched, so that caches and copies of the folder stay fresh.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hex_format::checksum::Sha256;
use hex_format::tarball::MAX_TARBALL;
use hex_registry::names::{Names, NamesEntry};
use hex_registry::package::{Package, Release};
use hex_registry::versions::{ListedVersion, Versions, VersionsEntry};
use hex_registry::{SigningKey, Timestamp};
use serde::Serialize;

use crate::earlier::{self, Earlier, Keys, NAMES, PACKAGES, PUBLIC_KEY, VERSIONS};
use crate::files::{self, FileError, Lock, failed};
use crate::tarballs::{self, Broken, FOLDER, Found};
use crate::{RegistryName, StaticError};

/// What is to be built.
pub struct Build<'a> {
    /// The folder that is served.
    pub root: &'a Path,
    /// What the registry is called.
    pub name: &'a RegistryName,
    /// What signs it.
    pub key: &'a SigningKey,
    /// When releases are published that are new here; without it, when their tarballs were last changed.
    pub published_at: Option<Timestamp>,
    /// Leave tarballs out that can't be used, instead of failing.
    pub skip_broken: bool,
}

/// What was done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// It is new.
    Creating,
    /// It has other bytes now.
    Updating,
    /// It is gone.
    Removing,
}

/// A file that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What was done.
    pub action: Verb,
    /// The file or folder, inside the folder that is served.
    pub file: String,
}

/// What building did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Built {
    /// In the order in which it was done.
    pub changes: Vec<Change>,
    /// What was left out.
    pub skipped: Vec<Broken>,
    /// How many packages there are now.
    pub packages: usize,
    /// How many releases there are now.
    pub releases: usize,
}

/// Makes the registry of the tarballs in the folder.
///
/// # Errors
/// When there is no folder of tarballs, the system refuses, a tarball can't be used, or a file with dates and retirements can't be read. Unless the
/// system refused in the middle of it, nothing was written.
pub fn build(job: &Build<'_>) -> Result<Built, StaticError> {
    // An empty one is made on purpose; none at all is a folder that was not meant.
    if !job.root.join(FOLDER).is_dir() {
        return Err(StaticError::NoTarballs(job.root.to_owned()));
    }
    run(job, Vec::new())
}

/// Puts tarballs into the folder, under the names that clients ask for, and makes the registry.
///
/// # Errors
/// As [`build`], and when a release is there already with other bytes.
pub fn add(job: &Build<'_>, tarballs: &[PathBuf]) -> Result<Built, StaticError> {
    run(job, tarballs::outside(tarballs, job.name)?)
}

fn run(job: &Build<'_>, new: Vec<Found>) -> Result<Built, StaticError> {
    let _lock = Lock::acquire(job.root)?;
    let (mut found, skipped) = tarballs::scan(job.root, job.name)?;
    if !skipped.is_empty() && !job.skip_broken {
        return Err(StaticError::Broken(skipped));
    }
    join(&mut found, new)?;
    let public = earlier::public_key(job.root)?;
    let before = public.as_ref().map(|(key, _)| key.clone()).filter(|key| key != job.key.public_key());
    let replaces_key = before.is_some();
    let keys = Keys { today: job.key.public_key(), before };
    let packages = packages(job, &keys, &found)?;

    // From here on everything is known to be possible, but for what the system says.
    let mut folder = Folder { root: job.root, changes: Vec::new() };
    folder.make(FOLDER)?;
    folder.make(PACKAGES)?;
    folder.tidy();
    folder.copy(&found)?;
    let pem = job.key.public_key().to_pem();
    let is_same_text = public.as_ref().is_some_and(|(_, text)| *text == pem);
    if !replaces_key && !is_same_text {
        folder.write(PUBLIC_KEY, pem.as_bytes())?;
    }
    for (package, stays) in &packages {
        if !stays {
            folder.write(&format!("{PACKAGES}/{}", package.name), &package.to_signed(job.key))?;
        }
    }
    let packages: Vec<Package> = packages.into_iter().map(|(package, _)| package).collect();
    write_lists(job, &keys, &mut folder, &packages)?;
    for name in files::list(&job.root.join(PACKAGES))? {
        // What nobody signed here is somebody else's, in a folder that is not what it was taken for.
        let is_ours = || matches!(keys.package(job.root, &name), Ok(Some(_)));
        if !packages.iter().any(|package| package.name == name) && is_ours() {
            folder.remove(&format!("{PACKAGES}/{name}"))?;
        }
    }
    // Last, so that after a crash the files signed with the key before can still be read.
    if replaces_key {
        folder.write(PUBLIC_KEY, pem.as_bytes())?;
    }
    folder.sync()?;
    let releases = packages.iter().map(|package| package.releases.len()).sum();
    Ok(Built { changes: folder.changes, skipped, packages: packages.len(), releases })
}

/// Joins what is to be added to what is there.
fn join(found: &mut Vec<Found>, new: Vec<Found>) -> Result<(), StaticError> {
    for new in new {
        let file = new.file();
        match found.iter().find(|known| known.file() == file) {
            None => found.push(new),
            Some(known) if known.release.outer_checksum == new.release.outer_checksum => {}
            Some(_) => return Err(StaticError::Differs { file }),
        }
    }
    Ok(())
}

/// The packages by name, and of each whether its file can stay as it is.
fn packages(job: &Build<'_>, keys: &Keys<'_>, found: &[Found]) -> Result<Vec<(Package, bool)>, StaticError> {
    let mut by_name = BTreeMap::<&str, Vec<&Found>>::new();
    for found in found {
        by_name.entry(found.name.as_str()).or_default().push(found);
    }
    let mut packages = Vec::with_capacity(by_name.len());
    for (name, mut found) in by_name {
        found.sort_by(|a, b| a.version.cmp(&b.version));
        let earlier = keys.package(job.root, name)?;
        let before = earlier.as_ref().map(|earlier| &earlier.value);
        let package = Package {
            repository: job.name.to_string(),
            name: name.to_owned(),
            releases: found.iter().map(|found| release(job, found, before)).collect(),
            advisories: before.map(|before| before.advisories.clone()).unwrap_or_default(),
        };
        let stays = stays(earlier.as_ref(), &package);
        packages.push((package, stays));
    }
    Ok(packages)
}

/// A release with what only the registry knows of it.
fn release(job: &Build<'_>, found: &Found, before: Option<&Package>) -> Release {
    let fresh = || job.published_at.unwrap_or(found.modified);
    let mut release = found.release.clone();
    let known = before.and_then(|before| before.releases.iter().find(|old| old.version == release.version));
    let Some(known) = known else { return Release { published_at: Some(fresh()), ..release } };
    release.retirement.clone_from(&known.retirement);
    release.advisory_ids.clone_from(&known.advisory_ids);
    // Other bytes are another release: who waits for releases to become old enough must wait for it.
    let is_same = known.outer_checksum == release.outer_checksum;
    release.published_at = Some(known.published_at.filter(|_| is_same).unwrap_or_else(fresh));
    release
}

fn stays<T: PartialEq>(earlier: Option<&Earlier<T>>, new: &T) -> bool {
    earlier.is_some_and(|earlier| earlier.is_signed && earlier.value == *new)
}

fn write_lists(
    job: &Build<'_>,
    keys: &Keys<'_>,
    folder: &mut Folder<'_>,
    packages: &[Package],
) -> Result<(), StaticError> {
    let repository = job.name.to_string();
    let names = Names { repository: repository.clone(), packages: packages.iter().map(listed).collect() };
    if !stays(keys.names(job.root).as_ref(), &names) {
        folder.write(NAMES, &names.to_signed(job.key))?;
    }
    let versions = Versions { repository, packages: packages.iter().map(listed_versions).collect() };
    if !stays(keys.versions(job.root).as_ref(), &versions) {
        folder.write(VERSIONS, &versions.to_signed(job.key))?;
    }
    Ok(())
}

fn listed(package: &Package) -> NamesEntry {
    let updated_at = package.releases.iter().filter_map(|release| release.published_at).max();
    NamesEntry { name: package.name.clone(), updated_at }
}

pub(crate) fn listed_versions(package: &Package) -> VersionsEntry {
    let versions = package.releases.iter().map(|release| ListedVersion {
        version: release.version.clone(),
        retired: release.retirement.is_some(),
        has_advisories: !release.advisory_ids.is_empty(),
    });
    VersionsEntry { name: package.name.clone(), versions: versions.collect() }
}

/// The folder while it is changed.
struct Folder<'a> {
    root: &'a Path,
    changes: Vec<Change>,
}

impl Folder<'_> {
    fn make(&mut self, name: &str) -> Result<(), FileError> {
        let path = self.root.join(name);
        if !path.is_dir() {
            fs::create_dir_all(&path).map_err(failed("make", &path))?;
            self.note(Verb::Creating, name);
        }
        Ok(())
    }

    fn tidy(&self) {
        [FOLDER, PACKAGES, "."].iter().for_each(|name| files::tidy(&self.root.join(name)));
    }

    fn copy(&mut self, found: &[Found]) -> Result<(), StaticError> {
        for found in found {
            let Some(outside) = &found.outside else { continue };
            let bytes = files::read(outside, MAX_TARBALL)?.unwrap_or_default();
            if Sha256::of(&bytes).as_bytes() != &found.release.outer_checksum {
                let reason = "it was changed while it was read".to_owned();
                return Err(StaticError::Broken(vec![Broken {
                    file: outside.display().to_string(),
                    reason,
                }]));
            }
            self.write(&found.file(), &bytes)?;
        }
        Ok(())
    }

    fn write(&mut self, file: &str, bytes: &[u8]) -> Result<(), FileError> {
        let path = self.root.join(file);
        let verb = if path.exists() { Verb::Updating } else { Verb::Creating };
        files::write(&path, bytes)?;
        self.note(verb, file);
        Ok(())
    }

    fn remove(&mut self, file: &str) -> Result<(), FileError> {
        let path = self.root.join(file);
        fs::remove_file(&path).map_err(failed("remove", &path))?;
        self.note(Verb::Removing, file);
        Ok(())
    }

    fn note(&mut self, action: Verb, file: &str) {
        self.changes.push(Change { action, file: file.to_owned() });
    }

    fn sync(&self) -> Result<(), FileError> {
        if self.changes.is_empty() {
            return Ok(());
        }
        [FOLDER, PACKAGES, "."].iter().try_for_each(|name| files::sync(&self.root.join(name)))
    }
}
