//! What a handler answers: a status, a value, and the few headers that routes differ in.
//!
//! Handlers must not build responses themselves; formats, caching headers and conditional requests are the same for all.

mod conditional;

use axum::body::Body;
use axum::response::Response;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{Format, Head, Value};
pub(super) use conditional::Validators;

/// How long an answer may be kept, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cache {
    /// Not at all without asking again.
    #[default]
    Default,
    /// By everyone, for a minute.
    Public,
    /// By the client, for a minute.
    Private,
    /// Nowhere on the way and by nobody: it holds a secret.
    Never,
}

impl Cache {
    fn header(self) -> &'static str {
        match self {
            Self::Default => "max-age=0, private, must-revalidate",
            Self::Public => "public, max-age=60",
            Self::Private => "private, max-age=60",
            Self::Never => "no-store",
        }
    }

    fn vary(self) -> &'static str {
        match self {
            Self::Default | Self::Never => "accept-encoding",
            Self::Public | Self::Private => "accept, accept-encoding",
        }
    }
}

/// Characters that a `Location` must not hold as they are.
const NOT_IN_LOCATION: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`');

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    status: StatusCode,
    body: Content,
    cache: Cache,
    validators: Validators,
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Debug, Clone)]
enum Content {
    Empty,
    Value(Value),
    Html(String),
}

impl Reply {
    /// An answer of this status without a body.
    pub fn status(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body: Content::Empty,
            cache: Cache::Default,
            validators: Validators::default(),
            headers: Vec::new(),
        }
    }

    /// 200 with a body.
    pub fn ok(body: impl Into<Value>) -> Self {
        Self::status(200).body(body)
    }

    /// 201 with a body and where the new thing is.
    pub fn created(location: &str, body: impl Into<Value>) -> Self {
        Self::status(201).body(body).location(location)
    }

    /// 204
    pub fn no_content() -> Self {
        Self::status(204)
    }

    /// 302 to another address, with a page for those who see it.
    pub fn redirect(location: &str) -> Self {
        let location = utf8_percent_encode(location, NOT_IN_LOCATION).to_string();
        let shown = location.replace('&', "&amp;").replace('\'', "&#39;");
        let page = format!("<html><body>You are being <a href=\"{shown}\">redirected</a>.</body></html>");
        Self { body: Content::Html(page), ..Self::status(302).location(&location) }
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Value>) -> Self {
        self.body = Content::Value(body.into());
        self
    }

    /// Sets `Location`; characters that a header cannot hold are escaped.
    #[must_use]
    pub fn location(self, location: &str) -> Self {
        let location = utf8_percent_encode(location, NOT_IN_LOCATION).to_string();
        match HeaderValue::from_str(&location) {
            Ok(value) => self.header(header::LOCATION, value),
            Err(_) => self,
        }
    }

    /// Lets the answer be kept.
    #[must_use]
    pub fn cache(mut self, cache: Cache) -> Self {
        self.cache = cache;
        self
    }

    /// Sets the entity tag, an opaque text of visible ASCII without quotes.
    #[must_use]
    pub fn etag(mut self, tag: impl Into<String>) -> Self {
        self.validators.etag = Some(tag.into());
        self
    }

    /// Sets when the content changed last, in microseconds since the epoch.
    #[must_use]
    pub fn last_modified(mut self, micros: i64) -> Self {
        self.validators.last_modified = Some(micros);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The response to a request, which is 304 if the client has this content already.
    pub(super) fn answer(mut self, head: &Head) -> Response {
        if self.status == StatusCode::OK && self.validators.is_unchanged(&head.method, head.headers()) {
            self.status = StatusCode::NOT_MODIFIED;
            self.body = Content::Empty;
        }
        self.render(head.format)
    }

    /// The response in a format, whatever the client has.
    pub(super) fn render(self, format: Format) -> Response {
        let mut headers = HeaderMap::with_capacity(12);
        let mut insert = |name, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
        insert(header::CACHE_CONTROL, self.cache.header());
        insert(header::VARY, self.cache.vary());
        let body = match self.body {
            Content::Empty => Body::empty(),
            Content::Value(value) => {
                insert(header::CONTENT_TYPE, format.content_type());
                Body::from(value.render(format))
            }
            Content::Html(page) => {
                insert(header::CONTENT_TYPE, "text/html; charset=utf-8");
                Body::from(page)
            }
        };
        self.validators.write_headers(&mut headers);
        headers.extend(self.headers);

        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        response
    }
}

#[cfg(test)]
mod tests;
