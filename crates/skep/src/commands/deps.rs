//! `skep deps`: the dependencies of a project, from its lock file alone.

mod fetch;
mod licenses;
mod list;
mod project;
mod sbom;
pub(super) mod source;
mod sponsors;
mod tree;
mod why;

use anyhow::Result;

use super::context::Context;
use crate::args::DepsCommand;

pub(super) fn run(context: &Context, command: DepsCommand) -> Result<()> {
    match command {
        DepsCommand::Fetch(args) => fetch::run(context, &args),
        DepsCommand::List(args) => list::run(&args),
        DepsCommand::Tree(args) => tree::run(&args),
        DepsCommand::Why(args) => why::run(&args),
        DepsCommand::Licenses(args) => licenses::run(&args),
        DepsCommand::Sponsors(args) => sponsors::run(&args),
        DepsCommand::Sbom(args) => sbom::run(context, args),
    }
}
