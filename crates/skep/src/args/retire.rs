//! `skep retire` and `skep unretire`

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use hex_format::version::Version;
use hex_registry::package::RetirementReason;
use skep_client::package_ref::PackageRef;

use super::PlaceArgs;

/// Retiring.
#[derive(Debug, Args)]
#[command(after_help = "\
Reasons:
  deprecated  the package is no longer maintained
  invalid     the release is broken
  other       see the message
  renamed     the package has another name now
  security    the release has a security problem

Examples:
  skep retire my_lib 1.2.0 security --message \"CVE-2026-1234, fixed in 1.2.1\"
  skep retire my_lib --all renamed --message \"use their_lib\"
  skep retire acme/secret 1.2.0 --unretire")]
pub(crate) struct RetireArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageRef,
    /// Version to retire
    #[arg(value_name = "VERSION", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) version: Option<Version>,
    /// Why: deprecated, invalid, other, renamed or security
    #[arg(value_name = "REASON", value_parser = reason(), hide_possible_values = true)]
    #[arg(required_unless_present_any = ["unretire", "all"], conflicts_with_all = ["unretire", "all"])]
    pub(crate) reason: Option<RetirementReason>,
    /// What users are told, at most 140 characters
    #[arg(
        long,
        short,
        value_name = "TEXT",
        required_unless_present = "unretire",
        conflicts_with = "unretire"
    )]
    pub(crate) message: Option<String>,
    /// Retire every release of the package for this reason
    #[arg(long, value_name = "REASON", value_parser = reason(), hide_possible_values = true)]
    pub(crate) all: Option<RetirementReason>,
    /// With --all: also those that are retired already
    #[arg(long, requires = "all")]
    pub(crate) replace: bool,
    /// Take the retirement back
    #[arg(long, conflicts_with = "all")]
    pub(crate) unretire: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// Taking it back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  skep unretire my_lib 1.2.0")]
pub(crate) struct UnretireArgs {
    /// Name of the package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PackageRef,
    /// Version that is retired
    #[arg(value_name = "VERSION")]
    pub(crate) version: Version,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// The reasons, so that a wrong one is answered with those that there are and completed by shells.
fn reason() -> impl TypedValueParser<Value = RetirementReason> {
    PossibleValuesParser::new(RetirementReason::ALL.map(RetirementReason::as_str))
        .map(|word| word.parse().expect("invariant: only reasons are possible values"))
}
