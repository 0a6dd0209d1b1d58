//! Reading an uploaded tarball. Digests and decompression keep a processor busy, so they run beside the threads
//! that serve requests, and only as many at once as there are processors.

use bytes::Bytes;
use hex_format::checksum::Sha256;
use hex_format::metadata::Metadata;
use hex_format::tarball::{self, Limits, Tarball, contents};
use tokio::sync::Semaphore;

use crate::{Error, Result, Skep};

/// Bounds how many uploads are unpacked at once.
pub(crate) struct Unpacking(Semaphore);

impl Unpacking {
    pub(crate) fn new() -> Self {
        Self(Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)))
    }

    /// Runs work that keeps a processor busy.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _permit = self.0.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

/// A tarball that keeps the rules of its format.
pub(super) struct Upload {
    /// The bytes as they came.
    pub(super) tarball: Bytes,
    pub(super) metadata: Metadata,
    pub(super) inner: Sha256,
    pub(super) outer: Sha256,
}

impl Skep {
    pub(super) async fn unpack(&self, tarball: Bytes) -> Result<Upload> {
        self.unpacking.run(move || unpack(tarball)).await?
    }

    pub(super) async fn read_name(&self, tarball: Bytes) -> Result<String> {
        let metadata =
            self.unpacking.run(move || read_outer(&tarball).and_then(|read| metadata(&read))).await??;
        match metadata.name.required_text() {
            Ok(name) => Ok(name.to_owned()),
            Err(error) => Err(Error::field("name", error.to_string())),
        }
    }
}

fn unpack(tarball: Bytes) -> Result<Upload> {
    let limits = Limits::default();
    let read = read_outer(&tarball)?;
    let metadata = metadata(&read)?;
    contents::walk(read.contents, &limits, |_, _| Ok::<_, tarball::ContentsError>(()))
        .map_err(|error| refused(tarball::TarballError::Contents(error)))?;
    let (inner, outer) = (read.inner, read.outer);
    Ok(Upload { tarball, metadata, inner, outer })
}

fn read_outer(tarball: &[u8]) -> Result<Tarball<'_>> {
    tarball::read(tarball, &Limits::default()).map_err(refused)
}

fn metadata(read: &Tarball<'_>) -> Result<Metadata> {
    Metadata::parse(read.metadata)
        .map_err(|error| refused(format!("error reading package metadata: {error}")))
}

fn refused(reason: impl ToString) -> Error {
    Error::field("tar", reason.to_string())
}
