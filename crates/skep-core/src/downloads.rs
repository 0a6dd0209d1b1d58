//! Downloads: counted in memory when a tarball is sent, written in batches, shown with packages and releases.
//!
//! Counting must never make a download wait: it takes a lock that is held for the time of an addition. What was counted
//! since the last batch is lost in a crash; a database that is away loses nothing as long as `MAX_WAITING` is enough.

mod query;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use skep_store::Micros;
use skep_store::tables::downloads::{self, NewDownloads};

pub use query::{DownloadQuery, Downloads};
pub use skep_store::tables::downloads::PackageDownloads;

use crate::packages::{PackageView, ReleaseView};
use crate::{Result, Skep};

/// How often [`Skep::write_downloads`] should be called, so that with the time that writing takes no more than ten
/// seconds of counts are lost in a crash.
pub const WRITE_EVERY: Duration = Duration::from_secs(8);

/// Parts of the memory of counts, so that those who count at the same time seldom meet.
const SHARDS: usize = 16;

/// Releases (and days) that wait to be written. Further ones are not counted until others have been written.
const MAX_WAITING: usize = 100_000;

/// Counts that are written in one transaction: other writers wait that long.
const BATCH: usize = 500;

/// For how long what was read of a package's downloads is shown.
const SHOWN_FOR: Micros = 60 * 1_000_000;

/// Packages whose downloads are kept in memory.
const MAX_SHOWN: u64 = 50_000;

/// Microseconds of a day.
const DAY: Micros = 86_400 * 1_000_000;

/// A release that was sent to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Download {
    pub(crate) package_id: i64,
    pub(crate) release_id: i64,
}

/// In the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Slot {
    package_id: i64,
    release_id: i64,
    day: i64,
}

/// What was counted and not yet written, and what was read lately.
pub(crate) struct DownloadCounter {
    shards: [Mutex<HashMap<Slot, i64>>; SHARDS],
    /// The day that the sums were last moved on to.
    advanced_to: AtomicI64,
    /// One batch is written at a time.
    writing: tokio::sync::Mutex<()>,
    shown: Cache<i64, (Micros, PackageDownloads)>,
}

impl DownloadCounter {
    pub(crate) fn new() -> Self {
        Self {
            shards: Default::default(),
            advanced_to: AtomicI64::new(i64::MIN),
            writing: tokio::sync::Mutex::default(),
            shown: Cache::new(MAX_SHOWN),
        }
    }

    fn add(&self, slot: Slot, count: i64) {
        let shard = usize::try_from(slot.release_id.rem_euclid(SHARDS as i64)).unwrap_or_default();
        // Counts stay valid whatever a panicking holder did.
        let mut shard = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = shard.get_mut(&slot) {
            *waiting = waiting.saturating_add(count);
        } else if shard.len() < MAX_WAITING / SHARDS {
            shard.insert(slot, count);
        }
    }

    /// Takes out everything that waits.
    fn take(&self) -> Taken<'_> {
        let shards = self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner));
        let waiting = shards.flat_map(|mut shard| std::mem::take(&mut *shard)).collect();
        Taken { counter: self, waiting }
    }
}

/// Counts on their way to the database. What has not arrived when this is dropped waits again.
struct Taken<'a> {
    counter: &'a DownloadCounter,
    waiting: BTreeMap<Slot, i64>,
}

impl Taken<'_> {
    /// The next ones to be written; they are still on their way.
    fn batch(&self) -> Vec<NewDownloads> {
        let batch = self.waiting.iter().take(BATCH);
        batch
            .map(|(slot, &count)| NewDownloads {
                release_id: slot.release_id,
                package_id: slot.package_id,
                day: slot.day,
                count,
            })
            .collect()
    }

    /// They have arrived.
    fn arrived(&mut self, count: usize) {
        for _ in 0..count {
            self.waiting.pop_first();
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        for (slot, count) in std::mem::take(&mut self.waiting) {
            self.counter.add(slot, count);
        }
    }
}

impl Skep {
    /// Counts a download. Nothing is written before [`Skep::write_downloads`].
    pub fn count_download(&self, download: Download) {
        let Download { package_id, release_id } = download;
        self.downloads.add(Slot { package_id, release_id, day: self.today() }, 1);
    }

    /// Writes what was counted since the last time. To be called every [`WRITE_EVERY`], and before the process ends.
    ///
    /// Errors: those of the database; what could not be written is tried again the next time.
    pub async fn write_downloads(&self) -> Result<()> {
        let _one_at_a_time = self.downloads.writing.lock().await;
        let today = self.today();
        let mut taken = self.downloads.take();
        // Also without new downloads: what becomes too old to be recent is taken off once a day.
        while !taken.waiting.is_empty() || self.downloads.advanced_to.load(Ordering::Relaxed) < today {
            let batch = taken.batch();
            let mut tx = self.db.write().await?;
            let clock = downloads::advance(&mut tx, today).await?;
            downloads::add(&mut tx, &batch, clock).await?;
            tx.commit(self.now()).await?;
            taken.arrived(batch.len());
            self.downloads.advanced_to.store(today, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Downloads of a package. They may be a minute old, or older while the database is away: a package is shown all the
    /// same.
    pub async fn package_downloads(&self, package: &PackageView) -> PackageDownloads {
        let now = self.now();
        let shown = self.downloads.shown.get(&package.id);
        if let Some((at, shown)) = shown
            && (0..SHOWN_FOR).contains(&(now - at))
        {
            return shown;
        }
        match self.load_downloads(&[package.id]).await {
            Ok(mut loaded) => {
                let loaded = loaded.remove(&package.id).unwrap_or_default();
                self.downloads.shown.insert(package.id, (now, loaded));
                loaded
            }
            Err(error) => {
                tracing::warn!(%error, "downloads could not be read");
                shown.map(|(_, shown)| shown).unwrap_or_default()
            }
        }
    }

    /// Downloads of the packages of a list, by their place in it.
    pub async fn list_downloads(&self, packages: &[PackageView]) -> Result<Vec<PackageDownloads>> {
        let ids: Vec<i64> = packages.iter().map(|package| package.id).collect();
        let loaded = self.load_downloads(&ids).await?;
        Ok(ids.iter().map(|id| loaded.get(id).copied().unwrap_or_default()).collect())
    }

    /// Downloads of a release, as they were asked for.
    pub async fn release_downloads(&self, release: &ReleaseView, query: &DownloadQuery) -> Result<Downloads> {
        let mut conn = self.db.read().await?;
        let days = downloads::of_release(&mut conn, release.id, query.first, query.last).await?;
        Ok(query.answer(days))
    }

    async fn load_downloads(&self, packages: &[i64]) -> Result<HashMap<i64, PackageDownloads>> {
        let mut conn = self.db.read().await?;
        Ok(downloads::of_packages(&mut conn, packages, self.today()).await?.into_iter().collect())
    }

    /// Days since 1970-01-01 UTC.
    fn today(&self) -> i64 {
        self.now().div_euclid(DAY)
    }
}

#[cfg(test)]
mod tests;
