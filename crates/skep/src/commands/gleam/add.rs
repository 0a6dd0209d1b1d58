//! `skep gleam add`

use anyhow::{Result, bail};
use hex_format::name::PackageName;
use hex_project::gleam::{Plan, Project, ProjectError, Unlock};
use skep_client::deps::GleamCache;
use skep_client::package_ref::Place;

use super::registry::Registry;
use super::resolve;
use crate::args::{GleamAddArgs, PlacedSpecifier};
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
        let for_all = match (&args.repo, &args.organization) {
            (None, None) => None,
            (repo, organization) => Some(registry.called(repo.as_deref(), organization.as_ref()).await?),
        };
        // First with what is wanted, then, when versions are known, with what is to be written.
        let mut edit = project.edit()?;
        for PlacedSpecifier { place, specifier } in &args.packages {
            edit.require(&specifier.name, &specifier.wanted, args.dev).map_err(project.problem())?;
            let repository = match (&for_all, *place == Place::default()) {
                (for_all, true) => for_all.clone(),
                (None, false) => {
                    Some(registry.called(place.repo.as_deref(), place.organization.as_ref()).await?)
                }
                (Some(for_all), false) => {
                    bail!(
                        "{} is to be taken from {place} and from {for_all}: say one of them",
                        specifier.name
                    )
                }
            };
            if let Some(repository) = &repository {
                edit.record(&specifier.name, repository).map_err(project.problem())?;
            }
        }
        let plan = Plan::new(project, edit.config().map_err(project.problem())?, &Unlock::nothing())?;
        let resolved = resolve::resolve(context, project, &plan, &mut registry).await?;
        for PlacedSpecifier { specifier, .. } in &args.packages {
            let requirement = specifier.requirement(resolved.version(&specifier.name)?);
            edit.require(&specifier.name, &requirement, args.dev).map_err(project.problem())?;
        }
        resolve::finish(project, &plan, edit, &resolved, &mut registry, cache).await
    })
}

fn check(project: &Project, args: &GleamAddArgs) -> Result<()> {
    let names = || args.packages.iter().map(|package| &package.specifier.name);
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
