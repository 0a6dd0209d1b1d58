//! What can be typed. Help texts live here and nowhere else; nothing here does anything.

mod build;
mod config;
mod connect;
mod deps;
mod docs;
#[cfg(test)]
mod documented;
#[cfg(test)]
mod examples;
mod expiry;
mod gleam;
mod help;
mod info;
mod instance;
#[cfg(test)]
mod operations;
mod organization;
mod owner;
mod package;
mod place;
mod project;
mod publish;
mod registry;
mod repo;
mod retire;
mod review;
mod search;
mod secret;
mod server;
mod user;

use clap::{Args, Parser, Subcommand};

pub(crate) use build::BuildArgs;
pub(crate) use config::ConfigArgs;
pub(crate) use connect::{ConnectArgs, DisconnectArgs, DoctorArgs, Shell, SnippetsArgs};
pub(crate) use deps::{
    DepsCommand, DepsFetchArgs, DepsLockArgs, LicensesArgs, SbomArgs, SbomFormat, TreeArgs, WhyArgs,
};
pub(crate) use docs::{DocsCommand, DocsFormat, FetchDocsArgs, OpenDocsArgs};
pub(crate) use expiry::Expiry;
pub(crate) use gleam::{GleamAddArgs, GleamCommand, GleamRemoveArgs, GleamUpdateArgs, PlacedSpecifier};
pub(crate) use help::{CompletionsArgs, ManArgs};
pub(crate) use info::InfoArgs;
pub(crate) use instance::{
    InstanceCommand, InstanceOrganizationCommand, InstanceUserCommand, ReserveArgs, ReservedNameArgs, UserArg,
};
pub(crate) use organization::{
    AuthArgs, DeauthArgs, InvitationCommand, InvitationsCommand, LinkArg, LogPages, MemberCommand,
    OrganizationCommand, OrganizationPolicyArgs, OrganizationPolicyCommand, OverrideArg, PackagesArgs,
    SeatsArg, SeatsArgs,
};
pub(crate) use owner::{AddOwnerArgs, Level, ListOwnersArgs, OwnerArgs, OwnerCommand};
pub(crate) use package::{
    DiffArgs, FetchArgs, FilesArgs, PackageCommand, VerifyPackageArgs, Versions, VersionsArgs,
};
pub(crate) use place::PlaceArgs;
pub(crate) use project::ProjectArgs;
pub(crate) use publish::{PublishArgs, PublishDocsArgs, RevertArgs, What};
pub(crate) use registry::{RegistryAddArgs, RegistryBuildArgs, RegistryCommand, RegistryVerifyArgs};
pub(crate) use repo::{RepoAddArgs, RepoCommand, RepoPartArgs, RepoSetArgs, RepoShowArgs, RepoWithArgs};
pub(crate) use retire::{RetireArgs, UnretireArgs};
pub(crate) use review::{
    AuditArgs, AuditFormat, LockArgs, OutdatedArgs, OutdatedOrder, PolicyArgs, PolicyCommand,
};
pub(crate) use search::SearchArgs;
pub(crate) use secret::SecretArg;
pub(crate) use server::ServerCommand;
pub(crate) use user::{
    DeauthUserArgs, EmailArgs, EmailCommand, PasswordCommand, PasswordResetArgs, PasswordStdin,
    PreferencesArgs, RegisterArgs, SessionCommand, SessionRevokeArgs, TfaCommand, TfaDisableArgs,
    TfaEnableArgs, TfaRecoveryCodesArgs, UserAuthArgs, UserCommand, VerifyArgs,
};

use crate::commands::{admin::AdminArgs, serve::ServeArgs};
use crate::output::options::Options;

