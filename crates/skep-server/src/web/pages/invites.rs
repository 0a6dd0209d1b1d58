//! Joining an organization by the link in an invitation.

use askama::Template;
use skep_core::access::operations::{AcceptInvitation, ShowInvitation};
use skep_core::{Error, Fields};

use crate::web::answer::Answer;
use crate::web::frame::Frame;
use crate::web::visit::{Stop, Visit};

#[derive(Template)]
#[template(path = "invite.html")]
struct Page<'a> {
    frame: Frame,
    problem: Option<String>,
    username: &'a str,
    organization: String,
    role: &'static str,
    token: &'a str,
}

pub(in crate::web) async fn show(visit: &Visit) -> Result<Answer, Stop> {
    page(visit, visit.query("token"), None).await
}

async fn page(visit: &Visit, token: &str, problem: Option<String>) -> Result<Answer, Stop> {
    let user = visit.logged_in()?;
    let core = &visit.app.core;
    let access = core.allow::<ShowInvitation>(&visit.caller, ()).await?;
    let offer = match core.invitation(&access, token).await {
        Ok(offer) => offer,
        Err(error) => return gone(visit, error),
    };
    let page = Page {
        frame: Frame::of(visit),
        problem,
        username: &user.username,
        organization: offer.organization,
        role: offer.role.as_str(),
        token,
    };
    Ok(Answer::page(&page)?)
}

fn gone(visit: &Visit, error: Error) -> Result<Answer, Stop> {
    if error.status != 404 {
        return Err(error.into());
    }
    let text = "This invitation is no longer valid. Ask for a new one.";
    Ok(visit.redirect_with(&"/account".into(), text))
}

pub(in crate::web) async fn accept(visit: &Visit) -> Result<Answer, Stop> {
    visit.logged_in()?;
    let core = &visit.app.core;
    let token = visit.field("token");
    let access = core.allow::<AcceptInvitation>(&visit.caller, ()).await?;
    match core.accept_invitation(&access, token).await {
        Ok(accepted) => {
            let name = &accepted.organization.name;
            let text = match accepted.joined {
                true => format!("You have joined the {name} organization."),
                false => format!("You are already a member of {name}."),
            };
            Ok(visit.redirect_with(&"/account".into(), &text))
        }
        Err(error) => match &error.fields {
            Fields::Text(text) => Ok(page(visit, token, Some(text.clone())).await?.status(400)),
            _ => gone(visit, error),
        },
    }
}
