//! `skep outdated`

mod rows;

use std::collections::HashSet;

use anyhow::{Result, bail};
use hex_project::cooldown::Cooldown;
use hex_project::declared::{self, Asked, Declaration};
use hex_project::outdated::{Demand, Rules, Status, standing};
use skep_client::deps::{LockFile, Tool};

use super::locked::{Dependency, Project, lock_files, look_up};
use super::policy::{excluded_repositories, local_cooldown};
use crate::args::{OutdatedArgs, OutdatedOrder};
use crate::commands::context::{Context, block_on};
use crate::output;
use rows::{Outdated, Row};

/// Runs `outdated`.
pub(in crate::commands) fn run(context: &Context, args: &OutdatedArgs) -> Result<()> {
    let whole = lock_files(&args.lock)?;
    let declared: Vec<Declared> = whole.iter().map(Declared::read).collect();
    let mut locks = whole.clone();
    // Nobody else has to be asked about.
    for (lock, (whole, declared)) in locks.iter_mut().zip(whole.iter().zip(&declared)) {
        lock.entries.retain(|entry| match &args.app {
            Some(app) => {
                entry.app == *app || entry.release().is_some_and(|release| release.name.as_str() == app)
            }
            None => args.all || entry.direct.unwrap_or_else(|| declared.is_at_top(whole, &entry.app)),
        });
    }
    let rules = Rules {
        pre: args.pre,
        retired: !args.skip_retired,
        cooldown: local_cooldown(context)?,
        now: jiff::Timestamp::now().as_second(),
    };
    let excluded = excluded_repositories(context)?;
    let projects = block_on(look_up(context, locks))?;
    if let Some(absent) = projects.iter().flat_map(|project| &project.absent).next() {
        bail!("{absent}: `skep audit` lists all that is not as it is locked");
    }
    let mut rows = Vec::new();
    for ((project, whole), declared) in projects.iter().zip(&whole).zip(&declared) {
        let escaping = escaping(project);
        for dependency in &project.dependencies {
            let demands = declared.demands(dependency).chain(demands(whole, &dependency.app)).collect();
            let is_exempt =
                excluded.contains(&dependency.repository) || escaping.contains(dependency.app.as_str());
            let cooldown = if is_exempt { Cooldown::none() } else { rules.cooldown.clone() };
            let rules = Rules { cooldown, ..rules.clone() };
            let standing = standing(&dependency.locked.version, &dependency.package, demands, &rules);
            rows.push(Row::of(dependency, &standing, declared.only(dependency)));
        }
    }
    rows.sort_by(|a, b| a.package.cmp(&b.package));
    if args.sort == Some(OutdatedOrder::Status) {
        rows.sort_by_key(|row| row.rank);
    }
    if let (Some(app), true) = (&args.app, rows.is_empty()) {
        bail!("{app} is not locked as a Hex package");
    }
    if args.app.is_none() && !args.only.is_empty() {
        rows.retain(|row| row.only.split(',').any(|one| args.only.iter().any(|only| only == one)));
    }
    let outdated = rows.iter().filter(|row| row.outdated && row.cooldown.is_none());
    let failing = match args.within_requirements && args.app.is_none() {
        true => outdated.filter(|row| row.rank == Status::Possible).count(),
        false => outdated.count(),
    };
    output::report(&Outdated { single: args.app.is_some(), rows })?;
    match failing {
        0 => Ok(()),
        1 => bail!("1 dependency is outdated"),
        count => bail!("{count} dependencies are outdated"),
    }
}

/// What other dependencies ask for, as far as the lock file says.
fn demands<'a>(lock: &'a LockFile, app: &'a str) -> impl Iterator<Item = Demand> + 'a {
    lock.releases().filter_map(move |(source, release)| {
        let asks = release.dependencies.iter().find(|asked| asked.app == app)?;
        let requirement = asks.requirement.clone()?;
        Some(Demand { source: source.to_owned(), requirement: Some(requirement) })
    })
}

/// Locked releases that should be left at once, and what they require: no cooldown holds their successors back.
fn escaping(project: &Project) -> HashSet<&str> {
    let is_unsafe = |dependency: &&Dependency| {
        dependency
            .release()
            .is_some_and(|release| release.retirement.is_some() || !release.advisory_ids.is_empty())
    };
    let left = project.dependencies.iter().filter(is_unsafe);
    let with_required = left.flat_map(|dependency| {
        let required = dependency.locked.dependencies.iter().map(|required| required.app.as_str());
        required.chain([dependency.app.as_str()])
    });
    with_required.collect()
}

/// What the project's own manifests ask for.
struct Declared {
    tool: Tool,
    /// Nothing, if they can't be understood.
    all: Vec<Declaration>,
}

impl Declared {
    fn read(lock: &LockFile) -> Self {
        let tool = lock.tool;
        let read = match tool {
            Tool::Mix => declared::mix(lock.folder()),
            Tool::Rebar3 => declared::rebar3(lock.folder()),
            Tool::Gleam => declared::gleam(lock.folder()),
        };
        let all = read.unwrap_or_else(|error| {
            output::warn(&format!("what the project asks for is not known: {error}"));
            Vec::new()
        });
        let computed =
            |it: &&Declaration| it.asked == Asked::Computed && lock.releases().any(|(app, _)| app == it.name);
        for declaration in all.iter().filter(computed) {
            output::warn(&format!(
                "{} computes what it asks of {}, so that is not counted",
                declaration.source, declaration.name
            ));
        }
        Self { tool, all }
    }

    /// Whether the project asks for an application itself: it says so, or nobody else does.
    fn is_at_top(&self, lock: &LockFile, app: &str) -> bool {
        let is_required =
            || lock.releases().any(|(_, release)| release.dependencies.iter().any(|asked| asked.app == app));
        self.all.is_empty() || self.all.iter().any(|it| it.name == app) || !is_required()
    }

    fn about<'a>(&'a self, dependency: &'a Dependency) -> impl Iterator<Item = &'a Declaration> {
        let name = match self.tool {
            Tool::Gleam => dependency.locked.name.as_str(),
            Tool::Mix | Tool::Rebar3 => dependency.app.as_str(),
        };
        self.all.iter().filter(move |declaration| declaration.name == name)
    }

    fn demands<'a>(&'a self, dependency: &'a Dependency) -> impl Iterator<Item = Demand> + 'a {
        self.about(dependency).filter_map(|declaration| {
            let requirement = match &declaration.asked {
                Asked::Any => None,
                Asked::Text(text) => Some(text.clone()),
                Asked::Computed => return None,
            };
            Some(Demand { source: declaration.source.clone(), requirement })
        })
    }

    /// Where alone it is needed, by the first manifest that asks for it, as mix has it.
    fn only(&self, dependency: &Dependency) -> String {
        self.about(dependency).next().map(|declaration| declaration.only.join(",")).unwrap_or_default()
    }
}
