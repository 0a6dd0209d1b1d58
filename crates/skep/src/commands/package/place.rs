//! Files and folders that appear whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;

/// The folder that a path is in.
pub(in crate::commands) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A temporary folder that only its owner can look into; it goes away when dropped.
pub(in crate::commands) fn private_folder(prefix: &str) -> anyhow::Result<tempfile::TempDir> {
    private(prefix).tempdir().context("cannot make a temporary folder")
}

/// The same beside what it is for, so that its contents can be renamed into place.
pub(in crate::commands) fn private_folder_in(parent: &Path) -> io::Result<tempfile::TempDir> {
    private(".skep-").tempdir_in(parent)
}

fn private(prefix: &str) -> tempfile::Builder<'_, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder
}

/// Whether something is there that is no file, such as `/dev/null` or a pipe.
pub(in crate::commands) fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir())
}

/// Writes a file beside its place and renames it over it. What is there and is no file, such as `/dev/null` or a pipe, is
/// written into and stays what it is.
pub(in crate::commands) fn file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if is_special(path) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    // A link goes on leading to the same place.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".skep-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions({
        use std::os::unix::fs::PermissionsExt;
        // As any new file: the user's mask takes away from it.
        fs::Permissions::from_mode(0o666)
    });
    let folder = parent(path);
    if !folder.is_dir() {
        let text = format!("there is no folder {}", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, text));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Whether a path is free for a new folder: nothing is there, or an empty folder.
pub(in crate::commands) fn is_free(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use super::*;

    /// What is unpacked or built there may be of a private package.
    #[test]
    #[cfg(unix)]
    fn nobody_else_looks_into_temporary_folders() {
        use std::os::unix::fs::PermissionsExt as _;
        let parent = tempfile::tempdir().unwrap();
        for folder in [private_folder("skep-x-").unwrap(), private_folder_in(parent.path()).unwrap()] {
            assert_eq!(folder.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
