//! Files that are handed out as they are: tarballs, by the checksum in the registry, and documentation.

use std::path::Path;

use hex_format::checksum::{Sha256, Sha256Hasher};
use hex_format::name::PackageName;
use hex_format::tarball::MAX_TARBALL;
use url::Url;

use super::{Repository, RepositoryError};
use crate::network::{Memory, Partial, Progress};

/// Most bytes of packed documentation.
const MAX_DOCS_BYTES: usize = 512 << 20;

impl Repository {
    /// A tarball whose bytes have the checksum `outer`, which comes out of a verified
    /// [`Package`](hex_registry::package::Package).
    ///
    /// # Errors
    /// When there is none that the caller may read, or it has another checksum.
    pub async fn tarball(
        &self,
        package: &PackageName,
        version: &str,
        outer: Sha256,
    ) -> Result<Vec<u8>, RepositoryError> {
        Ok(self.tagged_tarball(package, version, outer).await?.0)
    }

    /// The same with its entity tag, which rebar3 keeps.
    ///
    /// # Errors
    /// When there is none that the caller may read, or it has another checksum.
    pub async fn tagged_tarball(
        &self,
        package: &PackageName,
        version: &str,
        outer: Sha256,
    ) -> Result<(Vec<u8>, Option<String>), RepositoryError> {
        let (url, what) = self.tarball_at(package, version);
        let mut body = Memory::default();
        let request = self.request(&url, true).await?;
        let answer = self.network.fetch(request, &mut body, MAX_TARBALL, &Progress::default()).await?;
        self.expect_file(&url, &answer, &what)?;
        check(&url, outer, Sha256::of(&body.bytes))?;
        Ok((body.bytes, answer.etag))
    }

    /// The same into a file, which appears whole and right or not at all. What broke off is taken up again, also by a later
    /// command.
    ///
    /// # Errors
    /// When there is none that the caller may read, it has another checksum, or it can't be written.
    pub async fn download_tarball(
        &self,
        package: &PackageName,
        version: &str,
        outer: Sha256,
        path: &Path,
        progress: &Progress,
    ) -> Result<(), RepositoryError> {
        let (url, what) = self.tarball_at(package, version);
        let taken_up = match self.download(&url, &what, path, MAX_TARBALL, Some(outer), progress).await {
            Err(Downloading { error: RepositoryError::Checksum { .. }, resumed: true }) => {
                // What was there before may have been the wrong half.
                self.download(&url, &what, path, MAX_TARBALL, Some(outer), progress).await
            }
            other => other,
        };
        taken_up.map_err(|failure| failure.error)
    }

    /// The documentation of a release, packed.
    ///
    /// # Errors
    /// When there is none that the caller may read.
    pub async fn docs(&self, package: &PackageName, version: &str) -> Result<Vec<u8>, RepositoryError> {
        let (url, what) = self.docs_at(package, version);
        let mut body = Memory::default();
        let request = self.request(&url, true).await?;
        let answer = self.network.fetch(request, &mut body, MAX_DOCS_BYTES, &Progress::default()).await?;
        self.expect_file(&url, &answer, &what)?;
        Ok(body.bytes)
    }

    /// The same into a file, as [`Repository::download_tarball`] does it.
    ///
    /// # Errors
    /// When there is none that the caller may read, or it can't be written.
    pub async fn download_docs(
        &self,
        package: &PackageName,
        version: &str,
        path: &Path,
        progress: &Progress,
    ) -> Result<(), RepositoryError> {
        let (url, what) = self.docs_at(package, version);
        let done = self.download(&url, &what, path, MAX_DOCS_BYTES, None, progress).await;
        done.map_err(|failure| failure.error)
    }

    async fn download(
        &self,
        url: &Url,
        what: &str,
        path: &Path,
        limit: usize,
        expected: Option<Sha256>,
        progress: &Progress,
    ) -> Result<(), Downloading> {
        let request = self.request(url, true).await?;
        let mut partial = Partial::open(path).map_err(RepositoryError::from)?;
        let resumed = partial.is_resumed();
        let answer = self
            .network
            .fetch(request, &mut partial, limit, progress)
            .await
            .map_err(RepositoryError::from)?;
        if let Err(error) = self.expect_file(url, &answer, what) {
            // A server that fails for now may have the rest later.
            if matches!(error, RepositoryError::Missing { .. } | RepositoryError::Refused { .. }) {
                partial.discard();
            }
            return Err(error.into());
        }
        if let Some(expected) = expected {
            let mut hasher = Sha256Hasher::new();
            partial.read(|bytes| hasher.update(bytes)).map_err(RepositoryError::from)?;
            if let Err(error) = check(url, expected, hasher.finish()) {
                partial.discard();
                return Err(Downloading { error, resumed });
            }
        }
        Ok(partial.finish().map_err(RepositoryError::from)?)
    }

    fn tarball_at(&self, package: &PackageName, version: &str) -> (Url, String) {
        let url = self.base.route(&["tarballs", &format!("{package}-{version}.tar")]);
        (url, format!("the tarball of {package} {version}"))
    }

    fn docs_at(&self, package: &PackageName, version: &str) -> (Url, String) {
        let url = self.base.route(&["docs", &format!("{package}-{version}.tar.gz")]);
        (url, format!("the documentation of {package} {version}"))
    }
}

/// A download that failed.
struct Downloading {
    error: RepositoryError,
    /// Some of it was there from before.
    resumed: bool,
}

impl From<RepositoryError> for Downloading {
    fn from(error: RepositoryError) -> Self {
        Self { error, resumed: false }
    }
}

fn check(url: &Url, expected: Sha256, found: Sha256) -> Result<(), RepositoryError> {
    match found == expected {
        true => Ok(()),
        false => Err(RepositoryError::Checksum { url: url.to_string(), expected, found }),
    }
}
