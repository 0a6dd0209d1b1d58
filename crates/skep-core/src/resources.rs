//! Registry resources as clients fetch them: signed bytes with an entity tag, from memory when warm.

use std::sync::Arc;

use bytes::Bytes;
use hex_format::checksum::Sha256;
use hex_registry::policy::{Policy, Visibility};
use skep_store::Micros;
use skep_store::tables::repositories::Repository;
use skep_store::tables::resources;
pub use skep_store::tables::resources::Kind;

use crate::access::{Access, operations};
use crate::cache::Coherent;
use crate::{Error, Result, Skep};

/// Memory for signed resources.
const CACHE_BYTES: u64 = 48 * 1024 * 1024;

/// A resource ready to be sent.
#[derive(Debug)]
pub struct Resource {
    /// Gzipped and signed. Never to be labelled with a content encoding: gzip is the format.
    pub content: Bytes,
    /// Quoted entity tag, made from the bytes.
    pub etag: String,
    /// When the bytes last changed.
    pub updated_at: Micros,
    /// Whether it is a policy that anyone may have.
    pub is_public_policy: bool,
    /// Name of the repository that the bytes carry.
    repository: String,
}

type Key = (i64, Kind, String);

/// Resources in memory.
pub(crate) struct ResourceCache(Coherent<Key, Arc<Resource>>);

impl ResourceCache {
    pub(crate) fn new() -> Self {
        let weight = |key: &Key, resource: &Arc<Resource>| {
            u32::try_from(resource.content.len() + key.2.len() + 300).unwrap_or(u32::MAX)
        };
        Self(Coherent::new(CACHE_BYTES, weight))
    }

    pub(crate) fn clear(&self) {
        self.0.clear();
    }

    /// Lets go of a policy's resource.
    pub(crate) fn invalidate_policy(&self, repository_id: i64, name: &str) {
        self.0.invalidate(&(repository_id, Kind::Policy, name.to_owned()));
    }

    /// Lets go of a package's resource and of the repository's indexes.
    pub(crate) fn invalidate(&self, repository_id: i64, package: &str) {
        self.0.invalidate(&(repository_id, Kind::Package, package.to_owned()));
        self.0.invalidate(&(repository_id, Kind::Names, String::new()));
        self.0.invalidate(&(repository_id, Kind::Versions, String::new()));
    }
}

impl Skep {
    /// `packages/NAME` of a repository.
    ///
    /// Errors: 404 if there is no such package.
    pub async fn package_resource(
        &self,
        access: &Access<operations::Fetch>,
        name: &str,
    ) -> Result<Arc<Resource>> {
        self.cached(&access.target().repository, Kind::Package, name).await
    }

    /// `names` or `versions` of a repository, rebuilt first if a publish has made it stale.
    pub async fn index_resource(
        &self,
        access: &Access<operations::Fetch>,
        kind: Kind,
    ) -> Result<Arc<Resource>> {
        debug_assert!(matches!(kind, Kind::Names | Kind::Versions), "anything else has a name");
        self.cached(&access.target().repository, kind, "").await
    }

    /// `policies/NAME` of a repository, whoever may have it.
    ///
    /// Errors: 404 if there is no such policy.
    pub(crate) async fn policy_resource(&self, repository: &Repository, name: &str) -> Result<Arc<Resource>> {
        self.cached(repository, Kind::Policy, name).await
    }

    async fn cached(&self, repository: &Repository, kind: Kind, name: &str) -> Result<Arc<Resource>> {
        let key = (repository.id, kind, name.to_owned());
        // One that carries another name was put there by a reader who asks by the one the repository has now, or
        // had before.
        let cached = self.resources.0.get(&key).filter(|resource| resource.repository == repository.name);
        if let Some(resource) = cached {
            // Public resources outlive an absent database; for private ones rights decide, and those
            // were just checked within the bound of staleness.
            return Ok(resource);
        }
        let ticket = self.resources.0.ticket();
        let stored = match kind {
            Kind::Package => self.current_package(repository, name).await?,
            Kind::Policy => {
                let mut conn = self.db.read().await?;
                resources::get(&mut conn, repository, kind, name).await?
            }
            Kind::Names | Kind::Versions => Some(self.current_index(repository, kind).await?),
        };
        let stored: resources::Resource = stored.ok_or_else(Error::not_found)?;
        let etag = format!("\"{}\"", &Sha256::of(&stored.content).to_string()[..32]);
        // What it says of itself decides, so that there is no moment when the two differ.
        let is_public_policy = kind == Kind::Policy
            && Policy::from_signed(&stored.content, self.signing_key.public_key(), &repository.name, name)
                .is_ok_and(|policy| policy.visibility == Visibility::Public);
        let resource = Arc::new(Resource {
            content: stored.content.into(),
            etag,
            updated_at: stored.updated_at,
            is_public_policy,
            repository: repository.name.clone(),
        });
        self.resources.0.insert(ticket, key, resource.clone());
        Ok(resource)
    }
}
