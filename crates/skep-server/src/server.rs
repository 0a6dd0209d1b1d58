//! The listening server: connections in, answers out, a graceful end.

mod connections;
mod write_timeout;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use http::{HeaderValue, Request, StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use skep_core::downloads::WRITE_EVERY;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use self::connections::{Connections, OpenConnection};
use self::write_timeout::WriteTimeout;
use crate::api::Api;
use crate::api::client_address::ClientAddress;
use crate::app::App;
use crate::{endpoints, mail, repo, site, web};

/// How often the change feed is read. Other processes' changes are seen within twice this.
const FOLLOW_EVERY: Duration = Duration::from_millis(250);

/// How often old entries of the change feed and tokens that ended are deleted.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// Bytes of a connection that wait in memory: no more of a request's head, nor of a body that nobody reads yet.
const MAX_BUFFER: usize = 32 * 1024;

/// A connection may take this long to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Connections open at once. Further ones wait, unaccepted, until one of them ends. Together with the buffers of a
/// connection and the body that it may send freely this bounds the memory that strangers can take.
const MAX_CONNECTIONS: usize = 4096;

/// The part of the files that the process may open which connections may take; the stores need the rest.
const CONNECTIONS_OF_FILES: (usize, usize) = (3, 4);

/// How long running requests may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(20);

/// Everything below one address.
#[derive(Clone)]
struct Site {
    app: Arc<App>,
    api: Api<App>,
}

impl Site {
    async fn answer(&self, mut request: Request<Body>, peer: SocketAddr) -> Response {
        let path = request.uri().path();
        let client = self.client(&request, peer.ip());
        // The API says so itself, in the format that it is asked for.
        if self.app.settings.is_blocked(&client) && !path.starts_with("/api") {
            return plain(StatusCode::FORBIDDEN, "Blocked\n");
        }
        if let Some(below) = path.strip_prefix("/repo/") {
            let below = below.to_owned();
            return repo::answer(&self.app, request, &below, client).await;
        }
        match path {
            "/healthz" => plain(StatusCode::OK, "ok\n"),
            "/readyz" => self.ready().await,
            _ if site::knows(path) => {
                let (parts, _body) = request.into_parts();
                Box::pin(site::answer(&self.app, &parts)).await
            }
            path if !is_api(path) => Box::pin(web::answer(&self.app, request, client)).await,
            _ => {
                request.extensions_mut().insert(ConnectInfo(peer));
                // Boxed, so that the small futures of the repository are not moved about in its large one.
                Box::pin(self.api.answer(request)).await
            }
        }
    }

    fn client(&self, request: &Request<Body>, peer: IpAddr) -> ClientAddress {
        let settings = &self.app.settings;
        ClientAddress::find(peer, request.headers(), &settings.trusted_proxies, settings.forwarded_hops)
    }

    async fn ready(&self) -> Response {
        match self.app.core.check_ready().await {
            Ok(()) => plain(StatusCode::OK, "ready\n"),
            Err(error) => {
                tracing::error!(%error, "not ready");
                plain(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
            }
        }
    }
}

/// Whether a path belongs to the API, which collapses doubled slashes and answers load balancers too.
fn is_api(path: &str) -> bool {
    path == "/status" || path.split('/').find(|segment| !segment.is_empty()) == Some("api")
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Serves until `stop` is done, then lets running requests end.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let follower = tokio::spawn(follow(app.clone()));
    let (stop_mail, mail_stopped) = watch::channel(false);
    let sender = tokio::spawn(mail::send_all(app.clone(), mail_stopped));
    let (ended, end) = tokio::sync::oneshot::channel();
    let counting = tokio::spawn(write_downloads(app.clone(), end));
    let site = Site { api: Api::new(app.clone(), endpoints::routes()), app: app.clone() };
    let graceful = GracefulShutdown::new();
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let places = Arc::new(Semaphore::new(max_connections(&limits)));
    let connections = Connections::new(&app.settings);
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &places) => match accepted {
                Ok((stream, peer, place)) => match connections.open(peer.ip()) {
                    Some(open) => connection(stream, peer, (place, open), site.clone(), &graceful),
                    None => tracing::debug!(%peer, "too many connections from this address: closed"),
                },
                // Out of file descriptors, most likely: give running requests time to end.
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    // Whoever is about to say that a mail was sent should be able to: otherwise it is sent again.
    stop_mail.send_replace(true);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still running after {GRACE:?} and are cut off");
    }
    // Only now: requests that ended late have been counted too.
    drop(ended);
    if let Err(error) = counting.await {
        tracing::error!(%error, "downloads are not written");
    }
    follower.abort();
    if tokio::time::timeout(GRACE, sender).await.is_err() {
        tracing::warn!("a mail was still being sent after {GRACE:?} and may be sent twice");
    }
    app.core.close().await;
}

/// How many connections may be open, given the limits of the process as Linux shows them. Elsewhere, nothing is known.
fn max_connections(limits: &str) -> usize {
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let files = files.and_then(|numbers| numbers.split_whitespace().next()?.parse::<usize>().ok());
    let (part, of) = CONNECTIONS_OF_FILES;
    files.map_or(MAX_CONNECTIONS, |files| (files / of * part).clamp(1, MAX_CONNECTIONS))
}

/// The next connection, as soon as there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.expect("invariant: the semaphore is never closed");
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    place: (OwnedSemaphorePermit, OpenConnection),
    site: Site,
    graceful: &GracefulShutdown,
) {
    // Answers are written whole; waiting to fill packets would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let stream = WriteTimeout::new(stream, site.app.settings.write_timeout);
    let service = service_fn(move |request: Request<Incoming>| {
        let site = site.clone();
        async move { Ok::<_, Infallible>(site.answer(request.map(Body::new), peer).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // Clients that go away are no news.
        if let Err(error) = connection.await {
            tracing::debug!(%error, %peer, "connection ended");
        }
        drop(place);
    });
}

/// Writes the counts of downloads now and then, and when the server ends.
async fn write_downloads(app: Arc<App>, end: tokio::sync::oneshot::Receiver<()>) {
    let mut end = std::pin::pin!(end);
    loop {
        // The sender is only ever dropped.
        let ended = tokio::time::timeout(WRITE_EVERY, &mut end).await.is_ok();
        if let Err(error) = app.core.write_downloads().await {
            tracing::warn!(%error, cause = ?error.internal, "downloads could not be written, and are kept for the next time");
        }
        if ended {
            return;
        }
    }
}

/// Follows the change feed for as long as the server runs.
async fn follow(app: Arc<App>) {
    let mut feed = None;
    let mut next_forget = tokio::time::Instant::now() + FORGET_EVERY;
    let mut ticks = tokio::time::interval(FOLLOW_EVERY);
    loop {
        ticks.tick().await;
        let step = async {
            let feed = match &mut feed {
                Some(feed) => feed,
                None => feed.insert(app.core.feed().await?),
            };
            app.core.follow(feed).await?;
            if tokio::time::Instant::now() >= next_forget {
                next_forget = tokio::time::Instant::now() + FORGET_EVERY;
                app.core.forget_old_changes(feed).await?;
                app.core.forget_ended_tokens().await?;
                app.core.forget_old_mail().await?;
                app.core.forget_ended_invitations().await?;
                app.core.forget_hourly_counts().await?;
            }
            Ok::<_, skep_core::Error>(())
        };
        if let Err(error) = step.await {
            tracing::warn!(%error, cause = ?error.internal, "the change feed cannot be read, caches of rights are not used");
        }
    }
}

#[cfg(test)]
mod tests;
