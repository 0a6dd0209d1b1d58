//! Documentation of releases, and the files of a repository: tarballs and archives of documentation.
//!
//! Any number of uploads at any time; they change no registry resource. Files are found through the views of
//! packages in memory, so that a download waits for no database when warm.

use std::ops::Range;

use bytes::Bytes;
use futures::stream::BoxStream;
use hex_format::checksum::Sha256;
use hex_format::tarball::{Limits, docs};
use skep_store::Change;
use skep_store::tables::packages;
use skep_store::tables::releases;

use crate::access::{Access, operations};
use crate::audit::{self, Action};
use crate::downloads::Download;
use crate::packages::{Blob, check_version, release_entry};
use crate::{Error, Result, Skep};

/// The bytes of a file, a chunk at a time.
pub type BlobStream = BoxStream<'static, std::io::Result<Bytes>>;

impl Skep {
    /// Stores the documentation of a release in place of what there was.
    ///
    /// Errors: 400 for a text that is no version, 404, 422 for bytes that are no gzip or too many.
    pub async fn publish_docs(
        &self,
        access: &Access<operations::ChangeDocs>,
        version: &str,
        archive: Bytes,
    ) -> Result<()> {
        self.check_documentable(access, version).await?;
        let size = i64::try_from(archive.len()).map_err(Error::internal)?;
        let checked = archive.clone();
        let judge = move || docs::check(&checked, &Limits::default()).map(|_| Sha256::of(&checked));
        let sha256 =
            self.unpacking.run(judge).await?.map_err(|error| Error::field("tar", error.to_string()))?;
        self.objects.put(&sha256, archive.clone()).await?;
        self.set_docs(access, version, Some((sha256, size, archive))).await
    }

    /// Deletes the documentation of a release, if there is any.
    ///
    /// Errors: 400 for a text that is no version, 404.
    pub async fn delete_docs(&self, access: &Access<operations::ChangeDocs>, version: &str) -> Result<()> {
        check_version(version)?;
        self.set_docs(access, version, None).await
    }

    /// Whether a public repository has such a release, whoever asks. Only for answering 404 before anything else is
    /// looked at; of private repositories nothing is said.
    ///
    /// Errors: 400 for a text that is no version, 404.
    pub async fn check_release_exists(&self, repository: &str, name: &str, version: &str) -> Result<()> {
        check_version(version)?;
        let Some(repository) = self.repository(repository).await?.filter(|repository| repository.is_public())
        else {
            // A key without the right gets 401, which next to 404 would tell what there is: rights come first.
            return Ok(());
        };
        let mut conn = self.db.read().await?;
        releases::find(&mut conn, repository.id, name, version).await?.map(drop).ok_or_else(Error::not_found)
    }

    /// Whether documentation can be uploaded: to be asked before the upload is read.
    ///
    /// Errors: 400 for a text that is no version, 404.
    pub async fn check_documentable(
        &self,
        access: &Access<operations::ChangeDocs>,
        version: &str,
    ) -> Result<()> {
        check_version(version)?;
        let package = access.target().existing()?;
        let mut conn = self.db.read().await?;
        releases::by_version(&mut conn, package.id, version).await?.map(drop).ok_or_else(Error::not_found)
    }

    async fn set_docs(
        &self,
        access: &Access<operations::ChangeDocs>,
        version: &str,
        archive: Option<(Sha256, i64, Bytes)>,
    ) -> Result<()> {
        let id = access.target().existing()?.id;
        let repository = &access.target().repository;
        let now = self.now();
        let mut tx = self.change_in(repository).await?;
        packages::lock(&mut tx, id).await?;
        let package = packages::by_id(&mut tx, id).await?.ok_or_else(Error::not_found)?;
        let mut release = releases::by_version(&mut tx, id, version).await?.ok_or_else(Error::not_found)?;
        let columns = archive.as_ref().map(|(sha256, size, _)| (sha256.as_bytes(), *size));
        releases::set_docs(&mut tx, release.id, columns, now).await?;
        // The log tells how the release is now.
        release.docs_checksum = archive.as_ref().map(|(sha256, ..)| *sha256.as_bytes());
        packages::touch_docs(&mut tx, id, now).await?;
        let action = if archive.is_some() { Action::DocsPublish } else { Action::DocsRevert };
        let entry = release_entry(action, repository, &package, &release)?;
        audit::record(&mut tx, access.caller(), &entry, now).await?;
        releases::lock_blobs_shared(&mut tx).await?;
        if let Some((sha256, _, bytes)) = archive
            && !self.objects.contains(&sha256).await?
        {
            self.objects.put(&sha256, bytes).await?;
        }
        tx.note(Change::Package { repository_id: repository.id, name: package.name });
        Ok(tx.commit(now).await?)
    }

    /// The tarball of a release, and what [`Skep::count_download`] wants to know when it is sent.
    ///
    /// Errors: 404.
    pub async fn tarball_blob(
        &self,
        access: &Access<operations::Fetch>,
        name: &str,
        version: &str,
    ) -> Result<(Blob, Download)> {
        let package = self.package_view(&access.target().repository, name).await?;
        let release = package.release(version).ok_or_else(Error::not_found)?;
        Ok((release.tarball, Download { package_id: package.id, release_id: release.id }))
    }

    /// The archive of a release's documentation.
    ///
    /// Errors: 404.
    pub async fn docs_blob(
        &self,
        access: &Access<operations::Fetch>,
        name: &str,
        version: &str,
    ) -> Result<Blob> {
        let package = self.package_view(&access.target().repository, name).await?;
        package.release(version).and_then(|release| release.docs).ok_or_else(Error::not_found)
    }

    /// The bytes `range` of a file. Everything that can fail before the first byte fails here.
    pub async fn open_blob(&self, blob: &Blob, range: Range<u64>) -> Result<BlobStream> {
        debug_assert!(range.end <= blob.size, "ranges are checked against the size");
        Ok(self.objects.stream(&blob.sha256, range).await?)
    }
}
