//! The one way that every request of the API goes: from a raw request to a handler and back.
//!
//! The order of the steps is part of the contract with clients: which of several errors is shown, what is counted against
//! a rate limit, and that an upload is not read before its sender is known to be allowed.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::extract::ConnectInfo;
use axum::response::Response;
use futures::future::BoxFuture;
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Uri};
use skep_core::Error;
use tokio::sync::SemaphorePermit;
use tower::Service;

use super::body::malformed;
use super::client_address::ClientAddress;
use super::host::blocked;
use super::rate_limit::{self, Count};
use super::routes::{Path, Route};
use super::upload::RawBody;
use super::{Call, Format, Head, Host, Param, Params, RateSubject, Reply, Routes, body, error, params};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MESSAGE: HeaderName = HeaderName::from_static("x-hex-message");

/// The pattern of the route that answered, found in the extensions of a response; for metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedRoute(pub Arc<str>);

/// The API as a service. It expects whole paths, beginning with `/api`, and also answers `/status`.
pub struct Api<A: Host> {
    app: Arc<A>,
    routes: Arc<Routes<A>>,
}

impl<A: Host> Clone for Api<A> {
    fn clone(&self) -> Self {
        Self { app: self.app.clone(), routes: self.routes.clone() }
    }
}

/// What is known of a request when its answer is written, however far it got.
#[derive(Default)]
struct Progress {
    route: Option<Arc<str>>,
    is_upload: bool,
    count: Option<Count>,
}

/// A request whose form is good.
struct Prepared<'a, A: Host> {
    route: &'a Route<A>,
    params: Params,
    /// Of an upload route.
    body: Option<RawBody>,
    /// Of parameters that take much memory.
    place: Option<SemaphorePermit<'a>>,
}

impl<A: Host> Api<A> {
    /// The API of an application.
    pub fn new(app: Arc<A>, routes: Routes<A>) -> Self {
        Self { app, routes: Arc::new(routes) }
    }

    /// The routes, for tests that walk all of them.
    pub fn routes(&self) -> &Routes<A> {
        &self.routes
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request<Body>) -> Response {
        let (parts, body) = request.into_parts();
        let request_id = self.app.request_ids().choose(parts.headers.get(&REQUEST_ID));
        let is_head = parts.method == Method::HEAD;
        let has_origin = parts.headers.contains_key(header::ORIGIN);
        let client = self.client(&parts);
        let mut head = Head::new(parts.method, parts.headers, request_id, client);

        let (body, leftover) = RawBody::new(body);
        let mut progress = Progress::default();
        let is_blocked = self.app.settings().is_blocked(&head.client);
        let prepared = if is_blocked {
            head.format = Format::from_accept(head.header(header::ACCEPT)).unwrap_or_default();
            Err(blocked())
        } else {
            self.prepare(&parts.uri, &mut head, body, &mut progress).await
        };
        let head = Arc::new(head);
        let result = match prepared {
            Err(error) if is_blocked => Err(error),
            _ if is_status(&head, &parts.uri) => Ok(Reply::status(200)),
            Ok(prepared) => self.call(prepared, head.clone(), &mut progress).await,
            Err(error) => Err(error),
        };
        leftover.discard(head.expects_continue).await;

        let mut response = match result {
            Ok(reply) => reply.answer(&head),
            Err(error) => error::render(&error, head.format, &head.request_id),
        };
        let headers = response.headers_mut();
        let request_id = HeaderValue::try_from(&head.request_id);
        headers.insert(REQUEST_ID, request_id.expect("invariant: request ids are visible ASCII"));
        if let Some(notice) = self.app.notice(&head) {
            headers.insert(MESSAGE, notice);
        }
        if let Some(count) = progress.count {
            count.write_headers(headers);
        }
        if has_origin && !progress.is_upload {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        if let Some(pattern) = progress.route {
            response.extensions_mut().insert(MatchedRoute(pattern));
        }
        if is_head { without_body(response) } else { response }
    }

    fn client(&self, parts: &Parts) -> ClientAddress {
        // Without a socket, as in tests, nobody can be told from anybody: not loopback, which is trusted.
        let peer = match parts.extensions.get::<ConnectInfo<SocketAddr>>() {
            Some(ConnectInfo(address)) => address.ip(),
            None => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        };
        let settings = self.app.settings();
        ClientAddress::find(peer, &parts.headers, &settings.trusted_proxies, settings.forwarded_hops)
    }

    /// Everything that can be wrong with the form of a request, before anyone asks who sent it.
    async fn prepare(
        &self,
        uri: &Uri,
        head: &mut Head,
        body: RawBody,
        progress: &mut Progress,
    ) -> Result<Prepared<'_, A>, Error> {
        // Until the parameters are known, errors are shown in the format of the header.
        let accepted = Format::from_accept(head.header(header::ACCEPT));
        head.format = accepted.unwrap_or_default();
        if !head.headers().contains_key(header::USER_AGENT) {
            return Err(Error::new(400, "user_agent_missing", "User-Agent header is required"));
        }
        let path = Path::parse(uri.path()).map_err(malformed)?.below("api").ok_or_else(Error::not_found)?;
        let mut params = params::parse_query(uri.query().unwrap_or_default()).map_err(malformed)?;

        let mut route = self.routes.find(&head.method, &path);
        let (mut unread, mut place) = (None, None);
        if route.is_some_and(|route| route.is_upload) {
            unread = Some(body);
        } else if has_parameters(&head.method) && self.routes.knows(&path) {
            let patience = self.app.settings().body_timeout;
            let from_body = body::read(head, body, patience, self.app.large_bodies()).await?;
            if let Some(method) = overriding_method(&head.method, &from_body.params) {
                route = self.routes.find(&method, &path);
                head.method = method;
            }
            params.merge(from_body.params);
            place = from_body.place;
        }
        let route = route.ok_or_else(Error::not_found)?;
        progress.route = Some(route.pattern.clone());
        progress.is_upload = route.is_upload;
        params.merge(route.params(&path));

        head.format = Format::Json;
        head.format = requested_format(&params).unwrap_or(accepted).ok_or_else(error::not_acceptable)?;
        Ok(Prepared { route, params, body: unread, place })
    }

