//! `skep package …`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hex_format::name::{OrganizationName, PackageName};
use hex_format::version::Version;
use hex_registry::Fingerprint;

/// What can be done with packages.
#[derive(Debug, Subcommand)]
pub(crate) enum PackageCommand {
    /// Fetch a package's tarball, verified against the signed registry
    Fetch(FetchArgs),
}

/// Fetching.
#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageName,
    /// Version to fetch [default: the newest stable one]
    #[arg(value_name = "VERSION")]
    pub(crate) version: Option<Version>,
    /// Fetch from this organization's repository [default: the public one]
    #[arg(long, visible_alias = "organisation", value_name = "ORGANIZATION")]
    pub(crate) organization: Option<OrganizationName>,
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
