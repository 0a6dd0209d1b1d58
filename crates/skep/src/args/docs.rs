//! `skep docs …`

use clap::{Args, Subcommand, ValueEnum};
use hex_format::version::Version;
use skep_client::package_ref::PackageRef;

use super::{PlaceArgs, PublishDocsArgs};

/// What can be done with documentation.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  skep docs fetch                 documentation of everything that this project locks
  skep docs open phoenix          in the browser
  skep docs list                  what is on this machine")]
pub(crate) enum DocsCommand {
    /// Fetch documentation to this machine, to where mix hex.docs offline finds it
    Fetch(FetchDocsArgs),
    /// Open documentation in the browser: that of this machine, else that of the server
    ///
    /// Where the output is not a terminal, the address is printed and nothing is opened.
    Open(OpenDocsArgs),
    /// Open documentation of this machine; it is fetched if it is not there
    #[command(hide = true)]
    Offline(OpenDocsArgs),
    /// Open documentation at the server
    #[command(hide = true)]
    Online(OpenDocsArgs),
    /// List the documentation on this machine
    #[command(after_help = "\
Examples:
  skep docs list
  skep docs list --json")]
    List,
    /// Publish the documentation of a release that is there already
    Publish(PublishDocsArgs),
}

/// Fetching.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  skep docs fetch
  skep docs fetch phoenix
  skep docs fetch acme/secret 1.2.0")]
pub(crate) struct FetchDocsArgs {
    /// Name of the package [default: all that the lock file in this folder names]
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: Option<PackageRef>,
    /// Version [default: the locked one, else the newest stable one]
    #[arg(value_name = "VERSION", conflicts_with = "latest")]
    pub(crate) version: Option<Version>,
    /// The newest stable version, whatever the lock file says
    #[arg(long, requires = "package")]
    pub(crate) latest: bool,
    /// Documentation of everything that the lock file names, as without a package
    #[arg(long, conflicts_with = "package")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// Opening.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  skep docs open phoenix
  skep docs open phoenix 1.7.0 --page Phoenix.Router
  skep docs open phoenix --offline --format epub
  skep docs open phoenix --print-url")]
pub(crate) struct OpenDocsArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageRef,
    /// Version [default: the locked one, else the newest stable one]
    #[arg(value_name = "VERSION", conflicts_with = "latest")]
    pub(crate) version: Option<Version>,
    /// The newest stable version, whatever the lock file says
    #[arg(long)]
    pub(crate) latest: bool,
    /// Page to open, such as the name of a module
    #[arg(long, visible_alias = "module", value_name = "PAGE")]
    pub(crate) page: Option<String>,
    /// What to open: html, epub or md; the latter two are on this machine only
    #[arg(long, value_name = "FORMAT", default_value = "html", hide_possible_values = true)]
    pub(crate) format: DocsFormat,
    /// Open what is on this machine; fetch it if it is not there
    #[arg(long)]
    pub(crate) offline: bool,
    /// Open what is at the server
    #[arg(long, conflicts_with = "offline")]
    pub(crate) online: bool,
    /// Print the address and open nothing
    #[arg(long)]
    pub(crate) print_url: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// Forms of documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocsFormat {
    /// Pages.
    Html,
    /// A book.
    Epub,
    /// Texts.
    #[value(alias = "markdown")]
    Md,
}
