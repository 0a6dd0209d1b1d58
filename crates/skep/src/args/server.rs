//! `skep server …`

use clap::Subcommand;

/// What can be done with what is known about servers.
#[derive(Debug, Subcommand)]
pub(crate) enum ServerCommand {
    /// List the servers that this machine knows, and who is signed in there
    #[command(after_help = "Examples:\n  skep server list\n  skep server list --json")]
    List,
    /// Forget a server: its name, its signing key, and the login there, which is ended first
    ///
    /// What mix and rebar3 read is left alone.
    #[command(
        after_help = "Examples:\n  skep server forget work\n  skep server forget https://hex.example.com"
    )]
    Forget {
        /// Name or URL of the server
        #[arg(value_name = "NAME|URL")]
        server: String,
    },
}
