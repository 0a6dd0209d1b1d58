//! Bodies that tell how far they are, and whose sending is what keeps a slow line from counting as an idle one.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use reqwest::{Body, Client, Method, Request, Response};
use tokio::time::{Instant, sleep_until};

use super::clients::Clients;
use super::{Progress, TransportError, explain, retry, shown};

/// Bytes handed to the connection at once.
const CHUNK: usize = 64 << 10;

/// How many bytes were handed to the connection.
#[derive(Clone, Default)]
pub(super) struct Sent(Arc<AtomicU64>);

/// A body in pieces. The length must be told as a header by the caller.
pub(super) fn body(bytes: Bytes, sent: &Sent, progress: &Progress) -> Body {
    let total = bytes.len() as u64;
    let (sent, progress) = (sent.clone(), progress.clone());
    let mut rest = bytes;
    Body::wrap_stream(stream::iter(std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let chunk = rest.split_to(CHUNK.min(rest.len()));
        let length = chunk.len() as u64;
        progress.tell(sent.0.fetch_add(length, Ordering::Relaxed) + length, Some(total));
        Some(Ok::<_, Infallible>(chunk))
    })))
}

/// A request without an answer.
pub(super) struct Failure {
    pub(super) error: TransportError,
    /// There was no connection to send it on.
    never_arrived: bool,
    /// No other attempt will end otherwise.
    hopeless: bool,
}

impl Failure {
    fn new(clients: &Clients, url: &url::Url, error: &reqwest::Error) -> Self {
        Self {
            never_arrived: error.is_connect(),
            hopeless: error.is_redirect()
                || error.is_builder()
                || explain::certificate_problem(error).is_some(),
            error: clients.failure(url, error),
        }
    }

    /// Whether the same request may be sent again.
    pub(super) fn may_repeat(&self, method: &Method) -> bool {
        !self.hopeless && (self.never_arrived || retry::is_harmless(method))
    }
}

/// Sends a request and waits for the head of the answer, as long as something moves at least every `idle`.
pub(super) async fn send(
    client: &Client,
    clients: &Clients,
    request: Request,
    idle: Duration,
    sent: &Sent,
) -> Result<Response, Failure> {
    let (url, changes) = (request.url().clone(), !retry::is_harmless(request.method()));
    let answer = client.execute(request);
    tokio::pin!(answer);
    let mut seen = sent.0.load(Ordering::Relaxed);
    let mut deadline = Instant::now() + idle;
    loop {
        tokio::select! {
            answer = &mut answer => {
                let response = answer.map_err(|error| Failure::new(clients, &url, &error))?;
                return match clients.refused_by_proxy(&response) {
                    Some(error) => Err(Failure { error, never_arrived: true, hopeless: true }),
                    None => Ok(response),
                };
            }
            () = sleep_until(deadline) => {}
        }
        let now = sent.0.load(Ordering::Relaxed);
        if now == seen {
            let error = TransportError::Idle { url: shown(&url), seconds: idle.as_secs(), changes };
            return Err(Failure { error, never_arrived: false, hopeless: false });
        }
        (seen, deadline) = (now, Instant::now() + idle);
    }
}
