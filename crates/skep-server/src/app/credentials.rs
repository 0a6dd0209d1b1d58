//! Bad credentials: how many an address may show before no more are looked up.
//!
//! The limits of requests do not count them, because who they are counted for is not known: without this, keys and
//! tokens could be tried without end. It must be asked before the lookup, and never keep out a credential that is known
//! to be good: many share an address with a job whose key was revoked.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use skep_core::Error;
use skep_core::attempts::{Window, network_of};

/// Length of a window in seconds.
const WINDOW: i64 = 60;

/// Bad credentials of one address in a window.
const MAX_BAD: u32 = 300;

/// Counts bad credentials.
pub(super) struct BadCredentials {
    counts: Mutex<Window<IpAddr>>,
    ipv6_prefix: u8,
}

impl BadCredentials {
    /// Has counted nothing.
    pub(super) fn new(ipv6_prefix: u8) -> Self {
        Self { counts: Mutex::new(Window::new(WINDOW)), ipv6_prefix }
    }

    /// Whether no more are to be looked up for a client, at a time in microseconds since the epoch.
    pub(super) fn is_over(&self, client: IpAddr, now: i64) -> bool {
        let mut counts = self.lock();
        counts.advance(now);
        counts.count(&network_of(client, self.ipv6_prefix)) >= MAX_BAD
    }

    /// Counts a bad one.
    pub(super) fn add(&self, client: IpAddr, now: i64) {
        let mut counts = self.lock();
        counts.advance(now);
        counts.add(network_of(client, self.ipv6_prefix));
    }

    fn lock(&self) -> MutexGuard<'_, Window<IpAddr>> {
        // Counts stay valid whatever a panicking holder did.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The 429 of a client that showed too many.
pub(super) fn exceeded(client: IpAddr) -> Error {
    let message = format!(
        "API rate limit exceeded for IP {client}: too many bad credentials. \
         Correct the key or password, and try again in a minute"
    );
    Error::new(429, "rate_limited", message)
}
