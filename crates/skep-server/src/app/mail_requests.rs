//! Requests that make the server send mail to an address of which nobody has proven that it is theirs: how many come
//! from one client. How many mails one account gets is counted by `skep-core`.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use skep_core::Error;
use skep_core::attempts::{Window, network};

/// Requests of one address in one window; an IPv6 network of 64 bits is one.
const MAX: u32 = 20;

/// Length of the window in seconds.
const WINDOW: i64 = 15 * 60;

/// Counts requests for mail.
pub(super) struct MailRequests(Mutex<Window<IpAddr>>);

impl Default for MailRequests {
    fn default() -> Self {
        Self(Mutex::new(Window::new(WINDOW)))
    }
}

impl MailRequests {
    /// Counts a request at a time in microseconds since the epoch.
    ///
    /// # Errors
    /// 429 for one too many.
    pub(super) fn count(&self, client: IpAddr, now: i64) -> Result<(), Error> {
        // Counts stay valid whatever a panicking holder did.
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        window.advance(now);
        if window.add(network(client)).is_some_and(|count| count > MAX) {
            let minutes = (window.end() - now.div_euclid(1_000_000) + 59) / 60;
            let text = format!(
                "API rate limit exceeded for IP {client}: too many requests for mail. Try again in {minutes} minutes"
            );
            return Err(Error::new(429, "rate_limited", text));
        }
        Ok(())
    }
}
