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
    /// Manage the second factor of your account: codes of an authenticator app
    Tfa {
        #[command(subcommand)]
        command: TfaCommand,
    },
}

/// What can be done with the second factor.
#[derive(Debug, Subcommand)]
pub(crate) enum TfaCommand {
    /// Set an authenticator app up; shows a QR code, and recovery codes in the end
    Enable(TfaEnableArgs),
    /// Switch the second factor off
    Disable(TfaDisableArgs),
    /// Make new recovery codes, in place of the old ones
    RecoveryCodes(TfaRecoveryCodesArgs),
    /// Say whether it is on, and how many recovery codes are left
    Status,
}

/// Setting it up.
#[derive(Debug, Args)]
pub(crate) struct TfaEnableArgs {
    /// Read the password from the first line of standard input
    #[arg(long, conflicts_with = "code")]
    pub(crate) password_stdin: bool,
    /// Finish a set-up that was begun before, with the code that the app shows
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
}

/// Switching it off.
#[derive(Debug, Args)]
pub(crate) struct TfaDisableArgs {
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Code that the app shows
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// One of the recovery codes, if the device is lost
    #[arg(long, value_name = "CODE", conflicts_with = "code")]
    pub(crate) recovery_code: Option<String>,
}

/// Making recovery codes.
#[derive(Debug, Args)]
pub(crate) struct TfaRecoveryCodesArgs {
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Code that the app shows
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
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
