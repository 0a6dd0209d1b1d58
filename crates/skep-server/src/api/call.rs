//! What a handler is given.
//!
//! Everything is already checked for form: text is UTF-8, the format is acceptable, the credential is good. What the
//! caller may do is not decided here.

use std::sync::Arc;

use axum::body::Body;
use http::header::{self, AsHeaderName};
use http::{HeaderMap, HeaderValue, Method};

use super::client_address::ClientAddress;
use super::upload::RawBody;
use super::{Format, Host, Params, Upload};
use crate::app::App;
use skep_core::Error;

/// A request on its way to a handler.
pub struct Call<A: Host = App> {
    /// The application.
    pub app: Arc<A>,
    /// Who is calling, if anyone said so.
    pub principal: Option<Arc<A::Principal>>,
    /// The head of the request.
    pub head: Arc<Head>,
    /// Path, body and query in one; earlier ones win.
    pub params: Params,
    /// The unread body of an upload route; see [`Call::upload`].
    pub(super) body: Option<RawBody>,
}

impl<A: Host> Call<A> {
    /// Begins to receive an upload of at most `limit` bytes. Nothing is read, and no `100 Continue` sent, before the first
    /// [`Upload::chunk`]; authorize before it.
    ///
    /// # Errors
    /// By the announced length: 411 if a client that waits for `100 Continue` announces none, 413 far above any upload,
    /// 422 `tar: too big` above `limit`.
    pub fn upload(&mut self, limit: u64) -> Result<Upload, Error> {
        let body = self.body.take().unwrap_or_else(|| RawBody::new(Body::empty()).0);
        Upload::begin(body, &self.head, limit, self.app.settings().body_timeout)
    }
}

/// The head of a request, as far as anyone behind the pipeline needs it.
///
/// Credentials are in here: it must never be printed, and so has no `Debug`.
pub struct Head {
    /// The method that was routed: never HEAD, and the one of `_method` if there was one.
    pub method: Method,
    /// The format of the answer.
    pub format: Format,
    /// The id of the request, also in the answer.
    pub request_id: String,
    /// Where the request came from.
    pub client: ClientAddress,
    /// `User-Agent` as text; may be empty.
    pub user_agent: String,
    /// `Content-Length`.
    pub content_length: Option<u64>,
    /// Whether the client waits for `100 Continue` before it sends the body.
    pub expects_continue: bool,
    headers: HeaderMap,
}

impl Head {
    pub(super) fn new(
        method: Method,
        mut headers: HeaderMap,
        request_id: String,
        client: ClientAddress,
    ) -> Self {
        for name in [&header::AUTHORIZATION, &OTP] {
            if let Some(value) = headers.get_mut(name) {
                value.set_sensitive(true);
            }
        }
        let text =
            |name| headers.get(name).map(|value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()));
        Self {
            method: if method == Method::HEAD { Method::GET } else { method },
            format: Format::default(),
            request_id,
            client,
            user_agent: text(header::USER_AGENT).unwrap_or_default().into_owned(),
            content_length: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            expects_continue: text(header::EXPECT)
                .is_some_and(|expect| expect.eq_ignore_ascii_case("100-continue")),
            headers,
        }
    }

    /// The `Authorization` header; `None` if it is absent or repeated, which both mean an anonymous caller.
    pub fn authorization(&self) -> Option<&[u8]> {
        let mut values = self.headers.get_all(header::AUTHORIZATION).iter();
        let first = values.next()?;
        if values.next().is_some() { None } else { Some(first.as_bytes()) }
    }

    /// The one-time code in `x-hex-otp`.
    pub fn one_time_code(&self) -> Option<&str> {
        self.header(OTP)
    }

    /// A header of visible ASCII, the first if repeated.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

const OTP: http::HeaderName = http::HeaderName::from_static("x-hex-otp");
