//! `skep admin link`: fresh links to hand over by other means than mail. They work once, for 24 hours; those of
//! invitations for a week.

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;
use skep_core::Skep;

use crate::instance;
use crate::output::{self, Report, Text};

#[derive(Debug, Subcommand)]
pub(super) enum LinkCommand {
    /// Print a link that verifies an address of an account
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep link verify alice
  skep admin --data /var/lib/skep link verify alice alice@example.com")]
    Verify {
        /// Name or verified address of the account
        user: String,
        /// The address [default: the primary one]
        address: Option<String>,
    },
    /// Print a link with which an account gets a new password
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep link reset-password alice")]
    ResetPassword {
        /// Name or verified address of the account
        user: String,
    },
    /// Print a link with which somebody who was invited joins an organization
    #[command(after_help = "\
Examples:
  skep admin --data /var/lib/skep link invitation acme eric@example.com")]
    Invitation {
        /// Name of the organization
        organization: String,
        /// The address that was invited
        address: String,
    },
}

/// What the command is for.
#[derive(Serialize)]
struct Link {
    link: String,
}

impl Report for Link {
    fn text(&self) -> Text {
        Text::from(&self.link)
    }
}

pub(super) async fn run(core: &Skep, command: LinkCommand) -> Result<()> {
    let link = match command {
        LinkCommand::Verify { user, address } => {
            core.operator_verification_link(&user, address.as_deref()).await
        }
        LinkCommand::ResetPassword { user } => core.operator_password_link(&user).await,
        LinkCommand::Invitation { organization, address } => {
            core.operator_invitation_link(&organization, &address).await
        }
    };
    output::report(&Link { link: link.map_err(instance::explained)? })
}
