//! Package tarballs: read with limits, written as the official clients write them.
//!
//! A tarball is a tar archive of `VERSION`, `CHECKSUM`, `metadata.config` and `contents.tar.gz`. [`read`] looks at
//! this outer archive and verifies the checksum, [`contents`] checks what is inside, [`docs`] does it for
//! documentation, [`write`](mod@write) and [`build`] make new ones. Nothing here touches a disk, holds unpacked
//! bytes, or accepts an archive that two clients would unpack differently.

mod archive;
mod build;
pub mod contents;
pub mod docs;
mod error;
mod extension;
mod header;
mod inflate;
pub mod path;
#[cfg(test)]
mod raw;
mod read;
mod tree;
pub mod write;

pub use archive::MAX_EXTENSION;
pub use build::{Built, build};
pub use contents::{Entry, EntryKind, Summary};
pub use error::{ArchiveError, ContentsError, TarballError};
pub use path::{ArchivePath, PathError};
pub use read::{Tarball, read};
pub use write::{SourceFile, SourceKind};

/// Largest tarball, of a package or of documentation, in bytes (the Hex HTTP contract).
pub const MAX_TARBALL: usize = 16 * 1024 * 1024;
/// Largest archive of contents or documentation when unpacked, in bytes (the Hex HTTP contract).
pub const MAX_UNPACKED: u64 = 128 * 1024 * 1024;
/// Largest `metadata.config`, in bytes (the Hex HTTP contract).
pub const MAX_METADATA: u64 = 1024 * 1024;
/// Largest `VERSION`, in bytes (the Hex HTTP contract).
pub const MAX_VERSION: u64 = 32;
/// Largest `CHECKSUM`, in bytes (the Hex HTTP contract).
pub const MAX_CHECKSUM: u64 = 128;
/// Most entries of the outer archive, where four are needed and others are ignored.
pub const MAX_OUTER_ENTRIES: usize = 64;
/// Most paths of contents or documentation, the directories that they lie in counted too.
pub const MAX_ENTRIES: usize = 100_000;

/// The format of a tarball, by the content of its `VERSION` file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FormatVersion {
    /// `2`: metadata in `metadata.exs`, as Elixir terms. Written until 2015; today's clients refuse it.
    V2,
    /// `3`: metadata in `metadata.config`, as Erlang terms.
    V3,
}

impl FormatVersion {
    /// The content of `VERSION`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2 => "2",
            Self::V3 => "3",
        }
    }

    /// The file that holds the metadata.
    #[must_use]
    pub const fn metadata_file(self) -> &'static str {
        match self {
            Self::V2 => "metadata.exs",
            Self::V3 => "metadata.config",
        }
    }
}

/// What is accepted. The default is what the Hex HTTP contract demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest tarball in bytes.
    pub tarball: usize,
    /// Largest unpacked contents in bytes.
    pub unpacked: u64,
    /// Most paths in contents, implied directories counted.
    pub entries: usize,
    /// Accepted formats.
    pub versions: &'static [FormatVersion],
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tarball: MAX_TARBALL,
            unpacked: MAX_UNPACKED,
            entries: MAX_ENTRIES,
            versions: &[FormatVersion::V3],
        }
    }
}

#[cfg(test)]
mod tests;
