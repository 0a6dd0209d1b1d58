//! `skep outdated`, `skep audit` and `skep policy`: what the registry says about a lock file.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use hex_project::audit::ignores::IgnoredRetirement;
use skep_client::package_ref::PackageRef;

/// Which project is meant.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct LockArgs {
    /// Lock file to read [default: mix.lock, rebar.lock and manifest.toml in this folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) lock: Option<PathBuf>,
}

/// Newer versions.
#[derive(Debug, Args)]
#[command(after_help = "\
The exit code is 1 if something is outdated; with --within-requirements only if it could be updated. What is held back \
by a cooldown does not count. What this project asks for is read from gleam.toml, and from mix.exs and rebar.config, of \
all applications of an umbrella, where it stands there as plain text: neither is run.

Examples:
  skep outdated                     all dependencies of this project
  skep outdated phoenix             who asks for which versions of phoenix
  skep outdated --within-requirements --json")]
pub(crate) struct OutdatedArgs {
    /// Dependency to look at, with everything that is asked of it [default: all of them]
    #[arg(value_name = "PACKAGE")]
    pub(crate) app: Option<String>,
    #[command(flatten)]
    pub(crate) lock: LockArgs,
    /// Show what only other dependencies ask for, too
    #[arg(long)]
    pub(crate) all: bool,
    /// Show only dependencies for these environments, separated by commas: dev,test
    #[arg(long, value_name = "ENVIRONMENTS", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Count pre-releases, too
    #[arg(long)]
    pub(crate) pre: bool,
    /// Fail only if an update to the newest version is possible
    #[arg(long)]
    pub(crate) within_requirements: bool,
    /// Count only releases that are not retired
    #[arg(long)]
    pub(crate) skip_retired: bool,
    /// Order of the table [default: by name]
    #[arg(long, value_name = "COLUMN", value_enum)]
    pub(crate) sort: Option<OutdatedOrder>,
}

/// Order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutdatedOrder {
    /// Those that can be updated last, where the eye is.
    Status,
}

/// Retired releases and advisories.
#[derive(Debug, Args)]
#[command(after_help = "\
A release that the registry does not have, or has with another checksum than the lock file, is found, too.

The exit code is 1 if something is found that is neither ignored nor accepted.

Examples:
  skep audit
  skep audit --ignore-advisory CVE-2026-32686 --ignore-retirement decimal@1.9.0
  skep audit --format sarif --output audit.sarif
  skep audit --policy --use-policy hexpm:acme/strict")]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) lock: LockArgs,
    /// Format of the report; --json is short for --format json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = AuditFormat::Human)]
    pub(crate) format: AuditFormat,
    /// Write the report to a file
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Do not count an advisory, by any of its identifiers; can be given several times [env: HEX_IGNORE_ADVISORIES; then
    /// ignore_advisories in hex.config]
    #[arg(long, value_name = "ID")]
    pub(crate) ignore_advisory: Vec<String>,
    /// Do not count a retired package, NAME or NAME@VERSION; can be given several times [env: HEX_IGNORE_RETIREMENTS; then
    /// ignore_retirements in hex.config]
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) ignore_retirement: Vec<IgnoredRetirement>,
    /// Accept what overrides of the active policy accept
    #[arg(long, conflicts_with = "policy")]
    pub(crate) policy_overrides: bool,
    /// Report only what the active policy refuses
    #[arg(long)]
    pub(crate) policy: bool,
    #[command(flatten)]
    pub(crate) active: PolicyArgs,
}

/// What a report looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for code scanning services.
    Sarif,
}

/// Which policy is active.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PolicyArgs {
    /// Policy to follow [env: HEX_POLICY; then policy in hex.config]
    #[arg(long, value_name = "REPOSITORY/NAME")]
    pub(crate) use_policy: Option<String>,
}

/// What can be asked about a policy.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Show what the active policy forbids and accepts
    #[command(after_help = "\
Examples:
  skep policy show
  skep policy show --use-policy hexpm:acme/strict --json")]
    Show {
        #[command(flatten)]
        active: PolicyArgs,
    },
    /// Say for each version of a package whether the active policy permits it, and why not
    #[command(after_help = "\
Examples:
  skep policy why phoenix
  skep policy why acme/billing")]
    Why {
        /// Name of the package, or ORGANIZATION/PACKAGE, or REPO:PACKAGE
        #[arg(value_name = "PACKAGE")]
        package: PackageRef,
        #[command(flatten)]
        active: PolicyArgs,
    },
}
