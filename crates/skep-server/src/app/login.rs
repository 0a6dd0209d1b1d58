//! Logins with a password: how many may fail, from one address and for one account, before no more are tried.
//!
//! It must never let a password be hashed for a caller over a limit, nor say whether there is such an account: names are
//! counted as they are shown. Failures stand in this process only, as all counts of [`crate::api::RateLimiter`] do.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hex_format::checksum::Sha256;
use skep_core::Error;
use tokio::sync::Semaphore;

use crate::api::rate_limit::{Window, network};

/// Failures in one window: of an address (an IPv6 network of 64 bits is one), and of an account from anywhere.
const MAX_OF_ADDRESS: u32 = 20;
const MAX_OF_ACCOUNT: u32 = 10;

/// Lengths of the windows in seconds.
const ADDRESS_WINDOW: i64 = 15 * 60;
const ACCOUNT_WINDOW: i64 = 10 * 60;

/// Logins tried at once; as many as hashes are computed at once, so that it holds up nobody. A login counts as failed
/// until it succeeds, so this is also how many right ones can count at the same time.
const AT_ONCE: usize = 4;

/// The code of the error that is a wrong password. Anything else that goes wrong says nothing about one.
const WRONG_PASSWORD: &str = "wrong_password";

/// Counts failed logins.
pub(super) struct Logins {
    places: Arc<Semaphore>,
    failures: Arc<Mutex<Failures>>,
}

struct Failures {
    addresses: Window<IpAddr>,
    accounts: Window<Sha256>,
}

/// Whose password is tried, and by whom.
#[derive(Clone, Copy)]
struct Attempt {
    client: IpAddr,
    account: Sha256,
    /// Microseconds since the epoch.
    now: i64,
}

impl Default for Logins {
    fn default() -> Self {
        let failures =
            Failures { addresses: Window::new(ADDRESS_WINDOW), accounts: Window::new(ACCOUNT_WINDOW) };
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), failures: Arc::new(Mutex::new(failures)) }
    }
}

impl Logins {
    /// Logs in, unless too many logins have failed before. `account` is the name as it was shown.
    ///
    /// # Errors
    /// Those of the login; 429 instead of trying it.
    pub(super) async fn attempt<T: Send + 'static>(
        &self,
        client: IpAddr,
        account: &str,
        now: i64,
        login: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let account = Sha256::of(account.to_lowercase().as_bytes());
        let attempt = Attempt { client: network(client), account, now };
        // Whoever is refused need not wait in the queue before, nor does anybody wait behind him.
        lock(&self.failures).check(&attempt, client)?;
        let place = self.places.clone().acquire_owned().await.map_err(Error::internal)?;
        lock(&self.failures).begin(&attempt, client)?;
        let failures = self.failures.clone();
        // Apart from the request: going away before the answer must not be a way to go on guessing or hashing.
        let task = tokio::spawn(async move {
            let _place = place;
            let result = login.await;
            if !matches!(&result, Err(error) if error.code == WRONG_PASSWORD) {
                lock(&failures).take_back(&attempt);
            }
            result
        });
        task.await.map_err(Error::internal)?
    }
}

fn lock(failures: &Mutex<Failures>) -> std::sync::MutexGuard<'_, Failures> {
    // Counts stay valid whatever a panicking holder did.
    failures.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Failures {
    /// The 429 of a caller who is over a limit.
    fn check(&mut self, attempt: &Attempt, client: IpAddr) -> Result<(), Error> {
        self.addresses.advance(attempt.now);
        self.accounts.advance(attempt.now);
        if self.addresses.count(&attempt.client) >= MAX_OF_ADDRESS {
            return Err(refused(&format!("IP {client}"), self.addresses.end(), attempt.now));
        }
        if self.accounts.count(&attempt.account) >= MAX_OF_ACCOUNT {
            return Err(refused("this account", self.accounts.end(), attempt.now));
        }
        Ok(())
    }

    /// Counts a login as failed before it is tried, so that many at once are not more than one after another. Newcomers for
    /// whom there is no room are not counted; hashing is too slow to fill the windows.
    fn begin(&mut self, attempt: &Attempt, client: IpAddr) -> Result<(), Error> {
        self.check(attempt, client)?;
        self.addresses.add(attempt.client);
        self.accounts.add(attempt.account);
        Ok(())
    }

    /// The login did not fail. In windows that have begun since, it does not stand.
    fn take_back(&mut self, attempt: &Attempt) {
        let began_before = |end: i64, length: i64| end - length <= attempt.now.div_euclid(1_000_000);
        if began_before(self.addresses.end(), ADDRESS_WINDOW) {
            self.addresses.take_back(&attempt.client);
        }
        if began_before(self.accounts.end(), ACCOUNT_WINDOW) {
            self.accounts.take_back(&attempt.account);
        }
    }
}

fn refused(who: &str, end: i64, now: i64) -> Error {
    let seconds = end - now.div_euclid(1_000_000);
    let minutes = (seconds + 59) / 60;
    let plural = if minutes == 1 { "" } else { "s" };
    let message = format!(
        "API rate limit exceeded for {who}: too many wrong passwords. \
         Try again in {minutes} minute{plural}, or use an API key"
    );
    Error::new(429, "rate_limited", message)
}

/// The account of an `Authorization` header that shows a password; empty if it is not readable, so that nothing that
/// begins so passes uncounted. `None` for other kinds of credentials.
pub(super) fn account(authorization: &[u8]) -> Option<String> {
    let encoded = authorization.strip_prefix(b"Basic ")?;
    let name = || {
        let decoded = BASE64_STANDARD.decode(std::str::from_utf8(encoded).ok()?.trim()).ok()?;
        let decoded = String::from_utf8(decoded).ok()?;
        Some(decoded.split_once(':')?.0.to_owned())
    };
    Some(name().unwrap_or_default())
}

#[cfg(test)]
mod tests;
