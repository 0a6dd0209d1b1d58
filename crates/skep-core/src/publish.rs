//! Publishing: from the bytes of a tarball to a release that every client sees.
//!
//! The order is what makes it safe: everything about the bytes is checked before anything is written, the blob is
//! durable before the transaction refers to it, and one transaction holds the release, its requirements, the audit
//! entry and the rebuilt registry resource. Errors come in the stages of the Hex HTTP contract: the tarball, the
//! version, the package, the release; only the first stage that fails is reported.

mod package;
mod release;
mod requirements;
mod spdx;
mod store;
mod upload;

use bytes::Bytes;

use crate::access::{Access, PackagePath, operations};
use crate::packages::ReleaseView;
use crate::{Error, Result, Skep};

pub(crate) use upload::Unpacking;

/// How often a publication is judged because packages came or went meanwhile.
const MAX_ATTEMPTS: usize = 3;

/// A release that was published.
#[derive(Debug)]
pub struct Published {
    /// Whether there was no release of this version; otherwise it was replaced.
    pub created: bool,
    /// The release.
    pub release: ReleaseView,
}

impl Skep {
    /// Publishes a release. With `replace` an existing release of the version is replaced, if its window is open.
    /// When this returns, the release is durable and in the registry.
    ///
    /// Errors: 422 by field.
    pub async fn publish(
        &self,
        access: &Access<operations::Publish>,
        tarball: Bytes,
        replace: bool,
    ) -> Result<Published> {
        let upload = self.unpack(tarball).await?;
        let mut renewed: Option<Access<operations::Publish>> = None;
        let mut stored = false;
        for _ in 0..MAX_ATTEMPTS {
            let access = renewed.as_ref().unwrap_or(access);
            let draft = store::draft(access.target(), &upload)?;
            if draft.is_sound() && !stored {
                self.objects.put(&upload.outer, upload.tarball.clone()).await?;
                stored = true;
            }
            if let Some(published) = self.store_release(access, &upload, &draft, replace).await? {
                return Ok(published);
            }
            // The package or a required one was made or deleted meanwhile.
            let target = access.target();
            let path = PackagePath { repository: &target.repository.name, name: &target.name };
            renewed = Some(self.allow(access.caller(), path).await?);
        }
        Err(Error { message: None, ..Error::new(409, "conflict", "") })
    }

    /// The package that a tarball is a release of. Its contents are not looked at.
    ///
    /// Errors: 422.
    pub async fn peek_name(&self, tarball: &Bytes) -> Result<String> {
        self.read_name(tarball.clone()).await
    }
}
