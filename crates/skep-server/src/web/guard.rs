//! Forms are accepted from the pages of this server only: the browser must not say that another site sent it here, and
//! the form must carry the token that its page was given.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use skep_core::Error;

/// Refuses a form that another site sent. `web_url` is the address of this one.
///
/// # Errors
/// 403
pub(super) fn check_site(headers: &HeaderMap, web_url: &str) -> Result<(), Error> {
    if is_same_site(headers, web_url) {
        return Ok(());
    }
    Err(Error::new(403, "cross_site_form", "This form was sent from another site, so nothing was done."))
}

/// What browsers say of their own accord: on https newer ones `Sec-Fetch-Site`, all others `Origin`. What says neither
/// is no browser, and is left to the token.
fn is_same_site(headers: &HeaderMap, web_url: &str) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    let host = origin.split_once("://").map(|(_, host)| host);
    // A proxy may have put another host in the place of the one that the browser asked.
    origin == web_url || host.is_some() && host == text(header::HOST)
}

/// The 403 of a form without the right token.
pub(super) fn stale_form() -> Error {
    let text = "This page has expired, so nothing was done. Go back, reload the page and try again.";
    Error::new(403, "stale_form", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        is_same_site(&headers.collect(), "https://public.example")
    }

    #[test]
    fn only_this_site_may_send_forms() {
        let host = ("host", "hex.example:4000");
        assert!(check(&[host]));
        assert!(check(&[host, ("origin", "http://hex.example:4000")]));
        assert!(check(&[host, ("origin", "https://public.example")]));
        assert!(check(&[host, ("origin", "null"), ("sec-fetch-site", "same-origin")]));
        for foreign in [
            "http://evil.example",
            "http://hex.example",
            "http://public.example",
            "null",
            "",
            "hex.example:4000",
        ] {
            assert!(!check(&[host, ("origin", foreign)]), "{foreign}");
        }
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(
                !check(&[host, ("origin", "http://hex.example:4000"), ("sec-fetch-site", site)]),
                "{site}"
            );
        }
    }
}
