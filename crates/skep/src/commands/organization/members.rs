//! `skep organization member …`

use anyhow::{Result, bail};
use hex_format::name::OrganizationName;
use serde::Serialize;
use serde_json::json;
use skep_client::api::Member;

use super::{no_organization, unknown};
use crate::args::MemberCommand;
use crate::commands::context::{Context, block_on};
use crate::commands::done::done;
use crate::commands::failure::{Later, because};
use crate::output::{self, Report, Text, prompt, table::table};

#[derive(Serialize)]
struct Members(Vec<Member>);

impl Report for Members {
    fn text(&self) -> Text {
        let rows = self.0.iter().map(|member| {
            [member.username.clone(), member.role.clone(), member.email.clone().unwrap_or_default()]
        });
        table(["Name", "Role", "Address"], rows)
    }
}

#[derive(Serialize)]
struct OneMember(Member);

impl Report for OneMember {
    fn text(&self) -> Text {
        Text::from(&self.0.role)
    }
}

pub(super) fn run(context: &Context, of: &OrganizationName, command: MemberCommand) -> Result<()> {
    let api = context.api()?;
    match command {
        MemberCommand::List => {
            let members = block_on(async {
                let members = api.members(of).await;
                members.map_err(because(format!("cannot list the members of {of}"), unknown(context, of)))
            })?;
            output::report(&Members(members))
        }
        MemberCommand::Add { user, role } => {
            let added = block_on(async {
                let added = api.add_member(of, &user, role).await;
                let missing =
                    Later(|| format!("there is no account {user}, or {}", no_organization(context, of)));
                added.map_err(because(format!("cannot add {user} to {of}"), missing))
            })?;
            let told = format!("{} is a member of {of} now, with the role {}", added.username, added.role);
            done("added", &added, told)
        }
        MemberCommand::Role { user, role: None } => {
            let member = block_on(async {
                let member = api.member(of, &user).await;
                member.map_err(because(format!("cannot show {user}"), no_member(context, of, &user)))
            })?;
            output::report(&OneMember(member))
        }
        MemberCommand::Role { user, role: Some(role) } => {
            let changed = block_on(async {
                let changed = api.change_role(of, &user, role).await;
                changed.map_err(because(
                    format!("cannot change the role of {user}"),
                    no_member(context, of, &user),
                ))
            })?;
            done(
                "changed",
                &changed,
                format!("{} has the role {} in {of} now", changed.username, changed.role),
            )
        }
        MemberCommand::Remove { user } => {
            // The address that this name gives means the caller.
            if user == "me" {
                bail!("to end your own membership: skep organization leave {of}");
            }
            prompt::insist(&format!("Remove {user} from organization {of}, and the keys made for it?"))?;
            block_on(async {
                let what = format!("cannot remove {user} from {of}");
                // Removing somebody who is no member is fine to a server, and what a mistyped name does.
                let member = api.member(of, &user).await;
                member.map_err(because(what.clone(), no_member(context, of, &user)))?;
                let removed = api.remove_member(of, &user).await;
                removed.map_err(because(what, no_member(context, of, &user)))
            })?;
            let what = json!({ "organization": of.as_str(), "username": user });
            done("removed", what, format!("{user} is no member of {of} any more"))
        }
    }
}

fn no_member(context: &Context, of: &OrganizationName, user: &str) -> impl Into<String> {
    Later(move || format!("{user} is no member of {of}, or {}", no_organization(context, of)))
}
