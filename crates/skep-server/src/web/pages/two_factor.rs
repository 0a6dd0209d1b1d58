//! The second factor of the own account: switching it on and off, and new recovery codes.
//!
//! Each of it asks for the password, and for a code where there is one, so a browser that was left open is not enough.

use askama::Template;
use skep_core::access::operations::{ChangeTwoFactor, ShowTwoFactor};
use skep_core::two_factor::{Proof, TwoFactorStatus};
use skep_core::{Error, FieldError, Fields, Secret};

use crate::web::answer::Answer;
use crate::web::frame::Frame;
use crate::web::qr;
use crate::web::visit::{Stop, Visit};

#[derive(Template)]
#[template(path = "two_factor.html")]
struct Page {
    frame: Frame,
    problem: Option<String>,
    status: TwoFactorStatus,
}

#[derive(Template)]
#[template(path = "two_factor_code.html")]
struct CodePage<'a> {
    frame: Frame,
    problem: Option<String>,
    /// The secret as a picture and as text; not shown a second time.
    secret: Option<(String, &'a str)>,
}

#[derive(Template)]
#[template(path = "two_factor_codes.html")]
struct CodesPage<'a> {
    frame: Frame,
    codes: Vec<&'a str>,
    /// Whether the second factor is new too.
    enabled: bool,
}

pub(in crate::web) async fn show(visit: &Visit) -> Result<Answer, Stop> {
    page(visit, None).await
}

async fn page(visit: &Visit, problem: Option<String>) -> Result<Answer, Stop> {
    visit.logged_in()?;
    let core = &visit.app.core;
    let access = core.allow::<ShowTwoFactor>(&visit.caller, ()).await?;
    let status = core.two_factor_status(&access).await?;
    Ok(Answer::page(&Page { frame: Frame::of(visit), problem, status })?)
}

/// A new secret, shown this once.
pub(in crate::web) async fn begin(visit: &Visit) -> Result<Answer, Stop> {
    visit.logged_in()?;
    let core = &visit.app.core;
    let access = core.allow::<ChangeTwoFactor>(&visit.caller, ()).await?;
    let new = match core.begin_two_factor(&access, Ok(visit.given("password"))).await {
        Ok(new) => new,
        Err(error) => return again(visit, error).await,
    };
    let picture = qr::svg(new.uri(visit.app.settings.host()).reveal())?;
    let secret = Some((picture, new.secret.reveal()));
    Ok(Answer::page(&CodePage { frame: Frame::of(visit), problem: None, secret })?)
}

pub(in crate::web) async fn enable(visit: &Visit) -> Result<Answer, Stop> {
    visit.logged_in()?;
    let core = &visit.app.core;
    let access = core.allow::<ChangeTwoFactor>(&visit.caller, ()).await?;
    match core.enable_two_factor(&access, Ok(visit.given("code"))).await {
        Ok(codes) => show_codes(visit, &codes, true),
        Err(error) if is_about(&error, "code") => {
            let (status, problem) = explained(error)?;
            let page = CodePage { frame: Frame::of(visit), problem: Some(problem), secret: None };
            Ok(Answer::page(&page)?.status(status))
        }
        Err(error) => again(visit, error).await,
    }
}

pub(in crate::web) async fn rotate(visit: &Visit) -> Result<Answer, Stop> {
    visit.logged_in()?;
    let core = &visit.app.core;
    let access = core.allow::<ChangeTwoFactor>(&visit.caller, ()).await?;
    match core.rotate_recovery_codes(&access, proof(visit)).await {
        Ok(codes) => show_codes(visit, &codes, false),
        Err(error) => again(visit, error).await,
    }
}

pub(in crate::web) async fn disable(visit: &Visit) -> Result<Answer, Stop> {
    visit.logged_in()?;
    let core = &visit.app.core;
    let access = core.allow::<ChangeTwoFactor>(&visit.caller, ()).await?;
    match core.disable_two_factor(&access, proof(visit)).await {
        Ok(()) => {
            let done = "Two-factor authentication has been disabled.";
            Ok(visit.redirect_with(&"/account".into(), done))
        }
        Err(error) => again(visit, error).await,
    }
}

fn proof(visit: &Visit) -> Proof {
    let code = visit.given("code");
    // One field takes both kinds: only those of the app are as short as this.
    let is_recovery = code.as_ref().is_some_and(|code| code.trim().len() > 8);
    let (code, recovery_code) = if is_recovery { (None, code) } else { (code, None) };
    Proof { password: Ok(visit.given("password")), code: Ok(code), recovery_code: Ok(recovery_code) }
}

fn show_codes(visit: &Visit, codes: &[Secret], enabled: bool) -> Result<Answer, Stop> {
    let codes = codes.iter().map(Secret::reveal).collect();
    Ok(Answer::page(&CodesPage { frame: Frame::of(visit), codes, enabled })?)
}

/// The first page, with what was wrong.
async fn again(visit: &Visit, error: Error) -> Result<Answer, Stop> {
    let (status, problem) = explained(error)?;
    Ok(page(visit, Some(problem)).await?.status(status))
}

fn is_about(error: &Error, name: &str) -> bool {
    matches!(&error.fields, Fields::Map(fields) if fields.iter().any(|(field, _)| field == name))
}

/// Status and text of a refusal.
///
/// # Errors
/// The error as it is, if a person can do nothing about it.
fn explained(error: Error) -> Result<(u16, String), Error> {
    let Fields::Map(fields) = &error.fields else {
        let refusal = super::login::explained(error)?;
        return Ok((refusal.status, refusal.message));
    };
    let sentence = |(field, error): &(String, FieldError)| {
        let name = match field.as_str() {
            "two_factor" => "Two-factor authentication".to_owned(),
            field => format!("The {}", field.replace('_', " ")),
        };
        let FieldError::Text(text) = error else { return format!("{name} is wrong.") };
        format!("{name} {text}.")
    };
    Ok((400, fields.iter().map(sentence).collect::<Vec<_>>().join(" ")))
}
