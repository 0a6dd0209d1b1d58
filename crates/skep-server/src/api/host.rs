//! What the protocol needs from the application around it.
//!
//! The pipeline is generic over this trait, so that it can be tested with a toy and knows no rule.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use skep_core::Error;
use skep_core::short_urls::HostPattern;

use super::body::LargeBodies;
use super::client_address::ClientAddress;
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
    /// Clients that neither are counted nor can be blocked.
    pub exempt: Vec<AddressRange>,
    /// Clients that get 403 wherever they ask.
    pub blocked: Vec<AddressRange>,
    /// Connections that one address may have open at once; an IPv6 network is one. 0 is no limit.
    pub connections_per_address: usize,
    /// How long a connection may wait for a client to read on.
    pub write_timeout: Duration,
    /// Proxies in front of the server that each append to `X-Forwarded-For`; 0 ignores the header.
    pub forwarded_hops: usize,
    /// Requests per minute.
    pub limits: Limits,
    /// How long the server waits for the next part of a body.
    pub body_timeout: Duration,
    /// Hosts that short addresses may lead to.
    pub short_url_hosts: Vec<HostPattern>,
    /// Folder of files for installing the clients.
    pub installs: Option<PathBuf>,
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
            exempt: AddressRange::LOOPBACK.to_vec(),
            blocked: Vec::new(),
            connections_per_address: 512,
            write_timeout: Duration::from_secs(60),
            forwarded_hops: 1,
            limits: Limits::default(),
            body_timeout: Duration::from_secs(10),
            short_url_hosts: HostPattern::of(base).into_iter().collect(),
            installs: None,
        }
    }

    /// The host of the site, with its port if there is one: what users know the instance by.
    pub fn host(&self) -> &str {
        let site = self.web_url.split_once("://").map_or(self.web_url.as_str(), |(_, site)| site);
        site.split('/').next().unwrap_or(site)
    }
}

impl ApiSettings {
    /// Whether a client is neither counted nor blocked.
    pub fn is_exempt(&self, client: &ClientAddress) -> bool {
        let in_any = |ranges: &[AddressRange]| ranges.iter().any(|range| range.contains(client.ip));
        // What came through a proxy was not sent from this machine, nor by the proxy itself.
        let is_known = !client.forwarded || !(client.ip.is_loopback() || in_any(&self.trusted_proxies));
        is_known && in_any(&self.exempt)
    }

    /// Whether a client gets 403 wherever it asks.
    pub fn is_blocked(&self, client: &ClientAddress) -> bool {
        self.blocked.iter().any(|range| range.contains(client.ip)) && !self.is_exempt(client)
    }
}

/// The 403 of a client that is blocked.
pub fn blocked() -> Error {
    Error::new(403, "blocked", "Blocked")
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

    /// What the operator wants the users of a client to read, as the value of `x-hex-message`.
    fn notice(&self, _head: &Head) -> Option<HeaderValue> {
        None
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(exempt: &[&str], blocked: &[&str]) -> ApiSettings {
        let ranges = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let mut settings = ApiSettings::new("http://127.0.0.1");
        settings.trusted_proxies = ranges(&["127.0.0.1", "192.0.2.7"]);
        settings.blocked = ranges(blocked);
        if !exempt.is_empty() {
            settings.exempt = ranges(exempt);
        }
        settings
    }

    fn client(ip: &str, forwarded: bool) -> ClientAddress {
        ClientAddress { ip: ip.parse().unwrap(), forwarded }
    }

    #[test]
    fn this_machine_is_exempt_unless_it_asks_for_others() {
        let settings = settings(&[], &[]);
        for (ip, forwarded, exempt) in [
            ("127.0.0.1", false, true),
            ("::1", false, true),
            ("127.0.0.1", true, false),
            ("192.0.2.1", false, false),
            ("192.0.2.7", true, false),
        ] {
            assert_eq!(settings.is_exempt(&client(ip, forwarded)), exempt, "{ip} {forwarded}");
        }
    }

    #[test]
    fn ranges_of_the_operator() {
        let settings =
            settings(&["10.0.0.0/8", "2001:db8::/32"], &["10.1.0.0/16", "198.51.100.0/24", "2001:db9::/32"]);
        for ip in ["10.1.2.3", "2001:db8::1"] {
            assert!(settings.is_exempt(&client(ip, true)) && !settings.is_blocked(&client(ip, true)), "{ip}");
        }
        for ip in ["198.51.100.9", "::ffff:198.51.100.9", "2001:db9::1"] {
            assert!(settings.is_blocked(&client(ip, false)), "{ip}");
        }
        assert!(!settings.is_blocked(&client("192.0.2.1", false)));
        assert!(!settings.is_exempt(&client("127.0.0.1", false)));
    }
}
