//! Gleam's cache of tarballs. Gleam believes what it finds there by its name alone, so nothing is put there that is not
//! what its name says.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use hex_format::checksum::Sha256;

use super::place::{self, Held};
use crate::config::ConfigError;

/// The folder `hex/hexpm/packages` of Gleam's cache, the same for all repositories: a tarball is known by its checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GleamCache {
    folder: PathBuf,
}

impl GleamCache {
    /// Where Gleam 1.18 has it, by the environment, given as a function: in `XDG_CACHE_HOME` if that is absolute, else
    /// in `~/.cache`; on macOS in `~/Library/Caches`, on Windows in `LOCALAPPDATA`.
    ///
    /// # Errors
    /// When no variable says where.
    pub fn discover(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let path = |name| variable(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
        let base = if cfg!(target_os = "macos") {
            path("HOME").map(|home| home.join("Library/Caches"))
        } else if cfg!(windows) {
            path("LOCALAPPDATA")
        } else {
            path("XDG_CACHE_HOME").or_else(|| path("HOME").map(|home| home.join(".cache")))
        };
        let base = base.ok_or(ConfigError::NoHome)?;
        Ok(Self { folder: base.join("gleam/hex/hexpm/packages") })
    }

    /// Where the tarballs are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the tarball with this outer checksum is, or would be.
    pub fn path(&self, outer: Sha256) -> PathBuf {
        self.folder.join(format!("{}.tar", outer.to_upper_hex()))
    }

    /// Whether the tarball is there, whole and unchanged. A broken one is as good as none.
    pub fn holds(&self, outer: Sha256) -> bool {
        place::tarball(&self.path(outer), outer).is_ok_and(|held| held == Held::Right)
    }

    /// The tarball, if it is there, whole and unchanged.
    pub fn get(&self, outer: Sha256) -> Option<Vec<u8>> {
        place::read(&self.path(outer)).ok()?.filter(|bytes| Sha256::of(bytes) == outer)
    }

    /// Puts a tarball there, under its own checksum.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn store(&self, tarball: &[u8]) -> Result<PathBuf, ConfigError> {
        let path = self.path(Sha256::of(tarball));
        match place::write(&path, tarball) {
            Ok(()) => Ok(path),
            Err(reason) => Err(ConfigError::Io { action: "write", path, reason }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_where_gleam_looks() {
        let find = |environment: &[(&str, &str)]| {
            GleamCache::discover(|name| {
                environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
            })
        };
        if cfg!(target_os = "linux") {
            let of =
                |environment: &[_]| find(environment).unwrap().path(Sha256::of(b"")).display().to_string();
            let file = "gleam/hex/hexpm/packages/E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855.tar";
            assert_eq!(of(&[("HOME", "/h")]), format!("/h/.cache/{file}"));
            assert_eq!(of(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]), format!("/x/{file}"));
            assert_eq!(of(&[("HOME", "/h"), ("XDG_CACHE_HOME", "x")]), format!("/h/.cache/{file}"));
        }
        assert!(matches!(find(&[]), Err(ConfigError::NoHome)));
    }

    #[test]
    fn a_broken_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = GleamCache { folder: folder.path().join("packages") };
        let outer = Sha256::of(b"tarball");
        assert!(!cache.holds(outer) && cache.get(outer).is_none());
        let path = cache.store(b"tarball").unwrap();
        assert!(cache.holds(outer));
        assert_eq!(cache.get(outer).unwrap(), b"tarball");
        std::fs::write(&path, b"tarb").unwrap();
        assert!(!cache.holds(outer) && cache.get(outer).is_none());
        cache.store(b"tarball").unwrap();
        assert!(cache.holds(outer));
        assert_eq!(std::fs::read_dir(folder.path().join("packages")).unwrap().count(), 1);
    }
}
