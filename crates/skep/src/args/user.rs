//! `skep user …`

use clap::{Args, Subcommand};

mod account;

pub(crate) use account::{
    EmailArgs, EmailCommand, PasswordCommand, PasswordResetArgs, PasswordStdin, PreferencesArgs,
    SessionCommand, SessionRevokeArgs, VerifyArgs,
};

use super::{KeyCommand, LogPages, SecretArg};

/// What can be done with one's account.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make an account
    #[command(after_help = "\
Examples:
  skep user register
  skep user register --username alice --email alice@example.com --password-stdin < password.txt
  skep user register --api-url https://hex.example.com/api --setup-code 0123456789abcdef")]
    Register(RegisterArgs),
    /// Sign in to a server, with a browser, with name and password, or with a key
    ///
    /// Shows an address and a code, and waits until you agree at a browser; on a terminal the browser is opened. With
    /// --username, name and password are exchanged for two keys of this machine. With --key-stdin, a key that you have is
    /// checked and used. What comes of it is stored for this one server, in the system keyring where there is one, else in
    /// a file that only you can read; SKEP_KEYRING=never leaves the keyring alone.
    #[command(after_help = "\
Examples:
  skep user auth
  skep user auth --server https://hex.example.com
  skep user auth --username alice
  skep user auth --server work --key-stdin < key.txt")]
    Auth(UserAuthArgs),
    /// Sign out of a server: end the login there, and forget it here
    #[command(after_help = "\
Examples:
  skep user deauth
  skep user deauth --all-servers")]
    Deauth(DeauthUserArgs),
    /// Say who is signed in
    #[command(after_help = "Examples:\n  skep user whoami\n  skep user whoami --server work --json")]
    Whoami,
    /// Show a user and the packages of theirs that you may see
    #[command(after_help = "Examples:\n  skep user show alice")]
    Show {
        /// Name or public address of the user
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Tell what was done with your account and by you, the newest first
    #[command(after_help = "Examples:\n  skep user audit-log\n  skep user audit-log --limit 1000 --json")]
    AuditLog(LogPages),
    /// Manage your addresses, and which mails you get
    Email {
        #[command(subcommand)]
        command: EmailCommand,
    },
    /// Change your password, or set a new one for an account that lost it
    Password {
        #[command(subcommand)]
        command: PasswordCommand,
    },
    /// See where you are logged in, and log out there
    Session {
        #[command(subcommand)]
        command: SessionCommand,
    },
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
    #[command(after_help = "\
Examples:
  skep tfa enable
  skep tfa enable --code 123456    a set-up that was begun before")]
    Enable(TfaEnableArgs),
    /// Switch the second factor off
    #[command(after_help = "\
Examples:
  skep tfa disable
  skep tfa disable --code 123456 --password-stdin < password.txt")]
    Disable(TfaDisableArgs),
    /// Make new recovery codes, in place of the old ones
    #[command(after_help = "\
Examples:
  skep tfa recovery-codes
  skep tfa recovery-codes --code 123456 --json")]
    RecoveryCodes(TfaRecoveryCodesArgs),
    /// Say whether it is on, and how many recovery codes are left
    #[command(after_help = "\
Examples:
  skep tfa status
  skep tfa status --json")]
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
    /// Sign in with name and password: name or e-mail address
    #[arg(long, value_name = "NAME", conflicts_with_all = ["key", "key_stdin", "no_browser"])]
    pub(crate) username: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long, conflicts_with_all = ["key", "key_stdin", "no_browser"])]
    pub(crate) password_stdin: bool,
    /// Sign in with this key; - reads it from standard input
    #[arg(long, value_name = "KEY", allow_hyphen_values = true, conflicts_with_all = ["key_stdin", "no_browser"])]
    pub(crate) key: Option<SecretArg>,
    /// Sign in with the key on the first line of standard input
    #[arg(long, conflicts_with = "no_browser")]
    pub(crate) key_stdin: bool,
    /// Do not open a browser; only show the address to visit
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Name of the session, and base of the new keys' names [default: this machine's name]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["key", "key_stdin"])]
    pub(crate) key_name: Option<String>,
}

/// Signing out.
#[derive(Debug, Args)]
pub(crate) struct DeauthUserArgs {
    /// Sign out of all servers
    #[arg(long, conflicts_with_all = ["server", "api_url"])]
    pub(crate) all_servers: bool,
    /// End all other sessions of the account, too: in browsers and on other machines. API keys stay valid
    #[arg(long)]
    pub(crate) everywhere: bool,
}
