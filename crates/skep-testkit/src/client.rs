//! A plain HTTP client that is one caller.
//!
//! It must do nothing by itself: no redirects, no decompression, no retries.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hex_format::etf;
use hex_format::term::Term;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::Value;

use crate::{Answer, Package, description};

/// How it calls itself.
const USER_AGENT: &str = "skep-testkit/1.0";

/// The OAuth client that mix is.
pub const MIX: &str = "78ea6566-89fd-481e-a1d6-7d9d78eacca8";

const ERLANG: &str = "application/vnd.hex+erlang";

/// A caller: an address, and what it shows. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    authorization: Option<String>,
}

impl Client {
    /// A caller without credentials of the server at this address, which has no final slash.
    ///
    /// # Panics
    ///
    /// If the client can't be made.
    pub fn new(url: &str) -> Self {
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .build();
        Self { http: http.expect("the client can be made"), url: url.to_owned(), authorization: None }
    }

    /// The same address for a caller who shows a key.
    #[must_use]
    pub fn with_key(&self, secret: &str) -> Self {
        Self { authorization: Some(secret.to_owned()), ..self.clone() }
    }

    /// The same address for a caller who shows name and password.
    #[must_use]
    pub fn with_password(&self, username: &str, password: &str) -> Self {
        self.with_key(&format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{password}"))))
    }

    /// The same address for a caller who shows an OAuth token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        self.with_key(&format!("Bearer {token}"))
    }

    /// What it shows, as the header says it: for a key the secret itself.
    pub fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// The same caller at another server.
    #[must_use]
    pub fn at(&self, other: &Client) -> Self {
        Self { authorization: self.authorization.clone(), ..other.clone() }
    }

    /// A request for a path that begins with a slash, to be sent with [`Request::send`].
    pub fn request(&self, method: Method, path: &str) -> Request {
        let mut builder = self.http.request(method.clone(), format!("{}{path}", self.url));
        if let Some(authorization) = &self.authorization {
            builder = builder.header(AUTHORIZATION, authorization);
        }
        Request { method, path: path.to_owned(), builder }
    }

    /// GET
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }

    /// HEAD
    pub async fn head(&self, path: &str) -> Answer {
        self.request(Method::HEAD, path).send().await
    }

    /// DELETE
    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path).send().await
    }

    /// POST of a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::POST, path).json(body).send().await
    }

    /// PUT of a JSON body.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::PUT, path).json(body).send().await
    }

    /// POST of raw bytes.
    pub async fn upload(&self, path: &str, body: impl Into<Bytes>) -> Answer {
        self.request(Method::POST, path).bytes("application/octet-stream", body).send().await
    }

    /// Exchanges the key that it shows for a token with these scopes, as mix does.
    ///
    /// # Panics
    ///
    /// If it shows nothing.
    pub async fn exchange(&self, scope: &str) -> Answer {
        let body = serde_json::json!({
            "grant_type": "client_credentials",
            "client_id": MIX,
            "client_secret": self.authorization().expect("the caller shows a key"),
            "scope": scope,
        });
        Self { authorization: None, ..self.clone() }.post("/api/oauth/token", &body).await
    }

    /// Publishes a release as mix and rebar3 do; an existing one is not replaced.
    pub async fn publish(&self, package: &Package) -> Answer {
        self.upload(&format!("{}/releases?replace=false", package.api_path()), package.build()).await
    }

    /// Publishes a release, or replaces it.
    pub async fn replace(&self, package: &Package) -> Answer {
        self.upload(&format!("{}/releases?replace=true", package.api_path()), package.build()).await
    }
}

/// A request that is being put together.
#[derive(Debug)]
pub struct Request {
    method: Method,
    path: String,
    builder: reqwest::RequestBuilder,
}

impl Request {
    /// Adds a header.
    ///
    /// # Panics
    ///
    /// If it is no header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name: HeaderName = name.parse().expect("the name is one of a header");
        let value = HeaderValue::from_bytes(value.as_ref()).expect("the value is one of a header");
        self.builder = self.builder.header(name, value);
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.builder = self.builder.json(body);
        self
    }

    /// Sets an Erlang term as body, with binaries for text and keys.
    #[must_use]
    pub fn erlang(self, body: &Value) -> Self {
        self.bytes(ERLANG, etf::encode(&to_term(body)))
    }

    /// Asks for the answer as an Erlang term.
    #[must_use]
    pub fn accept_erlang(self) -> Self {
        self.header(ACCEPT.as_str(), ERLANG)
    }

    /// Sets a body of any kind.
    #[must_use]
    pub fn bytes(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut request = self.header(CONTENT_TYPE.as_str(), content_type);
        request.builder = request.builder.body(body.into());
        request
    }

    /// Sets a body whose length is not known beforehand.
    #[must_use]
    pub fn stream(mut self, body: reqwest::Body) -> Self {
        self.builder = self.builder.body(body);
        self
    }

    /// Sends it and receives the whole answer.
    ///
    /// # Panics
    ///
    /// If there is none, or one of the API that is not as its description says.
    pub async fn send(self) -> Answer {
        let Self { method, path, builder } = self;
        let response = builder.send().await.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"));
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"));
        let answer = Answer { method, path, status, headers, body };
        description::check(&answer);
        answer
    }
}

fn to_term(value: &Value) -> Term {
    match value {
        Value::Null => Term::atom("nil"),
        Value::Bool(value) => Term::bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Term::Integer(integer.into()),
            None => Term::Float(number.as_f64().expect("JSON has no other numbers")),
        },
        Value::String(text) => Term::bin(text),
        Value::Array(items) => Term::List(items.iter().map(to_term).collect()),
        Value::Object(map) => {
            Term::Map(map.iter().map(|(key, value)| (Term::bin(key), to_term(value))).collect())
        }
    }
}
