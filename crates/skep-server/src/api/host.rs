//! What the protocol needs from the application around it.
//!
//! The pipeline is generic over this trait, so that it can be tested with a toy and knows no rule.

use std::sync::Arc;
use std::time::Duration;

use skep_core::Error;

use super::body::LargeBodies;
use super::{AddressRange, Head, Limits, RateLimiter, RateSubject, RequestIds};

/// Settings of the HTTP API.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Address of the API without a final slash, such as `https://hex.example/api`.
    pub api_url: String,
    /// Address of the site without a final slash.
    pub web_url: String,
    /// Address of the repository without a final slash.
    pub repo_url: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<AddressRange>,
    /// Proxies in front of the server that each append to `X-Forwarded-For`; 0 ignores the header.
    pub forwarded_hops: usize,
    /// Requests per minute.
    pub limits: Limits,
    /// How long the server waits for the next part of a body.
    pub body_timeout: Duration,
}

impl ApiSettings {
    /// The defaults for a server reached at `base`, an address without a path.
    pub fn new(base: &str) -> Self {
        let base = base.trim_end_matches('/');
        Self {
            api_url: format!("{base}/api"),
            web_url: base.to_owned(),
            repo_url: format!("{base}/repo"),
            trusted_proxies: AddressRange::LOOPBACK.to_vec(),
            forwarded_hops: 1,
            limits: Limits::default(),
            body_timeout: Duration::from_secs(10),
        }
    }

    /// The host of the site, with its port if there is one: what users know the instance by.
    pub fn host(&self) -> &str {
        let site = self.web_url.split_once("://").map_or(self.web_url.as_str(), |(_, site)| site);
        site.split('/').next().unwrap_or(site)
    }
}

/// The application behind the API.
pub trait Host: Send + Sync + Sized + 'static {
    /// Who is calling.
    type Principal: Send + Sync + 'static;

    /// The settings.
    fn settings(&self) -> &ApiSettings;

    /// The counter of requests.
    fn limiter(&self) -> &RateLimiter;

    /// The places for large bodies.
    fn large_bodies(&self) -> &LargeBodies;

    /// The source of request ids.
    fn request_ids(&self) -> &RequestIds;

    /// Now, in microseconds since the epoch.
    fn now(&self) -> i64;

    /// Who makes this request; `None` is an anonymous caller.
    ///
    /// # Errors
    /// A credential that is no good: 401, 400 for a deactivated user, or 429 after too many wrong passwords. It ends the
    /// request uncounted.
    fn authenticate(
        &self,
        head: &Head,
    ) -> impl Future<Output = Result<Option<Arc<Self::Principal>>, Error>> + Send;

    /// Who the requests of this caller are counted for.
    fn rate_subject(&self, principal: &Self::Principal) -> RateSubject;
}
