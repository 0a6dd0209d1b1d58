//! `skep organization invitation …` for those who invite, `skep invitation …` for those who are invited.

use anyhow::{Context as _, Result, anyhow, bail};
use hex_format::name::OrganizationName;
use serde::Serialize;
use serde_json::json;
use skep_client::api::{Acceptance, Api, Invitation, InvitationLink, Offer};
use skep_client::secret::Secret;

use super::unknown;
use crate::args::{InvitationCommand, InvitationsCommand, LinkArg};
use crate::commands::context::{Context, block_on};
use crate::commands::done::done;
use crate::commands::failure::because;
use crate::commands::keys::moment;
use crate::output::{self, Report, Text, prompt, table::table};

#[derive(Serialize)]
struct Invitations(Vec<Invitation>);

impl Report for Invitations {
    fn text(&self) -> Text {
        if self.0.is_empty() {
            return Text::default();
        }
        let rows = self.0.iter().map(|invitation| {
            [
                invitation.id.to_string(),
                invitation.email.clone(),
                invitation.role.clone(),
                moment(Some(&invitation.expires_at), ""),
            ]
        });
        table(["Number", "Address", "Role", "Expires"], rows)
    }
}

pub(super) fn run(context: &Context, to: &OrganizationName, command: InvitationsCommand) -> Result<()> {
    let api = context.api()?;
    match command {
        InvitationsCommand::List => {
            let invitations = block_on(async {
                let invitations = api.invitations(to).await;
                invitations
                    .map_err(because(format!("cannot list the invitations to {to}"), unknown(context, to)))
            })?;
            if invitations.is_empty() {
                output::note(format!(
                    "No invitations. Invite somebody with `skep organization invitation {to} create ADDRESS`"
                ));
            }
            output::report(&Invitations(invitations))
        }
        InvitationsCommand::Create { email, role } => {
            let made = block_on(async {
                let made = api.invite(to, &email, role).await;
                made.map_err(because(format!("cannot invite {email} to {to}"), unknown(context, to)))
            })?;
            let invitation = &made.invitation;
            let mut what = serde_json::to_value(invitation)?;
            what["url"] = json!(made.url.expose());
            // The link alone, so that a script can take it.
            done("created", what, made.url.expose().to_owned())?;
            output::note(format!(
                "Whoever opens this link until {} becomes a member of {to} with the role {}",
                moment(Some(&invitation.expires_at), ""),
                invitation.role
            ));
            Ok(())
        }
        InvitationsCommand::Revoke { invitation } => {
            let revoked = block_on(revoke(context, &api, to, &invitation))?;
            let told = format!("The invitation of {} is taken back: its link is dead", revoked.email);
            done("revoked", &revoked, told)
        }
    }
}

async fn revoke(context: &Context, api: &Api, to: &OrganizationName, given: &str) -> Result<Invitation> {
    let what = format!("cannot take the invitation of {given} back");
    let all = api.invitations(to).await.map_err(because(what.clone(), unknown(context, to)))?;
    let found = all
        .into_iter()
        .find(|one| one.email.eq_ignore_ascii_case(given) || given.parse() == Ok(one.id))
        .ok_or_else(|| anyhow!("there is no invitation of {given} to {to}"))?;
    api.revoke_invitation(to, found.id).await.map_err(because(what, "it was accepted or has ended"))?;
    Ok(found)
}

/// `skep invitation …`
pub(crate) fn received(context: &Context, command: InvitationCommand) -> Result<()> {
    let api = context.api()?;
    let missing = "it was accepted, taken back or has ended";
    match command {
        InvitationCommand::Show(link) => {
            let token = token(&api, link)?;
            let offer = block_on(async {
                api.invitation(&token).await.map_err(because("this link invites to nothing", missing))
            })?;
            output::report(&Offered(offer))
        }
        InvitationCommand::Accept(link) => {
            let token = token(&api, link)?;
            let accepted = block_on(async { accept(&api, &token, missing).await })?;
            let Acceptance { organization, role, joined } = &accepted;
            let name = &organization.name;
            let told = match joined {
                true => format!("You are a member of {name} now, with the role {role}"),
                false => format!("You were a member of {name} already, with the role {role}"),
            };
            done("accepted", &accepted, told)?;
            if *joined {
                output::note(format!("To use its packages on this machine: skep organization auth {name}"));
            }
            Ok(())
        }
    }
}

async fn accept(api: &Api, token: &Secret, missing: &str) -> Result<Acceptance> {
    let what = "cannot accept this invitation";
    let offer = api.invitation(token).await.map_err(because(what, missing))?;
    prompt::confirm(
        &format!("Become a member of {} with the role {}?", offer.organization, offer.role),
        true,
        true,
    )?
    .then_some(())
    .context("nothing was accepted")?;
    api.accept_invitation(token).await.map_err(because(what, missing))
}

/// The token of a link, which must be one of the server that is asked: no other gets to see it.
fn token(api: &Api, given: LinkArg) -> Result<Secret> {
    let text = given.link.read()?;
    match InvitationLink::parse(&text) {
        Some(link) if !link.is_of(api.base()) => {
            bail!(
                "this link is of {}, and not of {}: name that server with --api-url",
                link.origin(),
                api.base()
            )
        }
        Some(link) => Ok(link.into_token()),
        None => Ok(text),
    }
}

#[derive(Serialize)]
struct Offered(Offer);

impl Report for Offered {
    fn text(&self) -> Text {
        let Offer { organization, role, expires_at } = &self.0;
        let until = moment(Some(expires_at), "");
        Text::from(format!("To organization {organization}, with the role {role}, until {until}"))
    }
}
