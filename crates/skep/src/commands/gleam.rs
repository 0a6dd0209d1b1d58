//! `skep gleam …`: dependencies of a Gleam project from any repository.

mod add;
mod download;
mod registry;
mod remove;
mod report;
mod resolve;
mod update;

use anyhow::{Context as _, Result};
use hex_project::gleam::Project;
use skep_client::deps::GleamCache;

use super::context::Context;
use crate::args::GleamCommand;

pub(crate) fn run(context: &Context, command: GleamCommand) -> Result<()> {
    let here = std::env::current_dir().context("cannot find the current folder")?;
    let project = Project::find(&here)?;
    let cache = GleamCache::discover(|name| std::env::var_os(name))?;
    match command {
        GleamCommand::Add(args) => add::run(context, &project, &cache, &args),
        GleamCommand::Update(args) => update::run(context, &project, &cache, &args),
        GleamCommand::Remove(args) => remove::run(&project, &args),
        GleamCommand::Download => download::run(context, &project, &cache),
    }
}
