//! Registry files that were fetched before, so that a server need not send what has not changed and a machine without a
//! network has what it had.
//!
//! A file of the cache is believed no more than one from the network: what does not verify when it is read is thrown away.
//! It is readable by its owner alone, as it may be of a private repository. That it can't be written is no failure.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use hex_format::checksum::Sha256;
use hex_format::name::PackageName;
use hex_registry::names::Names;
use hex_registry::package::Package;
use hex_registry::{PublicKey, ReadError};
use url::Url;

use super::{MAX_KEY_BYTES, MAX_RESOURCE_BYTES};
use crate::config::{ConfigError, atomic_file};
use crate::server::RepositoryUrl;

/// First line of each file; another means another version of this program.
const MAGIC: &str = "skep registry cache 1";
/// Most bytes before the body: magic, address, entity tag.
const MAX_HEAD: usize = 8192;
/// Most files that are looked at for the names of packages.
const MAX_LISTED: usize = 5000;

/// A folder of registry files.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

/// What was fetched before.
pub(super) struct Cached {
    pub(super) etag: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Cache {
    /// The files in `folder`, which need not exist.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The file of an address, if there is one that can be read.
    pub(super) fn read(&self, url: &Url, limit: usize) -> Option<Cached> {
        let bytes = atomic_file::read(&self.path(url), limit.saturating_add(MAX_HEAD)).ok()??;
        let mut parts = bytes.splitn(4, |byte| *byte == b'\n');
        let mut line = || std::str::from_utf8(parts.next()?).ok();
        if line()? != MAGIC || line()? != url.as_str() {
            return None;
        }
        let etag = Some(line()?.to_owned()).filter(|etag| !etag.is_empty());
        Some(Cached { etag, body: parts.next()?.to_vec() })
    }

    /// The signing key that the server at `root` had. Nothing vouches for it.
    pub fn public_key(&self, root: &RepositoryUrl) -> Option<PublicKey> {
        let held = self.read(&root.route(&["public_key"]), MAX_KEY_BYTES)?;
        PublicKey::from_pem(&String::from_utf8_lossy(&held.body)).ok()
    }

    /// A repository as it was seen before.
    pub fn repository<'a>(
        &'a self,
        base: &'a RepositoryUrl,
        names: &'a [&'a str],
        key: &'a PublicKey,
    ) -> Before<'a> {
        Before { cache: self, base, names, key }
    }

    /// Packages of the repository at `base` that somebody asked for: by the addresses that files are kept under.
    fn packages(&self, base: &RepositoryUrl) -> Vec<String> {
        let Ok(files) = fs::read_dir(&self.folder) else { return Vec::new() };
        let above = base.route(&["packages", ""]);
        let name = |path: &Path| {
            let mut head = Vec::new();
            fs::File::open(path).ok()?.take(MAX_HEAD as u64).read_to_end(&mut head).ok()?;
            let address = head.split(|byte| *byte == b'\n').nth(1)?;
            let name = std::str::from_utf8(address).ok()?.strip_prefix(above.as_str())?;
            PackageName::from_str(name).is_ok().then(|| name.to_owned())
        };
        files.flatten().take(MAX_LISTED).filter_map(|file| name(&file.path())).collect()
    }

    /// Keeps a file.
    pub(super) fn write(&self, url: &Url, etag: Option<&str>, body: &[u8]) -> Result<(), ConfigError> {
        // Neither can hold a line break: one is an address, the other came in a header.
        let mut bytes = format!("{MAGIC}\n{url}\n{}\n", etag.unwrap_or_default()).into_bytes();
        bytes.extend_from_slice(body);
        atomic_file::write_cache(&self.path(url), &bytes)
    }

    /// Throws a file away.
    pub(super) fn remove(&self, url: &Url) {
        let _ = fs::remove_file(self.path(url));
    }

    fn path(&self, url: &Url) -> PathBuf {
        self.folder.join(Sha256::of(url.as_str().as_bytes()).to_lower_hex())
    }
}

/// A repository as it was seen before, for whoever can't wait for a network. What is in it was verified.
pub struct Before<'a> {
    cache: &'a Cache,
    base: &'a RepositoryUrl,
    /// That it may have in its registry.
    names: &'a [&'a str],
    key: &'a PublicKey,
}

impl Before<'_> {
    /// The names of its packages: of all, if the list of names was fetched, and of those that were asked for.
    pub fn names(&self) -> Vec<String> {
        let listed = self.read(&["names"], |bytes, name| Names::from_signed(bytes, self.key, name));
        let mut names = self.cache.packages(self.base);
        names.extend(listed.into_iter().flat_map(|names| names.packages).map(|entry| entry.name));
        names
    }

    /// A package's releases.
    pub fn package(&self, package: &PackageName) -> Option<Package> {
        let read = |bytes: &[u8], name: &str| Package::from_signed(bytes, self.key, name, package.as_str());
        self.read(&["packages", package.as_str()], read)
    }

    fn read<T>(&self, route: &[&str], read: impl Fn(&[u8], &str) -> Result<T, ReadError>) -> Option<T> {
        let held = self.cache.read(&self.base.route(route), MAX_RESOURCE_BYTES)?;
        self.names.iter().find_map(|name| read(&held.body, name).ok())
    }
}
