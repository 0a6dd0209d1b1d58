//! `skep admin`: what the operator does at the machine, also while the server runs.

mod check;
mod gc;
mod links;
mod mail;

use std::io::Read as _;

use anyhow::{Context, Result};
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
    User(UserCommand),
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
enum UserCommand {
    /// Make an account with a verified address
    Create {
        /// Name
        name: String,
        /// E-mail address
        #[arg(long)]
        email: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
        /// Let the account administer the instance
        #[arg(long)]
        admin: bool,
    },
    /// Set a new password; keys stay valid
    ResetPassword {
        /// Name or address
        name: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
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
        AdminCommand::User(UserCommand::Create { name, email, password_stdin: _, admin }) => {
            let password = read_password()?;
            let made = core.operator_create_user(&name, &email, password, admin).await;
            let account = made.map_err(instance::explained)?;
            crate::output::print(&format!("account {} is ready", account.username))?;
        }
        AdminCommand::User(UserCommand::ResetPassword { name, password_stdin: _ }) => {
            core.operator_reset_password(&name, read_password()?).await.map_err(instance::explained)?;
            crate::output::print(&format!("the password of {name} is set"))?;
        }
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

/// One line of standard input, without its end.
fn read_password() -> Result<String> {
    /// Far more than any password.
    const MAX: u64 = 64 * 1024;
    let mut text = String::new();
    std::io::stdin()
        .take(MAX)
        .read_to_string(&mut text)
        .context("cannot read the password from standard input")?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
