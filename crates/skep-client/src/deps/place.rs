//! Files of a cache, which appear whole or not at all.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use hex_format::checksum::Sha256;
use hex_format::tarball::MAX_TARBALL;

/// Writes a file beside its place and renames it over it, with the rights of any new file.
///
/// It is not synced: a cache is checked by checksum each time it is used, and a hundred syncs take a second.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".skep-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions({
        use std::os::unix::fs::PermissionsExt;
        // The user's mask takes away from it.
        fs::Permissions::from_mode(0o666)
    });
    let mut file = builder.tempfile_in(folder)?;
    file.as_file_mut().write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// What a file of a cache is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// Not there.
    Nothing,
    /// Something that is not what was looked for.
    Damaged,
    /// What was looked for.
    Right,
}

/// Looks whether a tarball is there and has the checksum.
pub(super) fn tarball(path: &Path, outer: Sha256) -> io::Result<Held> {
    match read(path)? {
        None => Ok(Held::Nothing),
        Some(bytes) if Sha256::of(&bytes) == outer => Ok(Held::Right),
        Some(_) => Ok(Held::Damaged),
    }
}

/// Reads a tarball, if it is there. What is longer than a tarball can be is cut, and so has the wrong checksum.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    // A pipe would be waited for without end.
    if fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is there and no file"));
    }
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX_TARBALL as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}
