//! `skep deps …`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use hex_format::name::PackageName;

/// What can be done with the dependencies of a project.
#[derive(Debug, Subcommand)]
pub(crate) enum DepsCommand {
    /// Fetch the locked dependencies into the cache of mix, rebar3 or Gleam, verified
    #[command(after_help = "\
The tool then finds everything there, also without a network. What is there already is checked and kept.

Exit code 1 if something could not be fetched, or with --check if something is missing.

Examples:
  skep deps fetch && HEX_OFFLINE=1 mix deps.get
  skep deps fetch --lock backend/mix.lock --lock worker/rebar.lock
  skep deps fetch --check --json")]
    Fetch(DepsFetchArgs),
    /// List the locked dependencies
    #[command(after_help = "\
Examples:
  skep deps list
  skep deps list --json | jq -r '.[].dependencies[].name'")]
    List(DepsLockArgs),
    /// Show what depends on what
    #[command(after_help = "\
What was shown above is marked with (*) and not shown again. At the top is what the project asks for itself, by the \
lock file (rebar3, Gleam) or by mix.exs where it says so in plain text, and what nothing depends on.

Examples:
  skep deps tree --depth 1
  skep deps tree --invert plug")]
    Tree(TreeArgs),
    /// Show why a package is there: the shortest ways from the top to it
    #[command(after_help = "\
Exit code 1 if the package is not a dependency.

Examples:
  skep deps why telemetry")]
    Why(WhyArgs),
    /// Show the licences of the dependencies, and check them
    #[command(after_help = "\
Licences are those that packages state, by their names in SPDX. Of several each has to be allowed, \
because nothing says that one may choose; an expression with OR says so. A licence that is not \
understood is shown as it is stated.

Exit code 1 if a licence is not allowed.

Examples:
  skep deps licenses
  skep deps licenses --allow MIT,Apache-2.0,ISC --except our_package
  skep deps licenses --deny GPL-3.0-only --deny AGPL-3.0-only
  skep deps licenses --csv > licenses.csv")]
    Licenses(LicensesArgs),
    /// Show which dependencies ask for support, by their link called Sponsor
    #[command(after_help = "\
Examples:
  skep deps sponsors")]
    Sponsors(DepsLockArgs),
    /// Write a bill of materials as CycloneDX or SPDX
    #[command(after_help = "\
The same lock file gives the same document if SOURCE_DATE_EPOCH is set, which is then its time.

Examples:
  skep deps sbom -o bom.json
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) skep deps sbom --format spdx")]
    Sbom(SbomArgs),
}

/// Which lock files.
#[derive(Debug, Args)]
pub(crate) struct DepsLockArgs {
    /// Lock file: mix.lock, rebar.lock or manifest.toml; can be given several times [default: all in this folder]
    #[arg(long = "lock", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// Fetching.
#[derive(Debug, Args)]
pub(crate) struct DepsFetchArgs {
    #[command(flatten)]
    pub(crate) lock: DepsLockArgs,
    /// Fetch nothing, and say what is missing
    #[arg(long)]
    pub(crate) check: bool,
}

/// A tree.
#[derive(Debug, Args)]
pub(crate) struct TreeArgs {
    #[command(flatten)]
    pub(crate) lock: DepsLockArgs,
    /// Levels to show below the top
    #[arg(long, value_name = "LEVELS")]
    pub(crate) depth: Option<usize>,
    /// Show what depends on this package instead
    #[arg(long, short, value_name = "PACKAGE")]
    pub(crate) invert: Option<String>,
}

/// Ways to a package.
#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// Name of the package, or of its application
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: String,
    #[command(flatten)]
    pub(crate) lock: DepsLockArgs,
}

/// Licences.
#[derive(Debug, Args)]
pub(crate) struct LicensesArgs {
    #[command(flatten)]
    pub(crate) lock: DepsLockArgs,
    /// Licences that are fine, separated by commas; all others are not
    #[arg(long, value_name = "LICENSES", value_delimiter = ',')]
    pub(crate) allow: Vec<String>,
    /// Licences that are not fine, separated by commas
    #[arg(long, value_name = "LICENSES", value_delimiter = ',')]
    pub(crate) deny: Vec<String>,
    /// Packages whose licences are not checked, separated by commas
    #[arg(long, value_name = "PACKAGES", value_delimiter = ',')]
    pub(crate) except: Vec<PackageName>,
    /// Print a line of comma-separated values for each package
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
}

/// A bill of materials.
#[derive(Debug, Args)]
pub(crate) struct SbomArgs {
    #[command(flatten)]
    pub(crate) lock: DepsLockArgs,
    /// Kind of document: cyclonedx (1.6) or spdx (2.3), both as JSON
    #[arg(long, value_name = "FORMAT", hide_possible_values = true, default_value = "cyclonedx")]
    pub(crate) format: SbomFormat,
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Name of the project [default: that in gleam.toml, else that of the folder]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Version of the project [default: that in gleam.toml]
    #[arg(long, value_name = "VERSION")]
    pub(crate) project_version: Option<String>,
}

/// Kinds of bills of materials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SbomFormat {
    /// CycloneDX 1.6.
    Cyclonedx,
    /// SPDX 2.3.
    Spdx,
}
