//! `skep user …`

use clap::{Args, Subcommand};

use super::{KeyCommand, SecretArg};

/// What can be done with one's account.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make an account
    Register(RegisterArgs),
    /// Sign in: exchange name and password for keys of this machine
    Auth(UserAuthArgs),
    /// Sign out: revoke the keys of this machine and forget them
    Deauth,
    /// Say who is signed in
    Whoami,
    /// Manage your keys
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
}

/// Making an account.
#[derive(Debug, Args)]
pub(crate) struct RegisterArgs {
    /// Name to sign in with
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Address for mail
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Code that a new server prints for its first account
    #[arg(long, value_name = "CODE")]
    pub(crate) setup_code: Option<SecretArg>,
}

/// Signing in.
#[derive(Debug, Args)]
pub(crate) struct UserAuthArgs {
    /// Name or e-mail address
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Base of the new keys' names [default: this machine's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) key_name: Option<String>,
}
