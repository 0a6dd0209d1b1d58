//! `skep organization …` and `skep invitation …`

mod member;
mod policy;

use clap::{Args, Subcommand};
use hex_format::name::{OrganizationName, RepositoryName};
use hex_registry::Fingerprint;

pub(crate) use member::{InvitationCommand, InvitationsCommand, LinkArg, MemberCommand};
pub(crate) use policy::{OrganizationPolicyArgs, OrganizationPolicyCommand, OverrideArg};

use super::{KeyCommand, SecretArg};

/// What can be done with organizations.
#[derive(Debug, Subcommand)]
pub(crate) enum OrganizationCommand {
    // On this machine
    /// Authorize this machine for an organization, for mix and rebar3
    ///
    /// The key is checked with the server, and the organization's registry is fetched and verified, before anything is
    /// stored; a key that fails is never stored. Afterwards mix deps.get and rebar3 get-deps fetch the organization's
    /// packages.
    #[command(after_help = "\
Examples:
  skep organization auth acme
  skep organization auth acme --repo work
  skep organization auth acme --key - < key.txt")]
    Auth(AuthArgs),
    /// Remove an organization from this machine
    #[command(after_help = "\
Examples:
  skep organization deauth acme
  skep organization deauth acme --repo work")]
    Deauth(DeauthArgs),
    /// List the organizations that this machine is authorized for
    ///
    /// Tells from the files of this machine alone. With --remote the server is asked which organizations you are in.
    #[command(after_help = "Examples:\n  skep organization list\n  skep organization list --remote --json")]
    List(ListArgs),
    /// Manage the keys of an organization
    Key {
        /// Name of the organization
        #[arg(value_name = "ORGANIZATION")]
        organization: OrganizationName,
        #[command(subcommand)]
        command: KeyCommand,
    },
    // At the server
    /// Make an organization, with its private repository; you become its admin
    #[command(after_help = "Examples:\n  skep organization create acme")]
    Create(NameArgs),
    /// Show an organization: its seats, its members, your role
    #[command(after_help = "Examples:\n  skep organization show acme\n  skep organization show acme --json")]
    Show(NameArgs),
    /// Manage the members of an organization
    #[command(
        visible_alias = "members",
        after_help = "Examples:\n  skep organization member acme list\n  skep organization member acme add eric --role write"
    )]
    Member {
        /// Name of the organization
        #[arg(value_name = "ORGANIZATION")]
        organization: OrganizationName,
        #[command(subcommand)]
        command: MemberCommand,
    },
    /// Manage the invitations to an organization
    ///
    /// For invitations that you have got yourself see skep invitation.
    #[command(
        visible_alias = "invitations",
        after_help = "Examples:\n  skep organization invitation acme create eric@example.com --role write\n  skep organization invitation acme list"
    )]
    Invitation {
        /// Name of the organization
        #[arg(value_name = "ORGANIZATION")]
        organization: OrganizationName,
        #[command(subcommand)]
        command: InvitationsCommand,
    },
    /// Manage the dependency policies of an organization
    #[command(
        alias = "policies",
        after_help = "Examples:\n  skep organization policy acme list\n  skep organization policy acme create strict --cooldown 7d"
    )]
    Policy {
        /// Name of the organization
        #[arg(value_name = "ORGANIZATION")]
        organization: OrganizationName,
        #[command(subcommand)]
        command: OrganizationPolicyCommand,
    },
    /// List the packages in the repository of an organization
    #[command(after_help = "Examples:\n  skep organization packages acme\n  \
                            skep organization packages acme --search json --sort updated_at")]
    Packages(PackagesArgs),
    /// Show what was done in an organization, the newest first
    #[command(after_help = "Examples:\n  skep organization audit-log acme\n  \
                            skep organization audit-log acme --limit 1000 --json")]
    AuditLog(LogArgs),
    /// Show or set how many members an organization may have
    #[command(
        after_help = "Examples:\n  skep organization seats acme\n  skep organization seats acme 20\n  \
                            skep organization seats acme unlimited"
    )]
    Seats(SeatsArgs),
    /// Give an organization another name
    ///
    /// Its repository is renamed with it and signed for the new name. Keys that name it follow, sessions get new tokens by
    /// themselves; machines and projects have to be told. Nobody else gets the old name.
    #[command(after_help = "Examples:\n  skep organization rename acme acme_labs")]
    Rename(RenameArgs),
    /// Leave an organization
    #[command(after_help = "Examples:\n  skep organization leave acme --yes")]
    Leave(NameArgs),
    /// Delete an organization with its repository and everything in it
    ///
    /// Asks for the name again. It is refused while others are members, or while public packages would be left without
    /// an owner. Nobody gets the name again.
    #[command(
        after_help = "Examples:\n  skep organization delete acme\n  skep organization delete acme --yes"
    )]
    Delete(NameArgs),
}

