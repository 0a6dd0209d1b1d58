//! Agreeing to what a client asks for that sent somebody here, and the way back to it.
//!
//! Nobody is sent to a client that is not known, nor to an address that is not the client's: that is a page here.

use askama::Template;
use skep_core::access::operations::GrantAccess;
use skep_core::oauth::{Authorization, AuthorizationRefused, AuthorizationRequest};

use super::login;
use super::scopes::{Choice, choices};
use crate::web::answer::Answer;
use crate::web::frame::Frame;
use crate::web::visit::{Stop, Visit};

/// What a client sends, and its form brings back.
const PARAMETERS: [&str; 6] =
    ["client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"];

#[derive(Template)]
#[template(path = "consent.html")]
struct Page<'a> {
    frame: Frame,
    problem: Option<String>,
    username: &'a str,
    client: &'a str,
    /// Where the client is.
    host: &'a str,
    parameters: Vec<(&'static str, &'a str)>,
    choices: Vec<Choice>,
}

/// What came in the address, or with the form.
type Source<'a> = fn(&'a Visit, &str) -> &'a str;

fn check<'a>(visit: &'a Visit, sent: Source<'a>) -> Result<Authorization, Stop> {
    let given = |name| Ok(Some(sent(visit, name)).filter(|text| !text.is_empty()).map(str::to_owned));
    let request = AuthorizationRequest {
        client_id: given("client_id"),
        redirect_uri: given("redirect_uri"),
        scope: given("scope"),
        state: given("state"),
        code_challenge: given("code_challenge"),
        code_challenge_method: given("code_challenge_method"),
    };
    visit.app.core.check_authorization(request).map_err(|refused| match refused {
        AuthorizationRefused::Here(error) => Stop::Error(error),
        AuthorizationRefused::Back(address) => Stop::Answer(Answer::leave(address)),
    })
}

pub(in crate::web) fn ask(visit: &Visit) -> Result<Answer, Stop> {
    let authorization = check(visit, Visit::query)?;
    page(visit, Visit::query, &authorization, None, None)
}

fn page<'a>(
    visit: &'a Visit,
    sent: Source<'a>,
    authorization: &Authorization,
    selected: Option<&[String]>,
    problem: Option<String>,
) -> Result<Answer, Stop> {
    let user = visit.logged_in()?;
    let origin = origin(authorization.redirect_uri());
    let page = Page {
        frame: Frame::of(visit),
        problem,
        username: &user.username,
        client: authorization.client(),
        host: origin.split_once("://").map_or("", |(_, host)| host),
        parameters: PARAMETERS.map(|name| (name, sent(visit, name))).to_vec(),
        choices: choices(&authorization.scopes(), user.two_factor, selected),
    };
    Ok(Answer::page(&page)?.form_target(origin))
}

pub(in crate::web) async fn decide(visit: &Visit) -> Result<Answer, Stop> {
    visit.logged_in()?;
    let authorization = check(visit, Visit::field)?;
    let core = &visit.app.core;
    let access = core.allow::<GrantAccess>(&visit.caller, ()).await?;
    if visit.field("action") != "approve" {
        return Ok(Answer::leave(core.deny_authorization(&access, &authorization)?));
    }
    let selected: Vec<String> = visit.fields("scopes").into_iter().map(str::to_owned).collect();
    match core.approve_authorization(&access, &authorization, &selected).await {
        Ok(address) => Ok(Answer::leave(address)),
        Err(error) => {
            let refusal = login::explained(error)?;
            let problem = Some(refusal.message);
            Ok(page(visit, Visit::field, &authorization, Some(&selected), problem)?.status(refusal.status))
        }
    }
}

/// Scheme, host and port of an address that the rules have checked.
fn origin(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..].find(['/', '?', '#']).map_or(address.len(), |at| host + at);
    &address[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for (address, expected) in [
            ("https://ci.example.com/back?x=1", "https://ci.example.com"),
            ("http://127.0.0.1:1234", "http://127.0.0.1:1234"),
            ("http://[::1]:99?x", "http://[::1]:99"),
        ] {
            assert_eq!(origin(address), expected);
        }
    }
}
