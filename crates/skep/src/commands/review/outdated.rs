//! `skep outdated`

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use hex_project::audit::date;
use hex_project::outdated::{Demand, Rules, Standing, Status, standing};
use serde::Serialize;
use skep_client::deps::Tool;

use super::locked::{Dependency, Project, lock_files, look_up};
use super::policy::local_cooldown;
use crate::args::{OutdatedArgs, OutdatedOrder};
use crate::commands::context::{Context, block_on};
use crate::output::table::{Cell, table};
use crate::output::text::Style;
use crate::output::{self, Report, Text};

/// Most bytes of a `gleam.toml`.
const MAX_MANIFEST: u64 = 1 << 20;

/// Runs `outdated`.
pub(in crate::commands) fn run(context: &Context, args: &OutdatedArgs) -> Result<()> {
    let whole = lock_files(&args.lock)?;
    let mut locks = whole.clone();
    // Nobody else has to be asked about.
    for lock in &mut locks {
        lock.entries.retain(|entry| match &args.app {
            Some(app) => {
                entry.app == *app || entry.release().is_some_and(|release| release.name.as_str() == app)
            }
            None => args.all || entry.direct != Some(false),
        });
    }
    let rules = Rules {
        pre: args.pre,
        retired: !args.skip_retired,
        cooldown: local_cooldown(context)?,
        now: jiff::Timestamp::now().as_second(),
    };
    let excluded =
        context.settings()?.text("cooldown_exclude_repos").map(|(text, _)| text).unwrap_or_default();
    let projects = block_on(look_up(context, locks))?;
    let mut dependencies = Vec::new();
    for (project, whole) in projects.iter().zip(&whole) {
        let declared = Declared::read(project);
        for dependency in &project.dependencies {
            let demands =
                declared.of(dependency).into_iter().chain(demands(whole, &dependency.app)).collect();
            let exempt =
                excluded.split(',').any(|name| name.trim() == dependency.repository) || is_unsafe(dependency);
            let rules = Rules {
                cooldown: if exempt {
                    hex_project::cooldown::Cooldown::none()
                } else {
                    rules.cooldown.clone()
                },
                ..rules.clone()
            };
            let standing = standing(&dependency.locked.version, &dependency.package, demands, &rules);
            dependencies.push(Row::of(dependency, &standing));
        }
    }
    dependencies.sort_by(|a, b| a.package.cmp(&b.package));
    if args.sort == Some(OutdatedOrder::Status) {
        dependencies.sort_by_key(|row| row.rank);
    }
    if let (Some(app), true) = (&args.app, dependencies.is_empty()) {
        bail!("{app} is not locked as a Hex package");
    }
    let outdated = dependencies.iter().filter(|row| row.outdated && row.cooldown.is_none());
    let failing = match args.within_requirements && args.app.is_none() {
        true => outdated.filter(|row| row.rank == Status::Possible).count(),
        false => outdated.count(),
    };
    output::report(&Outdated { single: args.app.is_some(), rows: dependencies })?;
    match failing {
        0 => Ok(()),
        1 => bail!("1 dependency is outdated"),
        count => bail!("{count} dependencies are outdated"),
    }
}

/// What other dependencies ask for, as far as the lock file says.
fn demands(lock: &skep_client::deps::LockFile, app: &str) -> Vec<Demand> {
    let of = |(source, release): (&str, &hex_format::lock::LockedRelease)| {
        let asks = release.dependencies.iter().find(|asked| asked.app == app)?;
        asks.requirement
            .clone()
            .map(|requirement| Demand { source: source.to_owned(), requirement: Some(requirement) })
    };
    lock.releases().filter_map(of).collect()
}

/// A locked release that should be left at once: no cooldown holds its successor back.
fn is_unsafe(dependency: &Dependency) -> bool {
    dependency
        .release()
        .is_some_and(|release| release.retirement.is_some() || !release.advisory_ids.is_empty())
}

/// What the project's own manifest asks for, where it is data. That of mix is code.
struct Declared {
    source: &'static str,
    requirements: toml::Table,
}

impl Declared {
    fn read(project: &Project) -> Self {
        let source = "gleam.toml";
        let path = project.lock.folder().join(source);
        let requirements = if project.lock.tool == Tool::Gleam { Self::gleam(&path) } else { None };
        Self { source, requirements: requirements.unwrap_or_default() }
    }

    fn gleam(path: &Path) -> Option<toml::Table> {
        if fs::metadata(path).ok()?.len() > MAX_MANIFEST {
            return None;
        }
        let mut manifest: toml::Table = fs::read_to_string(path).ok()?.parse().ok()?;
        let mut all = toml::Table::new();
        for table in ["dependencies", "dev-dependencies", "dev_dependencies"] {
            if let Some(toml::Value::Table(asked)) = manifest.remove(table) {
                all.extend(asked);
            }
        }
        Some(all)
    }

