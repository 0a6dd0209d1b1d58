//! What went wrong, as a page.
//!
//! It must never show a cause: that is in the log, under the number of the request.

use askama::Template;
use skep_core::Error;

use super::answer::Answer;
use super::frame::Frame;
use crate::api::error::log;

#[derive(Template)]
#[template(path = "error.html")]
struct Page {
    frame: Frame,
    title: &'static str,
    text: String,
    /// To be reported, where it is our fault.
    request_id: Option<String>,
}

/// The page of an error.
pub(super) fn page(frame: Frame, error: &Error, request_id: &str) -> Answer {
    log(error, request_id);
    let own = error.status >= 500;
    let page = Page {
        frame,
        title: title(error.status),
        text: text(error),
        request_id: own.then(|| request_id.to_owned()),
    };
    let page = Answer::page(&page).expect("invariant: the page of an error can always be written");
    page.status(error.status)
}

fn title(status: u16) -> &'static str {
    match status {
        403 => "That is not possible",
        404 => "There is nothing here",
        405 => "That page is only for looking at",
        408 => "That took too long",
        413 => "That is too much",
        429 => "Too many attempts",
        503 => "Not available at the moment",
        500.. => "Something went wrong",
        _ => "That request makes no sense here",
    }
}

fn text(error: &Error) -> String {
    let fixed = match error.code {
        "not_found" => "The address may be mistyped, or what it led to is gone.",
        "bad_request" => "Please go back and try again.",
        "payload_too_large" => {
            "What you sent is larger than anything that belongs into a form of these pages."
        }
        "internal" => "It is our fault, not yours, and it is in the server’s log.",
        "unavailable" => "The server cannot reach its database. Please try again in a moment.",
        _ => return error.message.as_deref().unwrap_or("Please go back and try again.").to_owned(),
    };
    fixed.to_owned()
}
