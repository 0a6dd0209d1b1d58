//! Says what is wrong with a registry in a folder: what clients would refuse, and what they would look for in vain.
//!
//! Writes nothing, takes no lock and needs no private key, so that a copy on a web server can be looked at as well.

use std::collections::BTreeSet;
use std::path::Path;

use hex_format::checksum::Sha256;
use hex_format::tarball::MAX_TARBALL;
use hex_registry::limits::{MAX_NAMES_BYTES, MAX_PACKAGE_BYTES, MAX_VERSIONS_BYTES};
use hex_registry::names::Names;
use hex_registry::package::{Package, Release};
use hex_registry::versions::Versions;
use hex_registry::{PublicKey, signed};
use serde::Serialize;

use crate::build::listed_versions;
use crate::earlier::{self, MAX_FILE_BYTES, NAMES, PACKAGES, PUBLIC_KEY, VERSIONS};
use crate::files;
use crate::strangers::{Strangers, strangers};
use crate::tarballs::{self, FOLDER};
use crate::{RegistryName, StaticError};

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The file, inside the folder.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// What the registry is called; empty if no file says it.
    pub name: String,
    /// Fingerprint of the key that it was held against.
    pub fingerprint: String,
    /// Packages whose files are good.
    pub packages: usize,
    /// Releases whose tarballs are good.
    pub releases: usize,
    /// What is wrong: private keys that lie in the folder first, then by file.
    pub findings: Vec<Finding>,
}

/// Looks at every file of the registry. Without a name it is held against the one in its list of names, without a key
/// against the one that lies beside it, which then says nothing about who signed it.
///
/// # Errors
/// When the folder can't be read, or there is no key at all. Whatever else is wrong is a finding.
pub fn verify(
    root: &Path,
    name: Option<&RegistryName>,
    key: Option<&PublicKey>,
) -> Result<Verified, StaticError> {
    let beside = earlier::public_key(root);
    let mut look = Look { root, findings: Vec::new() };
    let key = match (key, beside) {
        (None, Ok(Some((beside, _)))) => beside,
        (None, Ok(None)) => {
            let reason = "there is no such file".to_owned();
            return Err(StaticError::PublicKey { file: PUBLIC_KEY.to_owned(), reason });
        }
        (None, Err(error)) => return Err(error),
        (Some(key), beside) => {
            match beside {
                Ok(Some((beside, _))) if beside == *key => {}
                Ok(Some(_)) => look.find(PUBLIC_KEY, "it is another key than the one given"),
                Ok(None) => look.find(PUBLIC_KEY, "it is missing"),
                Err(error) => look.find(PUBLIC_KEY, &error.to_string()),
            }
            key.clone()
        }
    };
    let names = look.open(NAMES, &key, MAX_NAMES_BYTES, Names::decode);
    let versions = look.open(VERSIONS, &key, MAX_VERSIONS_BYTES, Versions::decode);
    let said = names.as_ref().map(|names| names.repository.clone());
    let name = name.map(|name| name.as_str().to_owned()).or(said).unwrap_or_default();
    for (file, origin) in [
        (NAMES, names.as_ref().map(|names| names.verify_origin(&name))),
        (VERSIONS, versions.as_ref().map(|versions| versions.verify_origin(&name))),
    ] {
        if let Some(Err(error)) = origin {
            look.find(file, &error.to_string());
        }
    }
    let packages = look.packages(&key, &name, names.as_ref())?;
    look.compare_versions(&packages, versions.as_ref());
    let releases = look.tarballs(&packages, &name)?;
    let Strangers { mut keys, others } = strangers(root)?;
    keys.sort();
    look.findings.retain(|found| keys.iter().all(|key| key.file != found.file));
    look.findings.extend(others);
    look.findings.sort();
    Ok(Verified {
        name,
        fingerprint: key.fingerprint().to_string(),
        packages: packages.len(),
        releases,
        findings: keys.into_iter().chain(look.findings).collect(),
    })
}

struct Look<'a> {
    root: &'a Path,
    findings: Vec<Finding>,
}

