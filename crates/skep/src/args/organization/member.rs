//! `skep organization member …`, `skep organization invitation …` and `skep invitation …`

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use skep_client::api::Role;

use crate::args::SecretArg;

/// What can be done with members.
#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// List the members with their roles
    #[command(
        after_help = "Examples:\n  skep organization member acme list\n  skep organization member acme list --json"
    )]
    List,
    /// Add somebody who has an account
    #[command(after_help = "Examples:\n  skep organization member acme add eric\n  \
                            skep organization member acme add eric@example.com --role write")]
    Add {
        /// Name or public address of the account
        #[arg(value_name = "USER")]
        user: String,
        /// What the member may do: read, write or admin
        #[arg(long, value_name = "ROLE", default_value = "read", hide_possible_values = true, value_parser = role())]
        role: Role,
    },
    /// Show a member's role, or give another one
    #[command(after_help = "Examples:\n  skep organization member acme role eric\n  \
                            skep organization member acme role eric admin")]
    Role {
        /// Name of the member
        #[arg(value_name = "USER")]
        user: String,
        /// What the member may do from now on: read, write or admin [default: show it]
        #[arg(value_name = "ROLE", hide_possible_values = true, value_parser = role())]
        role: Option<Role>,
    },
    /// Remove a member
    ///
    /// What the account owned in the organization's repository goes with it, as do keys and invitations that it made for
    /// the organization.
    #[command(after_help = "Examples:\n  skep organization member acme remove eric")]
    Remove {
        /// Name of the member
        #[arg(value_name = "USER")]
        user: String,
    },
}

/// What admins do with invitations.
#[derive(Debug, Subcommand)]
pub(crate) enum InvitationsCommand {
    /// List the invitations that were not accepted yet
    #[command(after_help = "Examples:\n  skep organization invitation acme list")]
    List,
    /// Invite somebody, and print the link to hand over
    ///
    /// The link is good for a week and for one account, whichever its address. It is shown this once; a server with mail
    /// sends it, too.
    #[command(
        after_help = "Examples:\n  skep organization invitation acme create eric@example.com --role write"
    )]
    Create {
        /// Address of whoever is invited
        #[arg(value_name = "ADDRESS")]
        email: String,
        /// What the member may do: read, write or admin
        #[arg(long, value_name = "ROLE", default_value = "read", hide_possible_values = true, value_parser = role())]
        role: Role,
    },
    /// Take an invitation back
    #[command(after_help = "Examples:\n  skep organization invitation acme revoke eric@example.com\n  \
                            skep organization invitation acme revoke 17")]
    Revoke {
        /// Address that was invited, or the invitation's number
        #[arg(value_name = "ADDRESS")]
        invitation: String,
    },
}

/// What can be done with an invitation that one has got.
#[derive(Debug, Subcommand)]
pub(crate) enum InvitationCommand {
    /// Show what a link invites to
    #[command(after_help = "Examples:\n  skep invitation show 'https://hex.example.com/invites?token=…'")]
    Show(LinkArg),
    /// Accept an invitation: you become a member of the organization
    #[command(
        after_help = "Examples:\n  skep invitation accept 'https://hex.example.com/invites?token=…'\n  \
                            skep invitation accept - < link.txt"
    )]
    Accept(LinkArg),
}

/// The link of an invitation.
#[derive(Debug, Args)]
pub(crate) struct LinkArg {
    /// The link, or the token in it; - reads it from standard input
    #[arg(value_name = "LINK")]
    pub(crate) link: SecretArg,
}

fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::as_str)).map(|word| {
        let role = Role::ALL.into_iter().find(|role| role.as_str() == word);
        role.expect("invariant: no other word is let through")
    })
}
