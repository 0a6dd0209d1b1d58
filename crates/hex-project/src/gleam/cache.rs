//! Gleam's cache of tarballs. Gleam believes what it finds there by its name alone, so nothing is put there that is not
//! what its name says.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use hex_format::checksum::{Sha256, Sha256Hasher};

use super::{ProjectError, file};

/// The folder `hex/hexpm/packages` of Gleam's cache, the same for all repositories: a tarball is known by its checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Where Gleam 1.18 has it, by the environment, given as a function: in `XDG_CACHE_HOME` if that is absolute, else
    /// in `~/.cache`; on macOS in `~/Library/Caches`, on Windows in `LOCALAPPDATA`.
    ///
    /// # Errors
    /// When no variable says where.
    pub fn discover(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, ProjectError> {
        let path = |name| variable(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
        let base = if cfg!(target_os = "macos") {
            path("HOME").map(|home| home.join("Library/Caches"))
        } else if cfg!(windows) {
            path("LOCALAPPDATA")
        } else {
            path("XDG_CACHE_HOME").or_else(|| path("HOME").map(|home| home.join(".cache")))
        };
        base.map(|base| Self::in_folder(base.join("gleam/hex/hexpm/packages"))).ok_or(ProjectError::NoCache)
    }

    /// A cache in a folder, which need not exist yet.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where the tarball with this outer checksum is, or would be.
    pub fn path(&self, outer: Sha256) -> PathBuf {
        self.folder.join(format!("{}.tar", outer.to_upper_hex()))
    }

    /// Whether the tarball is there, whole and unchanged. A broken one is as good as none.
    pub fn holds(&self, outer: Sha256) -> bool {
        checksum(&self.path(outer)).is_ok_and(|found| found == outer)
    }

    /// The tarball, if it is there, whole and unchanged.
    pub fn get(&self, outer: Sha256) -> Option<Vec<u8>> {
        std::fs::read(self.path(outer)).ok().filter(|bytes| Sha256::of(bytes) == outer)
    }

    /// Puts a tarball there, under its own checksum.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn store(&self, tarball: &[u8]) -> Result<PathBuf, ProjectError> {
        let path = self.path(Sha256::of(tarball));
        file::write(&path, tarball)?;
        Ok(path)
    }
}

fn checksum(path: &Path) -> std::io::Result<Sha256> {
    let mut file = File::open(path)?;
    let (mut hasher, mut buffer) = (Sha256Hasher::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish()),
            read => hasher.update(&buffer[..read]),
        }
    }
}
