//! Files that are either the old or the new version, readable by their owner alone, and changed by one command at a
//! time.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::ConfigError;

#[cfg(test)]
mod tests;

/// Reads a file of at most `limit` bytes; `None` if it doesn't exist.
///
/// # Errors
/// When it can't be read or is larger.
pub fn read(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, ConfigError> {
    if is_pipe(path) {
        // Who waits for what comes out of it may wait for ever.
        let reason = std::io::Error::new(ErrorKind::InvalidInput, "it is a pipe and no file");
        return Err(io("read", path)(reason));
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io("read", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(io("read", path))?;
    if bytes.len() > limit {
        return Err(ConfigError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(Some(bytes))
}

/// Writes a file that only its owner may read: beside its place, synced, then renamed. A crash leaves the old file or
/// the new one. A symbolic link stays, and what it points at is replaced.
///
/// # Errors
/// When the system refuses; the old file is then untouched.
pub fn write_private(path: &Path, text: &str) -> Result<(), ConfigError> {
    write(path, text.as_bytes(), true)
}

/// The same for a file of a cache, which may be lost in a crash, so nobody waits for the disk.
///
/// # Errors
/// When the system refuses; the old file is then untouched.
pub fn write_cache(path: &Path, bytes: &[u8]) -> Result<(), ConfigError> {
    write(path, bytes, false)
}

fn write(path: &Path, bytes: &[u8], sync: bool) -> Result<(), ConfigError> {
    let target = resolve(path).map_err(io("write", path))?;
    if fs::metadata(&target).is_ok_and(|there| !there.is_file()) {
        // A rename would put a file into the place of a device or a pipe.
        let reason = std::io::Error::new(ErrorKind::InvalidInput, "it is there and no file");
        return Err(io("write", path)(reason));
    }
    let folder = folder_of(&target);
    create_folder(folder).map_err(io("write", path))?;
    let write = || -> std::io::Result<()> {
        // The temporary file is made with mode 0600, and keeps it through the rename.
        let mut file = tempfile::Builder::new().prefix(".skep-").suffix(".tmp").tempfile_in(folder)?;
        file.as_file_mut().write_all(bytes)?;
        if sync {
            file.as_file().sync_all()?;
        }
        file.persist(&target).map_err(|error| error.error)?;
        if sync { sync_folder(folder) } else { Ok(()) }
    };
    write().map_err(io("write", path))
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    fs::metadata(path).is_ok_and(|there| there.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_path: &Path) -> bool {
    false
}

/// The permission bits of a file; none if there is no file, or the system has no such bits.
#[cfg(unix)]
pub fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(fs::metadata(path).ok()?.permissions().mode() & 0o7777)
}

/// The permission bits of a file; none if there is no file, or the system has no such bits.
#[cfg(not(unix))]
pub fn mode(_path: &Path) -> Option<u32> {
    None
}

/// Gives a file permission bits.
///
/// # Errors
/// When the system refuses.
#[cfg(unix)]
pub fn set_mode(path: &Path, mode: u32) -> Result<(), ConfigError> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(io("change", path))
}

/// Does nothing: this system has no such bits.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn set_mode(_path: &Path, _mode: u32) -> Result<(), ConfigError> {
    Ok(())
}

/// The right to change the files of this machine, held until dropped.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until no other command changes files. The lock file itself stays where it is.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn acquire(path: &Path) -> Result<Self, ConfigError> {
        create_folder(folder_of(path)).map_err(io("lock", path))?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(io("lock", path))?;
        file.lock().map_err(io("lock", path))?;
        Ok(Self { _file: file })
    }
}

fn io(action: &'static str, path: &Path) -> impl Fn(std::io::Error) -> ConfigError {
    let path = path.to_owned();
    move |reason| ConfigError::Io { action, path: path.clone(), reason }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Removes a file, if there is one. A symbolic link stays, and what it points at is removed.
///
/// # Errors
/// When the system refuses.
pub fn remove(path: &Path) -> Result<(), ConfigError> {
    match resolve(path).and_then(fs::remove_file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Where a path leads: files kept in another folder and linked into place must stay linked.
pub(super) fn resolve(path: &Path) -> std::io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::read_link(path) {
            // A link to a file that is not there yet.
            Ok(target) => Ok(folder_of(path).join(target)),
            Err(_) => Ok(path.to_owned()),
        },
        other => other,
    }
}

#[cfg(unix)]
fn create_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    // Only folders that don't exist yet get this mode.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}
