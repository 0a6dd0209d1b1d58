//! `skep repo …`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hex_registry::Fingerprint;

use super::SecretArg;

/// What can be done with repositories.
#[derive(Debug, Subcommand)]
pub(crate) enum RepoCommand {
    /// Add a repository to those that this machine knows, for mix and for skep
    ///
    /// Dependencies name it by repo: "NAME" in mix.exs. NAME:ORG is the organization ORG of the repository NAME. What is
    /// stored under the name already is replaced; if it has another address, you are asked, or --yes is needed. If
    /// anything fails, nothing is stored.
    #[command(after_help = "Examples:\n  \
        skep repo add mysrv https://hex.example.com/repo --fetch-public-key SHA256:O1LOYhHF…\n  \
        skep repo add mysrv https://hex.example.com/repo --public-key mysrv.pem --auth-key - < key.txt")]
    Add(RepoAddArgs),
    /// Change a repository
    ///
    /// If its address changes to another server, the key that opens it does not go along: say --auth-key or
    /// --no-auth-key.
    #[command(after_help = "Examples:\n  \
        skep repo set hexpm --url https://hex.example.com/repo --fetch-public-key SHA256:O1LOYhHF…\n  \
        skep repo set mysrv --no-auth-key")]
    Set(RepoSetArgs),
    /// Remove a repository; hexpm is as it was made then
    #[command(after_help = "Examples:\n  skep repo remove mysrv")]
    Remove {
        /// Name of the repository
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Show a repository, or one thing about it
    ///
    /// The key that opens the repository is shown by --auth-key and by nothing else.
    #[command(
        after_help = "Examples:\n  skep repo show mysrv\n  skep repo show mysrv --public-key > mysrv.pem"
    )]
    Show(RepoShowArgs),
    /// List the repositories that this machine knows
    #[command(after_help = "Examples:\n  skep repo list\n  skep repo list --json")]
    List,
}

/// Adding.
#[derive(Debug, Args)]
pub(crate) struct RepoAddArgs {
    /// Name of the repository
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Base URL of its files
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) with: RepoWithArgs,
}

/// Changing.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct RepoSetArgs {
    /// Name of the repository
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Base URL of its files
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Take the key that opens the repository away
    #[arg(long, conflicts_with = "auth_key")]
    pub(crate) no_auth_key: bool,
    #[command(flatten)]
    pub(crate) with: RepoWithArgs,
}

/// What can be said about a repository.
#[derive(Debug, Args)]
pub(crate) struct RepoWithArgs {
    /// File with the public key that the repository signs with (PEM)
    #[arg(long, value_name = "FILE", conflicts_with = "fetch_public_key")]
    pub(crate) public_key: Option<PathBuf>,
    /// Fetch the public key from the repository, if it has this fingerprint
    #[arg(long, value_name = "SHA256:…")]
    pub(crate) fetch_public_key: Option<Fingerprint>,
    /// Key that opens the repository; - reads it from standard input
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) auth_key: Option<SecretArg>,
    /// Exchange the key for a token before it is used
    #[arg(long)]
    pub(crate) oauth_exchange: bool,
    /// Use the key as it is
    #[arg(long, conflicts_with = "oauth_exchange")]
    pub(crate) no_oauth_exchange: bool,
    /// Base URL of the API where the key is exchanged [default: that of the repository's own server]
    #[arg(long, value_name = "URL")]
    pub(crate) oauth_exchange_url: Option<String>,
}

/// Showing.
#[derive(Debug, Args)]
pub(crate) struct RepoShowArgs {
    /// Name of the repository
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) only: RepoPartArgs,
}

/// The one thing to show, as it is.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct RepoPartArgs {
    /// Only its base URL
    #[arg(long)]
    pub(crate) url: bool,
    /// Only the public key that it signs with (PEM)
    #[arg(long)]
    pub(crate) public_key: bool,
    /// Only the key that opens it
    #[arg(long)]
    pub(crate) auth_key: bool,
    /// Only whether that key is exchanged for a token
    #[arg(long)]
    pub(crate) oauth_exchange: bool,
    /// Only where it is exchanged
    #[arg(long)]
    pub(crate) oauth_exchange_url: bool,
}
