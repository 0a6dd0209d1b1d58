//! `skep gleam update`

use anyhow::{Result, bail};
use hex_project::gleam::{Plan, Project, Unlock};
use skep_client::deps::GleamCache;

use super::registry::Registry;
use super::resolve;
use crate::args::GleamUpdateArgs;
use crate::commands::context::{Context, block_on};

pub(super) fn run(
    context: &Context,
    project: &Project,
    cache: &GleamCache,
    args: &GleamUpdateArgs,
) -> Result<()> {
    let locked =
        |name| project.manifest.as_ref().is_some_and(|manifest| manifest.packages.contains_key(name));
    if let Some(unknown) = args.packages.iter().find(|name| !locked(name)) {
        bail!("{unknown} is not in manifest.toml: add it with `skep gleam add {unknown}`");
    }
    let unlock = match args.packages.is_empty() {
        true => Unlock::All,
        false => Unlock::Packages(args.packages.iter().cloned().collect()),
    };
    block_on(async {
        let mut registry = Registry::new(context);
        let plan = Plan::new(project, project.config.clone(), &unlock)?;
        let resolved = resolve::resolve(context, project, &plan, &mut registry).await?;
        resolve::finish(project, &plan, project.edit()?, &resolved, &mut registry, cache).await
    })
}
