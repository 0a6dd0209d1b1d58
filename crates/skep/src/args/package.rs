//! `skep package …`

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use hex_format::version::{Version, VersionError};
use hex_project::build::BuildTool;
use hex_registry::Fingerprint;
use skep_client::package_ref::PackageRef;

use super::project::build_tool;
use super::{InfoArgs, PlaceArgs, SearchArgs};

/// What can be done with packages.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
A package is named PACKAGE, ORGANIZATION/PACKAGE or REPO:PACKAGE.

Examples:
  skep package fetch phoenix 1.7.0 --unpack
  skep package files phoenix --tree
  skep package diff phoenix 1.7.0..1.7.1 --stat")]
pub(crate) enum PackageCommand {
    /// Fetch a package's tarball, verified against the signed registry
    #[command(after_help = "\
Examples:
  skep package fetch phoenix
  skep package fetch acme/secret 1.2.0 --unpack --output secret
  skep package fetch mysrv:tool --output - | tar -t")]
    Fetch(FetchArgs),
    /// Show what changed between two versions, or since the version that a project has
    ///
    /// Exits with 1 if there are differences and with 0 if there are none.
    Diff(DiffArgs),
    /// List the files of a package, or print one of them
    Files(FilesArgs),
    /// Check that a release is what its registry has signed, and that a project builds the same
    ///
    /// Exits with 1 if a checksum or signature is wrong, or the project builds other files.
    Verify(VerifyPackageArgs),
    /// List all versions of a package
    Versions(VersionsArgs),
    /// Tell about a package or a release: the same as skep info
    Info(InfoArgs),
    /// Search for packages: the same as skep search
    Search(SearchArgs),
}

/// Fetching.
#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageRef,
    /// Version to fetch [default: the newest stable one]
    #[arg(value_name = "VERSION")]
    pub(crate) version: Option<Version>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// File to write, or folder with --unpack; - writes the tarball to standard output [default: PACKAGE-VERSION.tar, or
    /// PACKAGE-VERSION with --unpack]
    #[arg(long, short, value_name = "PATH", allow_hyphen_values = true)]
    pub(crate) output: Option<PathBuf>,
    /// Unpack the package instead of keeping the tarball
    #[arg(long)]
    pub(crate) unpack: bool,
    /// Trust the server's signing key only if it has this fingerprint
    #[arg(long, value_name = "SHA256:…")]
    pub(crate) fingerprint: Option<Fingerprint>,
}

/// Comparing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  skep package diff phoenix 1.7.0 1.7.1
  skep package diff phoenix 1.7.0..1.7.1 --stat
  skep package diff phoenix 1.7.1            in a project: from what it has to 1.7.1
  skep package diff phoenix 1.7.0..1.7.1 --tool 'diff -ru __PATH1__ __PATH2__'
  skep package diff phoenix 1.7.0..1.7.1 | delta")]
pub(crate) struct DiffArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageRef,
    /// Version to compare with the next one, or both as FROM..TO; alone, it is compared with what the project in this
    /// folder has
    #[arg(value_name = "VERSION")]
    pub(crate) first: Versions,
    /// Version to compare with
    #[arg(value_name = "VERSION2")]
    pub(crate) second: Option<Version>,
    /// Show only which files changed, and by how many lines
    #[arg(long, conflicts_with = "tool")]
    pub(crate) stat: bool,
    /// Command that compares two folders, in the places of __PATH1__ and __PATH2__ [env: HEX_DIFF_COMMAND; then diff_command
    /// in hex.config] [default: built in]
    #[arg(long, value_name = "COMMAND", conflicts_with = "json")]
    pub(crate) tool: Option<String>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// One version, or two with dots between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) from: Version,
    pub(crate) to: Option<Version>,
}

impl FromStr for Versions {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        match text.split_once("..") {
            Some((from, to)) => Ok(Self { from: from.parse()?, to: Some(to.parse()?) }),
            None => Ok(Self { from: text.parse()?, to: None }),
        }
    }
}

/// Listing files.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  skep package files phoenix
  skep package files phoenix 1.7.0 --tree
  skep package files phoenix 1.7.0 mix.exs")]
pub(crate) struct FilesArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageRef,
    /// Version to look into [default: the newest stable one]
    #[arg(value_name = "VERSION")]
    pub(crate) version: Option<Version>,
    /// File to print, byte by byte where the output is not a terminal
    #[arg(value_name = "FILE")]
    pub(crate) path: Option<String>,
    /// Show the files as a tree
    #[arg(long, conflicts_with = "path")]
    pub(crate) tree: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// Checking.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  skep package verify phoenix 1.7.0
  skep package verify acme/secret 1.2.0 --project .     has it been built from this?")]
pub(crate) struct VerifyPackageArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageRef,
    /// Version to check [default: the newest stable one]
    #[arg(value_name = "VERSION")]
    pub(crate) version: Option<Version>,
    /// Folder of a project, which is built and compared with what is published
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    pub(crate) project: Option<PathBuf>,
    /// Application to build, where a rebar3 project has several
    #[arg(long, short, value_name = "APP", requires = "project")]
    pub(crate) app: Option<String>,
    /// Build tool, where the folder has projects of several: gleam, mix or rebar3
    #[arg(long, value_name = "TOOL", value_parser = build_tool, requires = "project")]
    pub(crate) build_tool: Option<BuildTool>,
    /// Trust the server's signing key only if it has this fingerprint
    #[arg(long, value_name = "SHA256:…")]
    pub(crate) fingerprint: Option<Fingerprint>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// Listing versions.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  skep package versions phoenix
  skep package versions acme/secret --json")]
pub(crate) struct VersionsArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageRef,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}
