//! `skep admin organization …`

use anyhow::{Result, bail};
use clap::Subcommand;
use serde_json::json;
use skep_core::{Error, Skep};

use crate::commands::done::done;
use crate::instance::explained;
use crate::output::prompt;

#[derive(Debug, Subcommand)]
pub(super) enum OrganizationCommand {
    /// Make an organization with its private repository
    #[command(
        after_help = "Examples:\n  skep admin --data /var/lib/skep organization create acme --owner eric"
    )]
    Create {
        /// Name: small letters, digits and underscores
        name: String,
        /// Account that becomes its first admin
        #[arg(long)]
        owner: String,
    },
    /// Give an organization another name, which nobody else gets again
    ///
    /// Its repository is renamed with it and signed for the new name. Keys that name it follow, tokens end.
    #[command(after_help = "Examples:\n  skep admin --data /var/lib/skep organization rename acme acme_labs")]
    Rename {
        /// Name of the organization
        name: String,
        /// The new name: small letters, digits and underscores
        new_name: String,
    },
    /// Delete an organization with its repository and everything in it
    ///
    /// Asks for the name again. It is refused while more than one account is a member, or while public packages would be
    /// left without an owner. Nobody gets the name again.
    #[command(after_help = "Examples:\n  skep admin --data /var/lib/skep organization delete acme --yes")]
    Delete {
        /// Name of the organization
        name: String,
    },
}

pub(super) async fn run(core: &Skep, command: OrganizationCommand) -> Result<()> {
    match command {
        OrganizationCommand::Create { name, owner } => {
            core.operator_create_organization(&name, &owner).await.map_err(explained)?;
            let told = format!("organization {name} is ready, {owner} is its admin");
            done("created", json!({ "name": name, "owner": owner }), told)
        }
        OrganizationCommand::Rename { name, new_name } => {
            known(&name, core.operator_rename_organization(&name, &new_name).await)?;
            let told = format!("organization {name} is called {new_name} now");
            done("renamed", json!({ "from": name, "to": new_name }), told)
        }
        OrganizationCommand::Delete { name } => {
            let question = format!("This deletes organization {name} with every package in it, for good.");
            prompt::insist_by_name(&question, &name)?;
            known(&name, core.operator_delete_organization(&name).await)?;
            done("deleted", json!({ "organization": name }), format!("organization {name} is deleted"))
        }
    }
}

fn known(name: &str, result: skep_core::Result<()>) -> Result<()> {
    match result {
        Err(Error { status: 404, .. }) => bail!("there is no organization {name}"),
        result => result.map_err(explained),
    }
}
