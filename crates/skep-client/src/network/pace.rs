//! How fast a body has to come. A line may be slow, but a server that sends a byte now and then would hold a command for
//! ever.

use std::time::Duration;

use tokio::time::Instant;

/// Fewest bytes that come in a second, on average over a while.
const MIN_BYTES_PER_SECOND: u64 = 10;

/// What came of a body in the last while; travels with the answer.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    idle: Duration,
    since: Instant,
    bytes: u64,
}

impl Pace {
    pub(super) fn new(idle: Duration) -> Self {
        Self { idle, since: Instant::now(), bytes: 0 }
    }

    /// How long nothing may come; also how long a while is.
    pub(super) fn idle(&self) -> Duration {
        self.idle
    }

    /// Notes bytes that came. Gives how many came in a whole while, if they were too few.
    pub(super) fn is_too_slow(&mut self, bytes: usize) -> Option<u64> {
        self.bytes += bytes as u64;
        if self.since.elapsed() < self.idle {
            return None;
        }
        let came = std::mem::take(&mut self.bytes);
        self.since = Instant::now();
        (came < MIN_BYTES_PER_SECOND.saturating_mul(self.idle.as_secs())).then_some(came)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn drops_are_not_enough() {
        let mut pace = Pace::new(Duration::from_secs(15));
        for second in 1..15 {
            tokio::time::advance(Duration::from_secs(1)).await;
            assert_eq!(pace.is_too_slow(9), None, "{second}");
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(pace.is_too_slow(9), Some(135));
        // A slow line is fine.
        for _ in 0..60 {
            tokio::time::advance(Duration::from_secs(1)).await;
            assert_eq!(pace.is_too_slow(10), None);
        }
    }
}
