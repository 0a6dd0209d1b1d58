//! `skep gleam add`

use anyhow::{Result, bail};
use hex_format::name::PackageName;
use hex_project::gleam::{Plan, Project, ProjectError, Specifier, Unlock};
use skep_client::deps::GleamCache;

use super::registry::Registry;
use super::resolve;
use crate::args::GleamAddArgs;
use crate::commands::context::{Context, block_on};

pub(super) fn run(
    context: &Context,
    project: &Project,
    cache: &GleamCache,
    args: &GleamAddArgs,
) -> Result<()> {
    check(project, args)?;
    block_on(async {
        let mut registry = Registry::new(context);
        let repository = match (&args.repo, &args.organization) {
            (None, None) => None,
            (repo, organization) => Some(registry.called(repo.as_deref(), organization.as_ref()).await?),
        };
        // First with what is wanted, then, when versions are known, with what is to be written.
        let mut edit = project.edit()?;
        for Specifier { name, wanted, .. } in &args.packages {
            edit.require(name, wanted, args.dev).map_err(project.problem())?;
            if let Some(repository) = &repository {
                edit.record(name, repository).map_err(project.problem())?;
            }
        }
        let plan = Plan::new(project, edit.config().map_err(project.problem())?, &Unlock::nothing())?;
        let resolved = resolve::resolve(&plan, &mut registry).await?;
        for specifier in &args.packages {
            let requirement = specifier.requirement(resolved.version(&specifier.name)?);
            edit.require(&specifier.name, &requirement, args.dev).map_err(project.problem())?;
        }
        resolve::finish(project, &plan, edit, &resolved, &mut registry, cache).await
    })
}

fn check(project: &Project, args: &GleamAddArgs) -> Result<()> {
    let names = || args.packages.iter().map(|package| &package.name);
    if names().any(|name| *name == project.config.name) {
        bail!("{} is this project itself", project.config.name);
    }
    let elsewhere = match args.dev {
        true => &project.config.dependencies,
        false => &project.config.dev_dependencies,
    };
    match names().find(|name: &&PackageName| elsewhere.contains_key(*name)) {
        Some(name) => Err(ProjectError::Duplicate(name.clone()).into()),
        None => Ok(()),
    }
}
