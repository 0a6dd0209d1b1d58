//! Gleam's cache, in which a tarball stands under its checksum and is believed without a second look.

use std::fs;

use hex_format::checksum::Sha256;

use super::{Finding, Variable};
use crate::deps::GleamCache;
use crate::shell::quoted_path;

/// Most tarballs that are read; enough for any machine that people work on.
const MAX_TARBALLS: usize = 2000;
/// Most bytes of one that is read: the limit of Hex for tarballs, and some.
const MAX_BYTES: u64 = 64 << 20;

pub(super) fn look(variable: Variable<'_>) -> Vec<Finding> {
    let Ok(cache) = GleamCache::discover(|name| variable(name).map(Into::into)) else { return Vec::new() };
    let folder = cache.folder();
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut count = 0;
    let mut found = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())).take(MAX_TARBALLS) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".tar")) else {
            continue;
        };
        if path.metadata().map_or(true, |metadata| !metadata.is_file() || metadata.len() > MAX_BYTES) {
            continue;
        }
        count += 1;
        if fs::read(&path).is_ok_and(|bytes| Sha256::of(&bytes).to_upper_hex() != name) {
            let remedy = format!("rm {}", quoted_path(&path));
            let text = "it is not what its name says, and Gleam would not notice";
            found.push(Finding::broken("gleam_cache_damaged", path.display().to_string(), text, remedy));
        }
    }
    if found.is_empty() && count > 0 {
        found.push(Finding::good(
            "gleam_cache",
            folder.display().to_string(),
            if count == 1 { "1 tarball, whole".to_owned() } else { format!("{count} tarballs, all whole") },
        ));
    }
    found
}
