//! Every answer that a test receives from the API is held against its description, so that the description is true.

use reqwest::header::CONTENT_TYPE;
use skep_server::openapi;

use crate::Answer;

/// Holds an answer against `/api/openapi.json`. What no route answers, and what is no JSON, is not described.
///
/// # Panics
///
/// If the answer is not as described.
pub(crate) fn check(answer: &Answer) {
    let path = answer.path.split('?').next().unwrap_or_default();
    let Some(path) = path.strip_prefix("/api/") else { return };
    let method = if answer.method == "HEAD" { "GET" } else { answer.method.as_str() };
    let Some(operation) = openapi::find(method, path) else { return };
    let content_type =
        answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = match content_type.split(';').next() {
        Some("application/json") if !answer.body.is_empty() => Some(answer.json()),
        // In terms, times have another form.
        Some("application/vnd.hex+erlang" | "application/vnd.hex+elixir") => return,
        _ => None,
    };
    if answer.method == "HEAD" {
        return;
    }
    if let Err(problem) = operation.check(answer.status, body.as_ref()) {
        panic!(
            "{} {}: not as openapi/families describes {}: {problem}",
            answer.method, answer.path, operation.pattern
        );
    }
}
