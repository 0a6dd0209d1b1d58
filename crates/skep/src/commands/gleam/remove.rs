//! `skep gleam remove`: nothing is resolved anew, and nobody is asked.

use anyhow::{Result, bail};
use hex_project::gleam::{Changes, Manifest, Project};

use super::report::Outcome;
use crate::args::GleamRemoveArgs;
use crate::output;

pub(super) fn run(project: &Project, args: &GleamRemoveArgs) -> Result<()> {
    let mut edit = project.edit()?;
    for name in &args.packages {
        if !edit.remove(name) {
            bail!("{name} is not a dependency of {}", project.config.name);
        }
    }
    let config = edit.config().map_err(project.problem())?;
    let old = project.manifest.as_ref();
    let new = match old {
        Some(manifest) => Some(manifest.reduced(config.requirements()?)),
        None => None,
    };
    let gone = |name| !new.as_ref().is_some_and(|manifest: &Manifest| manifest.packages.contains_key(name));
    for name in config.repositories.keys().filter(|name| gone(name)) {
        edit.forget(name);
    }
    project.write(&edit, new.as_ref())?;
    project.forget_build();
    let changes = new.as_ref().map(|new| Changes::between(old, new)).unwrap_or_default();
    output::report(&Outcome::new(&changes, &project.config, &config, 0))
}
