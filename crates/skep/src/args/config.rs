//! `skep config`

use clap::Args;

/// Settings.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    skep config\n  \
    skep config api_url\n  \
    skep config http_timeout 120\n  \
    skep config offline --delete")]
pub(crate) struct ConfigArgs {
    /// Name of the setting [default: show all]
    #[arg(value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Value to store; - reads it from standard input
    #[arg(value_name = "VALUE", requires = "key", conflicts_with = "delete", allow_hyphen_values = true)]
    pub(crate) value: Option<String>,
    /// Take the setting out of hex.config
    #[arg(long, requires = "key")]
    pub(crate) delete: bool,
}
