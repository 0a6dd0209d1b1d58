//! Conditional requests: entity tags and dates.
//!
//! The Hex HTTP contract asks for more than HTTP does: *every* validator that the client sent must say "unchanged". Tags
//! are sent in quotes and read with or without them, because the reference server has always sent them bare.

use http::Method;
use http::header::{self, HeaderMap, HeaderValue};
use jiff::Timestamp;
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};

/// What tells one state of some content from another.
#[derive(Debug, Clone, Default)]
pub(in crate::api) struct Validators {
    /// Without quotes.
    pub(in crate::api) etag: Option<String>,
    /// Microseconds since the epoch.
    pub(in crate::api) last_modified: Option<i64>,
}

impl Validators {
    /// Whether the client of a request already has this state.
    pub(super) fn is_unchanged(&self, method: &Method, headers: &HeaderMap) -> bool {
        if method != Method::GET || (self.etag.is_none() && self.last_modified.is_none()) {
            return false;
        }
        let mut conditions = 0;
        if headers.contains_key(header::IF_NONE_MATCH) {
            conditions += 1;
            let mut values = headers.get_all(header::IF_NONE_MATCH).iter();
            if !values.any(|value| self.matches_tag(value)) {
                return false;
            }
        }
        if let Some(value) = headers.get(header::IF_MODIFIED_SINCE) {
            conditions += 1;
            if !self.is_older_than(value) {
                return false;
            }
        }
        conditions > 0
    }

    fn matches_tag(&self, header: &HeaderValue) -> bool {
        let Some((etag, header)) = self.etag.as_deref().zip(header.to_str().ok()) else { return false };
        header.split(',').map(str::trim).any(|tag| {
            // Proxies that compress turn tags into weak ones.
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            let bare = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag);
            tag == "*" || bare == etag
        })
    }

    fn is_older_than(&self, header: &HeaderValue) -> bool {
        let date = header.to_str().ok().and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        let Some((date, last_modified)) = date.zip(self.last_modified) else { return false };
        last_modified.div_euclid(1_000_000) <= date.as_second()
    }

    pub(super) fn write_headers(&self, headers: &mut HeaderMap) {
        let etag = self.etag.as_deref().and_then(|etag| HeaderValue::try_from(format!("\"{etag}\"")).ok());
        if let Some(etag) = etag {
            headers.insert(header::ETAG, etag);
        }
        let date = self.last_modified.and_then(|micros| Timestamp::from_microsecond(micros).ok());
        let date = date.and_then(|date| DateTimePrinter::new().timestamp_to_rfc9110_string(&date).ok());
        if let Some(date) = date.and_then(|date| HeaderValue::try_from(date).ok()) {
            headers.insert(header::LAST_MODIFIED, date);
        }
    }
}
