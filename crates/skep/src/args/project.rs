//! Which project is built, and for whom: options that building and publishing share.

use clap::Args;
use hex_format::name::{OrganizationName, PackageName};
use hex_project::build::BuildTool;

/// A project and the repository that its package is for.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ProjectArgs {
    /// Organization that the package is for; hexpm is the public repository [default: the one in mix.exs, else the public one]
    #[arg(long, visible_alias = "organisation", value_name = "ORGANIZATION")]
    pub(crate) organization: Option<OrganizationName>,
    /// Application to build, where a rebar3 project has several
    #[arg(long, short, value_name = "APP")]
    pub(crate) app: Option<String>,
    /// Build tool, where the folder has projects of several: gleam, mix or rebar3
    #[arg(long, value_name = "TOOL", value_parser = build_tool)]
    pub(crate) build_tool: Option<BuildTool>,
    /// Dependency that is a package of the organization, in a Gleam or rebar3 project; can be given several times
    #[arg(long = "private-dependency", value_name = "PACKAGE")]
    pub(crate) private_dependencies: Vec<PackageName>,
}

pub(super) fn build_tool(name: &str) -> Result<BuildTool, String> {
    let tool = BuildTool::ALL.into_iter().find(|tool| tool.name() == name);
    tool.ok_or_else(|| format!("it is one of {}", BuildTool::ALL.map(BuildTool::name).join(", ")))
}
