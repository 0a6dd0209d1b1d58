//! `skep organization …`

mod auth;
mod invitations;
mod manage;
mod members;
mod policies;
mod remote;

use anyhow::Result;
use hex_format::name::OrganizationName;
use serde::Serialize;
use serde_json::json;
use skep_client::api::KeysOf;
use skep_client::config::mix::OrganizationEntry;
use skep_client::nearest::did_you_mean;

use super::context::{Context, host_name};
use super::done::done;
use super::failure::Later;
use super::keys;
use crate::args::{DeauthArgs, OrganizationCommand};
use crate::output::options::options;
use crate::output::{self, table::table};
pub(crate) use invitations::received as invitation;

pub(crate) fn run(context: &Context, command: OrganizationCommand) -> Result<()> {
    let context = &match existing(&command) {
        Some(organization) => context.for_organization(organization)?,
        None => context.clone(),
    };
    match command {
        OrganizationCommand::Auth(args) => auth::run(context, args),
        OrganizationCommand::Deauth(args) => deauth(context, &args),
        OrganizationCommand::List(args) if args.remote => remote::list(context),
        OrganizationCommand::List(_) => list(context),
        OrganizationCommand::Key { organization, command } => {
            keys::run(context, &KeysOf::Organization(organization), command)
        }
        OrganizationCommand::Create(args) => manage::create(context, &args.organization),
        OrganizationCommand::Show(args) => remote::show(context, &args.organization),
        OrganizationCommand::Member { organization, command } => {
            members::run(context, &organization, command)
        }
        OrganizationCommand::Invitation { organization, command } => {
            invitations::run(context, &organization, command)
        }
        OrganizationCommand::Policy { organization, command } => {
            policies::run(context, &organization, command)
        }
        OrganizationCommand::Packages(args) => remote::packages(context, args),
        OrganizationCommand::AuditLog(args) => remote::audit_log(context, &args.organization, args.pages),
        OrganizationCommand::Seats(args) => manage::seats(context, &args),
        OrganizationCommand::Rename(args) => manage::rename(context, &args.organization, &args.name),
        OrganizationCommand::Leave(args) => manage::leave(context, &args.organization),
        OrganizationCommand::Delete(args) => manage::delete(context, &args.organization),
    }
}

/// The organization that a command is about, if it is one that there must be: it says which server is meant.
fn existing(command: &OrganizationCommand) -> Option<&OrganizationName> {
    match command {
        OrganizationCommand::Auth(args) => Some(&args.organization),
        OrganizationCommand::Key { organization, .. }
        | OrganizationCommand::Member { organization, .. }
        | OrganizationCommand::Invitation { organization, .. }
        | OrganizationCommand::Policy { organization, .. } => Some(organization),
        OrganizationCommand::Show(args)
        | OrganizationCommand::Leave(args)
        | OrganizationCommand::Delete(args) => Some(&args.organization),
        OrganizationCommand::Packages(args) => Some(&args.organization),
        OrganizationCommand::AuditLog(args) => Some(&args.organization),
        OrganizationCommand::Seats(args) => Some(&args.organization),
        OrganizationCommand::Rename(args) => Some(&args.organization),
        OrganizationCommand::Create(_) | OrganizationCommand::Deauth(_) | OrganizationCommand::List(_) => {
            None
        }
    }
}

/// What a 404 means for everything of an organization.
fn unknown(context: &Context, organization: &OrganizationName) -> impl Into<String> {
    Later(move || no_organization(context, organization))
}

fn no_organization(context: &Context, organization: &OrganizationName) -> String {
    format!("there is no organization {organization} that you are in{}", meant(context, organization))
}

/// A guess at the organization, of those that this machine is authorized for.
fn meant(context: &Context, organization: &OrganizationName) -> String {
    let known = context.machine.organizations().unwrap_or_default();
    did_you_mean(organization.as_str(), known.iter().map(|entry| entry.organization.as_str()))
}

/// Removing what is not there is no failure: it is what scripts do before they start.
fn deauth(context: &Context, args: &DeauthArgs) -> Result<()> {
    let name = &args.organization;
    let key = left_key(context, args);
    let found = context.machine.deauthorize(name, args.repo.as_ref())?;
    output::note(&match found {
        true => format!("Removed organization {name} from this machine"),
        false => format!("This machine is not authorized for organization {name}{}", meant(context, name)),
    });
    if let Some(key) = key.filter(|_| found) {
        output::note(key);
    }
    done("removed", json!({ "organization": name.as_str(), "found": found }), String::new())
}

/// What is to be told of the key of an organization, which stays alive at its server, if there is one.
fn left_key(context: &Context, args: &DeauthArgs) -> Option<String> {
    let name = &args.organization;
    let parent = args.repo.as_ref().map_or("hexpm", |repo| repo.as_str());
    let entry = context.repositories().ok()?.resolve_stored(&format!("{parent}:{name}")).ok()?;
    entry.auth_key.as_ref()?;
    let server = entry.root.api()?;
    Some(format!(
        "Its key still works at the server. One that this machine made is called {}-repository-{name}, unless --key-name said \
         otherwise: skep key list --server {server}, then skep key revoke NAME --server {server}",
        host_name()
    ))
}

/// Tells from the files alone, without the network.
fn list(context: &Context) -> Result<()> {
    #[derive(Serialize)]
    struct Row<'a> {
        organization: &'a str,
        repository: &'a str,
        url: &'a str,
        intact: bool,
    }
    let entries = context.machine.organizations()?;
    if options().json {
        let rows = entries.iter().map(|entry| Row {
            organization: &entry.organization,
            repository: &entry.repository,
            url: &entry.url,
            intact: entry.intact,
        });
        return output::json(&rows.collect::<Vec<_>>());
    }
    if entries.is_empty() {
        output::note(
            "This machine is not authorized for any organization. `skep connect URL` makes it ready for a server, \
             `skep organization list --remote` asks which you are in",
        );
        return Ok(());
    }
    let row =
        |entry: &OrganizationEntry| [entry.organization.clone(), entry.repository.clone(), entry.url.clone()];
    output::print(table(["Organization", "Repository", "URL"], entries.iter().map(row)))?;
    for entry in entries.iter().filter(|entry| !entry.intact) {
        output::note(format!(
            "mix 2.5 has dropped a part of repository {}: run `skep organization auth {}` again",
            entry.repository, entry.organization
        ));
    }
    Ok(())
}
