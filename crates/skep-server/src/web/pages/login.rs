//! Logging in with a password, and out.

use askama::Template;
use skep_core::browser::{Login, SECOND_FACTOR_SECONDS};
use skep_core::{Error, Secret, sessions};

use crate::web::answer::Answer;
use crate::web::cookies::Cookie;
use crate::web::frame::Frame;
use crate::web::local_path::LocalPath;
use crate::web::visit::{Stop, Visit, onwards};

#[derive(Template)]
#[template(path = "login.html")]
struct Page<'a> {
    frame: Frame,
    problem: Option<String>,
    /// Whether the problem is an address that waits to be verified.
    unverified: bool,
    username: &'a str,
    back: &'a str,
    signup: Option<LocalPath>,
}

/// The form. Whoever is logged in already goes on.
pub(in crate::web) fn show(visit: &Visit) -> Result<Answer, Stop> {
    match visit.user() {
        Some(_) => Ok(Answer::redirect(&destination(visit))),
        None => page(visit, "", None, false),
    }
}

fn page(visit: &Visit, username: &str, problem: Option<String>, unverified: bool) -> Result<Answer, Stop> {
    let back = visit.return_path();
    let signup = visit.app.core.settings().open_registration.then(|| onwards("/signup", back.as_ref()));
    let back = back.as_ref().map_or("", LocalPath::as_str);
    Ok(Answer::page(&Page { frame: Frame::of(visit), problem, unverified, username, back, signup })?)
}

pub(in crate::web) async fn submit(visit: &Visit) -> Result<Answer, Stop> {
    let (name, password) = (visit.field("username").trim(), visit.field("password").to_owned());
    let core = &visit.app.core;
    match core.log_in(visit.browser(), name, password, &visit.caller.origin).await {
        Ok(Login::Session(cookie)) => Ok(begin(visit, &cookie)),
        Ok(Login::SecondFactor(note)) => {
            let to = onwards("/tfa", visit.return_path().as_ref());
            Ok(Answer::redirect(&to).keep(Cookie::SecondFactor, note, SECOND_FACTOR_SECONDS))
        }
        Err(error) => {
            let unverified = error.code == "email_not_verified";
            let refusal = explained(error)?;
            Ok(page(visit, name, Some(refusal.message), unverified)?.status(refusal.status))
        }
    }
}

/// The first page of a session, which has a cookie of its own: what a browser had before is worth nothing now.
pub(in crate::web) fn begin(visit: &Visit, cookie: &Secret) -> Answer {
    let seconds = sessions::LIFETIME / 1_000_000;
    Answer::redirect(&destination(visit))
        .keep(Cookie::Session, cookie.reveal().to_owned(), seconds)
        .forget(Cookie::Visit)
        .forget(Cookie::SecondFactor)
}

pub(in crate::web) async fn log_out(visit: &Visit) -> Result<Answer, Stop> {
    if visit.user().is_some() {
        visit.app.core.end_browser_session(&visit.caller).await?;
    }
    let answer = visit.redirect_with(&"/".into(), "You have been logged out.");
    Ok(answer.forget(Cookie::Session).forget(Cookie::Device).forget(Cookie::SecondFactor))
}

/// Where somebody begins who has done something that needed no login.
pub(in crate::web) fn start(visit: &Visit) -> LocalPath {
    if visit.user().is_some() { "/account".into() } else { "/login".into() }
}

/// Where somebody goes after logging in.
fn destination(visit: &Visit) -> LocalPath {
    visit.return_path().unwrap_or("/account".into())
}

/// A refusal that is told above the form, which is shown again.
pub(in crate::web) struct Refusal {
    pub(in crate::web) status: u16,
    pub(in crate::web) message: String,
}

/// What a person can do something about. Everything else is a page of its own.
///
/// # Errors
/// The error as it is, if it is a failure of the server.
pub(in crate::web) fn explained(error: Error) -> Result<Refusal, Error> {
    match (error.status, &error.message) {
        (400..500, Some(message)) => Ok(Refusal { status: error.status, message: message.to_string() }),
        _ => Err(error),
    }
}