    fn of(&self, dependency: &Dependency) -> Option<Demand> {
        let requirement = self.requirements.get(dependency.locked.name.as_str())?.as_str()?.to_owned();
        Some(Demand { source: self.source.to_owned(), requirement: Some(requirement) })
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Outdated {
    /// Whether one dependency was asked for.
    #[serde(skip)]
    single: bool,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    package: String,
    repository: String,
    lock_version: String,
    latest_version: String,
    requirements: Vec<RowDemand>,
    outdated: bool,
    status: &'static str,
    cooldown: Option<RowCooldown>,
    #[serde(skip)]
    rank: Status,
}

#[derive(Serialize)]
struct RowDemand {
    source: String,
    requirement: Option<String>,
    up_to_date: bool,
}

#[derive(Serialize)]
struct RowCooldown {
    published_at: Option<String>,
    eligible_on: String,
}

impl Row {
    fn of(dependency: &Dependency, standing: &Standing) -> Self {
        let demand = |(demand, fits): &(Demand, bool)| RowDemand {
            source: demand.source.clone(),
            requirement: demand.requirement.clone(),
            up_to_date: *fits,
        };
        let moment =
            |seconds: i64| jiff::Timestamp::from_second(seconds).map(|moment| moment.to_string()).ok();
        Self {
            package: dependency.app.clone(),
            repository: dependency.repository.clone(),
            lock_version: standing.current.to_string(),
            latest_version: standing.latest.to_string(),
            requirements: standing.demands.iter().map(demand).collect(),
            outdated: standing.is_outdated(),
            status: standing.status().as_str(),
            cooldown: standing.cooldown_ends.map(|ends| RowCooldown {
                published_at: standing.published_at.and_then(moment),
                eligible_on: date(ends),
            }),
            rank: standing.status(),
        }
    }

    fn style(&self) -> Style {
        match self.rank {
            Status::UpToDate => Style::Good,
            Status::Possible => Style::Warning,
            Status::NotPossible => Style::Bad,
        }
    }

    /// Everything that is asked of one dependency.
    fn alone(&self) -> Text {
        let head = match self.outdated {
            true => Text::from("There is newer version of the dependency available ")
                .add(Style::Heading, &format!("{} > {}!", self.latest_version, self.lock_version)),
            false => Text::from("Current version ")
                .add(Style::Heading, &self.lock_version)
                .plain(" of dependency is up to date!"),
        };
        let row = |demand: &RowDemand| {
            let (style, answer) = if demand.up_to_date { (Style::Good, "Yes") } else { (Style::Bad, "No") };
            let requirement = demand.requirement.as_deref().unwrap_or_default();
            [
                Cell::from(demand.source.as_str()),
                Cell::styled(style, requirement),
                Cell::styled(style, answer),
            ]
        };
        if self.requirements.is_empty() {
            return head;
        }
        let heading = ["Source", "Requirement", "Up-to-date"];
        let text = head.plain("\n").line(table(heading, self.requirements.iter().map(row)));
        let text = text.line("\nUp-to-date indicates if the requirement matches the latest version.");
        match &self.cooldown {
            Some(cooldown) => text.line(format!(
                "\nVersion {} is in cooldown: eligible {}",
                self.latest_version, cooldown.eligible_on
            )),
            None => text,
        }
    }
}

impl Report for Outdated {
    fn text(&self) -> Text {
        if let ([row], true) = (self.rows.as_slice(), self.single) {
            return row.alone();
        }
        if self.rows.is_empty() {
            return Text::from("No hex dependencies");
        }
        let line = |row: &Row| {
            let held = if row.cooldown.is_some() { " (cooldown)" } else { "" };
            let latest = if row.outdated { Style::Bad } else { Style::Good };
            [
                Cell::styled(Style::Heading, &row.package),
                Cell::from(row.lock_version.as_str()),
                Cell::styled(latest, &row.latest_version),
                Cell::styled(row.style(), &format!("{}{held}", row.status)),
            ]
        };
        let mut text = table(["Dependency", "Current", "Latest", "Status"], self.rows.iter().map(line));
        let held = || self.rows.iter().filter_map(|row| Some((row, row.cooldown.as_ref()?)));
        if held().next().is_some() {
            text = text.line("\nVersions in cooldown:");
        }
        for (row, cooldown) in held() {
            text = text
                .line(format!("  {} {}: eligible {}", row.package, row.latest_version, cooldown.eligible_on));
        }
        if let Some(row) = self.rows.iter().find(|row| row.outdated) {
            text = text.line(format!(
                "\n`skep outdated {0}` shows who asks for which version, `skep package diff {0} {1}..{2}` what has changed.",
                row.package, row.lock_version, row.latest_version
            ));
        }
        text
    }
}
