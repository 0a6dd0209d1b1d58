//! `skep package diff`: what changed between two versions, by our own comparison or by a command of the user's.

pub(super) mod report;
mod tool;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use hex_format::version::Version;
use hex_project::contents::{self, Contents};
use hex_project::diff::changes;
use skep_client::deps::LockFile;
use skep_client::package_ref::PackageRef;

use crate::args::DiffArgs;
use crate::commands::context::{Context, block_on};
use crate::commands::source::{Source, choose};
use crate::finding::Finding;
use crate::output::options::options;
use report::{Difference, Form};

/// One of the two sides.
struct Side {
    /// What it is called in the output.
    name: String,
    files: Files,
}

enum Files {
    Tarball(Vec<u8>),
    Folder(PathBuf),
}

/// Exits with 1 if there are differences.
pub(super) fn run(context: &Context, args: DiffArgs) -> Result<()> {
    let package = args.place.of(&args.package)?;
    let (before, after) = match (args.first.to, args.second) {
        (Some(_), Some(_)) => {
            bail!("three versions can't be compared: say VERSION1..VERSION2 or VERSION1 VERSION2")
        }
        (Some(to), None) | (None, Some(to)) => between(context, &package, &args.first.from, &to)?,
        (None, None) => since_locked(context, &package, &args.first.from)?,
    };
    if !args.stat
        && !options().json
        && let Some(command) = args.tool.or(set_command(context)?)
    {
        return tool::run(&command, &before, &after);
    }
    let (old, new) = read(&before, &after)?;
    let changes = changes(&old, &new);
    let different = !changes.is_empty();
    let form = if args.stat { Form::Summary } else { Form::Patch };
    Difference { package, before: before.name, after: after.name, changes, form }.print()?;
    if different { Err(Finding.into()) } else { Ok(()) }
}

/// The command that `HEX_DIFF_COMMAND` or `hex.config` names.
fn set_command(context: &Context) -> Result<Option<String>> {
    Ok(context.settings()?.text("diff_command").map(|(command, _)| command))
}

fn between(context: &Context, package: &PackageRef, from: &Version, to: &Version) -> Result<(Side, Side)> {
    block_on(async {
        let source = Source::open(context, &package.place, None).await?;
        let found = source.package(&package.package).await?;
        let (from, to) = (choose(&found, Some(from))?, choose(&found, Some(to))?);
        let side = async |release: &hex_registry::package::Release| {
            let tarball = source.tarball(&package.package, release).await?;
            anyhow::Ok(Side::of_version(package, &release.version, tarball))
        };
        Ok((side(from).await?, side(to).await?))
    })
}

/// From what the project in this folder has: the folder of the dependency, which may have been changed by hand, else the
/// version in the lock file.
fn since_locked(context: &Context, package: &PackageRef, to: &Version) -> Result<(Side, Side)> {
    let lock = LockFile::first(Path::new("."))?.with_context(|| {
        format!("there is no lock file in this folder: say two versions, such as {package} 1.0.0..{to}")
    })?;
    let name = package.package.as_str();
    let locked =
        lock.release(&package.place.name(), name).or_else(|| lock.releases().find(|(app, _)| *app == name));
    let (app, locked) =
        locked.with_context(|| format!("{} has no {package}: say two versions", lock.tool.lock_file()))?;
    let package = PackageRef {
        place: locked.repository.as_deref().map_or_else(|| Ok(package.place.clone()), str::parse)?,
        package: locked.name.clone(),
    };
    let folder = Path::new(lock.tool.dependencies()).join(app);
    if !folder.is_dir() {
        return between(context, &package, &locked.version, to);
    }
    let after = block_on(async {
        let source = Source::open(context, &package.place, None).await?;
        let found = source.package(&package.package).await?;
        let release = choose(&found, Some(to))?;
        let tarball = source.tarball(&package.package, release).await?;
        Ok(Side::of_version(&package, &release.version, tarball))
    })?;
    Ok((Side { name: folder.display().to_string(), files: Files::Folder(folder) }, after))
}

impl Side {
    fn of_version(package: &PackageRef, version: &str, tarball: Vec<u8>) -> Self {
        Self { name: format!("{}-{version}", package.package), files: Files::Tarball(tarball) }
    }
}

/// The files of both sides.
fn read(before: &Side, after: &Side) -> Result<(Contents, Contents)> {
    let tarball = |side: &Side| match &side.files {
        Files::Tarball(bytes) => contents::of_tarball(bytes).with_context(|| side.name.clone()),
        Files::Folder(folder) => Ok(contents::of_folder(folder, &Contents::new())?),
    };
    let new = tarball(after)?;
    let old = match &before.files {
        Files::Folder(folder) => contents::of_folder(folder, &new)?,
        Files::Tarball(_) => tarball(before)?,
    };
    Ok((old, new))
}