/// A self-hosted registry for the Hex ecosystem, and its command line.
#[derive(Debug, Parser)]
#[command(name = "skep", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) output: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which server is meant.
#[derive(Debug, Clone, Default, Args)]
#[expect(rustdoc::bare_urls, reason = "these texts are the help, shown as they stand")]
pub(crate) struct ServerArgs {
    /// The server, by the name that connect gave it or by its URL [default: see --api-url]
    #[arg(long, global = true, value_name = "NAME|URL", conflicts_with = "api_url", help_heading = "Server")]
    pub(crate) server: Option<String>,
    /// Base URL of the server's API [env: HEX_API_URL, then HEX_API; then api_url in hex.config] [default: https://hex.pm/api]
    #[arg(long, global = true, value_name = "URL", help_heading = "Server")]
    pub(crate) api_url: Option<String>,
    /// Base URL of the server's repository [env: HEX_REPO_URL] [default: the API's URL with /repo for /api]
    #[arg(long, global = true, value_name = "URL", help_heading = "Server")]
    pub(crate) repo_url: Option<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make this machine, or a build, ready for a server: mix, rebar3 and skep itself
    ///
    /// The server's signing key is checked by its fingerprint, each key by asking the server, and each repository by its
    /// signature and name, before anything is written; then all files are written or none. Doing it again changes nothing.
    /// `skep disconnect` undoes it.
    #[command(after_help = connect::CONNECT_EXAMPLES)]
    Connect(Box<ConnectArgs>),
    /// Undo what connect has done
    ///
    /// Files that nobody else has changed since are as they were before, byte for byte; from others exactly what connect wrote
    /// is taken out. Keys that it made are revoked.
    #[command(after_help = connect::DISCONNECT_EXAMPLES)]
    Disconnect(DisconnectArgs),
    /// Say what is wrong with a set-up and how to mend it
    ///
    /// Looks at the files and variables that mix, rebar3 and Gleam read, and asks the servers on the ways that they go. Exits
    /// with 1 if something is broken.
    #[command(after_help = connect::DOCTOR_EXAMPLES)]
    Doctor(DoctorArgs),
    /// Print texts for projects, builds and bots that fetch from a server
    #[command(after_help = connect::SNIPPETS_EXAMPLES)]
    Snippets(SnippetsArgs),
    /// Authorize this machine for organizations, and manage them
    #[command(
        subcommand,
        alias = "organisation",
        after_help = "Examples:\n  skep organization auth acme\n  skep organization list\n  \
                            skep organization key acme generate --key-name ci\n  skep organization show acme"
    )]
    Organization(OrganizationCommand),
    /// See and accept invitations to organizations that you have got
    #[command(subcommand, after_help = "Examples:\n  skep invitation accept - < link.txt")]
    Invitation(InvitationCommand),
    /// Sign in, and manage your own keys
    #[command(subcommand)]
    User(UserCommand),
    /// Manage your keys, as skep user key does
    #[command(subcommand)]
    Key(KeyCommand),
    /// Manage the second factor of your account, as skep user tfa does
    #[command(subcommand)]
    Tfa(TfaCommand),
    /// See where you are logged in, and log out there
    #[command(subcommand)]
    Session(SessionCommand),
    /// See and forget the servers that this machine knows
    #[command(subcommand)]
    Server(ServerCommand),
    /// Say who may publish a package
    #[command(subcommand)]
    Owner(OwnerCommand),
    /// Warn the users of a release that it should no longer be used
    Retire(RetireArgs),
    /// Take the retirement of a release back
    Unretire(UnretireArgs),
    /// Tell about a package, a release, or this program
    Info(InfoArgs),
    /// Search for packages
    Search(SearchArgs),
    /// Build the package of a project, without publishing it
    ///
    /// Gleam and rebar3 projects are built without their tools, and always to the same bytes; a mix project by mix.
    Build(BuildArgs),
    /// Publish the package of a project, or a tarball, with its documentation
    Publish(PublishArgs),
    /// Take a release back, which is possible for an hour, and always in an organization
    Revert(RevertArgs),
    /// Fetch packages, compare versions and look into them
    #[command(subcommand)]
    Package(PackageCommand),
    /// Fetch, read and publish documentation
    #[command(subcommand)]
    Docs(DocsCommand),
    /// Show which dependencies of this project have newer versions
    Outdated(OutdatedArgs),
    /// Show which dependencies of this project are retired or have security advisories
    Audit(AuditArgs),
    /// Show what the active dependency policy permits
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Manage the repositories that this machine knows
    #[command(subcommand)]
    Repo(RepoCommand),
    /// Show and change settings, which skep shares with mix
    Config(ConfigArgs),
    /// Make a registry of tarballs, as a folder for any web server
    #[command(
        subcommand,
        after_help = "Examples:\n  skep registry build public --name acme --private-key key.pem\n  \
                                        skep registry verify public --name acme"
    )]
    Registry(RegistryCommand),
    /// Administer a server from anywhere through its API, as one of its administrators
    ///
    /// Needs an account that administers the server, and for changes of accounts a login with name and password or in the
    /// browser: API keys change no accounts. At the machine where the server runs there is skep admin, which needs no
    /// account and no login.
    #[command(
        subcommand,
        after_help = "Examples:\n  skep instance user list --search eric\n  skep instance reserve bait"
    )]
    Instance(InstanceCommand),
    /// Fetch, show and check the dependencies of a project of mix, rebar3 or Gleam
    #[command(subcommand)]
    Deps(DepsCommand),
    /// Use packages of any repository in Gleam projects
    #[command(subcommand)]
    Gleam(GleamCommand),
    /// Run the server
    #[command(after_help = "\
