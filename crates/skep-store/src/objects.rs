//! Content-addressed blobs: tarballs and documentation archives, by SHA-256.
//!
//! A blob is written and synced before the transaction that refers to it and never changed afterwards,
//! so a crash leaves at most a blob that nobody refers to. Writing one that is there already writes it
//! again (temporary file, rename): its age is then new, which keeps the collector of orphans away from a
//! blob that a running publish is about to refer to.
//!
//! Beside the blobs stands the identity of the instance that they belong to, because a store without its
//! database looks like one full of orphans.

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

/// How much is read from a local file at once. Four times as much was no faster and held twice the memory.
const CHUNK_BYTES: usize = 64 * 1024;

/// The identity of the instance, beside the blobs.
const IDENTITY: &str = ".instance";

/// The same before the database has taken it.
const ANNOUNCED: &str = ".instance.new";

/// Longest identity that is read, in bytes. Skep's own are 32 digits.
const MAX_IDENTITY_BYTES: u64 = 128;

/// A failed operation on the blobs.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// The blob is not there.
    #[error("blob {0} is missing")]
    Missing(Sha256),
    /// The folder or store refused.
    #[error("blobs: {0}")]
    Store(#[from] object_store::Error),
    /// The file with the identity holds something else.
    #[error("{name} in {place} is damaged: restore it from a backup")]
    Identity {
        /// Of the file.
        name: &'static str,
        /// Where the blobs are.
        place: String,
    },
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

    /// Where the blobs are, for people: the folder's path.
    pub fn place(&self) -> String {
        match &self.folder {
            Some(folder) => folder.display().to_string(),
            None => self.store.to_string(),
        }
    }

    /// The identity of the instance that the blobs belong to; `None` in a new folder.
    pub async fn identity(&self) -> Result<Option<String>, ObjectsError> {
        self.read_identity(IDENTITY).await
    }

    /// What [`Objects::announce`] wrote, until it is confirmed.
    pub async fn announced(&self) -> Result<Option<String>, ObjectsError> {
        self.read_identity(ANNOUNCED).await
    }

    /// Writes durably which identity the blobs are about to get. To be called before the database takes
    /// it: should everything end in between, the announced identity tells this folder from any other.
    pub async fn announce(&self, identity: &str) -> Result<(), ObjectsError> {
        self.write_identity(ANNOUNCED, identity).await
    }

    /// Writes the identity durably, once the database has it.
    pub async fn confirm(&self, identity: &str) -> Result<(), ObjectsError> {
        self.write_identity(IDENTITY, identity).await?;
        match self.store.delete(&ObjectPath::from(ANNOUNCED)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn read_identity(&self, name: &'static str) -> Result<Option<String>, ObjectsError> {
        let found = match self.store.get(&ObjectPath::from(name)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let damaged = || ObjectsError::Identity { name, place: self.place() };
        if found.meta.size > MAX_IDENTITY_BYTES {
            return Err(damaged());
        }
        let bytes = found.bytes().await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| damaged())?.trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(damaged());
        }
        Ok(Some(text.to_owned()))
    }

    async fn write_identity(&self, name: &str, identity: &str) -> Result<(), ObjectsError> {
        let content = PutPayload::from(format!("{identity}\n"));
        self.store.put(&ObjectPath::from(name), content).await?;
        Ok(())
    }

    /// Whether there is no blob.
    pub async fn is_empty(&self) -> Result<bool, ObjectsError> {
        Ok(self.list().try_next().await?.is_none())
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
