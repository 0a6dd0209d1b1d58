//! Which account a login with a password is counted for; how many may fail is decided in `skep-core`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

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
mod tests {
    use super::*;

    #[test]
    fn accounts_in_headers() {
        let shown = |header: &str| account(header.as_bytes());
        let basic = |text: &str| shown(&format!("Basic {}", BASE64_STANDARD.encode(text)));
        assert_eq!(basic("alice:secret").as_deref(), Some("alice"));
        assert_eq!(basic("alice:se:cret").as_deref(), Some("alice"));
        assert_eq!(shown("Basic  YWxpY2U6c2VjcmV0 ").as_deref(), Some("alice"));
        assert_eq!(basic("alice").as_deref(), Some(""));
        assert_eq!(shown("Basic ???").as_deref(), Some(""));
        assert_eq!(account(b"Basic \xff").as_deref(), Some(""));
        for other in ["", "Basic", "basic YWxpY2U6c2VjcmV0", "Bearer x", "0123456789abcdef"] {
            assert_eq!(shown(other), None, "{other}");
        }
    }
}
