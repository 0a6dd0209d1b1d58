//! `skep info`

use clap::Args;
use hex_format::version::Version;
use skep_client::package_ref::PackageRef;

use super::PlaceArgs;

/// Looking at a package or a release.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  skep info                       this program and the server that it speaks to
  skep info phoenix               a package
  skep info phoenix 1.7.0         a release
  skep info acme/secret --json    a package of an organization, for a program")]
pub(crate) struct InfoArgs {
    /// Name of the package [default: tell about this program and the server]
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: Option<PackageRef>,
    /// Version to tell about [default: the package as a whole]
    #[arg(value_name = "VERSION")]
    pub(crate) version: Option<Version>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}
