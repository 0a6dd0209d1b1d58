//! `skep organization policy …`

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use hex_format::name::{PackageName, RepositoryName};
use hex_format::requirement::Requirement;
use skep_client::api::{RetiredFor, Severity};

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub(crate) enum OrganizationPolicyCommand {
    /// List the policies
    #[command(after_help = "Examples:\n  skep organization policy acme list")]
    List,
    /// Show a policy
    #[command(after_help = "Examples:\n  skep organization policy acme show strict\n  \
                            skep organization policy acme show strict --json > strict.json")]
    Show {
        /// Name of the policy
        #[arg(value_name = "POLICY")]
        name: String,
    },
    /// Make a policy, which is published at once
    #[command(after_help = "Examples:\n  \
        skep organization policy acme create strict --cooldown 7d --advisory-min-severity high\n  \
        skep organization policy acme create strict --file strict.toml\n  \
        skep organization policy acme create ours --repository acme --deny 'old_lib@< 2.0.0'")]
    Create(OrganizationPolicyArgs),
    /// Change a policy, which is published at once
    ///
    /// What no option names stays as it is. From a file, what is said about a repository takes the place of all that was
    /// said about it.
    #[command(after_help = "Examples:\n  \
        skep organization policy acme update strict --cooldown 2w --allow phoenix\n  \
        skep organization policy acme update strict --advisory-min-severity '' --drop phoenix\n  \
        skep organization policy acme update strict --file - < strict.json")]
    Update(OrganizationPolicyArgs),
    /// Delete a policy: projects that name it can resolve nothing from then on
    #[command(after_help = "Examples:\n  skep organization policy acme delete strict --yes")]
    Delete {
        /// Name of the policy
        #[arg(value_name = "POLICY")]
        name: String,
    },
}

/// A policy, by options or from a file.
#[derive(Debug, Args)]
pub(crate) struct OrganizationPolicyArgs {
    /// Name of the policy
    #[arg(value_name = "POLICY")]
    pub(crate) name: String,
    /// Read the policy from a file, in TOML or JSON with the fields of `show --json`; - is standard input
    #[arg(long, value_name = "FILE",
          conflicts_with_all = ["repository", "cooldown", "severity", "reasons", "allow", "deny", "drop"])]
    pub(crate) file: Option<PathBuf>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Who may use it: private (members) or public (everyone)
    #[arg(long, value_name = "WHO", hide_possible_values = true, value_parser = ["private", "public"])]
    pub(crate) visibility: Option<String>,
    /// Whose packages the following options are about: hexpm, or the organization
    #[arg(long, value_name = "REPOSITORY", default_value = "hexpm")]
    pub(crate) repository: RepositoryName,
    /// Refuse releases younger than this: a number with d, w or mo, or 0; an empty text lifts it
    #[arg(long, value_name = "AGE")]
    pub(crate) cooldown: Option<String>,
    /// Refuse releases with an advisory at least this bad: low, medium, high or critical; an empty text lifts it
    #[arg(long = "advisory-min-severity", value_name = "SEVERITY", value_parser = severity)]
    pub(crate) severity: Option<Lifted<Severity>>,
    /// Refuse releases that were retired for one of these reasons, with commas between: other, invalid, security,
    /// deprecated, renamed; an empty text lifts it
    #[arg(long = "retirement-reasons", value_name = "REASONS", value_parser = reasons)]
    pub(crate) reasons: Option<Reasons>,
    /// Permit a package, or its versions that meet a requirement, past every limit; can be given several times
    #[arg(long, value_name = "PACKAGE[@REQUIREMENT]")]
    pub(crate) allow: Vec<OverrideArg>,
    /// Refuse a package, or its versions that meet a requirement; can be given several times
    #[arg(long, value_name = "PACKAGE[@REQUIREMENT]")]
    pub(crate) deny: Vec<OverrideArg>,
    /// Make no exception for a package any more; can be given several times
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) drop: Vec<PackageName>,
}

/// A value, or that there is to be none any more.
#[derive(Debug, Clone)]
pub(crate) struct Lifted<T>(pub(crate) Option<T>);

/// Reasons for retirement.
#[derive(Debug, Clone)]
pub(crate) struct Reasons(pub(crate) Vec<RetiredFor>);

fn severity(text: &str) -> Result<Lifted<Severity>, String> {
    if text.is_empty() {
        return Ok(Lifted(None));
    }
    let found = Severity::parse(text);
    found
        .map(|severity| Lifted(Some(severity)))
        .ok_or_else(|| format!("expected one of {}", Severity::WORDS.join(", ")))
}

fn reasons(text: &str) -> Result<Reasons, String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let found: Option<Vec<RetiredFor>> = words.map(RetiredFor::parse).collect();
    found.map(Reasons).ok_or_else(|| format!("expected some of {}", RetiredFor::WORDS.join(", ")))
}

/// A package, or some of its versions.
#[derive(Debug, Clone)]
pub(crate) struct OverrideArg {
    pub(crate) package: PackageName,
    pub(crate) requirement: Option<String>,
}

impl FromStr for OverrideArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (package, requirement) = match text.split_once('@') {
            Some((package, requirement)) => (package, Some(requirement.trim())),
            None => (text, None),
        };
        if let Some(requirement) = requirement {
            requirement.parse::<Requirement>().map_err(|error| error.to_string())?;
        }
        Ok(Self {
            package: package.trim().parse().map_err(|error| format!("{package:?}: {error}"))?,
            requirement: requirement.map(str::to_owned),
        })
    }
}
