//! Proxies: one for `http`, one for `https`, and the hosts that are reached without.

use std::fmt;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{ClientBuilder, NoProxy, Proxy};
use url::Url;

use super::TransportError;

/// A proxy, and the setting that names it. Not printable: the address may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyAddress {
    /// Such as `https_proxy`.
    pub origin: String,
    /// Such as `http://user:password@proxy.example.com:3128`; without a scheme it is `http`.
    pub url: String,
}

impl ProxyAddress {
    fn proxy(&self, kind: fn(Url) -> reqwest::Result<Proxy>) -> Result<Proxy, TransportError> {
        let wrong = || TransportError::Proxy { origin: self.origin.clone() };
        kind(parse(&self.url).ok_or_else(wrong)?).map_err(|_| wrong())
    }
}

/// Which proxies to use.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `http` addresses.
    pub http: Option<ProxyAddress>,
    /// For `https` addresses.
    pub https: Option<ProxyAddress>,
    /// Hosts that are reached without, separated by commas: `example.com` with all below it, `*.example.com`, addresses,
    /// networks such as `10.0.0.0/8`, or `*`.
    pub none_for: Option<String>,
}

impl Proxies {
    /// Sets the proxies, and no other: what the engine would find by itself is not asked.
    pub(super) fn apply(&self, builder: ClientBuilder) -> Result<ClientBuilder, TransportError> {
        let mut builder = builder.no_proxy();
        if self.is_for_none() {
            return Ok(builder);
        }
        let without = self.none_for.as_deref().map(exceptions).and_then(|list| NoProxy::from_string(&list));
        if let Some(address) = &self.http {
            builder = builder.proxy(address.proxy(Proxy::http)?.no_proxy(without.clone()));
        }
        if let Some(address) = &self.https {
            builder = builder.proxy(address.proxy(Proxy::https)?.no_proxy(without));
        }
        Ok(builder)
    }

    /// The engine takes `*` for names of hosts, but not for addresses.
    fn is_for_none(&self) -> bool {
        self.none_for.as_deref().is_some_and(|list| list.split(',').any(|entry| entry.trim() == "*"))
    }

    /// The proxy that an address is reached through, for messages. By the engine's own rules.
    pub(super) fn through(&self, url: &Url) -> Option<Through<'_>> {
        let address = match url.scheme() {
            "https" => self.https.as_ref(),
            _ => self.http.as_ref(),
        }?;
        let rules = Matcher::builder()
            .all("http://proxy.invalid")
            .no(exceptions(self.none_for.as_deref().unwrap_or_default()))
            .build();
        if self.is_for_none() || rules.intercept(&url.as_str().parse().ok()?).is_none() {
            return None;
        }
        Some(Through { origin: &address.origin, url: parse(&address.url)? })
    }
}

/// A proxy on the way, named without its password.
pub(super) struct Through<'a> {
    origin: &'a str,
    url: Url,
}

impl Through<'_> {
    /// What is to be resolved.
    pub(super) fn host(&self) -> String {
        format!("the host of {self}")
    }

    /// That it lets nobody through whom it does not know.
    pub(super) fn wants_password(&self) -> String {
        match (self.url.username(), self.url.password()) {
            ("", None) => {
                format!("{self} wants a user and a password: http://USER:PASSWORD@HOST:PORT has them")
            }
            _ => format!("{self} does not accept the user and password in its address"),
        }
    }
}

impl fmt::Display for Through<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, url } = self;
        let host = url.host_str().unwrap_or_default();
        write!(f, "the proxy {}://{host}", url.scheme())?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        write!(f, " (from {origin})")
    }
}

/// The engine takes a user and password in the address for Basic authentication at the proxy.
fn parse(text: &str) -> Option<Url> {
    let text = text.trim();
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&url).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// `*.example.com` is written `.example.com` for the engine.
fn exceptions(list: &str) -> String {
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let plain = entries.map(|entry| match entry.strip_prefix("*.") {
        Some(domain) => format!(".{domain}"),
        None => entry.to_owned(),
    });
    plain.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let shown = |text| parse(text).map(|url| url.to_string());
        assert_eq!(shown("proxy:3128").as_deref(), Some("http://proxy:3128/"));
        assert_eq!(shown(" http://u:p@proxy ").as_deref(), Some("http://u:p@proxy/"));
        assert_eq!(shown("https://proxy").as_deref(), Some("https://proxy/"));
        for wrong in ["", "ftp://proxy", "http://", "a b"] {
            assert_eq!(shown(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn exceptions_in_all_spellings() {
        assert_eq!(exceptions(" a.example, *.b.example,,.c.example,* "), "a.example,.b.example,.c.example,*");
    }
}
