//! What can go wrong with an API call, and the server's own words about it.

use std::fmt;

use reqwest::Response;
use reqwest::header::{LOCATION, WWW_AUTHENTICATE};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::network::{self, TransportError};
use crate::session::SessionError;

/// Most bytes of an error body.
const MAX_ERROR_BYTES: usize = 256 << 10;
/// Most fields shown from an error body.
const MAX_FIELDS: usize = 50;
/// What servers of the ecosystem say to a session whose account has no second factor.
const NEEDS_SECOND_FACTOR: &str = "Two-factor authentication must be enabled";
/// What they say to a key that is right, but not for this.
const NOT_AUTHORIZED: &str = "key not authorized for this action";
/// Field errors inside field errors.
const MAX_DEPTH: usize = 8;

/// Why an API call gave no value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// No answer was understood.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The server said no.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The server sent us elsewhere, where the credential must not follow.
    #[error("the server redirects to {location}: use that address as --api-url if you trust it")]
    Redirect {
        /// Where to.
        location: String,
    },
    /// A successful answer that is not what the contract says.
    #[error("{url} answered with something else than a Hex API does: {reason}")]
    Malformed {
        /// What was asked for.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The login that the call was to be made with is of no use.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The request can't be put on the wire.
    #[error("cannot send the request: {0}")]
    Unsendable(String),
    /// A name that can't be a part of an address.
    #[error("{0:?} is not a name")]
    Name(String),
    /// The name of a key that can't be the last part of an address.
    #[error("{0:?} is not the name of a key")]
    KeyName(String),
}

impl ApiError {
    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// The machine-readable word of an OAuth refusal, such as `access_denied`.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.code.as_deref(),
            _ => None,
        }
    }

    /// Which one-time code the server wants, if that is why it refused.
    pub(super) fn wanted_otp(&self) -> Option<WantedOtp> {
        match self {
            Self::Refused(refusal) if refusal.needs_otp => Some(refusal.wanted),
            _ => None,
        }
    }

    /// With words about the key, if it is the key that was refused.
    pub(super) fn with_origin(mut self, origin: Option<&str>) -> Self {
        if let Self::Refused(refusal) = &mut self
            && refusal.status == 401
            && !refusal.needs_otp
            && refusal.message != NOT_AUTHORIZED
        {
            refusal.origin = origin.map(str::to_owned);
        }
        self
    }

    pub(super) async fn from_answer(response: Response) -> Self {
        let header = |name| {
            let value = response.headers().get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        if response.status().is_redirection() {
            return Self::Redirect { location: header(LOCATION).unwrap_or_else(|| "nowhere".to_owned()) };
        }
        let status = response.status().as_u16();
        let challenge = header(WWW_AUTHENTICATE).unwrap_or_default();
        // The status is what matters: a body that can't be read leaves the general text.
        let url = response.url().clone();
        let body = network::body(response, MAX_ERROR_BYTES).await.unwrap_or_default();
        Self::Refused(Box::new(Refusal::read(url, status, &challenge, &body)))
    }
}

/// The server's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The server's sentence, or a general one.
    pub message: String,
    /// Errors by field, nested fields joined with dots. The name is empty for an error about no field.
    pub fields: Vec<(String, String)>,
    /// Whether a one-time password was missing or wrong.
    pub needs_otp: bool,
    /// Where the request went.
    url: Url,
    /// Where a refused key comes from.
    origin: Option<String>,
    wanted: WantedOtp,
    /// The word of an OAuth refusal.
    code: Option<String>,
}

/// Which one-time code is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum WantedOtp {
    /// The first one.
    #[default]
    Any,
    /// Another than the one that was given.
    Another,
}

