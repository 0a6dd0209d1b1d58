//! What the pages are made with beside their text: one style sheet and one picture. Their addresses change with their
//! content, so browsers may keep them for good.

use std::sync::LazyLock;

use axum::body::Body;
use axum::response::Response;
use hex_format::checksum::Sha256;
use http::{HeaderValue, header};

/// A file in the program.
pub(super) struct Asset {
    /// Its address.
    pub(super) path: String,
    content: &'static str,
    content_type: &'static str,
}

impl Asset {
    fn new(name: &str, extension: &str, content: &'static str, content_type: &'static str) -> Self {
        let hash = Sha256::of(content.as_bytes()).to_string();
        Self { path: format!("/assets/{name}-{}.{extension}", &hash[..16]), content, content_type }
    }
}

/// The style sheet of every page.
pub(super) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("skep", "css", include_str!("../../assets/skep.css"), "text/css; charset=utf-8")
});

/// The picture of a skep.
pub(super) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("skep", "svg", include_str!("../../assets/skep.svg"), "image/svg+xml"));

/// The file at this address.
pub(super) fn find(path: &str) -> Option<Response> {
    let asset = [&STYLE, &ICON].into_iter().find(|asset| asset.path == path)?;
    let mut response = Response::new(Body::from(asset.content));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(header::CACHE_CONTROL, forever);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Some(response)
}
