//! `skep admin`: what the operator does at the machine, also while the server runs.

mod check;
mod gc;
mod links;
mod mail;
mod users;

use anyhow::Result;
use clap::Subcommand;
use skep_core::Skep;

use crate::instance::{self, Folder};
use crate::settings::Storage;

/// Arguments of `skep admin`.
#[derive(Debug, clap::Args)]
pub(crate) struct AdminArgs {
    #[command(flatten)]
    storage: Storage,
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Accounts
    #[command(subcommand)]
    User(users::UserCommand),
    /// Organizations
    #[command(subcommand, alias = "organisation")]
    Organization(OrganizationCommand),
    /// Links that are mailed otherwise, for servers without a mail server
    #[command(subcommand)]
    Link(links::LinkCommand),
    /// Mail that was not sent
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Delete blobs that no release refers to
    Gc,
    /// Check every blob, checksum and signature, and say what is wrong
    Verify {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum OrganizationCommand {
    /// Make an organization with its private repository
    Create {
        /// Name: small letters, digits and underscores
        name: String,
        /// Account that becomes its first admin
        #[arg(long)]
        owner: String,
    },
}

/// Runs a command of the operator.
pub(crate) fn run(args: AdminArgs) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let folder = Folder::existing(args.storage.data()?)?;
        let storage = args.storage.with_file()?;
        let core = instance::open_existing(&folder, &storage).await?;
        let result = command(&core, args.command).await;
        core.close().await;
        result
    })
}

async fn command(core: &Skep, command: AdminCommand) -> Result<()> {
    match command {
        AdminCommand::User(command) => users::run(core, command).await?,
        AdminCommand::Organization(OrganizationCommand::Create { name, owner }) => {
            core.operator_create_organization(&name, &owner).await.map_err(instance::explained)?;
            crate::output::print(&format!("organization {name} is ready, {owner} is its admin"))?;
        }
        AdminCommand::Link(command) => links::run(core, command).await?,
        AdminCommand::Mail(command) => mail::run(core, command).await?,
        AdminCommand::Gc => gc::run(core).await?,
        AdminCommand::Verify { json } => check::run(core, json).await?,
    }
    Ok(())
}
