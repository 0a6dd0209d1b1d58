//! Logins with a password: how many may fail, from one address and for one account, before no more are tried.
//!
//! It must never let a password be hashed for a caller over a limit, nor say whether there is such an account: names are
//! counted as they are shown.

use std::net::IpAddr;
use std::sync::Arc;

use hex_format::checksum::Sha256;
use tokio::sync::Semaphore;

use crate::attempts::{Attempts, Exceeded, Limit, Scope};
use crate::{Error, Micros, Result, Skep};

/// Failures of an address (an IPv6 network of 64 bits is one), and of an account from anywhere.
const OF_ADDRESS: Limit = Limit { failures: 20, seconds: 15 * 60 };
const OF_ACCOUNT: Limit = Limit { failures: 10, seconds: 10 * 60 };

/// Logins tried at once; as many as hashes are computed at once, so that it holds up nobody. A login counts as failed
/// until it succeeds, so this is also how many right ones can count at the same time.
const AT_ONCE: usize = 4;

/// The code of the error that is a wrong password. Anything else that goes wrong says nothing about one.
pub(crate) const WRONG_PASSWORD: &str = "wrong_password";

/// Counts failed logins.
pub(crate) struct Logins {
    places: Arc<Semaphore>,
    attempts: Attempts<Sha256>,
}

impl Default for Logins {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), attempts: Attempts::new(OF_ADDRESS, OF_ACCOUNT) }
    }
}

impl Logins {
    /// Logs in, unless too many logins have failed before. `account` is the name as it was shown; without a client
    /// only the account is counted.
    ///
    /// Errors: those of the login; 429 instead of trying it.
    pub(crate) async fn attempt<T: Send + 'static>(
        &self,
        client: Option<IpAddr>,
        account: &str,
        now: Micros,
        login: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let account = Sha256::of(account.to_lowercase().as_bytes());
        let refused = |exceeded| refused(exceeded, client);
        // Whoever is refused need not wait in the queue before, nor does anybody wait behind him.
        self.attempts.check(client, &account, now).map_err(refused)?;
        let place = self.places.clone().acquire_owned().await.map_err(Error::internal)?;
        let attempt = self.attempts.begin(client, account, now).map_err(refused)?;
        // Apart from the request: going away before the answer must not be a way to go on guessing or hashing.
        let task = tokio::spawn(async move {
            let _place = place;
            let result = login.await;
            if !matches!(&result, Err(error) if error.code == WRONG_PASSWORD) {
                attempt.take_back();
            }
            result
        });
        task.await.map_err(Error::internal)?
    }
}

impl Skep {
    /// Tries a login that shows a password, unless too many have failed from this client or for this account, as which
    /// counts what was shown. Without a client only the account is counted.
    ///
    /// Errors: those of the login; 429 instead of trying it.
    pub async fn attempt_login<T: Send + 'static>(
        &self,
        client: Option<IpAddr>,
        account: &str,
        login: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.logins.attempt(client, account, self.now(), login).await
    }
}

fn refused(exceeded: Exceeded, client: Option<IpAddr>) -> Error {
    let who = match (exceeded.scope, client) {
        (Scope::Address, Some(client)) => format!("IP {client}"),
        _ => "this account".to_owned(),
    };
    let minutes = (exceeded.seconds + 59) / 60;
    let plural = if minutes == 1 { "" } else { "s" };
    let message = format!(
        "API rate limit exceeded for {who}: too many wrong passwords. \
         Try again in {minutes} minute{plural}, or use an API key"
    );
    Error::new(429, "rate_limited", message)
}

#[cfg(test)]
mod tests;
