//! The time as a test wants it: the real one, moved forward.
//!
//! It runs on, so that what is measured in real time (timeouts, the staleness bound of caches) behaves as it does in
//! production. It must never go back.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use skep_core::Micros;

/// A clock shared by the servers of one test.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Microseconds that this clock is ahead of the real one.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The time, in microseconds since 1970-01-01 UTC.
    pub fn now(&self) -> Micros {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
        let real = i64::try_from(since_epoch.as_micros()).expect("the year is below 290000");
        real + self.ahead.load(Ordering::SeqCst)
    }

    /// Lets this much time pass at once.
    pub fn advance(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).expect("a test lasts less than 290000 years");
        self.ahead.fetch_add(micros, Ordering::SeqCst);
    }

    /// A moment that lies ahead, as the API reads and writes times: `2030-01-01T00:00:00.000000Z`.
    pub fn after(&self, time: Duration) -> String {
        let micros =
            self.now() + i64::try_from(time.as_micros()).expect("a test lasts less than 290000 years");
        let time = jiff::Timestamp::from_microsecond(micros).expect("the year is below 9999");
        format!("{time:.6}")
    }
}
