//! `skep gleam download`

use anyhow::Result;
use hex_project::gleam::{Changes, Plan, Project, Unlock};
use skep_client::deps::GleamCache;

use super::registry::Registry;
use super::report::Outcome;
use super::resolve;
use crate::commands::context::{Context, block_on};
use crate::output;

pub(super) fn run(context: &Context, project: &Project, cache: &GleamCache) -> Result<()> {
    let plan = Plan::new(project, project.config.clone(), &Unlock::nothing())?;
    let mut registry = Registry::new(context);
    block_on(async {
        if !plan.is_settled()? {
            let resolved = resolve::resolve(context, project, &plan, &mut registry).await?;
            return resolve::finish(project, &plan, project.edit()?, &resolved, &mut registry, cache).await;
        }
        let fetched = registry.fill(cache, &project.locked_tarballs(&project.config)).await?;
        project.mark_folders(&project.config)?;
        output::report(&Outcome::new(&Changes::default(), &project.config, &project.config, fetched))
    })
}
