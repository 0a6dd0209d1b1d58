//! Files of the folder: read up to a limit, written beside their place and renamed, by one program at a time.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// How the files are called that are not ready yet. None of these signs can stand in a package's name.
const UNREADY: (&str, &str) = (".skep-", ".tmp");

/// The system refused.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct FileError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// Names what was tried.
pub(crate) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError { action, path, source }
}

/// Reads a file of at most `limit` bytes; none if there is none.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, FileError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(failed("read", path))?;
    if bytes.len() > limit {
        let error = io::Error::other(format!("it has more than {limit} bytes"));
        return Err(failed("read", path)(error));
    }
    Ok(Some(bytes))
}

/// Writes a file that everybody may read, as a web server has to: beside its place, synced, then renamed. The folder
/// that it is in must be there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let write = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix(UNREADY.0).suffix(UNREADY.1);
        #[cfg(unix)]
        builder.permissions({
            use std::os::unix::fs::PermissionsExt as _;
            // As any new file: the user's mask takes away from it.
            fs::Permissions::from_mode(0o666)
        });
        let mut file = builder.tempfile_in(path.parent().unwrap_or(Path::new(".")))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(failed("write", path))
}

/// The files in a folder, by name and without those that are not ready; none if the folder is not there.
pub(crate) fn list(folder: &Path) -> Result<Vec<String>, FileError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("read", folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed("read", folder))?;
        // Through links: a folder of tarballs may be made of them.
        let is_file = fs::metadata(entry.path()).is_ok_and(|data| data.is_file());
        // What is not text is the name of nothing that is ours.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !is_file {
            continue;
        }
        if !is_unready(&name) {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Deletes what a program that was killed left unready. Only for whoever holds the lock: nobody else is at work on it.
pub(crate) fn tidy(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_str().is_some_and(is_unready)) {
        // What stays is as harmless as before.
        let _ = fs::remove_file(entry.path());
    }
}

fn is_unready(name: &str) -> bool {
    name.starts_with(UNREADY.0) && name.ends_with(UNREADY.1)
}

/// The right to change a folder, held until dropped.
pub(crate) struct Lock {
    _held: File,
}

impl Lock {
    /// Makes the folder if it is not there, and waits until no other program changes it.
    ///
    /// It is the folder itself that is locked: a lock file would be served to the world.
    pub(crate) fn acquire(folder: &Path) -> Result<Self, FileError> {
        fs::create_dir_all(folder).map_err(failed("make", folder))?;
        Self::of(folder)
    }

    #[cfg(unix)]
    fn of(folder: &Path) -> Result<Self, FileError> {
        let held = File::open(folder).map_err(failed("lock", folder))?;
        held.lock().map_err(failed("lock", folder))?;
        Ok(Self { _held: held })
    }

    #[cfg(not(unix))]
    fn of(folder: &Path) -> Result<Self, FileError> {
        let path = folder.join(".skep-lock");
        let held = File::create(&path).map_err(failed("lock", &path))?;
        held.lock().map_err(failed("lock", &path))?;
        Ok(Self { _held: held })
    }
}

/// Makes names in a folder durable, where the system can.
pub(crate) fn sync(folder: &Path) -> Result<(), FileError> {
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("sync", folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
