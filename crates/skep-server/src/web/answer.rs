//! What a page answers, and the headers that every one of them has.

use askama::Template;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use skep_core::Error;

use super::cookies::Cookie;
use super::local_path::LocalPath;

/// Nothing but the style sheet and pictures of this server; forms go to this server; no page stands in a frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      form-action 'self'";

/// An answer on its way.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    html: String,
    location: Option<String>,
    form_target: Option<String>,
    cookies: Vec<(Cookie, Option<(String, i64)>)>,
}

impl Answer {
    /// A page.
    ///
    /// # Errors
    /// 500 if it can't be written.
    pub(super) fn page(template: &impl Template) -> Result<Self, Error> {
        let html = template.render().map_err(Error::internal)?;
        Ok(Self { html, ..Self::empty(StatusCode::OK) })
    }

    /// Sends the visitor on to another page.
    pub(super) fn redirect(to: &LocalPath) -> Self {
        Self::leave(to.as_str().to_owned())
    }

    /// Sends the visitor back to the client that sent him here, whose address the rules have checked.
    pub(super) fn leave(to: String) -> Self {
        Self { location: Some(to), ..Self::empty(StatusCode::SEE_OTHER) }
    }

    fn empty(status: StatusCode) -> Self {
        Self { status, html: String::new(), location: None, form_target: None, cookies: Vec::new() }
    }

    /// Whether it is a page and not a way to another one.
    pub(super) fn is_page(&self) -> bool {
        self.location.is_none()
    }

    /// With another status.
    pub(super) fn status(self, status: u16) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), ..self }
    }

    /// Lets its form lead to this origin in the end: browsers hold a form's policy against redirects too.
    pub(super) fn form_target(self, origin: &str) -> Self {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:-/".contains(&byte);
        // A policy can't name addresses of IPv6, which only those of this machine are.
        let target = if origin.contains('[') { "http:" } else { origin };
        Self { form_target: Some(target.to_owned()).filter(|target| target.bytes().all(is_plain)), ..self }
    }

    /// Gives the browser something to keep for some seconds.
    pub(super) fn keep(mut self, cookie: Cookie, value: String, seconds: i64) -> Self {
        self.cookies.push((cookie, Some((value, seconds))));
        self
    }

    /// Takes away what the browser kept.
    pub(super) fn forget(mut self, cookie: Cookie) -> Self {
        self.cookies.push((cookie, None));
        self
    }

    /// Whether the answer sets or deletes the cookie.
    pub(super) fn touches(&self, cookie: Cookie) -> bool {
        self.cookies.iter().any(|(touched, _)| *touched == cookie)
    }

    /// The answer as it is sent. `secure`: the site is reached over https.
    pub(super) fn into_response(self, secure: bool) -> Response {
        let mut response = Response::new(Body::from(self.html));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let policy = match self.form_target {
            Some(origin) => HeaderValue::try_from(format!("{POLICY} {origin}")).ok(),
            None => None,
        };
        let policy = policy.unwrap_or(HeaderValue::from_static(POLICY));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        write_fixed(headers);
        if let Some(location) = self.location.and_then(|location| HeaderValue::try_from(location).ok()) {
            headers.insert(header::LOCATION, location);
        } else {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        }
        for (cookie, value) in self.cookies {
            let line = match value {
                Some((value, seconds)) => cookie.set(&value, seconds, secure),
                None => cookie.delete(secure),
            };
            headers.append(header::SET_COOKIE, line);
        }
        response
    }
}

/// Headers that are the same on every page.
fn write_fixed(headers: &mut HeaderMap) {
    const FIXED: [(HeaderName, &str); 5] = [
        // Pages tell who is logged in.
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // For browsers that do not know `frame-ancestors`.
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`, with which browsers also hide from us where a form comes from.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
