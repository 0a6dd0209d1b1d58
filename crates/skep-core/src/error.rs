//! The one error value of Skep (design: "one error value, rendered as JSON, Erlang terms, HTML or
//! terminal text"). Rules below build it, surfaces render it; nothing else is shown to a caller.
//!
//! It must never carry an internal cause to a caller: causes go into [`Error::internal`], which the
//! surface logs once together with the request id and leaves out of the answer.

use std::borrow::Cow;
use std::fmt;

/// What was wrong with one field, or with the fields nested below it.
///
/// Hex clients print this tree; a leaf is always text, because `mix` crashes on anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldError {
    /// A sentence without a full stop, such as `can't be blank`.
    Text(String),
    /// Errors of the fields inside this one.
    Nested(Vec<(String, FieldError)>),
}

impl<T: Into<String>> From<T> for FieldError {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// The `errors` part of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Fields {
    /// No `errors` key at all.
    #[default]
    None,
    /// A bare string; a few organization routes of the reference answer so (http-api.md 1.9).
    Text(String),
    /// Field name to error.
    Map(Vec<(String, FieldError)>),
}

/// The `www-authenticate` header of an answer with status 401 (http-api.md 2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    /// `Basic realm=hex`
    Basic,
    /// `Bearer realm="hex"`, when Basic authentication is switched off.
    Bearer,
    /// `Bearer realm="hex", error="totp_required"`
    TotpRequired,
    /// `Bearer realm="hex", error="invalid_totp"`
    InvalidTotp,
}

impl Challenge {
    /// The header value; clients compare its beginning byte by byte.
    pub fn header(self) -> &'static str {
        match self {
            Self::Basic => "Basic realm=hex",
            Self::Bearer => "Bearer realm=\"hex\"",
            Self::TotpRequired => "Bearer realm=\"hex\", error=\"totp_required\"",
            Self::InvalidTotp => "Bearer realm=\"hex\", error=\"invalid_totp\"",
        }
    }
}

/// In which body an error is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// `status`, `message` and `errors`, as everywhere in the API.
    #[default]
    Hex,
    /// `error`, which is the code, and `error_description`, as OAuth clients expect it.
    OAuth,
}

/// A refusal or failure, ready to be rendered.
#[derive(Debug)]
pub struct Error {
    /// HTTP status, 400 to 599.
    pub status: u16,
    /// Stable machine-readable code, such as `key_revoked`.
    pub code: &'static str,
    /// What the caller reads; `None` renders as null where the reference does so.
    pub message: Option<Cow<'static, str>>,
    /// Details by field.
    pub fields: Fields,
    /// For 401 only.
    pub challenge: Option<Challenge>,
    /// In which body it is shown.
    pub shape: Shape,
    /// The cause, for the log only.
    pub internal: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Result of everything that a caller may ask for.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with a status, a stable code and a message.
    pub fn new(status: u16, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            message: Some(message.into()),
            fields: Fields::None,
            challenge: None,
            shape: Shape::Hex,
            internal: None,
        }
    }

    /// 400 with the generic text.
    pub fn bad_request() -> Self {
        Self::new(400, "bad_request", "Bad request")
    }

    /// 404; always this text, so that existing and hidden things look alike.
    pub fn not_found() -> Self {
        Self::new(404, "not_found", "Page not found")
    }

    /// 403 with the text that clients know.
    pub fn forbidden() -> Self {
        Self::new(403, "forbidden", "account not authorized for this action")
    }

    /// 401 with a message of the catalogue http-api.md 2.6.
    pub fn unauthorized(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { challenge: Some(Challenge::Basic), ..Self::new(401, code, message) }
    }

    /// 413 for a body over its limit.
    pub fn payload_too_large() -> Self {
        Self::new(413, "payload_too_large", "Payload too large")
    }

    /// 422 with errors by field.
    pub fn validation(fields: Vec<(String, FieldError)>) -> Self {
        Self { fields: Fields::Map(fields), ..Self::new(422, "validation", "Validation error(s)") }
    }

    /// 422 for one field.
    pub fn field(name: &str, error: impl Into<FieldError>) -> Self {
        Self::validation(vec![(name.to_owned(), error.into())])
    }

    /// 422 whose `errors` is a bare string.
    pub fn validation_text(text: impl Into<String>) -> Self {
        Self { fields: Fields::Text(text.into()), ..Self::new(422, "validation", "Validation error(s)") }
    }

    /// 500; the cause is logged and never shown.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { internal: Some(cause.into()), ..Self::new(500, "internal", "Internal server error") }
    }

    /// 503 for a dependency that is away for now; the cause is logged and never shown.
    pub fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            internal: Some(cause.into()),
            ..Self::new(503, "unavailable", "Service unavailable, try again later")
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.message.as_deref().unwrap_or(self.code))?;
        match &self.fields {
            Fields::None => Ok(()),
            Fields::Text(text) => write!(f, ": {text}"),
            Fields::Map(fields) => write_fields(f, fields, ""),
        }
    }
}

fn write_fields(f: &mut fmt::Formatter<'_>, fields: &[(String, FieldError)], path: &str) -> fmt::Result {
    for (name, error) in fields {
        match error {
            FieldError::Text(text) => write!(f, "; {path}{name}: {text}")?,
            FieldError::Nested(inner) => write_fields(f, inner, &format!("{path}{name}."))?,
        }
    }
    Ok(())
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.internal {
            Some(cause) => Some(cause.as_ref()),
            None => None,
        }
    }
}
