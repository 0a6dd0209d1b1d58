//! `skep gleam …`

use std::str::FromStr;

use clap::{Args, Subcommand};
use hex_format::name::{OrganizationName, PackageName};
use hex_project::gleam::Specifier;
use skep_client::package_ref::{PackageRef, Place, PlaceError};

/// What can be done in a Gleam project.
#[derive(Debug, Subcommand)]
pub(crate) enum GleamCommand {
    /// Add dependencies to gleam.toml, of any repository
    ///
    /// Finds versions that fit together, across the repositories of this machine and hex.pm; writes gleam.toml and
    /// manifest.toml as gleam does, and puts the tarballs into Gleam's cache, so that gleam build works, offline too.
    /// Versions that are locked stay. What the active policy (HEX_POLICY, or policy in hex.config) or the cooldown
    /// (HEX_COOLDOWN, or cooldown) keeps out is not chosen, as with mix. A package that is not of hex.pm is recorded with its repository in gleam.toml, under
    /// [tools.skep.packages], and is never looked for elsewhere.
    Add(GleamAddArgs),
    /// Update dependencies to the newest versions that fit together
    ///
    /// Without PACKAGE, all of them; otherwise the given ones and what only they require. What the active policy or the
    /// cooldown keeps out is not chosen, and told.
    Update(GleamUpdateArgs),
    /// Remove dependencies from gleam.toml, and what only they require from manifest.toml
    #[command(after_help = "Examples:\n  skep gleam remove twig")]
    Remove(GleamRemoveArgs),
    /// Put all locked packages into Gleam's cache
    ///
    /// This is what a build machine runs before gleam build. The tarballs are those of manifest.toml, by their checksums.
    /// Where manifest.toml does not fit gleam.toml, it is brought up to date first.
    #[command(after_help = "Examples:\n  skep gleam download && gleam build")]
    Download,
}

/// Adding.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  skep gleam add acme/twig                    the newest twig of acme
  skep gleam add mysrv:acme/twig@2.1          2.1.0 up to the next major version
  skep gleam add \"leaf@~> 1.0.3\" --dev        a whole requirement, for development only")]
pub(crate) struct GleamAddArgs {
    /// Package to add, or ORGANIZATION/PACKAGE, or REPO:PACKAGE; with @2, @2.1 or @2.1.3 as with gleam, or with @ and a
    /// whole requirement
    #[arg(value_name = "PACKAGE[@VERSION]", required = true)]
    pub(crate) packages: Vec<PlacedSpecifier>,
    /// Add to dev_dependencies
    #[arg(long)]
    pub(crate) dev: bool,
    /// Take the packages from this organization's repository [default: as recorded in gleam.toml, else hexpm]
    #[arg(long, visible_alias = "organisation", value_name = "ORGANIZATION", conflicts_with = "repo")]
    pub(crate) organization: Option<OrganizationName>,
    /// Take the packages from this repository, by its name on this machine: NAME or NAME:ORGANIZATION
    #[arg(long, value_name = "NAME[:ORGANIZATION]")]
    pub(crate) repo: Option<String>,
}

/// A package with the place that it is to be taken from, and the versions that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlacedSpecifier {
    pub(crate) place: Place,
    pub(crate) specifier: Specifier,
}

impl FromStr for PlacedSpecifier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, version) = text.split_at(text.find('@').unwrap_or(text.len()));
        let PackageRef { place, package } = name.parse().map_err(|error: PlaceError| error.to_string())?;
        let specifier = format!("{package}{version}").parse::<Specifier>();
        Ok(Self { place, specifier: specifier.map_err(|error| error.to_string())? })
    }
}

/// Updating.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  skep gleam update
  skep gleam update twig leaf")]
pub(crate) struct GleamUpdateArgs {
    /// Package to update [default: all]
    #[arg(value_name = "PACKAGE")]
    pub(crate) packages: Vec<PackageName>,
}

/// Removing.
#[derive(Debug, Args)]
pub(crate) struct GleamRemoveArgs {
    /// Package to remove
    #[arg(value_name = "PACKAGE", required = true)]
    pub(crate) packages: Vec<PackageName>,
}
