//! What a server answered, whole.

use bytes::Bytes;
use hex_format::etf;
use hex_format::term::Term;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The bytes of the body, as they came.
    pub body: Bytes,
}

impl Answer {
    /// Checks the status.
    ///
    /// # Panics
    ///
    /// If it is another one; the message shows the answer.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{} {}\n{}",
            self.method,
            self.path,
            String::from_utf8_lossy(&self.body[..self.body.len().min(2000)])
        );
        self
    }

    /// A header as text, the first if there are several; empty without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// If it is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    /// The body as a value, whether it came as JSON or as an Erlang term. An empty body is null.
    ///
    /// # Panics
    ///
    /// If it is not what its content type says.
    #[track_caller]
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        let content_type =
            self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match content_type.split(';').next().unwrap_or_default() {
            "application/vnd.hex+erlang" => {
                let term = etf::decode_with_atoms(&self.body, &etf::Limits::ANSWER, |_| true);
                from_term(&term.expect("the body is an Erlang term"))
            }
            "application/json" => serde_json::from_slice(&self.body).expect("the body is JSON"),
            other => panic!("{} {}: an answer of type {other:?} has no value", self.method, self.path),
        }
    }

    /// The `errors` of a refusal; null if there are none.
    #[track_caller]
    pub fn errors(&self) -> Value {
        self.json()["errors"].take()
    }

    /// The `message` of a refusal.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[track_caller]
    pub fn message(&self) -> String {
        self.json()["message"].as_str().expect("the answer has a message").to_owned()
    }
}

/// A term as the Hex HTTP contract maps it: text is a binary, keys are binaries, and only three atoms occur.
fn from_term(term: &Term) -> Value {
    match term {
        Term::Atom(name) => match name.as_str() {
            "nil" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => panic!("clients do not know the atom {other}"),
        },
        Term::Integer(integer) => i64::try_from(*integer).expect("integers have 64 bits").into(),
        Term::Float(float) => (*float).into(),
        Term::Binary(_) => term.as_str().expect("text is UTF-8").into(),
        Term::List(items) => items.iter().map(from_term).collect(),
        Term::Map(pairs) => {
            let pair = |(key, value): &(Term, Term)| {
                (key.as_str().expect("keys are binaries").to_owned(), from_term(value))
            };
            Value::Object(pairs.iter().map(pair).collect())
        }
        other => panic!("clients do not expect {other:?}"),
    }
}
