//! `skep instance …`: what `skep admin` does at the machine of a server, from anywhere through its API.

use clap::{Args, Subcommand};
use hex_format::name::{OrganizationName, PackageName, RepositoryName};
use hex_format::version::Version;

use super::organization::LogPages;

/// What administrators of a server can do.
#[derive(Debug, Subcommand)]
pub(crate) enum InstanceCommand {
    /// Look after the accounts of the server
    #[command(
        subcommand,
        after_help = "Examples:\n  skep instance user list\n  skep instance user deactivate eric"
    )]
    User(InstanceUserCommand),
    /// List the names that nobody may publish
    #[command(after_help = "Examples:\n  skep instance reserved\n  skep instance reserved --json")]
    Reserved,
    /// Keep a package's name, or one of its versions, from being published
    #[command(after_help = "Examples:\n  skep instance reserve bait --reason 'typo of bitcask'\n  \
                            skep instance reserve plug --release 6.6.6")]
    Reserve(ReserveArgs),
    /// Give a reserved name or version free
    #[command(after_help = "Examples:\n  skep instance unreserve bait\n  \
                            skep instance unreserve plug --release 6.6.6")]
    Unreserve(ReservedNameArgs),
    /// Look into organizations that you are not in
    #[command(
        subcommand,
        alias = "organisation",
        after_help = "Examples:\n  skep instance organization audit-log acme"
    )]
    Organization(InstanceOrganizationCommand),
}

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum InstanceUserCommand {
    /// List the accounts
    #[command(
        after_help = "Examples:\n  skep instance user list\n  skep instance user list --search @example.com"
    )]
    List {
        /// Only those with this text in a name or address
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// Most accounts to list [default: all]
        #[arg(long, value_name = "NUMBER")]
        limit: Option<usize>,
    },
    /// Show an account
    #[command(
        after_help = "Examples:\n  skep instance user show eric\n  skep instance user show eric@example.com --json"
    )]
    Show(UserArg),
    /// Refuse everything that an account shows, from now on
    #[command(after_help = "Examples:\n  skep instance user deactivate eric --yes")]
    Deactivate(UserArg),
    /// Let a deactivated account in again, with the keys that it had
    #[command(after_help = "Examples:\n  skep instance user reactivate eric")]
    Reactivate(UserArg),
    /// Let an account administer the server
    #[command(after_help = "Examples:\n  skep instance user promote eric")]
    Promote(UserArg),
    /// Make an administrator an account like others
    #[command(after_help = "Examples:\n  skep instance user demote eric")]
    Demote(UserArg),
    /// Switch off the second factor of an account that lost it
    #[command(after_help = "Examples:\n  skep instance user reset-two-factor eric --yes")]
    ResetTwoFactor(UserArg),
    /// List the sessions of an account
    #[command(after_help = "Examples:\n  skep instance user sessions eric")]
    Sessions(UserArg),
    /// End all sessions of an account; its keys stay valid
    #[command(after_help = "Examples:\n  skep instance user end-sessions eric --yes")]
    EndSessions(UserArg),
}

/// An account.
#[derive(Debug, Args)]
pub(crate) struct UserArg {
    /// Name or verified address of the account
    #[arg(value_name = "USER")]
    pub(crate) user: String,
}

/// A name, or a version of it.
#[derive(Debug, Args)]
pub(crate) struct ReservedNameArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageName,
    /// Repository: an organization's, or the public one
    #[arg(long, value_name = "REPOSITORY", default_value = "hexpm")]
    pub(crate) repository: RepositoryName,
    /// Only this version
    #[arg(long = "release", value_name = "VERSION")]
    pub(crate) version: Option<Version>,
}

/// Reserving.
#[derive(Debug, Args)]
pub(crate) struct ReserveArgs {
    #[command(flatten)]
    pub(crate) name: ReservedNameArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// What can be done with any organization.
#[derive(Debug, Subcommand)]
pub(crate) enum InstanceOrganizationCommand {
    /// Show what was done in any organization, also in one that is gone, by any name that it had
    #[command(after_help = "Examples:\n  skep instance organization audit-log acme")]
    AuditLog {
        /// Name of the organization
        #[arg(value_name = "ORGANIZATION")]
        organization: OrganizationName,
        #[command(flatten)]
        pages: LogPages,
    },
}
