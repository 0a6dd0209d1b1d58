//! Archives of documentation: a gzip-compressed tar without wrapper or checksum.
//!
//! The upload is judged leniently, as the Hex HTTP contract says: gzip within limits. What is then served from it
//! is judged entry by entry. Neither may ever hold the unpacked bytes in memory.

use std::io::{self, BufRead, Read};

use super::Limits;
use super::contents::{Entry, EntryKind, Summary, walk_with};
use super::error::{ArchiveError, ContentsError};
use super::inflate::Inflate;

/// Why an upload of documentation is refused. The first two texts are the contract's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocsError {
    /// The compressed archive is larger than allowed.
    #[error("too big")]
    TooBig {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// It unpacks to more than allowed.
    #[error("too big (uncompressed)")]
    TooBigUncompressed {
        /// The limit in bytes.
        limit: u64,
    },
    /// Not gzip, or damaged, or (when served) with entries that are refused.
    #[error("docs tarball error, {0}")]
    Contents(ContentsError),
}

impl From<ContentsError> for DocsError {
    fn from(error: ContentsError) -> Self {
        match error {
            ContentsError::TooBig { limit } => Self::TooBigUncompressed { limit },
            other => Self::Contents(other),
        }
    }
}

/// Checks an upload: at most `limits.tarball` bytes of gzip that unpack to at most `limits.unpacked`. What they
/// unpack to is not looked at, since the contract accepts anything. Gives the unpacked size in bytes.
///
/// # Errors
/// When it is too big before or after unpacking, or is not one intact gzip stream.
pub fn check(gz: &[u8], limits: &Limits) -> Result<u64, DocsError> {
    if gz.len() > limits.tarball {
        return Err(DocsError::TooBig { size: gz.len(), limit: limits.tarball });
    }
    let mut inflate = Inflate::new(gz, limits.unpacked)?;
    if let Err(error) = io::copy(&mut inflate, &mut io::sink()) {
        let reason = inflate.take_failure();
        return Err(reason.unwrap_or_else(|| ArchiveError::Read(error.to_string()).into()).into());
    }
    inflate.finish()?;
    Ok(inflate.unpacked())
}

/// Visits the entries that can be served, under the same rules as the contents of packages, and without symbolic
/// links: a web server must not follow them.
///
/// # Errors
/// As [`super::contents::walk`], and for any link.
pub fn walk<E: From<DocsError>>(
    gz: impl BufRead,
    limits: &Limits,
    mut visit: impl FnMut(&Entry, &mut dyn Read) -> Result<(), E>,
) -> Result<Summary, E> {
    let result = walk_with(gz, limits, &[], |entry, reader| match entry.kind {
        EntryKind::Symlink { .. } => {
            let name = entry.path.to_string();
            Err(Stop::Refused(ContentsError::Unsupported { name, kind: "symbolic link" }))
        }
        _ => visit(entry, reader).map_err(Stop::Visitor),
    });
    result.map_err(|stop| match stop {
        Stop::Refused(error) => E::from(error.into()),
        Stop::Visitor(error) => error,
    })
}

/// Checks an archive for serving, and lists its entries.
///
/// # Errors
/// As [`walk`].
pub fn entries(gz: impl BufRead, limits: &Limits) -> Result<Vec<Entry>, DocsError> {
    let mut entries = Vec::new();
    walk(gz, limits, |entry, _| {
        entries.push(entry.clone());
        Ok::<_, DocsError>(())
    })?;
    Ok(entries)
}

/// Keeps the caller's errors apart from ours.
enum Stop<E> {
    Refused(ContentsError),
    Visitor(E),
}

impl<E> From<ContentsError> for Stop<E> {
    fn from(error: ContentsError) -> Self {
        Self::Refused(error)
    }
}

#[cfg(test)]
mod tests;
