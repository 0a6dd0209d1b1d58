//! Several files changed as one: all of them or none.
//!
//! What every file is to hold is known before the first is written; when one of them fails, those before it get their
//! bytes back.

use std::fs;
use std::path::{Path, PathBuf};

use super::{ConfigError, atomic_file};

/// One file, as it is and as it is to be.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: PathBuf,
    /// `None` if there is no such file.
    pub(super) before: Option<String>,
    /// `None` if there is to be none.
    pub(super) after: Option<String>,
}

impl Change {
    pub(super) fn is_one(&self) -> bool {
        self.before != self.after
    }
}

/// Writes all that differ. Gives the folders that had to be made, outermost first.
pub(super) fn commit(changes: &[Change]) -> Result<Vec<PathBuf>, ConfigError> {
    let changes: Vec<&Change> = changes.iter().filter(|change| change.is_one()).collect();
    let mut folders: Vec<PathBuf> = changes.iter().flat_map(|change| missing_folders(&change.path)).collect();
    folders.sort();
    folders.dedup();
    for (done, change) in changes.iter().enumerate() {
        if let Err(error) = put(&change.path, change.after.as_deref()) {
            for change in &changes[..done] {
                // What went wrong first is what the user must hear.
                let _ = put(&change.path, change.before.as_deref());
            }
            remove_folders(&folders);
            return Err(error);
        }
    }
    Ok(folders)
}

fn put(path: &Path, text: Option<&str>) -> Result<(), ConfigError> {
    match text {
        Some(text) => atomic_file::write_private(path, text),
        None => atomic_file::remove(path),
    }
}

/// Removes folders that are empty, innermost first. Others hold something of the user's by now.
pub(super) fn remove_folders(folders: &[PathBuf]) {
    for folder in folders.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
}

fn missing_folders(path: &Path) -> Vec<PathBuf> {
    let path = atomic_file::resolve(path).unwrap_or_else(|_| path.to_owned());
    let folders = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    folders.take_while(|folder| !folder.exists()).map(Path::to_owned).collect()
}
