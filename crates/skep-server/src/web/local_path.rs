//! Where a visitor may be sent after a form: to a path of this server and nowhere else.
//!
//! It must never let through what any browser could read as another host.

/// Longest target, in bytes. The request of a client for its consent page has to find room in it, encoded.
const MAX_BYTES: usize = 16 * 1024;

/// A path of this server with its query, safe in a `Location`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LocalPath(String);

impl LocalPath {
    /// Reads what came with a request. None for everything that is not plainly a path of this server: other schemes
    /// and hosts, `//host`, backslashes (which browsers read as slashes), spaces and control characters (which they
    /// leave out).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        (plain && !rest.starts_with('/') && text.len() <= MAX_BYTES).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for LocalPath {
    fn from(path: &'static str) -> Self {
        Self::parse(path).expect("invariant: the path of a page is local")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_this_server_are_let_through() {
        for path in
            ["/", "/account", "/oauth/device?user_code=ABCD1234", "/a//b", "/?return=https://x.example"]
        {
            assert_eq!(LocalPath::parse(path).map(|path| path.0).as_deref(), Some(path));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for target in [
            "",
            "account",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\\b",
            "https://evil.example",
            "javascript:alert(1)",
            " /account",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a\r\nSet-Cookie: a=b",
            "/a b",
            "/\0",
            "/ä",
            "/\u{2028}/evil.example",
        ] {
            assert_eq!(LocalPath::parse(target), None, "{target:?}");
        }
        assert!(LocalPath::parse(&format!("/{}", "a".repeat(MAX_BYTES))).is_none());
    }
}
