//! Fixed windows of requests per user, organization or anonymous address.
//!
//! Counts live in this process only: with several processes each has its own. Memory is bounded by
//! [`MAX_SUBJECTS`](skep_core::attempts::MAX_SUBJECTS) per window; counts of past windows are dropped.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue};
use skep_core::Error;
use skep_core::attempts::{IPV6_PREFIX, Window, network_of};

/// Length of a window of requests.
pub const WINDOW_SECONDS: i64 = 60;

/// Who a request is counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateSubject {
    /// A user, by id.
    User(i64),
    /// An organization, by id.
    Organization(i64),
    /// An anonymous client.
    Address(IpAddr),
    /// Not counted: service users, this machine.
    Exempt,
}

/// Requests per window; 0 is no limit, and what has none is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For each user.
    pub user: u32,
    /// For each organization.
    pub organization: u32,
    /// For each anonymous address.
    pub address: u32,
    /// Bits of an IPv6 network that counts as one address, up to 128.
    pub ipv6_prefix: u8,
}

impl Default for Limits {
    /// The limits of the Hex HTTP contract.
    fn default() -> Self {
        Self { user: 500, organization: 500, address: 100, ipv6_prefix: IPV6_PREFIX }
    }
}

/// What counting a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    limit: u32,
    used: u32,
    /// End of the window in seconds since the epoch.
    reset: i64,
}

impl Count {
    /// Whether the request is within its limit.
    pub fn is_allowed(&self) -> bool {
        self.used <= self.limit
    }

    /// Announces the count to the client.
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        let remaining = self.limit.saturating_sub(self.used);
        headers.insert(HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from(self.limit));
        headers.insert(HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from(remaining));
        headers.insert(HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(self.reset));
    }
}

/// Counts requests.
#[derive(Debug)]
pub struct RateLimiter {
    limits: Limits,
    window: Mutex<Window<RateSubject>>,
}

impl RateLimiter {
    /// A limiter that has counted nothing.
    pub fn new(limits: Limits) -> Self {
        Self { limits, window: Mutex::new(Window::new(WINDOW_SECONDS)) }
    }

    /// Counts a request at a time in microseconds since the epoch; `None` for what is not counted.
    pub fn count(&self, subject: RateSubject, now: i64) -> Option<Count> {
        let (subject, limit) = match subject {
            RateSubject::User(_) => (subject, self.limits.user),
            RateSubject::Organization(_) => (subject, self.limits.organization),
            RateSubject::Address(ip) => {
                (RateSubject::Address(network_of(ip, self.limits.ipv6_prefix)), self.limits.address)
            }
            RateSubject::Exempt => return None,
        };
        if limit == 0 {
            return None;
        }
        // Counts stay valid whatever a panicking holder did.
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.advance(now);
        let used = window.add(subject).unwrap_or(1);
        Some(Count { limit, used, reset: window.end() })
    }
}

/// The 429 of a subject over its limit.
pub fn exceeded(subject: RateSubject) -> Error {
    let who = match subject {
        RateSubject::User(id) => format!("user {id}"),
        RateSubject::Organization(id) => format!("organization {id}"),
        RateSubject::Address(ip) => format!("IP {ip}"),
        RateSubject::Exempt => "this client".to_owned(),
    };
    Error::new(429, "rate_limited", format!("API rate limit exceeded for {who}"))
}

#[cfg(test)]
mod tests;
