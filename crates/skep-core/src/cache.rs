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
    entries: Cache<K, V>,
    version: AtomicU64,
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
        let entries = Cache::builder().max_capacity(max_weight).weigher(weight).build();
        Self { entries, version: AtomicU64::new(0) }
    }

    /// The entry, if there is one.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.entries.get(key)
    }

    /// To be taken before the database is asked.
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.version.load(Ordering::SeqCst))
    }

    /// Puts an entry in, unless something was invalidated since the ticket was taken. The check and the
    /// insertion happen under the entry's lock, which [`Coherent::invalidate`] takes too.
    pub(crate) fn insert(&self, ticket: Ticket, key: K, value: V) {
        self.entries.entry(key).and_compute_with(|_| {
            if self.version.load(Ordering::SeqCst) == ticket.0 { Op::Put(value) } else { Op::Nop }
        });
    }

    /// Lets go of one entry.
    pub(crate) fn invalidate(&self, key: &K) {
        self.version.fetch_add(1, Ordering::SeqCst);
        self.entries.entry(key.clone()).and_compute_with(|_| Op::Remove);
    }

    /// Lets go of every entry.
    pub(crate) fn clear(&self) {
        self.version.fetch_add(1, Ordering::SeqCst);
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
        now - self.0.load(Ordering::SeqCst) <= STALENESS_MICROS
    }
}
