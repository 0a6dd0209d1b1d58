//! Repositories in memory: they are few, and every request asks for one.

use std::collections::HashMap;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use skep_store::tables::repositories::Repository;

/// Nothing that holds the lock can panic.
const NOT_POISONED: &str = "no holder of the lock panics";

/// Every row that was asked for since the last change of a name.
#[derive(Default)]
pub(crate) struct KnownRepositories(RwLock<Known>);

#[derive(Default)]
struct Known {
    /// Counts how often everything was forgotten.
    version: u64,
    by_name: HashMap<String, Arc<Repository>>,
}

impl KnownRepositories {
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Repository>> {
        self.read().by_name.get(name).cloned()
    }

    /// To be taken before the database is asked.
    pub(crate) fn version(&self) -> u64 {
        self.read().version
    }

    /// Keeps a row, unless everything was forgotten since the version was taken.
    pub(crate) fn insert(&self, version: u64, repository: Arc<Repository>) {
        let mut known = self.write();
        if known.version == version {
            known.by_name.insert(repository.name.clone(), repository);
        }
    }

    pub(crate) fn clear(&self) {
        let mut known = self.write();
        known.version += 1;
        known.by_name.clear();
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().expect(NOT_POISONED)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.write().expect(NOT_POISONED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_up_before_a_change_is_not_kept() {
        let row = |id| {
            let name = "acme".to_owned();
            Arc::new(Repository { id, name, organization_id: id, inserted_at: 0, updated_at: 0 })
        };
        let known = KnownRepositories::default();
        let before = known.version();
        known.clear();
        known.insert(before, row(2));
        assert_eq!(known.get("acme"), None);
        known.insert(known.version(), row(3));
        assert_eq!(known.get("acme"), Some(row(3)));
        known.clear();
        assert_eq!(known.get("acme"), None);
    }
}
