//! What is inside of `contents.tar.gz`.
//!
//! Streams: the unpacked bytes are never held in memory. What passes here can be unpacked below a directory without
//! anything ending up outside of it, by every client and on every system; what can't, is refused and never repaired.

use std::io::{BufRead, Read};

use super::Limits;
use super::archive::{Archive, Member};
use super::error::{ArchiveError, ContentsError, shown};
use super::header::Kind;
use super::inflate::Inflate;
use super::path::{ArchivePath, PathError};
use super::tree::Tree;

/// The file that clients write into the directory of an unpacked package, hence never part of one.
pub const RESERVED_FILE: &str = "hex_metadata.config";

/// A file, directory or link of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it belongs, below the root.
    pub path: ArchivePath,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File {
        /// Bytes of data.
        size: u64,
        /// Whether its owner may execute it; the only bit of its mode that counts.
        executable: bool,
    },
    /// A directory; archives name only those that are empty.
    Directory,
    /// A symbolic link.
    Symlink {
        /// Relative to the directory of the link, inside the root.
        target: String,
    },
}

/// The sums of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Entries visited.
    pub entries: usize,
    /// Size of the archive when unpacked, headers included, in bytes.
    pub unpacked: u64,
}

/// Checks everything about the compressed contents of a package, and lists the entries in their order.
///
/// # Errors
/// When anything would be refused by [`walk`].
pub fn check(gz: impl BufRead, limits: &Limits) -> Result<Vec<Entry>, ContentsError> {
    let mut entries = Vec::new();
    walk(gz, limits, |entry, _| {
        entries.push(entry.clone());
        Ok::<_, ContentsError>(())
    })?;
    Ok(entries)
}

/// Visits the entries of a package's compressed contents in their order; the reader gives the data of a file.
///
/// Each entry is checked before it is visited, but the archive as a whole is only known to be good when the walk
/// has succeeded: write to a temporary place. Entries never lie below a link or a file of the same archive, and
/// never repeat, so writing them one by one below a fresh directory stays inside of it.
///
/// # Errors
/// When the bytes are no single gzip stream of a tar archive, break a limit, or hold an entry that is not safe to
/// unpack: a path that is absolute, climbs or is ambiguous, a link out of the root, a device, a hard link, a
/// duplicate. Errors of `visit` come back as they are, unless the archive is to blame for them.
pub fn walk<E: From<ContentsError>>(
    gz: impl BufRead,
    limits: &Limits,
    visit: impl FnMut(&Entry, &mut dyn Read) -> Result<(), E>,
) -> Result<Summary, E> {
    walk_with(gz, limits, &[RESERVED_FILE], visit)
}

/// [`walk`] with a choice of reserved names at the root.
pub(super) fn walk_with<E: From<ContentsError>>(
    gz: impl BufRead,
    limits: &Limits,
    reserved: &[&str],
    mut visit: impl FnMut(&Entry, &mut dyn Read) -> Result<(), E>,
) -> Result<Summary, E> {
    let mut archive = Archive::new(Inflate::new(gz, limits.unpacked)?);
    let mut tree = Tree::new(limits.entries);
    let mut entries = 0;
    while let Some(member) = blame(archive.next(), archive.source())? {
        let Some(entry) = entry(&member, reserved)? else { continue };
        tree.insert(&entry.path, &entry.kind)?;
        entries += 1;
        let visited = visit(&entry, &mut archive);
        if let Some(failure) = archive.source().take_failure() {
            return Err(failure.into());
        }
        visited?;
    }
    blame(archive.finish(), archive.source())?;
    archive.source().finish()?;
    Ok(Summary { entries, unpacked: archive.source().unpacked() })
}

/// Prefers the reason of the decompressor to that of the archive it cut short.
fn blame<T, R: BufRead>(
    result: Result<T, ArchiveError>,
    source: &mut Inflate<R>,
) -> Result<T, ContentsError> {
    result.map_err(|error| source.take_failure().unwrap_or_else(|| error.into()))
}

/// Judges one entry; `None` for the root directory itself, which some archivers list.
fn entry(member: &Member, reserved: &[&str]) -> Result<Option<Entry>, ContentsError> {
    let name = || shown(&member.name);
    let path = match parse_path(&member.name) {
        Ok(path) => path,
        Err(PathError::Root) if member.kind == Kind::Directory => return Ok(None),
        Err(reason) => return Err(ContentsError::Path { name: name(), reason }),
    };
    if reserved.iter().any(|name| path.as_str().eq_ignore_ascii_case(name)) {
        return Err(ContentsError::Reserved { name: name() });
    }
    let kind = match member.kind {
        Kind::File if member.name.ends_with(b"/") => {
            return Err(ContentsError::FileWithSlash { name: name() });
        }
        Kind::File => EntryKind::File { size: member.size, executable: member.executable },
        Kind::Directory => EntryKind::Directory,
        Kind::Symlink => EntryKind::Symlink { target: link_target(&path, member)? },
        other => return Err(ContentsError::Unsupported { name: name(), kind: other.describe() }),
    };
    Ok(Some(Entry { path, kind }))
}

/// The target of a link, as written, if it stays inside.
fn link_target(path: &ArchivePath, member: &Member) -> Result<String, ContentsError> {
    let refused =
        |reason| ContentsError::UnsafeSymlink { name: path.to_string(), target: shown(&member.link), reason };
    let target = str::from_utf8(&member.link).map_err(|_| refused(PathError::NotUtf8))?;
    path.check_link(target).map_err(refused)?;
    Ok(target.to_owned())
}

/// A path from the bytes of a header.
pub(super) fn parse_path(name: &[u8]) -> Result<ArchivePath, PathError> {
    ArchivePath::parse(str::from_utf8(name).map_err(|_| PathError::NotUtf8)?)
}

#[cfg(test)]
mod tests;
