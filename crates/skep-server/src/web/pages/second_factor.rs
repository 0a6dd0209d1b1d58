//! The second step of a login: a code of the app, or a recovery code.

use askama::Template;
use skep_core::browser::Code;
use skep_core::two_factor::OneTimeCode;

use super::login;
use crate::web::answer::Answer;
use crate::web::cookies::Cookie;
use crate::web::frame::Frame;
use crate::web::local_path::LocalPath;
use crate::web::visit::{Stop, Visit, onwards};

#[derive(Template)]
#[template(path = "second_factor.html")]
struct Page<'a> {
    frame: Frame,
    problem: Option<String>,
    username: String,
    back: &'a str,
    /// Whether a recovery code is asked for.
    recovery: bool,
    /// Address of the page that asks for the other kind of code.
    other: LocalPath,
}

pub(in crate::web) async fn show(visit: &Visit) -> Result<Answer, Stop> {
    page(visit, false, None).await
}

pub(in crate::web) async fn show_recovery(visit: &Visit) -> Result<Answer, Stop> {
    page(visit, true, None).await
}

async fn page(visit: &Visit, recovery: bool, problem: Option<String>) -> Result<Answer, Stop> {
    let note = visit.cookie(Cookie::SecondFactor).unwrap_or_default();
    let Some(user) = visit.app.core.half_logged_in(visit.browser(), note).await? else {
        return Ok(Answer::redirect(&"/login".into()).forget(Cookie::SecondFactor));
    };
    let back = visit.return_path();
    let other = onwards(if recovery { "/tfa" } else { "/tfa/recovery" }, back.as_ref());
    let back = back.as_ref().map_or("", LocalPath::as_str);
    let username = user.username;
    let page = Page { frame: Frame::of(visit), problem, username, back, recovery, other };
    Ok(Answer::page(&page)?)
}

pub(in crate::web) async fn submit(visit: &Visit) -> Result<Answer, Stop> {
    finish(visit, false).await
}

pub(in crate::web) async fn submit_recovery(visit: &Visit) -> Result<Answer, Stop> {
    finish(visit, true).await
}

async fn finish(visit: &Visit, recovery: bool) -> Result<Answer, Stop> {
    let note = visit.cookie(Cookie::SecondFactor).unwrap_or_default();
    let code = typed(visit, recovery);
    let done = visit.app.core.log_in_with_code(visit.browser(), note, &code, &visit.caller.origin).await;
    match done {
        Ok(cookie) => Ok(login::begin(visit, &cookie)),
        Err(error) if error.code == "login_over" => {
            let again =
                visit.redirect_with(&"/login".into(), "Your login took too long. Please log in again.");
            Ok(again.forget(Cookie::SecondFactor))
        }
        Err(error) => {
            let refusal = login::explained(error)?;
            Ok(page(visit, recovery, Some(refusal.message)).await?.status(refusal.status))
        }
    }
}

/// The code that was typed.
pub(in crate::web) fn typed(visit: &Visit, recovery: bool) -> Code {
    let code = OneTimeCode::new(visit.field("code"));
    if recovery { Code::Recovery(code) } else { Code::App(code) }
}
