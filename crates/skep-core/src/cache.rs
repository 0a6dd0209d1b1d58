//! What is kept in memory so that reads do not wait for the database, and how it stays true.
//!
//! An entry is loaded from the database and put in only if nothing of its kind changed meanwhile: a
//! reader that began before a commit can not bring the old state back after it. Entries are only used
//! while the change feed is known to be up to date (see [`Freshness`]).

use std::hash::Hash;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use moka::ops::compute::Op;
use moka::sync::Cache;
use skep_store::Micros;

/// How long after the last look at the change feed entries may still be used where rights depend on
/// them. Another process's revocation is seen within this time.
pub(crate) const STALENESS_MICROS: Micros = 1_000_000;

/// A cache whose entries are never older than the last invalidation.
pub(crate) struct Coherent<K, V> {
    /// Each with the version that its loading began at.
    entries: Cache<K, (u64, V)>,
    version: AtomicU64,
    /// Entries whose loading began before this version do not count.
    cleared_at: AtomicU64,
}

/// Taken before loading; see [`Coherent::insert`].
#[derive(Clone, Copy)]
pub(crate) struct Ticket(u64);

impl<K, V> Coherent<K, V>
where
    K: Hash + Eq + Send + Sync + Clone + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A cache bounded by the sum of `weight` (bytes) over its entries.
    pub(crate) fn new(max_weight: u64, weight: impl Fn(&K, &V) -> u32 + Send + Sync + 'static) -> Self {
        let weigher = move |key: &K, (_, value): &(u64, V)| weight(key, value);
        let entries = Cache::builder().max_capacity(max_weight).weigher(weigher).build();
        Self { entries, version: AtomicU64::new(0), cleared_at: AtomicU64::new(0) }
    }

    /// The entry, if there is one.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let (loaded_at, value) = self.entries.get(key)?;
        (loaded_at >= self.cleared_at.load(Ordering::SeqCst)).then_some(value)
    }

    /// To be taken before the database is asked.
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.version.load(Ordering::SeqCst))
    }

    /// Puts an entry in, unless something was invalidated since the ticket was taken. The check and the
    /// insertion happen under the entry's lock, which [`Coherent::invalidate`] takes too.
    pub(crate) fn insert(&self, ticket: Ticket, key: K, value: V) {
        self.entries.entry(key).and_compute_with(|_| {
            if self.version.load(Ordering::SeqCst) == ticket.0 { Op::Put((ticket.0, value)) } else { Op::Nop }
        });
    }

    /// Lets go of one entry.
    pub(crate) fn invalidate(&self, key: &K) {
        self.version.fetch_add(1, Ordering::SeqCst);
        self.entries.entry(key.clone()).and_compute_with(|_| Op::Remove);
    }

    /// Lets go of every entry. No lock is taken, so an entry whose check came just before may still be put in
    /// behind this; its number tells that it does not count.
    pub(crate) fn clear(&self) {
        let version = self.version.fetch_add(1, Ordering::SeqCst) + 1;
        self.cleared_at.fetch_max(version, Ordering::SeqCst);
        self.entries.invalidate_all();
    }
}

/// Knows when the change feed was last read to its end.
#[derive(Default)]
pub(crate) struct Freshness(AtomicI64);

impl Freshness {
    /// The feed was read to its end at this time.
    pub(crate) fn confirm(&self, at: Micros) {
        self.0.fetch_max(at, Ordering::SeqCst);
    }

    /// Whether changes may have gone by unseen: the feed was never read, or so long ago that entries of
    /// it have been deleted.
    pub(crate) fn is_lost(&self, now: Micros) -> bool {
        now - self.0.load(Ordering::SeqCst) > skep_store::KEPT_MICROS / 2
    }

    /// Whether entries may be used for decisions about rights.
    pub(crate) fn holds(&self, now: Micros) -> bool {
        // A clock that was put back must not make old entries look new.
        (-STALENESS_MICROS..=STALENESS_MICROS).contains(&(now - self.0.load(Ordering::SeqCst)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> Coherent<u8, u8> {
        Coherent::new(1000, |_, _| 1)
    }

    #[test]
    fn what_was_loaded_before_a_change_is_not_kept() {
        let cache = cache();
        let before = cache.ticket();
        cache.invalidate(&1);
        cache.insert(before, 1, 10);
        assert_eq!(cache.get(&1), None);
        cache.insert(cache.ticket(), 1, 11);
        assert_eq!(cache.get(&1), Some(11));
        cache.invalidate(&1);
        assert_eq!(cache.get(&1), None);
    }

    #[test]
    fn nothing_from_before_a_clearing_counts() {
        let cache = cache();
        let before = cache.ticket();
        cache.insert(before, 1, 10);
        cache.clear();
        assert_eq!(cache.get(&1), None);
        // What a loader does that passed its check just before the clearing.
        cache.entries.insert(1, (before.0, 10));
        assert_eq!(cache.get(&1), None);
    }

    #[test]
    fn freshness_ends() {
        let freshness = Freshness::default();
        let now = 1_000_000_000_000;
        assert!(freshness.is_lost(now) && !freshness.holds(now));
        freshness.confirm(now);
        assert!(!freshness.is_lost(now) && freshness.holds(now + STALENESS_MICROS));
        assert!(!freshness.holds(now + STALENESS_MICROS + 1));
    }
}
