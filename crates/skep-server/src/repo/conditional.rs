//! Conditional requests of the repository.

use http::header::{self, HeaderMap};

/// Whether the client has these bytes already. Tags may come quoted, bare or weak; an empty header, which
/// rebar3 sends with its first request, matches nothing.
pub(super) fn is_unchanged(headers: &HeaderMap, etag: &str, modified_seconds: i64) -> bool {
    if let Some(tags) = headers.get(header::IF_NONE_MATCH) {
        return tags.to_str().is_ok_and(|tags| tags.split(',').any(|tag| matches(tag, etag)));
    }
    let since = headers.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    since.and_then(http_date).is_some_and(|since| modified_seconds <= since)
}

/// Whether one tag of a list names the bytes.
pub(super) fn matches(tag: &str, etag: &str) -> bool {
    let tag = tag.trim();
    let bare = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
    tag == "*" || (!bare.is_empty() && bare == etag.trim_matches('"'))
}

/// Seconds since the epoch of a date as HTTP writes it.
fn http_date(text: &str) -> Option<i64> {
    let time = jiff::fmt::strtime::parse("%a, %d %b %Y %H:%M:%S GMT", text).ok()?;
    let time = time.to_datetime().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(time.timestamp().as_second())
}

/// A date as HTTP writes it.
pub(super) fn to_http_date(seconds: i64) -> Option<String> {
    let time = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    Some(time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_match_in_every_spelling() {
        for tag in ["\"abc\"", "abc", "W/\"abc\"", "*", " \"abc\" "] {
            assert!(matches(tag, "\"abc\""), "{tag}");
        }
        for tag in ["", "\"\"", "\"abd\"", "ab"] {
            assert!(!matches(tag, "\"abc\""), "{tag}");
        }
    }

    #[test]
    fn dates_round_trip() {
        let text = to_http_date(784_111_777).unwrap();
        assert_eq!(text, "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(&text), Some(784_111_777));
        assert_eq!(http_date("yesterday"), None);
    }
}
