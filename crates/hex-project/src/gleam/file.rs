//! Files that are either the old or the new version.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use super::ProjectError;
use crate::regular;

/// Reads a text of at most `limit` bytes; none if there is no such file.
pub(super) fn read(path: &Path, limit: usize) -> Result<Option<String>, ProjectError> {
    let file = match regular::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io("read", path)(error)),
    };
    let mut text = String::new();
    file.take(limit as u64 + 1).read_to_string(&mut text).map_err(io("read", path))?;
    if text.len() > limit {
        return Err(ProjectError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(Some(text))
}

/// Writes a file beside its place, and renames it over it. It keeps its mode, and stays a link if it was one.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), ProjectError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || {
        fs::create_dir_all(folder)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".skep-").suffix(".tmp");
        #[cfg(unix)]
        builder.permissions(mode(&target));
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(io("write", path))
}

/// That of the file, or of any new file: the user's mask takes away from it.
#[cfg(unix)]
fn mode(path: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).map_or_else(|_| fs::Permissions::from_mode(0o666), |known| known.permissions())
}

pub(super) fn io(action: &'static str, path: &Path) -> impl Fn(std::io::Error) -> ProjectError + use<> {
    let path = path.to_owned();
    move |source| ProjectError::Io { action, path: path.clone(), source }
}