    /// Finds out who is calling, counts the call, and hands it to its handler.
    async fn call(
        &self,
        prepared: Prepared<'_, A>,
        head: Arc<Head>,
        progress: &mut Progress,
    ) -> Result<Reply, Error> {
        let principal = self.app.authenticate(&head).await?;
        let subject = match &principal {
            _ if self.app.settings().is_exempt(&head.client) => RateSubject::Exempt,
            Some(principal) => self.app.rate_subject(principal),
            None => RateSubject::Address(head.client.ip),
        };
        progress.count = self.app.limiter().count(subject, self.app.now());
        if progress.count.is_some_and(|count| !count.is_allowed()) {
            return Err(rate_limit::exceeded(subject));
        }
        let Prepared { route, params, body, place: _place } = prepared;
        route.handler.handle(Call { app: self.app.clone(), principal, head, params, body }).await
    }
}

/// `GET /status` tells load balancers that the process answers, whatever else the request says.
fn is_status(head: &Head, uri: &Uri) -> bool {
    head.method == Method::GET && uri.path() == "/status"
}

fn has_parameters(method: &Method) -> bool {
    [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(method)
}

/// The method that a POST stands for, named by `_method` in its body.
fn overriding_method(method: &Method, from_body: &Params) -> Option<Method> {
    let Some(Param::Text(name)) = from_body.get("_method") else { return None };
    let methods = [Method::PUT, Method::PATCH, Method::DELETE];
    methods.into_iter().find(|other| *method == Method::POST && other.as_str().eq_ignore_ascii_case(name))
}

/// The format of the `_format` parameter: `None` without one, `Some(None)` if it is unknown.
fn requested_format(params: &Params) -> Option<Option<Format>> {
    match params.get("_format")? {
        Param::Null => None,
        Param::Text(name) => Some(Format::from_name(name)),
        _ => Some(None),
    }
}

/// The answer to HEAD: the head that GET would have.
fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Some(length) =
        body.size_hint().exact().filter(|_| parts.headers.contains_key(header::CONTENT_TYPE))
    {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::empty())
}

impl<A: Host> Service<Request<Body>> for Api<A> {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let api = self.clone();
        Box::pin(async move { Ok(api.answer(request).await) })
    }
}

#[cfg(test)]
mod tests;