/// An organization.
#[derive(Debug, Args)]
pub(crate) struct NameArgs {
    /// Name of the organization
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organization: OrganizationName,
}

/// Listing.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Ask the server which organizations you are in, with your role and their seats
    #[arg(long)]
    pub(crate) remote: bool,
}

/// Listing packages.
#[derive(Debug, Args)]
pub(crate) struct PackagesArgs {
    /// Name of the organization
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organization: OrganizationName,
    /// Only those with these words, or that a filter such as name:json* finds
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Order: name, recent_downloads, total_downloads, inserted_at or updated_at
    #[arg(long, value_name = "ORDER", hide_possible_values = true,
          value_parser = ["name", "recent_downloads", "total_downloads", "inserted_at", "updated_at"])]
    pub(crate) sort: Option<String>,
    /// Most packages to list [default: all]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) limit: Option<usize>,
}

/// Reading a log.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Name of the organization
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organization: OrganizationName,
    #[command(flatten)]
    pub(crate) pages: LogPages,
}

/// Which part of a log.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct LogPages {
    /// Page to begin with; a page has a hundred entries
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) page: u32,
    /// Most entries to show
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    pub(crate) limit: usize,
}

/// Limiting the members.
#[derive(Debug, Args)]
pub(crate) struct SeatsArgs {
    /// Name of the organization
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organization: OrganizationName,
    /// How many members there may be, or unlimited [default: show how many]
    #[arg(value_name = "NUMBER")]
    pub(crate) seats: Option<SeatsArg>,
}

/// How many members there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeatsArg(pub(crate) Option<u32>);

impl std::str::FromStr for SeatsArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "unlimited" => Ok(Self(None)),
            _ => match text.parse() {
                Ok(seats) => Ok(Self(Some(seats))),
                Err(_) => Err("expected a number, or unlimited".to_owned()),
            },
        }
    }
}

/// Renaming.
#[derive(Debug, Args)]
pub(crate) struct RenameArgs {
    /// Name of the organization
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organization: OrganizationName,
    /// The new name: small letters, digits and underscores
    #[arg(value_name = "NEW_NAME")]
    pub(crate) name: OrganizationName,
}

/// Authorizing.
#[derive(Debug, Args)]
pub(crate) struct AuthArgs {
    /// Name of the organization
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organization: OrganizationName,
    /// Key to use; - reads it from standard input [default: a new key, made with your account]
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) key: Option<SecretArg>,
    /// Base of the new key's name [default: this machine's name]
    #[arg(long, value_name = "NAME", conflicts_with = "key")]
    pub(crate) key_name: Option<String>,
    /// Set up the repository NAME:ORGANIZATION beside hexpm, for dependencies with repo: "NAME:ORGANIZATION"; if NAME is
    /// the organization's own name, the repository is just called so, which every version of mix understands
    #[arg(long, value_name = "NAME")]
    pub(crate) repo: Option<RepositoryName>,
    /// Overwrite an entry that points at another server
    #[arg(long)]
    pub(crate) replace: bool,
    /// Trust the server's signing key only if it has this fingerprint
    #[arg(long, value_name = "SHA256:…")]
    pub(crate) fingerprint: Option<Fingerprint>,
}

/// Removing.
#[derive(Debug, Args)]
pub(crate) struct DeauthArgs {
    /// Name of the organization
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organization: OrganizationName,
    /// Remove the repository NAME:ORGANIZATION that was set up with --repo
    #[arg(long, value_name = "NAME")]
    pub(crate) repo: Option<RepositoryName>,
}