impl Refusal {
    /// The server that refused: scheme, host and port.
    pub fn server(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    fn read(url: Url, status: u16, challenge: &str, body: &[u8]) -> Self {
        #[derive(Deserialize, Default)]
        struct Body {
            #[serde(default)]
            message: Option<String>,
            #[serde(default)]
            errors: Option<Value>,
            #[serde(default)]
            error: Option<String>,
            #[serde(default)]
            error_description: Option<String>,
        }
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        let mut fields = Vec::new();
        if let Some(errors) = &body.errors {
            flatten(errors, "", 0, &mut fields);
        }
        let message = body.message.or(body.error_description).filter(|text| !text.trim().is_empty());
        Self {
            url,
            origin: None,
            status,
            message: message.unwrap_or_else(|| general(status).to_owned()),
            fields,
            needs_otp: challenge.contains("totp"),
            wanted: if challenge.contains("invalid_totp") { WantedOtp::Another } else { WantedOtp::Any },
            code: body.error,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.status)?;
        if self.status == 404 {
            // The server's sentence does not say what it means.
            write!(f, " at {}", network::shown(&self.url))?;
        }
        if let Some(origin) = &self.origin {
            write!(f, ": {origin}")?;
        }
        for (index, (field, text)) in self.fields.iter().enumerate() {
            f.write_str(if index == 0 { ": " } else { "; " })?;
            write!(f, "{}", Told { field, text })?;
        }
        if self.needs_otp {
            f.write_str("; give the code of your authenticator app in HEX_OTP")?;
        }
        if self.message.starts_with(NEEDS_SECOND_FACTOR) {
            f.write_str(
                "; enable it with `skep tfa enable`, or sign in with `skep user auth --username NAME`",
            )?;
        }
        Ok(())
    }
}

/// An error about a field, as mix writes it.
struct Told<'a> {
    field: &'a str,
    text: &'a str,
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.field, self.text) {
            // Nobody fills in when a release was made, which is what speaks against changing it.
            ("" | "inserted_at", text) => f.write_str(text),
            ("username", "has invalid format") => {
                f.write_str("username: lowercase letters, digits, `_`, `-` and `.` are what it may have")
            }
            (field, text) => write!(f, "{field}: {text}"),
        }
    }
}

impl std::error::Error for Refusal {}

fn flatten(errors: &Value, path: &str, depth: usize, fields: &mut Vec<(String, String)>) {
    if depth > MAX_DEPTH || fields.len() >= MAX_FIELDS {
        return;
    }
    match errors {
        Value::Object(inner) => {
            for (name, error) in inner {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(error, &path, depth + 1, fields);
            }
        }
        Value::Array(inner) => inner.iter().for_each(|error| flatten(error, path, depth + 1, fields)),
        Value::String(text) => fields.push((path.to_owned(), text.clone())),
        Value::Null => {}
        other => fields.push((path.to_owned(), other.to_string())),
    }
}

fn general(status: u16) -> &'static str {
    match status {
        401 => "authentication failed",
        403 => "forbidden",
        404 => "not found",
        413 => "payload too large",
        422 => "validation failed",
        429 => "too many requests",
        500.. => "the server failed",
        _ => "the server refused the request",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, challenge: &str, body: &[u8]) -> Refusal {
        Refusal::read("https://hex.example/api/x?page=1".parse().unwrap(), status, challenge, body)
    }

    #[test]
    fn field_errors_become_one_line() {
        let body = br#"{"status":422,"message":"Validation error(s)","errors":{"name":"can't be blank","permissions":{"resource":"you do not have access to this repository"}}}"#;
        assert_eq!(
            read(422, "", body).to_string(),
            "Validation error(s) (422): name: can't be blank; permissions.resource: you do not have access to this repository"
        );
        let body = br#"{"message":"Validation error(s)","errors":{"inserted_at":"must include the --replace flag to update an existing release"}}"#;
        assert_eq!(
            read(422, "", body).to_string(),
            "Validation error(s) (422): must include the --replace flag to update an existing release"
        );
        let body = br#"{"message":"Validation error(s)","errors":"cannot remove last member"}"#;
        assert_eq!(read(422, "", body).to_string(), "Validation error(s) (422): cannot remove last member");
    }

    #[test]
    fn bodies_that_are_not_json_leave_the_general_text() {
        for body in [&b"<html>"[..], b"", b"[1]", b"{\"message\":null}", b"{\"message\":7}"] {
            assert_eq!(read(404, "", body).to_string(), "not found (404) at https://hex.example/api/x");
        }
    }
}
