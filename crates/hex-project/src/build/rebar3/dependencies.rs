//! What a rebar3 application depends on: the packages at the top of `rebar.lock`, with the requirements of `rebar.config`.
//!
//! A dependency without a requirement gets one from the locked version, as rebar3_hex does it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use hex_format::erlang::{self, Limits, Profile};
use hex_format::lock::{self, LockEntry, LockSource, rebar};
use hex_format::metadata::DraftDependency;
use hex_format::name::RepositoryName;
use hex_format::term::Term;

use super::{Project, text};
use crate::build::{BuildError, read_optional};
use crate::declared::Rebar3Dependency as Declared;

/// The dependencies of the package, sorted by name.
pub(super) fn requirements(project: &Project) -> Result<Vec<DraftDependency>, BuildError> {
    let declared: Vec<Declared> = project.config().dependencies().iter().filter_map(Declared::read).collect();
    let path = project.root.join("rebar.lock");
    let mut found = match read_optional(path.clone(), lock::MAX_BYTES as u64)? {
        Some(text) => from_lock(project, &declared, path, &text)?,
        None => from_config(&declared, path)?,
    };
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn from_lock(
    project: &Project,
    declared: &[Declared],
    path: PathBuf,
    text: &str,
) -> Result<Vec<DraftDependency>, BuildError> {
    let entries = rebar::parse(text).map_err(|error| BuildError::Lock(path.clone(), error))?;
    let top: BTreeSet<String> = top_level(text);
    let wanted = wanted(project, declared);
    let chosen: Vec<&LockEntry> = entries
        .iter()
        .filter(|entry| top.contains(&entry.app))
        .filter(|entry| wanted.as_ref().is_none_or(|wanted| wanted.contains(&entry.app)))
        .collect();
    let excluded: Vec<String> = chosen
        .iter()
        .filter(|entry| matches!(entry.source, LockSource::Other(_)))
        .map(|entry| entry.app.clone())
        .collect();
    if !excluded.is_empty() {
        return Err(BuildError::ExcludedDependencies(excluded));
    }
    if let Some(missing) = declared.iter().find(|dependency| !top.contains(&dependency.app)) {
        let reason = format!("it does not have the dependency {}: run `rebar3 lock` first", missing.app);
        return Err(BuildError::NotLocked(path, reason));
    }
    let hex = chosen.into_iter().filter_map(|entry| Some((entry, entry.release()?)));
    Ok(hex
        .map(|(entry, release)| {
            let given = declared.iter().find(|dependency| dependency.app == entry.app);
            let requirement = given.and_then(|dependency| dependency.requirement.clone());
            let locked = || format!("~> {}", release.version);
            dependency(release.name.as_str(), &entry.app, requirement.unwrap_or_else(locked))
        })
        .collect())
}

/// Which of the locked applications count: all, except in an umbrella project, whose lock is shared. There it is those
/// that the application's own `rebar.config` or `.app.src` names.
fn wanted(project: &Project, declared: &[Declared]) -> Option<BTreeSet<String>> {
    if !project.umbrella {
        return None;
    }
    let applications = ["applications", "included_applications", "optional_applications"];
    let named = applications
        .into_iter()
        .filter_map(|key| project.details.get_atom(key)?.as_list())
        .flatten()
        .filter_map(text);
    Some(declared.iter().map(|dependency| dependency.app.clone()).chain(named).collect())
}

/// The applications of level 0 in a lock file that was read without fault.
fn top_level(text: &str) -> BTreeSet<String> {
    let forms = erlang::parse(text, Profile::Config, &Limits::CONFIG).unwrap_or_default();
    let locks = match forms.first() {
        Some(Term::List(locks)) => locks.as_slice(),
        Some(Term::Tuple(versioned)) => versioned.get(1).and_then(Term::as_list).unwrap_or_default(),
        _ => &[],
    };
    locks
        .iter()
        .filter_map(Term::as_tuple)
        .filter(|lock| lock.get(2).and_then(Term::as_integer) == Some(0))
        .filter_map(|lock| self::text(lock.first()?))
        .collect()
}

/// Without a lock file the requirements have to be all there.
fn from_config(declared: &[Declared], lock: PathBuf) -> Result<Vec<DraftDependency>, BuildError> {
    let excluded: Vec<String> = declared
        .iter()
        .filter(|dependency| dependency.package.is_none())
        .map(|dependency| dependency.app.clone())
        .collect();
    if !excluded.is_empty() {
        return Err(BuildError::ExcludedDependencies(excluded));
    }
    declared
        .iter()
        .map(|dependency| {
            let missing = || {
                let reason = format!(
                    "it is missing, and rebar.config has no requirement for {}: run `rebar3 lock` first",
                    dependency.app
                );
                BuildError::NotLocked(lock.clone(), reason)
            };
            let requirement = dependency.requirement.clone().ok_or_else(missing)?;
            let package = dependency.package.as_deref().unwrap_or(&dependency.app);
            Ok(self::dependency(package, &dependency.app, requirement))
        })
        .collect()
}

fn dependency(package: &str, app: &str, requirement: String) -> DraftDependency {
    DraftDependency {
        name: package.to_owned(),
        app: app.to_owned(),
        requirement,
        optional: false,
        repository: RepositoryName::HEXPM.to_owned(),
    }
}
