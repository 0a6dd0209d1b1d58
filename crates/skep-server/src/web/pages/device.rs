//! Letting a device log in: its code, what it asks for, done.
//!
//! A link can fill in the code, but somebody has to send it, and to agree afterwards: a link alone must never lead to the
//! question.

use askama::Template;
use skep_core::access::operations::GrantAccess;
use skep_core::browser::Purpose;
use skep_core::oauth::DeviceView;

use super::scopes::{Choice, choices};
use super::{login, proof};
use crate::web::answer::Answer;
use crate::web::cookies::Cookie;
use crate::web::frame::Frame;
use crate::web::visit::{Stop, Visit};

/// How long a code that was typed in may wait for the answer, in seconds.
const TYPED_SECONDS: i64 = 5 * 60;

const ASK: &str = "/oauth/device/authorize";

#[derive(Template)]
#[template(path = "device.html")]
struct CodePage<'a> {
    frame: Frame,
    problem: Option<String>,
    user_code: &'a str,
}

#[derive(Template)]
#[template(path = "device_authorize.html")]
struct AskPage<'a> {
    frame: Frame,
    problem: Option<String>,
    username: &'a str,
    device: DeviceView,
    choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "device_done.html")]
struct DonePage {
    frame: Frame,
}

pub(in crate::web) fn show(visit: &Visit) -> Result<Answer, Stop> {
    code_page(visit, visit.query("user_code"), None)
}

fn code_page(visit: &Visit, user_code: &str, problem: Option<String>) -> Result<Answer, Stop> {
    visit.logged_in()?;
    Ok(Answer::page(&CodePage { frame: Frame::of(visit), problem, user_code })?)
}

pub(in crate::web) async fn submit(visit: &Visit) -> Result<Answer, Stop> {
    visit.logged_in()?;
    let core = &visit.app.core;
    let access = core.allow::<GrantAccess>(&visit.caller, ()).await?;
    let typed = visit.field("user_code");
    match core.find_device(&access, typed).await {
        Ok(device) => {
            let note = visit.seal(Purpose::Device, &device.user_code, TYPED_SECONDS);
            Ok(Answer::redirect(&ASK.into()).keep(Cookie::Device, note, TYPED_SECONDS))
        }
        Err(error) => {
            let refusal = login::explained(error)?;
            Ok(code_page(visit, typed, Some(refusal.message))?.status(refusal.status))
        }
    }
}

pub(in crate::web) async fn ask(visit: &Visit) -> Result<Answer, Stop> {
    proof::require(visit, ASK).await?;
    ask_page(visit, &typed(visit)?, None, None).await
}

/// The code that was typed in at this browser.
///
/// # Errors
/// The way to the page that asks for one.
fn typed(visit: &Visit) -> Result<String, Stop> {
    let typed = visit.unseal(Purpose::Device, Cookie::Device);
    typed.ok_or_else(|| Stop::Answer(Answer::redirect(&"/oauth/device".into()).forget(Cookie::Device)))
}

async fn ask_page(
    visit: &Visit,
    user_code: &str,
    selected: Option<&[String]>,
    problem: Option<String>,
) -> Result<Answer, Stop> {
    let user = visit.logged_in()?;
    let core = &visit.app.core;
    let access = core.allow::<GrantAccess>(&visit.caller, ()).await?;
    let device = match core.show_device(&access, user_code).await {
        Ok(device) => device,
        Err(error) => {
            let refusal = login::explained(error)?;
            let again = code_page(visit, "", Some(refusal.message))?.status(refusal.status);
            return Ok(again.forget(Cookie::Device));
        }
    };
    let choices = choices(&device.scopes, user.two_factor, selected);
    let page = AskPage { frame: Frame::of(visit), problem, username: &user.username, device, choices };
    Ok(Answer::page(&page)?)
}

pub(in crate::web) async fn decide(visit: &Visit) -> Result<Answer, Stop> {
    proof::require(visit, ASK).await?;
    let user_code = typed(visit)?;
    let core = &visit.app.core;
    let access = core.allow::<GrantAccess>(&visit.caller, ()).await?;
    let selected: Vec<String> = visit.fields("scopes").into_iter().map(str::to_owned).collect();
    let (done, notice) = if visit.field("action") == "authorize" {
        let done = core.authorize_device(&access, &user_code, &selected).await;
        (done, "Device has been successfully authorized!")
    } else {
        (core.deny_device(&access, &user_code).await, "Device authorization has been denied.")
    };
    match done {
        Ok(()) => Ok(visit.redirect_with(&"/oauth/device/done".into(), notice).forget(Cookie::Device)),
        Err(error) => {
            let refusal = login::explained(error)?;
            let page = ask_page(visit, &user_code, Some(&selected), Some(refusal.message)).await?;
            Ok(page.status(refusal.status))
        }
    }
}

pub(in crate::web) fn done(visit: &Visit) -> Result<Answer, Stop> {
    Ok(Answer::page(&DonePage { frame: Frame::of(visit) })?)
}
