//! What the rules take from outside: time and randomness. The binary passes the real ones in, tests
//! pass in what they like, so that the same inputs give the same bytes.

use std::sync::Arc;

use skep_store::Micros;

/// Fills a buffer with bytes that nobody can guess.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Clock and randomness.
#[derive(Clone)]
pub struct Environment {
    /// Microseconds since 1970-01-01 UTC.
    pub clock: Arc<dyn Fn() -> Micros + Send + Sync>,
    /// Fills a buffer with bytes that nobody can guess.
    pub random: Random,
}

impl Environment {
    /// The time now.
    pub fn now(&self) -> Micros {
        (self.clock)()
    }

    /// `N` unguessable bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }
}
