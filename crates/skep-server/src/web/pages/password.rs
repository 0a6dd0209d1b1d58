//! A new password for who has lost the old one, by a link in a mail.
//!
//! The key of the link leaves the address line at once: a cookie of this browser keeps it until the password is set.

use askama::Template;
use skep_core::accounts::recovery::NewPassword;
use skep_core::browser::Purpose;
use skep_core::{FieldError, Fields};

use super::signup::sentence;
use crate::web::answer::Answer;
use crate::web::cookies::Cookie;
use crate::web::frame::Frame;
use crate::web::visit::{Stop, Visit};

/// How long somebody who has opened the link may think about a password, in seconds.
const SECONDS: i64 = 3600;

#[derive(Template)]
#[template(path = "password_reset.html")]
struct AskPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "password_sent.html")]
struct SentPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "password_new.html")]
struct NewPage<'a> {
    frame: Frame,
    problem: Option<String>,
    username: &'a str,
    revoke_keys: bool,
}

#[derive(Template)]
#[template(path = "password_stale.html")]
struct StalePage {
    frame: Frame,
}

pub(in crate::web) fn show_reset(visit: &Visit) -> Result<Answer, Stop> {
    Ok(Answer::page(&AskPage { frame: Frame::of(visit) })?)
}

/// The answer is the same whether or not there is such an account.
pub(in crate::web) async fn reset(visit: &Visit) -> Result<Answer, Stop> {
    visit.count_mail()?;
    visit.app.core.request_password_reset(&visit.caller, visit.field("username").trim()).await?;
    Ok(Answer::page(&SentPage { frame: Frame::of(visit) })?)
}

pub(in crate::web) fn show(visit: &Visit) -> Result<Answer, Stop> {
    let (username, key) = (visit.query("username"), visit.query("key"));
    if !key.is_empty() {
        let note = visit.seal(Purpose::Reset, &format!("{key} {username}"), SECONDS);
        return Ok(Answer::redirect(&"/password/new".into()).keep(Cookie::Reset, note, SECONDS));
    }
    match kept(visit) {
        Some((_, username)) => page(visit, &username, true, None),
        None => stale(visit),
    }
}

/// Key and name of the link that this browser has opened.
fn kept(visit: &Visit) -> Option<(String, String)> {
    let note = visit.unseal(Purpose::Reset, Cookie::Reset)?;
    note.split_once(' ').map(|(key, username)| (key.to_owned(), username.to_owned()))
}

fn page(visit: &Visit, username: &str, revoke_keys: bool, problem: Option<String>) -> Result<Answer, Stop> {
    Ok(Answer::page(&NewPage { frame: Frame::of(visit), problem, username, revoke_keys })?)
}

fn stale(visit: &Visit) -> Result<Answer, Stop> {
    Ok(Answer::page(&StalePage { frame: Frame::of(visit) })?.status(400).forget(Cookie::Reset))
}

pub(in crate::web) async fn set(visit: &Visit) -> Result<Answer, Stop> {
    let Some((key, username)) = kept(visit) else { return stale(visit) };
    let password = visit.given("password");
    let confirmation = password.as_ref().map(|_| visit.field("password_confirmation").to_owned());
    let new = NewPassword { password: Ok(password), confirmation: Ok(confirmation) };
    let revoke_keys = !visit.field("revoke_keys").is_empty();
    let core = &visit.app.core;
    match core.finish_password_reset(&visit.caller, &username, &key, new, revoke_keys).await {
        Ok(()) => {
            let done = "Your account password has been changed to your new password.";
            let answer = visit.redirect_with(&"/login".into(), done).forget(Cookie::Reset);
            Ok(answer.forget(Cookie::Session).forget(Cookie::SecondFactor))
        }
        Err(error) => {
            let Fields::Map(fields) = &error.fields else { return Err(error.into()) };
            if fields.iter().any(|(field, _)| field == "key") {
                return stale(visit);
            }
            let told = fields.iter().map(|(field, error)| match error {
                FieldError::Text(text) if field == "password" => format!("The password {text}."),
                FieldError::Text(text) => sentence(text),
                FieldError::Nested(_) => String::new(),
            });
            let problem = told.collect::<Vec<_>>().join(" ");
            Ok(page(visit, &username, revoke_keys, Some(problem))?.status(400))
        }
    }
}
