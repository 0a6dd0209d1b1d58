//! An application without rules.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use skep_core::Error;

use crate::api::body::LargeBodies;
use crate::api::{
    Api, ApiSettings, Cache, Call, Head, Host, Param, Params, RateLimiter, RateSubject, Reply, RequestIds,
    Routes, Value, object,
};

pub(super) type ToyApi = Api<Toy>;

pub(super) struct Toy {
    settings: ApiSettings,
    limiter: RateLimiter,
    large_bodies: LargeBodies,
    request_ids: RequestIds,
}

pub(super) enum Someone {
    User,
    Organization,
    Service,
}

impl Host for Toy {
    type Principal = Someone;

    fn settings(&self) -> &ApiSettings {
        &self.settings
    }

    fn limiter(&self) -> &RateLimiter {
        &self.limiter
    }

    fn large_bodies(&self) -> &LargeBodies {
        &self.large_bodies
    }

    fn request_ids(&self) -> &RequestIds {
        &self.request_ids
    }

    fn now(&self) -> i64 {
        1_893_456_000_000_000
    }

    async fn authenticate(&self, head: &Head) -> Result<Option<Arc<Someone>>, Error> {
        let someone = match head.authorization() {
            None => return Ok(None),
            Some(b"user") => Someone::User,
            Some(b"organization") => Someone::Organization,
            Some(b"service") => Someone::Service,
            Some(b"deactivated") => return Err(Error::bad_request()),
            Some(_) => return Err(Error::unauthorized("invalid_key", "invalid API key")),
        };
        Ok(Some(Arc::new(someone)))
    }

    fn rate_subject(&self, someone: &Someone) -> RateSubject {
        match someone {
            Someone::User => RateSubject::User(7),
            Someone::Organization => RateSubject::Organization(7),
            Someone::Service => RateSubject::Exempt,
        }
    }
}

pub(super) fn api() -> ToyApi {
    api_with(|_| ())
}

pub(super) fn api_with(change: impl FnOnce(&mut ApiSettings)) -> ToyApi {
    let mut settings = ApiSettings::new("https://hex.example/");
    // As the reference server stands: two proxies that each append to the header.
    settings.forwarded_hops = 2;
    change(&mut settings);
    let limiter = RateLimiter::new(settings.limits);
    let large_bodies = LargeBodies::default();
    Api::new(Arc::new(Toy { settings, limiter, large_bodies, request_ids: RequestIds::new(1) }), routes())
}

/// The request as if it had come from this address.
pub(super) fn from(mut request: Request<Body>, peer: impl Into<IpAddr>) -> Request<Body> {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.into(), 1234)));
    request
}

fn routes() -> Routes<Toy> {
    Routes::new()
        .get("/", echo)
        .get("/broken", broken)
        .get("/packages/{name}", echo)
        .post("/packages/{name}", echo)
        .post("/keys", create_key)
        .delete("/keys/{name}", echo)
        .put("/keys/{name}", empty)
        .upload("/publish", publish)
        .upload("/refused", refuse)
}

async fn echo(call: Call<Toy>) -> Result<Reply, Error> {
    let body = object! { "method" => call.head.method.as_str(), "params" => shown(&call.params) };
    Ok(Reply::ok(body).cache(Cache::Public).etag("0123").last_modified(call.app.now()))
}

async fn create_key(call: Call<Toy>) -> Result<Reply, Error> {
    let mut cast = call.params.cast();
    let name = cast.text("name");
    cast.maps("permissions");
    if name.is_none() && !matches!(call.params.get("name"), Some(Param::Int(_))) {
        cast.error("name", "can't be blank");
    }
    cast.finish()?;
    let name = name.unwrap_or_default();
    Ok(Reply::created(&format!("/api/keys/{name}"), object! { "name" => name }))
}

async fn empty(_call: Call<Toy>) -> Result<Reply, Error> {
    Ok(Reply::no_content())
}

async fn broken(_call: Call<Toy>) -> Result<Reply, Error> {
    Err(Error::internal("the disk is on fire"))
}

async fn publish(mut call: Call<Toy>) -> Result<Reply, Error> {
    let bytes = call.upload(16 * 1024 * 1024)?.bytes().await?;
    let count = i64::try_from(bytes.len()).map_err(Error::internal)?;
    Ok(Reply::ok(object! { "bytes" => count, "params" => shown(&call.params) }))
}

async fn refuse(_call: Call<Toy>) -> Result<Reply, Error> {
    Err(Error::forbidden())
}

fn shown(params: &Params) -> Value {
    Value::map(params.iter().map(|(name, value)| (name.to_owned(), shown_param(value))))
}

fn shown_param(param: &Param) -> Value {
    match param {
        Param::Null => Value::Null,
        Param::Bool(value) => Value::Bool(*value),
        Param::Int(number) => Value::Int(*number),
        Param::Float(number) => Value::Float(*number),
        Param::Text(text) => Value::Text(text.clone()),
        Param::List(items) => Value::List(items.iter().map(shown_param).collect()),
        Param::Map(map) => shown(map),
        Param::Other => Value::from("(other)"),
    }
}
