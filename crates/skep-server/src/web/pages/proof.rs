//! Showing again who one is, before what a browser left open must not do.

use askama::Template;
use skep_core::browser::Proof;

use super::{login, second_factor};
use crate::web::answer::Answer;
use crate::web::frame::Frame;
use crate::web::local_path::LocalPath;
use crate::web::visit::{Stop, Visit, onwards};

#[derive(Template)]
#[template(path = "sudo.html")]
struct Page<'a> {
    frame: Frame,
    problem: Option<String>,
    username: &'a str,
    back: &'a str,
    two_factor: bool,
    recovery: bool,
    /// Address of the page that asks for the other kind of code.
    other: LocalPath,
}

/// Goes on if somebody at this browser has lately shown that the account is theirs; otherwise asks for it first, and
/// leads back to the page of this address.
///
/// # Errors
/// The way to the page that asks, or to the login.
pub(in crate::web) async fn require(visit: &Visit, back: &'static str) -> Result<(), Stop> {
    visit.logged_in()?;
    if visit.app.core.is_proved(&visit.caller).await? {
        return Ok(());
    }
    Err(Stop::Answer(Answer::redirect(&onwards("/sudo", Some(&back.into())))))
}

pub(in crate::web) async fn show(visit: &Visit) -> Result<Answer, Stop> {
    visit.logged_in()?;
    page(visit, None)
}

fn page(visit: &Visit, problem: Option<String>) -> Result<Answer, Stop> {
    let user = visit.logged_in()?;
    let recovery = user.two_factor && is_recovery(visit);
    let back = visit.return_path();
    let other = onwards(if recovery { "/sudo" } else { "/sudo/recovery" }, back.as_ref());
    let page = Page {
        frame: Frame::of(visit),
        problem,
        username: &user.username,
        back: back.as_ref().map_or("", LocalPath::as_str),
        two_factor: user.two_factor,
        recovery,
        other,
    };
    Ok(Answer::page(&page)?)
}

pub(in crate::web) async fn submit(visit: &Visit) -> Result<Answer, Stop> {
    let user = visit.logged_in()?;
    let proof = match user.two_factor {
        true => Proof::Code(second_factor::typed(visit, is_recovery(visit))),
        false => Proof::Password(visit.field("password").to_owned()),
    };
    match visit.app.core.prove(&visit.caller, proof).await {
        Ok(()) => Ok(Answer::redirect(&visit.return_path().unwrap_or("/account".into()))),
        Err(error) => {
            let refusal = login::explained(error)?;
            Ok(page(visit, Some(refusal.message))?.status(refusal.status))
        }
    }
}

fn is_recovery(visit: &Visit) -> bool {
    visit.path == "/sudo/recovery"
}
