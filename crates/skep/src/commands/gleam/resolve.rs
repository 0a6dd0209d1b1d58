//! From a plan to files: rounds of asking the registries, then tarballs, then `gleam.toml` and `manifest.toml`.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use hex_format::name::PackageName;
use hex_format::version::Version;
use hex_project::gleam::{Changes, Edit, Facts, Plan, Project, repositories};
use hex_project::resolve::{Answer, PackageId, Question, SolveError, Universe, range, solve};
use hex_project::screen::{HeldBack, Limits, Screen};
use hex_registry::package::Package;
use skep_client::deps::GleamCache;

use super::registry::Registry;
use super::report::Outcome;
use crate::args::PolicyArgs;
use crate::commands::context::Context;
use crate::commands::review::policy;
use crate::output::options::options;
use crate::output::{self, progress};

/// An answer, with what was learnt on the way.
pub(super) struct Resolved {
    chosen: BTreeMap<PackageName, (PackageId, Version)>,
    universe: Universe,
    held_back: Vec<HeldBack>,
}

impl Resolved {
    /// The version that was chosen for a package.
    pub(super) fn version(&self, name: &PackageName) -> Result<&Version> {
        let chosen = self.chosen.get(name).map(|(_, version)| version);
        chosen.ok_or_else(|| anyhow!("no version was chosen for {name}"))
    }
}

/// Finds versions that fit together. Each round asks for all packages at once that the one before has found missing.
pub(super) async fn resolve(
    context: &Context,
    project: &Project,
    plan: &Plan<'_>,
    registry: &mut Registry<'_>,
) -> Result<Resolved> {
    let limits = limits(context).await?;
    let spinner = progress::spinner("Resolving versions");
    let mut screen = Screen::new(limits, &project.config, project.manifest.as_ref());
    let (question, mut universe) = (plan.question(), plan.universe());
    let mut known: BTreeMap<PackageId, Package> = BTreeMap::new();
    loop {
        let unknown = match solve(&question, &universe) {
            Ok(Answer::Solved(chosen)) => {
                let newer = |(id, version): &(PackageId, Version)| {
                    known.get(id).map(|package| screen.held_back(id, package, version)).unwrap_or_default()
                };
                let held_back = chosen.values().flat_map(newer);
                let held_back =
                    held_back.filter(|held| is_allowed(held, &question, &chosen, &universe)).collect();
                return Ok(Resolved { chosen, universe, held_back });
            }
            Ok(Answer::Unknown(unknown)) => unknown,
            Err(error) => {
                spinner.finish_and_clear();
                return Err(told(error));
            }
        };
        let mut all_again = false;
        let mut learnt = Vec::new();
        for (id, answer) in registry.ask(&unknown, &question).await? {
            match answer {
                Ok(package) => {
                    all_again |= screen.notice(id.repository().unwrap_or_default(), &package);
                    learnt.push(id.clone());
                    known.insert(id, package);
                }
                Err(reason) => universe.add_missing(id, reason),
            }
        }
        for (id, package) in known.iter().filter(|(id, _)| all_again || learnt.contains(id)) {
            universe.add(id.clone(), screen.releases(id.repository().unwrap_or_default(), package));
        }
        spinner.tick();
    }
}

/// Whether nothing else stands in the way of a release that is held back: what the project and the chosen releases
/// require, and that it is a pre-release in the place of another version.
fn is_allowed(
    held: &HeldBack,
    question: &Question,
    chosen: &BTreeMap<PackageName, (PackageId, Version)>,
    universe: &Universe,
) -> bool {
    let name = &held.package.name;
    if held.version.is_prerelease() && chosen.get(name).is_some_and(|(_, version)| !version.is_prerelease()) {
        return false;
    }
    let releases = chosen.values().filter_map(|(id, version)| universe.release(id, version));
    let required = releases.flat_map(|release| &release.dependencies).chain(&question.requirements);
    let about = required.filter(|dependency| dependency.package.name == *name);
    { about }.all(|dependency| range(&dependency.requirement, question.rules).contains(&held.version))
}

/// What the settings of this machine keep out.
async fn limits(context: &Context) -> Result<Limits> {
    Ok(Limits {
        policy: policy::active(context, &PolicyArgs::default()).await?,
        cooldown: policy::local_cooldown(context)?,
        excluded: policy::excluded_repositories(context)?,
        now: jiff::Timestamp::now().as_second(),
    })
}

/// The explanation has several lines. They go before the error, which has one.
fn told(error: SolveError) -> anyhow::Error {
    let SolveError::Conflict(conflict) = error else { return error.into() };
    let kept: Vec<_> = conflict.kept.iter().map(PackageName::as_str).collect();
    let advice = match kept.as_slice() {
        [] => String::new(),
        names => format!("; `skep gleam update {}` lets locked packages move", names.join(" ")),
    };
    if options().json || options().quiet {
        return anyhow!("no versions fit together{advice}: {}", conflict.explanation);
    }
    output::note(&conflict.explanation);
    anyhow!("no versions fit together{advice}")
}

/// Fills the cache, then writes the files, then says what changed.
pub(super) async fn finish(
    project: &Project,
    plan: &Plan<'_>,
    mut edit: Edit,
    resolved: &Resolved,
    registry: &mut Registry<'_>,
    cache: &GleamCache,
) -> Result<()> {
    let tarballs = plan.tarballs(&resolved.chosen, &resolved.universe)?;
    let downloaded = registry.fill(cache, &tarballs).await?;
    let mut facts = BTreeMap::new();
    for tarball in &tarballs {
        let known = match plan.facts(tarball) {
            Some(known) => known,
            None => {
                let bytes = cache.get(tarball.outer_checksum);
                let bytes = bytes.ok_or_else(|| anyhow!("{} has gone from Gleam's cache", tarball.name))?;
                Facts::read(tarball, &bytes)?
            }
        };
        facts.insert(tarball.name.clone(), known);
    }
    let before = edit.config().map_err(project.problem())?;
    let recorded = repositories(&before, project.manifest.as_ref(), &tarballs);
    for name in before.repositories.keys().filter(|name| !recorded.contains_key(name)) {
        edit.forget(name);
    }
    for (name, repository) in &recorded {
        if before.repositories.get(name) != Some(repository) {
            edit.record(name, repository).map_err(project.problem())?;
        }
    }
    let config = edit.config().map_err(project.problem())?;
    let manifest = plan.manifest(&config, &resolved.chosen, &resolved.universe, &facts)?;
    project.write(&edit, Some(&manifest))?;
    project.mark_folders(&config)?;
    let changes = Changes::between(project.manifest.as_ref(), &manifest);
    let outcome = Outcome::new(&changes, &project.config, &config, downloaded);
    output::report(&outcome.with_held_back(&resolved.held_back))
}
