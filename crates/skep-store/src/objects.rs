//! Content-addressed blobs: tarballs and documentation archives, by SHA-256.
//!
//! A blob is written and synced before the transaction that refers to it and never changed afterwards,
//! so a crash leaves at most a blob that nobody refers to. Writing one that is there already writes it
//! again (temporary file, rename): its age is then new, which keeps the collector of orphans away from a
//! blob that a running publish is about to refer to.

use std::io::SeekFrom;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use hex_format::checksum::Sha256;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::Micros;

/// How much is read from a local file at once. Large enough that system calls do not count.
const CHUNK_BYTES: usize = 256 * 1024;

/// A failed operation on the blobs.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// The blob is not there.
    #[error("blob {0} is missing")]
    Missing(Sha256),
    /// The folder or store refused.
    #[error("blobs: {0}")]
    Store(#[from] object_store::Error),
    /// A local file could not be read.
    #[error("blob {sha256}: {cause}")]
    Io {
        /// Which blob.
        sha256: Sha256,
        /// Why.
        cause: std::io::Error,
    },
}

/// A blob as the collector and the verifier see it.
#[derive(Debug, Clone)]
pub struct StoredBlob {
    /// The name, which is the digest that the content must have.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
    /// When it was last written.
    pub written_at: Micros,
}

/// The blob store.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// Set for a folder on this machine, whose files are read without the detour over the trait.
    folder: Option<Arc<Path>>,
}

impl Objects {
    /// Blobs in a local folder, which is made if it is not there.
    pub fn local(folder: &Path) -> Result<Self, ObjectsError> {
        std::fs::create_dir_all(folder).map_err(|cause| {
            ObjectsError::Store(object_store::Error::Generic { store: "folder", source: Box::new(cause) })
        })?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), folder: Some(folder.into()) })
    }

    fn name(sha256: &Sha256) -> String {
        let hex = sha256.to_string();
        format!("{}/{hex}", &hex[..2])
    }

    fn file(&self, sha256: &Sha256) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(Self::name(sha256)))
    }

    /// Stores a blob durably. `sha256` must be the digest of `content`.
    pub async fn put(&self, sha256: &Sha256, content: Bytes) -> Result<(), ObjectsError> {
        debug_assert_eq!(*sha256, Sha256::of(&content));
        let path = ObjectPath::from(Self::name(sha256));
        self.store.put(&path, PutPayload::from_bytes(content)).await?;
        Ok(())
    }

    /// Whether the blob is there.
    pub async fn contains(&self, sha256: &Sha256) -> Result<bool, ObjectsError> {
        match self.store.head(&ObjectPath::from(Self::name(sha256))).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The bytes `range` of a blob, a chunk at a time. Everything that can be refused is refused
    /// before the stream is returned.
    pub async fn stream(
        &self,
        sha256: &Sha256,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, std::io::Result<Bytes>>, ObjectsError> {
        let Some(path) = self.file(sha256) else {
            let path = ObjectPath::from(Self::name(sha256));
            let options = object_store::GetOptions { range: Some(range.into()), ..Default::default() };
            let result = self.store.get_opts(&path, options).await.map_err(|e| missing(e, sha256))?;
            return Ok(result.into_stream().map_err(std::io::Error::other).boxed());
        };
        let failed = |cause: std::io::Error| match cause.kind() {
            std::io::ErrorKind::NotFound => ObjectsError::Missing(*sha256),
            _ => ObjectsError::Io { sha256: *sha256, cause },
        };
        let mut file = tokio::fs::File::open(path).await.map_err(failed)?;
        if range.start > 0 {
            file.seek(SeekFrom::Start(range.start)).await.map_err(failed)?;
        }
        file.set_max_buf_size(CHUNK_BYTES);
        let length = range.end.saturating_sub(range.start);
        let chunk = CHUNK_BYTES.min(usize::try_from(length).unwrap_or(CHUNK_BYTES).max(1));
        Ok(ReaderStream::with_capacity(file.take(length), chunk).boxed())
    }

    /// A whole blob. Only for callers that know it to be small enough.
    pub async fn read(&self, sha256: &Sha256) -> Result<Bytes, ObjectsError> {
        let path = ObjectPath::from(Self::name(sha256));
        let result = self.store.get(&path).await.map_err(|e| missing(e, sha256))?;
        Ok(result.bytes().await?)
    }

    /// Deletes a blob; it is fine if it is gone.
    pub async fn delete(&self, sha256: &Sha256) -> Result<(), ObjectsError> {
        match self.store.delete(&ObjectPath::from(Self::name(sha256))).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Every blob, in no order. Files that are no blobs are passed over.
    pub fn list(&self) -> BoxStream<'_, Result<StoredBlob, ObjectsError>> {
        self.store
            .list(None)
            .map_err(ObjectsError::from)
            .try_filter_map(async |meta| {
                let sha256 = meta.location.filename().and_then(|name| name.parse::<Sha256>().ok());
                Ok(sha256.map(|sha256| StoredBlob {
                    sha256,
                    size: meta.size,
                    written_at: meta.last_modified.timestamp_micros(),
                }))
            })
            .boxed()
    }
}

fn missing(error: object_store::Error, sha256: &Sha256) -> ObjectsError {
    match error {
        object_store::Error::NotFound { .. } => ObjectsError::Missing(*sha256),
        error => error.into(),
    }
}
