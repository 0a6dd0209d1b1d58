//! A tarball in one call, for the command line and for tests. Must never make one that [`super::read`] refuses.

use super::write::{self, SourceFile};
use super::{ContentsError, Limits, MAX_METADATA, TarballError, read};
use crate::checksum::Sha256;

/// A finished tarball and its checksums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The bytes to publish.
    pub tarball: Vec<u8>,
    /// SHA-256 of version, metadata and contents.
    pub inner: Sha256,
    /// SHA-256 of the whole file.
    pub outer: Sha256,
}

/// Builds a package tarball of `metadata.config`, taken as it is, and files in the order given.
///
/// # Errors
/// When the files can't be packed together, or a limit is exceeded.
pub fn build(metadata: &[u8], files: &[SourceFile<'_>], limits: &Limits) -> Result<Built, TarballError> {
    if metadata.len() as u64 > MAX_METADATA {
        return Err(TarballError::FileTooBig("metadata.config"));
    }
    let contents = write::tar(files)?;
    if contents.len() as u64 > limits.unpacked {
        return Err(ContentsError::TooBig { limit: limits.unpacked }.into());
    }
    let tarball = write::outer(metadata, &write::gzip(&contents));
    let read = read(&tarball, limits)?;
    let (inner, outer) = (read.inner, read.outer);
    Ok(Built { tarball, inner, outer })
}
