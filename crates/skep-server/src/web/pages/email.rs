//! Proving that an address is one's own, by the link in a mail, and asking for another such mail.
//!
//! The link alone proves nothing: programs that look through mail open links too. Somebody has to press a button.

use askama::Template;

use super::login;
use crate::web::answer::Answer;
use crate::web::frame::Frame;
use crate::web::visit::{Stop, Visit};

/// What the link carries, and the form brings back.
const PARAMETERS: [&str; 3] = ["username", "email", "key"];

#[derive(Template)]
#[template(path = "email_verify.html")]
struct VerifyPage<'a> {
    frame: Frame,
    problem: Option<String>,
    username: &'a str,
    email: &'a str,
    parameters: Vec<(&'static str, &'a str)>,
}

#[derive(Template)]
#[template(path = "email_verification.html")]
struct AskPage<'a> {
    frame: Frame,
    email: &'a str,
}

pub(in crate::web) fn show(visit: &Visit) -> Result<Answer, Stop> {
    Ok(Answer::page(&page(visit, Visit::query, None))?)
}

fn page<'a>(
    visit: &'a Visit,
    sent: fn(&'a Visit, &str) -> &'a str,
    problem: Option<String>,
) -> VerifyPage<'a> {
    VerifyPage {
        frame: Frame::of(visit),
        problem,
        username: sent(visit, "username"),
        email: sent(visit, "email"),
        parameters: PARAMETERS.map(|name| (name, sent(visit, name))).to_vec(),
    }
}

pub(in crate::web) async fn verify(visit: &Visit) -> Result<Answer, Stop> {
    let [username, email, key] = PARAMETERS.map(|name| visit.field(name));
    match visit.app.core.verify_address(&visit.caller, username, email, key).await {
        Ok(()) => {
            let notice = format!("Your email {} has been verified.", email.to_lowercase());
            Ok(visit.redirect_with(&login::start(visit), &notice))
        }
        Err(error) if error.status < 500 => {
            let problem = format!("Your email {email} failed to verify.");
            Ok(Answer::page(&page(visit, Visit::field, Some(problem)))?.status(400))
        }
        Err(error) => Err(error.into()),
    }
}

pub(in crate::web) fn show_resend(visit: &Visit) -> Result<Answer, Stop> {
    Ok(Answer::page(&AskPage { frame: Frame::of(visit), email: visit.query("email") })?)
}

/// What comes of it is only told by mail.
pub(in crate::web) async fn resend(visit: &Visit) -> Result<Answer, Stop> {
    visit.count_mail()?;
    visit.app.core.resend_verification(visit.field("email").trim()).await?;
    let notice = "If this address is waiting to be verified, a mail is on its way to it.";
    Ok(visit.redirect_with(&login::start(visit), notice))
}
