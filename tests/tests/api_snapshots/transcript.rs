//! Requests and answers written down for a snapshot, without what differs from run to run.

use std::fmt::Write;

use reqwest::Method;
use serde_json::{Value, json};
use skep_testkit::{Answer, Client, Request};

/// Headers that say nothing about the API, or differ from run to run.
const LEFT_OUT: [&str; 3] = ["content-length", "date", "x-request-id"];

/// A conversation with a server.
pub(crate) struct Transcript {
    url: String,
    text: String,
}

impl Transcript {
    pub(crate) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), text: String::new() }
    }

    /// Compares it with the snapshot of that name.
    pub(crate) fn finish(self, name: &str) {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, { insta::assert_snapshot!(name, self.text) });
    }

    pub(crate) async fn get(&mut self, client: &Client, path: &str) -> Answer {
        self.say(client.request(Method::GET, path), "GET", path, None).await
    }

    pub(crate) async fn delete(&mut self, client: &Client, path: &str) -> Answer {
        self.say(client.request(Method::DELETE, path), "DELETE", path, None).await
    }

    pub(crate) async fn post(&mut self, client: &Client, path: &str, body: Value) -> Answer {
        let request = client.request(Method::POST, path).json(&body);
        self.say(request, "POST", path, Some(&body)).await
    }

    pub(crate) async fn put(&mut self, client: &Client, path: &str, body: Value) -> Answer {
        let request = client.request(Method::PUT, path).json(&body);
        self.say(request, "PUT", path, Some(&body)).await
    }

    /// `what` stands for the bytes.
    pub(crate) async fn upload(
        &mut self,
        client: &Client,
        path: &str,
        what: &str,
        body: impl Into<bytes::Bytes>,
    ) -> Answer {
        let request = client.request(Method::POST, path).bytes("application/octet-stream", body);
        self.say(request, "POST", path, Some(&json!(format!("({what})")))).await
    }

    /// Any request; `note` says what is special about it.
    pub(crate) async fn send(&mut self, request: Request, note: &str) -> Answer {
        let (verb, path) = note.split_once(' ').expect("a note begins with the method");
        self.say(request, verb, path, None).await
    }

    async fn say(&mut self, request: Request, verb: &str, path: &str, body: Option<&Value>) -> Answer {
        let answer = request.send().await;
        writeln!(self.text, "=== {verb} {path}").expect("a string takes everything");
        if let Some(body) = body {
            let body = self.redact("", body.clone());
            writeln!(self.text, "{body}").expect("a string takes everything");
        }
        writeln!(self.text, "--- {}", answer.status).expect("a string takes everything");
        for (name, value) in &answer.headers {
            if LEFT_OUT.contains(&name.as_str()) {
                continue;
            }
            let value = match name.as_str() {
                "etag" => "[tag]".to_owned(),
                "last-modified" => "[time]".to_owned(),
                _ => self.without_address(value.to_str().expect("headers are text")),
            };
            writeln!(self.text, "{name}: {value}").expect("a string takes everything");
        }
        let is_value = answer.header("content-type").starts_with("application/");
        match () {
            () if answer.body.is_empty() => {}
            () if is_value => {
                let body = self.redact("", answer.json());
                let body = serde_json::to_string_pretty(&body).expect("a value can be written");
                writeln!(self.text, "{body}").expect("a string takes everything");
            }
            () => {
                let body = self.without_address(answer.text());
                writeln!(self.text, "{}", body.trim_end()).expect("a string takes everything");
            }
        }
        self.text.push('\n');
        answer
    }

    fn without_address(&self, text: &str) -> String {
        text.replace(&self.url, "http://hex.example")
    }

    fn redact(&self, key: &str, value: Value) -> Value {
        match value {
            Value::String(text) if is_time(&text) => format!("[time, {} characters]", text.len()).into(),
            Value::String(text) if key == "checksum" => format!("[{} digits]", text.len()).into(),
            Value::String(text)
                if ["secret", "client_secret", "access_token"].contains(&key) && text.len() == 32 =>
            {
                format!("[secret of {} digits]", text.len()).into()
            }
            Value::String(text) if key == "access_token" => {
                assert_eq!(text.split('.').count(), 3, "a token has three parts: {text}");
                json!("[token]")
            }
            Value::Number(_) if key == "id" || key.ends_with("_id") => json!("[id]"),
            Value::String(text) => self.without_address(&text).into(),
            Value::Array(items) => items.into_iter().map(|item| self.redact(key, item)).collect(),
            Value::Object(map) => {
                map.into_iter().map(|(key, value)| (key.clone(), self.redact(&key, value))).collect()
            }
            other => other,
        }
    }
}

/// `2030-01-01T00:00:00Z`, with or without a fraction.
fn is_time(text: &str) -> bool {
    let shape: String =
        text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    shape == "0000-00-00T00:00:00Z" || shape == "0000-00-00T00:00:00.000000Z"
}
