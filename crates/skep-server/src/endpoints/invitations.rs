//! Invitations to organizations: admins make them, whoever has the link accepts. Tokens never stand in a path, which
//! is logged.

use skep_core::access::operations::{AcceptInvitation, Invite, ReadInvitations, ShowInvitation};
use skep_core::invitations::InvitationView;
use skep_core::{Error, FieldError};

use super::organizations;
use crate::api::{Cache, Call, Reply, Value, object};

pub(super) async fn list(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access =
        call.app.core.allow::<ReadInvitations>(&caller, call.params.required("organization")?).await?;
    let invitations = call.app.core.invitations(&access).await?;
    Ok(Reply::ok(Value::list(invitations.iter().map(render))).cache(Cache::Private))
}

pub(super) async fn create(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let organization = call.params.required("organization")?;
    let access = call.app.core.allow::<Invite>(&caller, organization).await?;
    let invited = call.app.core.invite(&access, call.params.text("email"), call.params.text("role")).await?;
    let (invitation, token) = invited;
    let location = call.api_url(&format!("/orgs/{organization}/invitations/{}", invitation.id));
    // Shown once: a server may have no mail.
    let link = format!("{}/invites?token={}", call.app.settings.web_url, token.reveal());
    Ok(Reply::created(&location, render(&invitation).with("url", link)).cache(Cache::Never))
}

pub(super) async fn revoke(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<Invite>(&caller, call.params.required("organization")?).await?;
    let id = call.params.required("id")?.parse().map_err(|_| Error::not_found())?;
    call.app.core.revoke_invitation(&access, id).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ShowInvitation>(&call.caller(), ()).await?;
    let offer = call.app.core.invitation(&access, &token(&call)?).await?;
    Ok(Reply::ok(object! {
        "organization" => offer.organization,
        "role" => offer.role.as_str(),
        "expires_at" => Value::time(offer.expires_at),
    }))
}

pub(super) async fn accept(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<AcceptInvitation>(&call.caller(), ()).await?;
    let accepted = call.app.core.accept_invitation(&access, &token(&call)?).await?;
    Ok(Reply::ok(object! {
        "organization" => organizations::render(&accepted.organization),
        "role" => accepted.role.as_str(),
        "joined" => accepted.joined,
    }))
}

fn token(call: &Call) -> Result<String, Error> {
    let given = call.params.text("token").map_err(|error| Error::field("token", error))?;
    given.ok_or_else(|| Error::field("token", FieldError::from("can't be blank")))
}

fn render(invitation: &InvitationView) -> Value {
    object! {
        "id" => invitation.id,
        "email" => invitation.email.clone(),
        "role" => invitation.role.as_str(),
        "expires_at" => Value::time(invitation.expires_at),
        "inserted_at" => Value::time(invitation.inserted_at),
    }
}
