//! A browser as far as pages need one: it keeps cookies, follows redirects, and sends the form that it was shown.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::header::SET_COOKIE;

use crate::{Answer, Client, PASSWORD, TestServer};

/// Redirects that are followed one after another.
const MAX_REDIRECTS: usize = 5;

/// The field that every form carries.
const TOKEN: &str = "form_token";

/// A browser without JavaScript.
#[derive(Debug, Clone)]
pub struct Browser {
    client: Client,
    origin: String,
    cookies: BTreeMap<String, String>,
    headers: Vec<(String, String)>,
    /// Of the page that is shown.
    token: String,
}

impl Browser {
    /// One that was never here.
    pub fn new(server: &TestServer) -> Self {
        Self {
            client: server.anonymous(),
            origin: server.url().to_owned(),
            cookies: BTreeMap::new(),
            headers: vec![(
                "user-agent".into(),
                "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Firefox/150.0".into(),
            )],
            token: String::new(),
        }
    }

    /// One at which an account of the world is logged in.
    ///
    /// # Panics
    ///
    /// If the login is refused.
    pub async fn logged_in(server: &TestServer, username: &str) -> Self {
        let mut browser = Self::new(server);
        browser.visit("/login").await.expect_status(200);
        let answer = browser.send("/login", &[("username", username), ("password", PASSWORD)]).await;
        assert_eq!(answer.expect_status(303).header("location"), "/account");
        browser
    }

    /// Another server with the same cookies, as behind a balancer.
    #[must_use]
    pub fn at(&self, server: &TestServer) -> Self {
        Self { client: server.anonymous(), origin: server.url().to_owned(), ..self.clone() }
    }

    /// Sends a header with each request from now on, in the place of one of the same name.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What it keeps under this name.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Puts something else under this name.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// The token of the form that is shown.
    pub fn form_token(&self) -> &str {
        &self.token
    }

    /// Asks for an address, and follows no redirect.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.answer(Method::GET, path, None).await
    }

    /// Asks for an address, and goes where that leads on this server.
    ///
    /// # Panics
    ///
    /// If that never ends.
    pub async fn visit(&mut self, path: &str) -> Answer {
        let answer = self.get(path).await;
        self.follow(answer).await
    }

    /// Sends the form of the page that is shown, and follows no redirect.
    pub async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token.clone();
        let fields: Vec<_> = fields.iter().copied().chain([(TOKEN, token.as_str())]).collect();
        self.send_as_is(path, &fields).await
    }

    /// Sends the form of the page that is shown, and goes where that leads on this server.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.send(path, fields).await;
        self.follow(answer).await
    }

    /// Sends these fields and nothing else.
    pub async fn send_as_is(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let pairs = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let form = pairs.collect::<Vec<_>>().join("&");
        self.answer(Method::POST, path, Some(form)).await
    }

    async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..MAX_REDIRECTS {
            let location = answer.header("location").to_owned();
            if answer.status != 303 || !location.starts_with('/') {
                return answer;
            }
            answer = self.get(&location).await;
        }
        panic!("more than {MAX_REDIRECTS} redirects, the last to {}", answer.header("location"));
    }

    async fn answer(&mut self, method: Method, path: &str, form: Option<String>) -> Answer {
        let mut request = self.client.request(method, path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.cookies.is_empty() {
            let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header("cookie", pairs.collect::<Vec<_>>().join("; "));
        }
        if let Some(form) = form {
            if !self.headers.iter().any(|(name, _)| name == "origin") {
                request = request.header("origin", &self.origin);
            }
            request = request.bytes("application/x-www-form-urlencoded", form);
        }
        let answer = request.send().await;
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.headers.get_all(SET_COOKIE) {
            let line = line.to_str().expect("cookies are text");
            let (pair, attributes) = line.split_once(';').expect("cookies have attributes");
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            if attributes.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let field = format!("name=\"{TOKEN}\" value=\"");
        let found = String::from_utf8_lossy(&answer.body);
        if let Some((_, rest)) = found.split_once(&field) {
            self.token = rest.split('"').next().unwrap_or_default().to_owned();
        }
    }
}
