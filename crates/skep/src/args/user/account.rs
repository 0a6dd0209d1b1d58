//! `skep user email …`, `skep user password …`, `skep session …`

use clap::{Args, Subcommand};

use crate::args::SecretArg;

/// What can be done with addresses.
#[derive(Debug, Subcommand)]
pub(crate) enum EmailCommand {
    /// List your addresses
    #[command(after_help = "Examples:\n  skep user email list\n  skep user email list --json")]
    List,
    /// Add an address; a link to verify it is mailed there
    #[command(after_help = "Examples:\n  skep user email add alice@example.com")]
    Add(EmailArgs),
    /// Remove an address
    #[command(after_help = "Examples:\n  skep user email remove old@example.com")]
    Remove(EmailArgs),
    /// Have your mail sent to a verified address
    #[command(after_help = "Examples:\n  skep user email primary alice@example.com")]
    Primary(EmailArgs),
    /// Show a verified address to others, and no other one
    #[command(after_help = "Examples:\n  skep user email public alice@example.com")]
    Public(EmailArgs),
    /// Show an address to nobody
    #[command(alias = "private", after_help = "Examples:\n  skep user email hide alice@example.com")]
    Hide(EmailArgs),
    /// Verify an address with the key from the link that was mailed there
    #[command(after_help = "Examples:\n  skep user email verify alice@example.com --key - < key.txt")]
    Verify(VerifyArgs),
    /// Have another link to verify an address mailed
    #[command(after_help = "Examples:\n  skep user email resend alice@example.com")]
    Resend {
        /// The address
        #[arg(value_name = "ADDRESS")]
        address: String,
    },
    /// Say which mails you get, and choose
    #[command(
        after_help = "Examples:\n  skep user email preferences\n  skep user email preferences --off owner_add --off owner_remove"
    )]
    Preferences(PreferencesArgs),
}

/// One address, and the password where an API key is not enough.
#[derive(Debug, Args)]
pub(crate) struct EmailArgs {
    /// The address
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    #[command(flatten)]
    pub(crate) password: PasswordStdin,
}

/// Where the password comes from.
#[derive(Debug, Args)]
pub(crate) struct PasswordStdin {
    /// Read the password from the first line of standard input, where it is needed
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// Verifying an address.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The address
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    /// Key in the link that was mailed; - reads it from standard input
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) key: SecretArg,
    /// Whose address it is [default: yours]
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
}

/// Choosing mails.
#[derive(Debug, Args)]
pub(crate) struct PreferencesArgs {
    /// Kind of mail to get from now on; can be given several times
    #[arg(long, value_name = "KIND")]
    pub(crate) on: Vec<String>,
    /// Kind of mail not to get any more; can be given several times
    #[arg(long, value_name = "KIND")]
    pub(crate) off: Vec<String>,
    #[command(flatten)]
    pub(crate) password: PasswordStdin,
}

/// What can be done with passwords.
#[derive(Debug, Subcommand)]
pub(crate) enum PasswordCommand {
    /// Change your password
    #[command(after_help = "\
Examples:
  skep user password change
  printf 'old password\\nnew password\\n' | skep user password change --password-stdin")]
    Change {
        /// Read the password from the first line of standard input, and the new one from the second
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set a new password for an account that lost it, by mail
    ///
    /// Without --key, a link is mailed to the account's address. With the key in that link a new password is set.
    #[command(after_help = "\
Examples:
  skep user password reset alice
  skep user password reset alice --key 0123456789abcdef0123456789abcdef")]
    Reset(PasswordResetArgs),
}

/// Resetting a password.
#[derive(Debug, Args)]
pub(crate) struct PasswordResetArgs {
    /// Name or address of the account
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Key in the link that was mailed
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<SecretArg>,
    /// Read the new password from the first line of standard input
    #[arg(long, requires = "key")]
    pub(crate) password_stdin: bool,
    /// Leave the account's API keys as they are; without this they end
    #[arg(long, requires = "key")]
    pub(crate) keep_keys: bool,
}

/// What can be done with sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// List where you are logged in, with a browser or a command line
    #[command(after_help = "Examples:\n  skep session list\n  skep session list --json")]
    List,
    /// End a session, or all others with --others
    #[command(after_help = "Examples:\n  skep session revoke 42\n  skep session revoke --others")]
    Revoke(SessionRevokeArgs),
}

/// Ending sessions.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct SessionRevokeArgs {
    /// Number of the session, see skep session list
    #[arg(value_name = "ID", required_unless_present = "others", conflicts_with = "others")]
    pub(crate) id: Option<u64>,
    /// End all sessions but the one used for this
    #[arg(long)]
    pub(crate) others: bool,
}
