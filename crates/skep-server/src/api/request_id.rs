//! The id that joins an answer, its log lines and the user's report.
//!
//! Ids are unique, not secret.

use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderValue;

/// Lengths of an id that a client or proxy may choose (the Hex HTTP contract).
const ACCEPTED_LENGTH: std::ops::RangeInclusive<usize> = 20..=200;

/// Makes request ids.
#[derive(Debug)]
pub struct RequestIds {
    seed: u64,
    next: AtomicU64,
}

impl RequestIds {
    /// Ids that differ from those of another seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(1) }
    }

    /// The id that came with the request if it is acceptable, else a fresh one.
    ///
    /// Only visible ASCII is accepted, because ids end up in logs.
    pub fn choose(&self, sent: Option<&HeaderValue>) -> String {
        let sent = sent.and_then(|value| value.to_str().ok());
        match sent {
            Some(id) if ACCEPTED_LENGTH.contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()) => {
                id.to_owned()
            }
            _ => self.fresh(),
        }
    }

    /// 32 hexadecimal digits.
    pub fn fresh(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}{:016x}", mix(self.seed), mix(self.seed.wrapping_add(number)))
    }
}

/// The finalizer of splitmix64: a bijection, so distinct numbers stay distinct.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
