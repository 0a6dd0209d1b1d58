//! `skep build`

use std::path::PathBuf;

use clap::Args;

use super::ProjectArgs;

/// Building.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  skep build                             the project in this folder
  skep build ../twig --output dist       into dist/twig-1.2.0.tar
  skep build --unpack                    into the folder twig-1.2.0, to look at
  skep build --organization acme         by the rules of a private package")]
pub(crate) struct BuildArgs {
    /// Folder of the project
    #[arg(value_name = "FOLDER", default_value = ".", hide_default_value = true)]
    pub(crate) folder: PathBuf,
    /// File to write, or a folder for it; the folder to write with --unpack [default: NAME-VERSION.tar, or NAME-VERSION
    /// with --unpack]
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// Unpack the package instead of keeping the tarball
    #[arg(long)]
    pub(crate) unpack: bool,
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
}