impl Look<'_> {
    fn find(&mut self, file: &str, problem: &str) {
        self.findings.push(Finding { file: file.to_owned(), problem: problem.to_owned() });
    }

    /// Reads a signed file. Whatever is wrong is a finding.
    fn open<T, E: std::fmt::Display>(
        &mut self,
        file: &str,
        key: &PublicKey,
        max_unpacked: usize,
        decode: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Option<T> {
        let opened = match files::read(&self.root.join(file), MAX_FILE_BYTES) {
            Ok(None) => Err("it is missing".to_owned()),
            Ok(Some(bytes)) => signed::open(&bytes, key, max_unpacked)
                .map_err(|error| error.to_string())
                .and_then(|payload| decode(&payload).map_err(|error| error.to_string())),
            Err(error) => Err(error.to_string()),
        };
        opened.map_err(|problem| self.find(file, &problem)).ok()
    }

    /// The packages that are good: those that are listed, and those that lie there and should be.
    fn packages(
        &mut self,
        key: &PublicKey,
        name: &str,
        names: Option<&Names>,
    ) -> Result<Vec<Package>, StaticError> {
        let there = files::list(&self.root.join(PACKAGES))?;
        let listed = names.map(|names| names.packages.iter().map(|entry| entry.name.clone()));
        let listed: Option<BTreeSet<String>> = listed.map(Iterator::collect);
        if let Some(listed) = &listed {
            for extra in there.iter().filter(|name| !listed.contains(*name)) {
                self.find(&format!("{PACKAGES}/{extra}"), "it is not in the list of names");
            }
        }
        let mut packages = Vec::new();
        for package in listed.into_iter().flatten().chain(there).collect::<BTreeSet<String>>() {
            let file = format!("{PACKAGES}/{package}");
            let found = self.open(&file, key, MAX_PACKAGE_BYTES, Package::decode);
            let Some(found) = found else { continue };
            match found.verify_origin(name, &package) {
                Ok(()) => packages.push(found),
                Err(error) => self.find(&file, &error.to_string()),
            }
        }
        Ok(packages)
    }

    /// Whether the list of versions says what the packages say.
    fn compare_versions(&mut self, packages: &[Package], versions: Option<&Versions>) {
        let Some(versions) = versions else { return };
        for package in packages {
            match versions.packages.iter().find(|entry| entry.name == package.name) {
                Some(entry) if *entry == listed_versions(package) => {}
                Some(_) => {
                    self.find(VERSIONS, &format!("it says something else of {} than its file", package.name))
                }
                None => self.find(VERSIONS, &format!("{} is missing in it", package.name)),
            }
        }
        for entry in &versions.packages {
            if !packages.iter().any(|package| package.name == entry.name) {
                self.find(VERSIONS, &format!("it lists {}, of which there is no good file", entry.name));
            }
        }
    }

    /// How many releases have the tarballs that they should have.
    fn tarballs(&mut self, packages: &[Package], name: &str) -> Result<usize, StaticError> {
        let mut good = 0;
        let mut expected = BTreeSet::new();
        for package in packages {
            for release in &package.releases {
                let file = format!("{FOLDER}/{}-{}.tar", package.name, release.version);
                match self.tarball(&file, &package.name, release, name) {
                    Ok(()) => good += 1,
                    Err(problem) => self.find(&file, &problem),
                }
                expected.insert(file);
            }
        }
        for extra in files::list(&self.root.join(FOLDER))?.iter().map(|name| format!("{FOLDER}/{name}")) {
            if !expected.contains(&extra) {
                self.find(&extra, "no release refers to it");
            }
        }
        Ok(good)
    }

    fn tarball(&self, file: &str, package: &str, release: &Release, name: &str) -> Result<(), String> {
        let bytes = files::read(&self.root.join(file), MAX_TARBALL).map_err(|error| error.to_string())?;
        let bytes = bytes.ok_or("it is missing")?;
        if Sha256::of(&bytes).as_bytes() != &release.outer_checksum {
            return Err("its checksum is not the one in the registry".to_owned());
        }
        let registry: RegistryName =
            name.parse().map_err(|_| format!("{name:?} is no name of a registry"))?;
        let (found, version, read) = tarballs::parse(&bytes, &registry)?;
        if found.as_str() != package || version.to_string() != release.version {
            return Err(format!("it holds {found} {version}"));
        }
        match read.inner_checksum == release.inner_checksum {
            true => Ok(()),
            false => Err("its inner checksum is not the one in the registry".to_owned()),
        }
    }
}
