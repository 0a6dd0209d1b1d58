//! Responses of the repository.

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use hex_format::checksum::Sha256;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;
use skep_core::Error;
use skep_core::packages::Blob;
use skep_core::resources::Resource;

use super::conditional::{is_unchanged, matches, to_http_date};
use super::range::{self, Asked};
use crate::app::App;

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// How long something may be kept. Values: the Hex HTTP contract, "Objects".
#[derive(Clone, Copy)]
pub(super) struct Lifetime(&'static str);

impl Lifetime {
    pub(super) fn registry(public: bool) -> Self {
        Self(if public { "public, max-age=3600" } else { "private, max-age=3600" })
    }

    pub(super) fn policy(public: bool) -> Self {
        Self(if public { "public, max-age=600" } else { "private, max-age=60" })
    }

    pub(super) const PUBLIC_KEY: Self = Self("public, max-age=3600");

    pub(super) const INSTALLS: Self = Self("public, max-age=604800");

    pub(super) fn tarball(public: bool) -> Self {
        Self(if public { "public, max-age=604800" } else { "private, max-age=86400" })
    }

    pub(super) fn docs(public: bool) -> Self {
        Self(if public { "public, max-age=86400" } else { "private, max-age=86400" })
    }
}

fn head(status: StatusCode, etag: &str, modified_seconds: i64, lifetime: Lifetime) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime.0));
    insert_etag(headers, etag);
    if let Some(Ok(date)) = to_http_date(modified_seconds).map(HeaderValue::try_from) {
        headers.insert(header::LAST_MODIFIED, date);
    }
    response
}

/// A registry resource, or 304.
pub(super) fn resource(parts: &Parts, resource: &Resource, lifetime: Lifetime) -> Response {
    let modified = resource.updated_at.div_euclid(1_000_000);
    if is_unchanged(&parts.headers, &resource.etag, modified) {
        return head(StatusCode::NOT_MODIFIED, &resource.etag, modified, lifetime);
    }
    let mut response = head(StatusCode::OK, &resource.etag, modified, lifetime);
    response.headers_mut().insert(header::CONTENT_TYPE, OCTETS);
    *response.body_mut() = Body::from(resource.content.clone());
    response
}

/// A tarball or documentation archive, whole or in part, or 304. Streamed, never whole in memory.
pub(super) async fn blob(
    app: &App,
    parts: &Parts,
    blob: &Blob,
    lifetime: Lifetime,
) -> Result<Response, Error> {
    let etag = format!("\"{}\"", &blob.sha256.to_string()[..32]);
    let modified = blob.updated_at.div_euclid(1_000_000);
    if is_unchanged(&parts.headers, &etag, modified) {
        return Ok(head(StatusCode::NOT_MODIFIED, &etag, modified, lifetime));
    }
    let text = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let asked = match text(header::IF_RANGE) {
        Some(tag) if !matches(tag, &etag) => Asked::Whole,
        _ => range::parse(text(header::RANGE), blob.size),
    };
    let (status, bytes) = match asked {
        Asked::Whole => (StatusCode::OK, 0..blob.size),
        Asked::Part(bytes) => (StatusCode::PARTIAL_CONTENT, bytes),
        Asked::Unsatisfiable => {
            let mut response = head(StatusCode::RANGE_NOT_SATISFIABLE, &etag, modified, lifetime);
            insert(&mut response, header::CONTENT_RANGE, format!("bytes */{}", blob.size));
            return Ok(response);
        }
    };
    let mut response = head(status, &etag, modified, lifetime);
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, blob.size);
        insert(&mut response, header::CONTENT_RANGE, range);
    }
    insert(&mut response, header::CONTENT_LENGTH, (bytes.end - bytes.start).to_string());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, OCTETS);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    *response.body_mut() = if parts.method == http::Method::HEAD {
        Body::empty()
    } else {
        Body::from_stream(app.core.open_blob(blob, bytes).await?)
    };
    Ok(response)
}

fn insert(response: &mut Response, name: header::HeaderName, value: String) {
    let value = HeaderValue::try_from(value).expect("numbers and punctuation are visible ASCII");
    response.headers_mut().insert(name, value);
}

/// A small file that anyone may have.
pub(super) fn text(parts: &Parts, content_type: &'static str, lifetime: Lifetime, text: Bytes) -> Response {
    let etag = format!("\"{}\"", &Sha256::of(&text).to_string()[..32]);
    let unchanged = is_unchanged(&parts.headers, &etag, i64::MAX);
    let mut response = Response::new(if unchanged { Body::empty() } else { Body::from(text) });
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime.0));
    insert_etag(headers, &etag);
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}

fn insert_etag(headers: &mut HeaderMap, etag: &str) {
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, etag);
    }
}

/// A refusal in plain text, which clients show or ignore.
pub(super) fn error(error: &Error, path: &str) -> Response {
    if let Some(cause) = &error.internal {
        tracing::error!(http.path = path, error = %cause, "a repository request failed");
    }
    let message = error.message.as_deref().unwrap_or(error.code);
    let mut response = Response::new(Body::from(format!("{message}\n")));
    *response.status_mut() = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=0, private, must-revalidate"));
    response
}

/// The answer to HEAD.
pub(super) fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if !parts.headers.contains_key(header::CONTENT_LENGTH)
        && let Some(length) = body.size_hint().exact()
    {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::empty())
}
