//! Counts of one fixed window of time.
//!
//! Windows begin at multiples of their length since the epoch. It must never hold more than [`MAX_SUBJECTS`] counts.

use std::collections::HashMap;
use std::hash::Hash;

use skep_store::Micros;

/// Subjects counted in one window. Beyond it newcomers are let through uncounted, so that a flood of addresses cannot
/// lock out everyone else.
pub const MAX_SUBJECTS: usize = 200_000;

/// Counts of the window that time has reached.
#[derive(Debug)]
pub struct Window<K> {
    /// In seconds.
    length: i64,
    number: i64,
    counts: HashMap<K, u32>,
}

impl<K: Hash + Eq> Window<K> {
    /// A window of so many seconds that has counted nothing.
    pub fn new(length: i64) -> Self {
        Self { length, number: i64::MIN, counts: HashMap::new() }
    }

    /// Goes on to the window of a time in microseconds since the epoch. A clock that goes back stays in the later window,
    /// so that nobody is counted twice over.
    pub fn advance(&mut self, now: Micros) {
        let number = now.div_euclid(self.length * 1_000_000);
        if number > self.number {
            self.number = number;
            self.counts.clear();
            self.counts.shrink_to(MAX_SUBJECTS / 100);
        }
    }

    /// End of the window in seconds since the epoch.
    pub fn end(&self) -> i64 {
        self.number.saturating_add(1).saturating_mul(self.length)
    }

    /// What was counted for a subject.
    pub fn count(&self, subject: &K) -> u32 {
        self.counts.get(subject).copied().unwrap_or(0)
    }

    /// Counts one more and tells the sum; `None` for newcomers when there is no room, who are not counted.
    pub fn add(&mut self, subject: K) -> Option<u32> {
        if self.counts.len() >= MAX_SUBJECTS && !self.counts.contains_key(&subject) {
            return None;
        }
        let count = self.counts.entry(subject).or_insert(0);
        *count = count.saturating_add(1);
        Some(*count)
    }

    /// How many subjects were counted.
    pub fn subjects(&self) -> usize {
        self.counts.len()
    }

    /// Takes one back.
    pub fn take_back(&mut self, subject: &K) {
        if let Some(count) = self.counts.get_mut(subject) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.counts.remove(subject);
            }
        }
    }
}
