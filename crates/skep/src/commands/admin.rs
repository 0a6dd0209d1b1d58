//! `skep admin`: what the operator does at the machine, also while the server runs.

mod check;
mod gc;
mod links;
mod mail;
mod notice;
mod organizations;
mod users;

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;
use skep_core::Skep;
use skep_core::reserved::GivenName;

use super::done::done;
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
    Organization(organizations::OrganizationCommand),
    /// Links that are mailed otherwise, for servers without a mail server
    #[command(subcommand)]
    Link(links::LinkCommand),
    /// Mail that was not sent
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Keep a package's name, or one of its versions, from being published
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep reserve bait --reason 'typo of bitcask'
  skep admin --data /var/lib/skep reserve plug --release 6.6.6")]
    Reserve(ReservedArgs),
    /// Give a reserved name or version free
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep unreserve bait
  skep admin --data /var/lib/skep unreserve plug --release 6.6.6")]
    Unreserve(ReservedArgs),
    /// A text that mix shows to everyone who uses this server
    #[command(subcommand)]
    Notice(notice::NoticeCommand),
    /// Delete blobs that no release refers to
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep gc")]
    Gc,
    /// Check every blob, checksum and signature, and say what is wrong
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep verify
  skep admin --data /var/lib/skep verify --json")]
    Verify,
}

#[derive(Debug, clap::Args)]
struct ReservedArgs {
    /// Name of the package
    name: String,
    /// Repository: an organization's, or the public one
    #[arg(long, default_value = "hexpm")]
    repository: String,
    /// Only this version
    #[arg(long = "release", value_name = "VERSION")]
    version: Option<String>,
    /// Why
    #[arg(long)]
    reason: Option<String>,
}

impl ReservedArgs {
    /// What is meant, for people.
    fn shown(&self) -> String {
        let repository = match self.repository.as_str() {
            "hexpm" => String::new(),
            repository => format!("{repository}/"),
        };
        let version = self.version.iter().map(|version| format!(" {version}")).collect::<String>();
        format!("{repository}{}{version}", self.name)
    }

    fn json(&self) -> serde_json::Value {
        let Self { name, repository, version, reason } = self;
        json!({ "name": name, "repository": repository, "version": version, "reason": reason })
    }

    fn given(self) -> GivenName {
        GivenName {
            repository: Ok(Some(self.repository)),
            name: Ok(Some(self.name)),
            version: Ok(self.version),
            reason: Ok(self.reason),
        }
    }
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
        AdminCommand::Organization(command) => organizations::run(core, command).await?,
        AdminCommand::Link(command) => links::run(core, command).await?,
        AdminCommand::Mail(command) => mail::run(core, command).await?,
        AdminCommand::Reserve(args) => {
            let (shown, name) = (args.shown(), args.json());
            core.operator_reserve_name(args.given()).await.map_err(instance::explained)?;
            done("reserved", name, format!("{shown} is reserved"))?;
        }
        AdminCommand::Unreserve(args) => {
            let (shown, name) = (args.shown(), args.json());
            match core.operator_release_name(args.given()).await {
                Err(error) if error.status == 404 => anyhow::bail!("{shown} is not reserved"),
                released => released.map_err(instance::explained)?,
            }
            done("released", name, format!("{shown} is free again"))?;
        }
        AdminCommand::Notice(command) => notice::run(core, command).await?,
        AdminCommand::Gc => gc::run(core).await?,
        AdminCommand::Verify => check::run(core).await?,
    }
    Ok(())
}
