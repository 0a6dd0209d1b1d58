//! Addresses of the site that are no pages: short addresses, and where the installer of the clients looks.

use axum::body::Body;
use axum::response::Response;
use hex_format::version::Version;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use skep_core::Error;

use crate::app::App;
use crate::installs;

/// Short addresses never change.
const SHORT_URL: &str = "public, max-age=86400";

/// The Hex HTTP contract, "Index, users, misc".
const ARCHIVE: &str = "public, max-age=3600";

/// Whether [`answer`] is to be asked.
pub(crate) fn knows(path: &str) -> bool {
    path.starts_with("/l/") || path == "/installs/hex.ez"
}

/// Answers a request.
pub(crate) async fn answer(app: &App, request: &Parts) -> Response {
    let found = match request.method {
        Method::GET | Method::HEAD => find(app, request).await,
        _ => Err(Error::not_found()),
    };
    let mut response = Response::new(Body::empty());
    match found {
        Ok((status, lifetime, location)) => {
            *response.status_mut() = status;
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime));
            response.headers_mut().insert(header::LOCATION, location);
        }
        Err(error) => {
            if let Some(cause) = &error.internal {
                tracing::error!(http.path = request.uri.path(), error = %cause, "a request of the site failed");
            }
            *response.status_mut() =
                StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let plain = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, plain);
            if request.method == Method::GET {
                *response.body_mut() = Body::from(format!("{}\n", error.message.unwrap_or_default()));
            }
        }
    }
    response
}

/// Where a request leads.
async fn find(app: &App, request: &Parts) -> Result<(StatusCode, &'static str, HeaderValue), Error> {
    let location = |url: String| HeaderValue::try_from(url).map_err(Error::internal);
    if let Some(code) = request.uri.path().strip_prefix("/l/") {
        let url = app.core.short_url(code.trim_end_matches('/')).await?;
        return Ok((StatusCode::MOVED_PERMANENTLY, SHORT_URL, location(url)?));
    }
    let elixir = elixir(request.uri.query().unwrap_or_default(), &request.headers);
    let path = installs::archive(app.settings.installs.as_deref(), elixir).await;
    let url = format!("{}/installs/{path}", app.settings.repo_url);
    Ok((StatusCode::FOUND, ARCHIVE, location(url)?))
}

/// The version of Elixir that asks: the parameter, or what `mix` calls itself.
fn elixir(query: &str, headers: &HeaderMap) -> Option<Version> {
    let given = query.split('&').find_map(|pair| pair.strip_prefix("elixir="));
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let version = given.or_else(|| agent?.strip_prefix("Mix/")?.split(' ').next())?;
    // A plus sign, which separates build metadata, may be encoded.
    Version::parse(&version.replace("%2B", "+")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_elixir() {
        let asked = |query: &str, agent: &str| {
            let headers = HeaderMap::from_iter([(header::USER_AGENT, HeaderValue::from_str(agent).unwrap())]);
            elixir(query, &headers).map(|version| version.to_string())
        };
        assert_eq!(asked("elixir=1.18.4", "Mix/1.14.0").as_deref(), Some("1.18.4"));
        assert_eq!(asked("x=1&elixir=1.18.4", "").as_deref(), Some("1.18.4"));
        assert_eq!(asked("", "Mix/1.14.0 (OTP 25)").as_deref(), Some("1.14.0"));
        assert_eq!(asked("elixir=../..", "Mix/1.14.0"), None);
        assert_eq!(asked("", "curl/8"), None);
    }
}
