//! `skep docs …`: documentation on this machine, in the folders of `mix hex.docs`, and at the server.

mod fetch;
mod list;
mod open;
mod store;

use std::path::Path;

use anyhow::Result;
use hex_format::version::Version;
use skep_client::deps::LockFile;
use skep_client::package_ref::PackageRef;

use super::context::Context;
use super::publish;
use crate::args::{DocsCommand, OpenDocsArgs};

pub(crate) fn run(context: &Context, command: DocsCommand) -> Result<()> {
    match command {
        DocsCommand::Fetch(args) => fetch::run(context, &args),
        DocsCommand::Open(args) => open::run(context, &args),
        DocsCommand::Offline(args) => {
            open::run(context, &OpenDocsArgs { offline: true, online: false, ..args })
        }
        DocsCommand::Online(args) => {
            open::run(context, &OpenDocsArgs { online: true, offline: false, ..args })
        }
        DocsCommand::List => list::run(context),
        DocsCommand::Publish(args) => publish::docs_only(context, &args),
    }
}

/// The version that was asked for, else the one that the lock file in this folder has. `package` gets the repository that
/// the lock file names, unless one was said.
fn wanted(package: &mut PackageRef, version: Option<&Version>, latest: bool) -> Result<Option<Version>> {
    if version.is_some() || latest {
        return Ok(version.cloned());
    }
    let Some(lock) = LockFile::first(Path::new("."))? else { return Ok(None) };
    let name = package.package.as_str();
    let unsaid = package.place.name() == "hexpm";
    let same_name = || lock.releases().find(|(_, release)| unsaid && release.name.as_str() == name);
    let Some((_, locked)) = lock.release(&package.place.name(), name).or_else(same_name) else {
        return Ok(None);
    };
    if let Some(repository) = &locked.repository {
        package.place = repository.parse()?;
    }
    Ok(Some(locked.version.clone()))
}
