//! `skep organization …`

use clap::{Args, Subcommand};
use hex_format::name::{OrganizationName, RepositoryName};
use hex_registry::Fingerprint;

use super::{KeyCommand, SecretArg};

/// What can be done with organizations.
#[derive(Debug, Subcommand)]
pub(crate) enum OrganizationCommand {
    /// Authorize this machine for an organization, for mix and rebar3
    ///
    /// The key is checked with the server, and the organization's registry is fetched and verified, before anything is
    /// stored; a key that fails is never stored. Afterwards mix deps.get and rebar3 get-deps fetch the organization's
    /// packages.
    Auth(AuthArgs),
    /// Remove an organization from this machine
    Deauth(DeauthArgs),
    /// List the organizations that this machine is authorized for
    List,
    /// Manage the keys of an organization
    Key {
        /// Name of the organization
        #[arg(value_name = "ORGANIZATION")]
        organization: OrganizationName,
        #[command(subcommand)]
        command: KeyCommand,
    },
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
