//! `skep owner …`

use clap::{Args, Subcommand, ValueEnum};
use skep_client::package_ref::PackageRef;

use super::PlaceArgs;

/// What can be done with owners.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  skep owner list phoenix
  skep owner add acme/secret jane@example.com --level maintainer
  skep owner transfer my_lib acme")]
pub(crate) enum OwnerCommand {
    /// Make a user an owner of a package, or change the level of one
    #[command(after_help = "\
Examples:
  skep owner add my_lib jane
  skep owner add my_lib jane@example.com --level maintainer
  skep owner add acme/secret jane")]
    Add(AddOwnerArgs),
    /// Hand a package over: the user or organization becomes its only owner
    #[command(after_help = "\
Examples:
  skep owner transfer my_lib jane
  skep owner transfer my_lib acme --yes")]
    Transfer(OwnerArgs),
    /// Remove an owner from a package
    #[command(after_help = "\
Examples:
  skep owner remove my_lib jane@example.com")]
    Remove(OwnerArgs),
    /// List the owners of a package
    #[command(after_help = "\
Examples:
  skep owner list my_lib
  skep owner list acme/secret --json")]
    List(ListOwnersArgs),
    /// List the packages that you own
    #[command(after_help = "\
Examples:
  skep owner packages
  skep owner packages --json")]
    Packages,
}

/// A package and a user.
#[derive(Debug, Args)]
pub(crate) struct OwnerArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageRef,
    /// Name or e-mail address of the user, or name of the organization
    #[arg(value_name = "EMAIL_OR_USERNAME")]
    pub(crate) owner: String,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// Adding.
#[derive(Debug, Args)]
pub(crate) struct AddOwnerArgs {
    #[command(flatten)]
    pub(crate) owner: OwnerArgs,
    /// What the owner may do: full may also change the owners, maintainer may publish
    #[arg(long, value_name = "LEVEL", default_value = "full", hide_possible_values = true)]
    pub(crate) level: Level,
}

/// What an owner may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Publish, and change the owners.
    Full,
    /// Publish.
    Maintainer,
}

/// Listing.
#[derive(Debug, Args)]
pub(crate) struct ListOwnersArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageRef,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}
