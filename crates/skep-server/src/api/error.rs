//! Errors as answers: `status`, `message` and, where there are any, `errors`; those of OAuth as `error` and
//! `error_description`. The same shape in every format.
//!
//! Causes must never be shown. They are logged here, once, under the id that the caller also sees.

use axum::response::Response;
use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;
use skep_core::{Error, FieldError, Fields, Shape};

use super::{Format, Reply, Value, object};

/// The answer to a refused or failed request.
pub fn render(error: &Error, format: Format, request_id: &str) -> Response {
    log(error, request_id);
    let mut reply = Reply::status(error.status).body(body(error));
    if let Some(challenge) = error.challenge {
        reply = reply.header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge.header()));
    }
    reply.render(format)
}

/// The body of an error, as every format shows it.
pub fn body(error: &Error) -> Value {
    if error.shape == Shape::OAuth {
        return object! { "error" => error.code, "error_description" => error.message.as_deref() };
    }
    let body = object! { "status" => error.status, "message" => error.message.as_deref() };
    match &error.fields {
        Fields::None => body,
        Fields::Text(text) => body.with("errors", text),
        Fields::Map(fields) => body.with("errors", field_errors(fields)),
    }
}

fn field_errors(fields: &[(String, FieldError)]) -> Value {
    Value::map(fields.iter().map(|(name, error)| {
        let error = match error {
            FieldError::Text(text) => Value::from(text),
            FieldError::Nested(inner) => field_errors(inner),
        };
        (name.clone(), error)
    }))
}

/// Logs the cause of an error, if it has one, once.
pub(crate) fn log(error: &Error, request_id: &str) {
    let Some(cause) = &error.internal else { return };
    let (status, code) = (error.status, error.code);
    if status >= 500 {
        tracing::error!(request_id, status, code, cause = %chain(cause.as_ref()), "request failed");
    } else {
        tracing::debug!(request_id, status, code, cause = %chain(cause.as_ref()), "request refused");
    }
}

/// An error with what lies behind it.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// 406, with a body that any client can read.
pub(super) fn not_acceptable() -> Error {
    Error { message: None, ..Error::new(406, "not_acceptable", "") }
}

#[cfg(test)]
mod tests;
