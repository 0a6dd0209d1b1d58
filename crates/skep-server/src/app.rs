//! What the HTTP surfaces share: settings and the services behind them.
//!
//! It must never decide anything: rules belong to `skep-core`.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use skep_core::Error;

use crate::api::{ApiSettings, Head, Host, RateLimiter, RateSubject, RequestIds};

/// The running server as the handlers see it.
pub struct App {
    /// Settings of the HTTP API.
    pub settings: ApiSettings,
    limiter: RateLimiter,
    request_ids: RequestIds,
}

impl App {
    /// An application with these settings; `seed` makes the request ids of two processes differ.
    pub fn new(settings: ApiSettings, seed: u64) -> Self {
        let limiter = RateLimiter::new(settings.limits);
        Self { settings, limiter, request_ids: RequestIds::new(seed) }
    }
}

/// Who is calling. SEAM: to become the principal of `skep-core`.
#[derive(Debug)]
pub enum Principal {}

impl Host for App {
    type Principal = Principal;

    fn settings(&self) -> &ApiSettings {
        &self.settings
    }

    fn limiter(&self) -> &RateLimiter {
        &self.limiter
    }

    fn request_ids(&self) -> &RequestIds {
        &self.request_ids
    }

    fn now(&self) -> i64 {
        // SEAM: the clock of `skep-core`.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
    }

    async fn authenticate(&self, _head: &Head) -> Result<Option<Arc<Principal>>, Error> {
        // SEAM: authentication.
        Ok(None)
    }

    fn rate_subject(&self, principal: &Principal) -> RateSubject {
        match *principal {}
    }
}