Examples:
  skep serve --data /var/lib/skep
  skep serve --data ./data --listen 127.0.0.1:0
  skep serve --data /var/lib/skep --listen 0.0.0.0:4000 --public-url https://hex.example.com")]
    Serve(Box<ServeArgs>),
    /// Print what makes a shell complete commands, names and options
    Completions(CompletionsArgs),
    /// Print the manual page of a command, or write all of them into a folder
    Man(ManArgs),
    /// Look after a server at its machine, in its data folder: accounts, organizations, backups
    ///
    /// Needs no account and no running server, but access to the data folder. What administrators can do from anywhere
    /// through the API is in skep instance.
    Admin(AdminArgs),
}

/// Making a key.
#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// Name of the new key [default: this machine's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) key_name: Option<String>,
    /// What the key may do; can be given several times: api, api:read, api:write, repository:ORGANIZATION, repositories,
    /// package:REPOSITORY/NAME, docs:ORGANIZATION
    #[arg(long = "permission", value_name = "PERMISSION")]
    pub(crate) permissions: Vec<String>,
    /// When the key is to stop working: after days (90d), weeks (12w) or months (6mo), or at the beginning of a day in UTC
    /// (2027-01-31) [default: never]
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<Expiry>,
}

/// Revoking one key or all.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct RevokeArgs {
    /// Name of the key
    #[arg(value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) name: Option<String>,
    /// Revoke all keys, also the one used for this
    #[arg(long)]
    pub(crate) all: bool,
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key and print its secret, which is shown this once
    #[command(after_help = "\
Examples:
  skep key generate --key-name laptop --permission api:read
  skep user key generate --permission repository:acme --expires 90d
  skep organization key acme generate --key-name ci --json")]
    Generate(GenerateArgs),
    /// Revoke a key, or all with --all
    #[command(after_help = "\
Examples:
  skep key revoke laptop
  skep user key revoke --all --yes
  skep organization key acme revoke ci")]
    Revoke(RevokeArgs),
    /// List the keys
    #[command(after_help = "\
Examples:
  skep key list
  skep user key list --json
  skep organization key acme list")]
    List,
    /// Show a key: what it may do, until when, and where it was last used
    #[command(after_help = "\
Examples:
  skep key show laptop-api
  skep user key show laptop-api
  skep organization key acme show ci --json")]
    Show {
        /// Name of the key
        #[arg(value_name = "NAME")]
        name: String,
    },
}
