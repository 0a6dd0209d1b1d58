//! The start page: what this server is, where its parts are, and how to begin.

use askama::Template;

use crate::web::answer::Answer;
use crate::web::frame::Frame;
use crate::web::visit::{Stop, Visit};

#[derive(Template)]
#[template(path = "home.html")]
struct Page<'a> {
    frame: Frame,
    api_url: &'a str,
    repo_url: &'a str,
    fingerprint: String,
    signup: bool,
}

pub(in crate::web) fn show(visit: &Visit) -> Result<Answer, Stop> {
    let (core, settings) = (&visit.app.core, &visit.app.settings);
    let page = Page {
        frame: Frame::of(visit),
        api_url: &settings.api_url,
        repo_url: &settings.repo_url,
        fingerprint: core.signing_key().public_key().fingerprint().to_string(),
        signup: core.settings().open_registration,
    };
    Ok(Answer::page(&page)?)
}
