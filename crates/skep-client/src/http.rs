//! The HTTP engine below both surfaces: timeouts, limits, redirects.
//!
//! A credential goes to the server that was named and nowhere else: API calls follow no redirect at all, repository
//! fetches drop their credential when a redirect leaves the origin and never fall from `https` to `http`. Bodies are
//! read up to a limit. Every failure here means that no answer was understood; what answers mean is decided above.

use std::error::Error as _;
use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, ClientBuilder, Request, Response};

/// Until the connection stands, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Without a byte arriving. There is no limit on the whole of an upload or download: a large package on a slow line
/// is not an error.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// Redirects of one repository fetch.
const MAX_REDIRECTS: usize = 3;

/// How this program names itself.
pub(crate) const USER_AGENT: &str = concat!("skep/", env!("CARGO_PKG_VERSION"));

/// Why there was no answer to understand.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The connection failed or broke.
    #[error("cannot reach {url}: {reason}")]
    Connection {
        /// What was asked for.
        url: String,
        /// The innermost causes, outermost first.
        reason: String,
    },
    /// The body is larger than anything sensible.
    #[error("{url} answered with more than {limit} bytes")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// Bytes allowed.
        limit: usize,
    },
    /// The system has no usable TLS or resolver set-up.
    #[error("cannot set up HTTP: {0}")]
    Setup(String),
}

/// A client for API calls: it follows no redirect.
pub(crate) fn api_client() -> Result<Client, TransportError> {
    build(base().redirect(Policy::none()))
}

/// A client for repository files, which may live behind a redirect to a storage service. The engine itself takes the
/// `Authorization` header off when host or port change.
pub(crate) fn repository_client() -> Result<Client, TransportError> {
    build(base().redirect(Policy::custom(repository_redirect)))
}

fn base() -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(IDLE_TIMEOUT)
}

fn build(builder: ClientBuilder) -> Result<Client, TransportError> {
    builder.build().map_err(|error| TransportError::Setup(causes(&error)))
}

fn repository_redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let from_https = attempt.previous().iter().any(|url| url.scheme() == "https");
    if from_https && attempt.url().scheme() != "https" {
        attempt.error("redirected from https to http")
    } else if attempt.previous().len() > MAX_REDIRECTS {
        attempt.error(format!("more than {MAX_REDIRECTS} redirects"))
    } else {
        attempt.follow()
    }
}

/// Sends a request.
pub(crate) async fn send(client: &Client, request: Request) -> Result<Response, TransportError> {
    let url = request.url().to_string();
    client.execute(request).await.map_err(|error| connection(url, &error))
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, TransportError> {
    let url = response.url().to_string();
    let too_large = |url| Err(TransportError::TooLarge { url, limit });
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return too_large(url);
    }
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > limit => return too_large(url),
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(connection(url, &error)),
        }
    }
}

fn connection(url: String, error: &reqwest::Error) -> TransportError {
    TransportError::Connection { url, reason: causes(error) }
}

/// The chain of causes on one line, without the outermost text, which only repeats the address.
fn causes(error: &reqwest::Error) -> String {
    let mut texts = Vec::<String>::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // Wrappers often repeat what they wrap.
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
        next = cause.source();
    }
    if texts.is_empty() { error.to_string() } else { texts.join(": ") }
}
