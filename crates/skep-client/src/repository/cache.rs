//! Registry files that were fetched before, so that a server need not send what has not changed and a machine without a
//! network has what it had.
//!
//! A file of the cache is believed no more than one from the network: what does not verify when it is read is thrown away.
//! It is readable by its owner alone, as it may be of a private repository. That it can't be written is no failure.

use std::fs;
use std::path::PathBuf;

use hex_format::checksum::Sha256;
use url::Url;

use crate::config::{ConfigError, atomic_file};

/// First line of each file; another means another version of this program.
const MAGIC: &str = "skep registry cache 1";
/// Most bytes before the body: magic, address, entity tag.
const MAX_HEAD: usize = 8192;

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
