//! `skep publish` and `skep revert`

use std::path::{Path, PathBuf};

use clap::Args;
use clap::error::ErrorKind;
use hex_format::version::Version;
use skep_client::package_ref::PackageRef;

use super::{PlaceArgs, ProjectArgs};

/// Publishing.
#[derive(Debug, Args)]
#[command(
    override_usage = "skep publish [OPTIONS] [package|docs] [FOLDER|FILE]",
    after_help = "\
Examples:
  skep publish                                    this project, with documentation
  skep publish --organization acme                to a private repository
  skep publish --dry-run                          everything but the upload
  skep publish package ../twig                    without documentation
  skep publish docs --doc-dir build/html          documentation alone
  skep publish twig-1.2.0.tar --yes               a tarball that was built before
  skep publish --revert 1.2.0                     take a release of this project back"
)]
pub(crate) struct PublishArgs {
    /// What to publish: package or docs [default: the package and its documentation, which the project's tool builds if it is
    /// there]
    #[arg(value_name = "package|docs", value_hint = clap::ValueHint::AnyPath)]
    first: Option<PathBuf>,
    /// Folder of the project, or a tarball as skep build, mix hex.build, rebar3 hex build or gleam export hex-tarball make it
    /// [default: this folder]
    #[arg(value_name = "FOLDER|FILE", value_hint = clap::ValueHint::AnyPath)]
    second: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
    /// Build and check everything, but neither sign in nor upload
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take the place of an earlier upload of the same version
    #[arg(long)]
    pub(crate) replace: bool,
    /// Folder of the documentation, which is not built then [default: where the build tool leaves it]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) doc_dir: Option<PathBuf>,
    /// Do not publish documentation
    #[arg(long, conflicts_with = "doc_dir")]
    pub(crate) no_docs: bool,
    /// Take this version of the package back instead, or its documentation alone with docs
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["dry_run", "replace", "doc_dir", "no_docs"])]
    pub(crate) revert: Option<Version>,
}

/// What is to be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// The package, and documentation if there is some.
    Both,
    /// The package alone.
    Package,
    /// The documentation alone.
    Docs,
}

impl PublishArgs {
    /// What to publish, and of which folder or file. The first word is `package`, `docs` or already the folder: one that
    /// is called like that is named `./docs`.
    pub(crate) fn what(&self) -> (What, &Path) {
        let here = Path::new(".");
        let what = match self.first.as_deref().and_then(Path::to_str) {
            Some("package") => What::Package,
            Some("docs") => What::Docs,
            _ if self.second.is_some() => {
                let text = "only package or docs can stand before the folder or file";
                clap::Error::raw(ErrorKind::InvalidValue, format!("{text}\n")).exit()
            }
            _ => return (self.without_docs(What::Both), self.first.as_deref().unwrap_or(here)),
        };
        (self.without_docs(what), self.second.as_deref().unwrap_or(here))
    }

    fn without_docs(&self, what: What) -> What {
        if self.no_docs && what == What::Both { What::Package } else { what }
    }
}

/// Documentation alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  skep docs publish
  skep docs publish ../twig --organization acme")]
pub(crate) struct PublishDocsArgs {
    /// Folder of the project, or its tarball
    #[arg(value_name = "FOLDER|FILE", default_value = ".", hide_default_value = true)]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
    /// Folder of the documentation, which is not built then [default: where the build tool leaves it]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) doc_dir: Option<PathBuf>,
    /// Pack and check everything, but neither sign in nor upload
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Taking a release back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  skep revert twig 1.2.0
  skep revert acme/twig 1.2.0 --yes
  skep revert twig 1.2.0 --docs")]
pub(crate) struct RevertArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageRef,
    /// Version to take back
    #[arg(value_name = "VERSION")]
    pub(crate) version: Version,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Take back the documentation alone
    #[arg(long)]
    pub(crate) docs: bool,
}
