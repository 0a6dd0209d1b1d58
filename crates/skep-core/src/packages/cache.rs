//! Views of packages in memory.

use std::sync::Arc;

use super::PackageView;
use crate::cache::{Coherent, Ticket};

/// Memory for views of packages.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;

type Key = (i64, Box<str>);

/// Views of packages by repository and name.
pub(crate) struct PackageCache(Coherent<Key, Arc<PackageView>>);

impl PackageCache {
    pub(crate) fn new() -> Self {
        Self(Coherent::new(CACHE_BYTES, |_: &Key, view: &Arc<PackageView>| {
            u32::try_from(view.size_in_memory()).unwrap_or(u32::MAX)
        }))
    }

    pub(super) fn get(&self, repository_id: i64, name: &str) -> Option<Arc<PackageView>> {
        self.0.get(&(repository_id, name.into()))
    }

    pub(super) fn ticket(&self) -> Ticket {
        self.0.ticket()
    }

    pub(super) fn insert(&self, ticket: Ticket, view: Arc<PackageView>) {
        self.0.insert(ticket, (view.repository_id, view.name.as_str().into()), view);
    }

    pub(crate) fn invalidate(&self, repository_id: i64, name: &str) {
        self.0.invalidate(&(repository_id, name.into()));
    }

    /// For changes of accounts, which may own any package.
    pub(crate) fn clear(&self) {
        self.0.clear();
    }
}
