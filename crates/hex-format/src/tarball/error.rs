//! What can be wrong with a tarball.
//!
//! Clients show these texts as they are, so the ones that the reference implementation is known for are kept word
//! for word; the others follow their style.

use super::path::PathError;
use crate::checksum::Sha256;

/// Why bytes are not a tar archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// The bytes end inside of the archive, or before its end marker of two zero blocks.
    #[error("Unexpected end of file")]
    UnexpectedEnd,
    /// A header that can't be read in exactly one way.
    #[error("Unrecognized tar header format: {0}")]
    BadHeader(&'static str),
    /// A field of a header that is no number.
    #[error("Unrecognized tar header format: field {0} is not a number")]
    BadNumber(&'static str),
    /// A size below zero.
    #[error("Invalid header: negative size")]
    NegativeSize,
    /// A number of more than 63 bits.
    #[error("Failed to parse numeric: integer overflow")]
    Overflow,
    /// One zero block that another one should follow.
    #[error("Invalid end of archive")]
    BadEnd,
    /// Something other than zeros after the end marker.
    #[error("data after the end of the archive")]
    TrailingData,
    /// A PAX or GNU extension header that is malformed, contradictory or without an entry.
    #[error("malformed extension header: {0}")]
    BadExtension(&'static str),
    /// An extension header of more than [`super::MAX_EXTENSION`] bytes.
    #[error("extension header of {0} bytes, more than {max}", max = super::MAX_EXTENSION)]
    BigExtension(u64),
    /// The bytes couldn't be read.
    #[error("read error: {0}")]
    Read(String),
}

/// Why the contents of a package, or an archive of documentation, are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentsError {
    /// Not a tar archive.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Not compressed with gzip.
    #[error("not a gzip stream")]
    NotGzip,
    /// The compressed bytes are damaged.
    #[error("corrupt gzip stream: {0}")]
    Corrupt(String),
    /// Bytes after the end of the compressed stream, where some readers look for another one and others don't.
    #[error("data after the end of the gzip stream")]
    AfterGzip,
    /// More than `limit` bytes when unpacked.
    #[error("too_big_uncompressed: {limit}")]
    TooBig {
        /// The limit in bytes.
        limit: u64,
    },
    /// More than `limit` paths, counting the directories they lie in.
    #[error("too many entries: more than {limit}")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// A path that is refused.
    #[error("{name}: {reason}")]
    Path {
        /// The path, control characters escaped and cut when very long.
        name: String,
        /// Why.
        reason: PathError,
    },
    /// A symbolic link whose target is not plainly inside the root.
    #[error("{target}: unknown POSIX error: unsafe_symlink")]
    UnsafeSymlink {
        /// Path of the link.
        name: String,
        /// Its target, shown like a path.
        target: String,
        /// Why.
        reason: PathError,
    },
    /// An entry below a symbolic link.
    #[error("{name}: the path goes through the symbolic link {link}")]
    ThroughSymlink {
        /// Path of the entry.
        name: String,
        /// Path of the link.
        link: String,
    },
    /// An entry below a regular file.
    #[error("{name}: the path goes through the file {file}")]
    ThroughFile {
        /// Path of the entry.
        name: String,
        /// Path of the file.
        file: String,
    },
    /// Two entries at one path.
    #[error("{name}: duplicate entry")]
    Duplicate {
        /// The path.
        name: String,
    },
    /// A name that clients write themselves when they unpack.
    #[error("{name}: the name is reserved")]
    Reserved {
        /// The path.
        name: String,
    },
    /// A regular file whose name ends in a slash.
    #[error("{name}: a file's name ends in a slash")]
    FileWithSlash {
        /// The name.
        name: String,
    },
    /// Neither file nor directory nor symbolic link.
    #[error("{name}: unsupported file type {kind}")]
    Unsupported {
        /// The path.
        name: String,
        /// What it is: `hard link`, `fifo`, …
        kind: &'static str,
    },
}

/// Why a package tarball is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TarballError {
    /// The file is larger than allowed.
    #[error("tarball error, Extraction size exceeds the configured max_size limit")]
    TooBig {
        /// Size of the file in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The outer archive can't be read.
    #[error("tarball error, {0}")]
    Archive(#[from] ArchiveError),
    /// The outer archive holds something that it must not: a bad path, a link, two files of one name.
    #[error("tarball error, {0}")]
    Entry(ContentsError),
    /// An archive without entries.
    #[error("empty tarball")]
    Empty,
    /// Required files that are not there.
    #[error("missing files: {0:?}")]
    Missing(Vec<&'static str>),
    /// `VERSION`, `CHECKSUM` or the metadata are larger than allowed.
    #[error("file too big: {0}")]
    FileTooBig(&'static str),
    /// A format version that is not accepted; the value is what `VERSION` holds, written as an Erlang binary.
    #[error("unsupported version: {0}")]
    UnsupportedVersion(String),
    /// `CHECKSUM` is not 64 hexadecimal digits.
    #[error("tarball error, invalid_inner_checksum: CHECKSUM is not 64 hexadecimal digits")]
    InvalidChecksum,
    /// `CHECKSUM` is that of something else.
    #[error("tarball error, inner_checksum_mismatch: CHECKSUM is {expected}, the files have {actual}")]
    ChecksumMismatch {
        /// What the tarball claims.
        expected: Sha256,
        /// What it is.
        actual: Sha256,
    },
    /// The contents are refused.
    #[error("inner tarball error, {0}")]
    Contents(#[from] ContentsError),
}

/// Bytes from outside made fit for a message: lossy UTF-8, control characters escaped, at most 200 characters.
pub(super) fn shown(bytes: &[u8]) -> String {
    const LONGEST: usize = 200;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * LONGEST)]);
    let mut out = String::new();
    for letter in text.chars().take(LONGEST) {
        match letter.is_control() {
            true => out.extend(letter.escape_unicode()),
            false => out.push(letter),
        }
    }
    if text.chars().count() > LONGEST || bytes.len() > 4 * LONGEST {
        out.push('…');
    }
    out
}
