//! Where people may be sent back to. Pure.
//!
//! It must never send anybody to an address that was not registered: a code, or the word that there is none, would
//! end up with somebody else.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Longest address, in bytes.
pub const MAX_BYTES: usize = 2000;

/// Longest label of a host name (RFC 1035).
const MAX_LABEL: usize = 63;

/// Labels that have to follow a `*`, so that nobody registers all of a top-level domain.
const LABELS_AFTER: usize = 2;

/// What needs no encoding in a query.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Whether an address is the registered one. A `*` in `https://*.example.com/back` stands for one label of the
/// host name; everything else has to be equal.
pub fn matches(registered: &str, given: &str) -> bool {
    if given.len() > MAX_BYTES {
        return false;
    }
    let Some((before, after)) = registered.split_once('*') else { return registered == given };
    if !is_wildcard(before, after) {
        return false;
    }
    let label = given.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    label.is_some_and(|label| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

/// Whether a `*` may stand between these: as the first label of the host of an `https` address.
fn is_wildcard(before: &str, after: &str) -> bool {
    let Some(rest) = after.strip_prefix('.') else { return false };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let labels: Vec<&str> = host.split('.').collect();
    let is_name = |label: &&str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    before == "https://" && labels.len() >= LABELS_AFTER && labels.iter().all(is_name) && !after.contains('*')
}

/// Whether an address may be registered: `https`, or `http` to the own machine, without a fragment, and with at most
/// one `*`, as [`matches()`] reads it.
pub fn may_be_registered(address: &str) -> bool {
    let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
    let is_local = local.iter().any(|start| {
        address.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
    });
    let wildcard = address.split_once('*').is_none_or(|(before, after)| is_wildcard(before, after));
    let plain = address.bytes().all(|byte| byte.is_ascii_graphic()) && !address.contains('#');
    (is_local || address.starts_with("https://")) && wildcard && plain && address.len() <= MAX_BYTES
}

/// The address with these parameters added.
pub(super) fn with_parameters(address: &str, parameters: &[(&str, &str)]) -> String {
    let mut whole = address.to_owned();
    for (name, value) in parameters {
        whole.push(if whole.contains('?') { '&' } else { '?' });
        whole.push_str(name);
        whole.push('=');
        whole.extend(utf8_percent_encode(value, IN_QUERY));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_wildcard_every_byte_counts() {
        let registered = "https://ci.example.com/back";
        assert!(matches(registered, registered));
        for given in [
            "https://ci.example.com/back/",
            "https://ci.example.com/back?x=1",
            "https://CI.example.com/back",
            "http://ci.example.com/back",
            "https://ci.example.com:443/back",
            "https://ci.example.com@evil.test/back",
            "",
        ] {
            assert!(!matches(registered, given), "{given}");
        }
    }

    #[test]
    fn a_wildcard_is_one_label() {
        let registered = "https://*.preview.example.com/back";
        for label in ["a", "pr-17", &"x".repeat(63)] {
            assert!(matches(registered, &format!("https://{label}.preview.example.com/back")), "{label}");
        }
        let long = "x".repeat(64);
        for label in [
            "",
            "a.b",
            "-a",
            "a-",
            "evil.test/",
            "evil.test#",
            "evil.test?",
            "user@",
            "a:b@c",
            "%61",
            "A",
            "*",
            &long,
        ] {
            assert!(!matches(registered, &format!("https://{label}.preview.example.com/back")), "{label}");
        }
        assert!(!matches(registered, "https://preview.example.com/back"));
        assert!(!matches(registered, "https://a.preview.example.com/other"));
    }

    #[test]
    fn wildcards_elsewhere_match_nothing() {
        for registered in [
            "https://*.com/back",
            "https://*/back",
            "https://ci.*.example.com/back",
            "https://ci.example.com/*",
            "http://*.example.com/back",
            "https://*.*.example.com/back",
            "https://a*.example.com/back",
            "https://*.example..com/back",
        ] {
            assert!(!may_be_registered(registered), "{registered}");
            for given in
                [registered.to_owned(), registered.replace('*', "a"), registered.replace('*', "a.b.c")]
            {
                assert!(!matches(registered, &given), "{registered} {given}");
            }
        }
    }

    #[test]
    fn what_may_be_registered() {
        for good in [
            "https://ci.example.com/back",
            "https://*.example.com/back",
            "http://localhost:1234/back",
            "http://127.0.0.1/back",
            "http://[::1]:99",
        ] {
            assert!(may_be_registered(good), "{good}");
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "http://ci.example.com/back",
            "http://localhost.evil.test/",
            "https://a b",
            "https://a/#x",
        ] {
            assert!(!may_be_registered(bad), "{bad}");
        }
    }

    #[test]
    fn adding_parameters() {
        assert_eq!(
            with_parameters("https://a.b/c", &[("code", "x y"), ("state", "&=é")]),
            "https://a.b/c?code=x%20y&state=%26%3D%C3%A9"
        );
        assert_eq!(with_parameters("https://a.b/c?d=e", &[("code", "x")]), "https://a.b/c?d=e&code=x");
    }
}
