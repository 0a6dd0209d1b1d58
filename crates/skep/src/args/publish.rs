//! `skep publish`

use std::path::PathBuf;

use clap::Args;
use hex_format::name::OrganizationName;

/// Publishing.
#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// Tarball to publish, as mix hex.build, rebar3 hex build or gleam export hex-tarball make it
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Publish to this organization's repository [default: the public one]
    #[arg(long, visible_alias = "organisation", value_name = "ORGANIZATION")]
    pub(crate) organization: Option<OrganizationName>,
    /// Take the place of an earlier upload of the same version
    #[arg(long)]
    pub(crate) replace: bool,
}
