//! `skep outdated`

use std::fs;

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

/// Most bytes of a manifest.
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

/// What the project's own manifest asks for. Those of mix and rebar3 are code or may be; what stands in them as plain
/// text, as it mostly does, is read, and nothing is run.
struct Declared {
    tool: Tool,
    text: String,
}

impl Declared {
    fn read(project: &Project) -> Self {
        let tool = project.lock.tool;
        let path = project.lock.folder().join(Self::manifest(tool));
        let fits = fs::metadata(&path).is_ok_and(|found| found.len() <= MAX_MANIFEST);
        Self { tool, text: fits.then(|| fs::read_to_string(&path).ok()).flatten().unwrap_or_default() }
    }

    fn manifest(tool: Tool) -> &'static str {
        match tool {
            Tool::Mix => "mix.exs",
            Tool::Rebar3 => "rebar.config",
            Tool::Gleam => "gleam.toml",
        }
    }

    fn of(&self, dependency: &Dependency) -> Option<Demand> {
        let requirement = match self.tool {
            Tool::Gleam => self.of_gleam(dependency.locked.name.as_str()),
            Tool::Mix => self.after(&format!(":{}", dependency.app), '#'),
            Tool::Rebar3 => self.after(&dependency.app, '%'),
        };
        Some(Demand { source: Self::manifest(self.tool).to_owned(), requirement: Some(requirement?) })
    }

    fn of_gleam(&self, package: &str) -> Option<String> {
        let manifest: toml::Table = self.text.parse().ok()?;
        let tables = ["dependencies", "dev-dependencies", "dev_dependencies"];
        let found = tables.iter().find_map(|table| manifest.get(*table)?.get(package));
        Some(found?.as_str()?.to_owned())
    }

    /// The text in quotes that comes next in a tuple `{name, "…"`.
    fn after(&self, name: &str, comment: char) -> Option<String> {
        let lines = self.text.lines().filter(|line| !line.trim_start().starts_with(comment));
        lines.flat_map(|line| line.split('{').skip(1)).find_map(|tuple| {
            let rest = tuple.trim_start().strip_prefix(name)?.trim_start().strip_prefix(',')?;
            let (requirement, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
            Some(requirement.to_owned())
        })
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
    /// How other commands are told which package is meant.
    #[serde(skip)]
    named: String,
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
            named: match dependency.repository.as_str() {
                "hexpm" => dependency.locked.name.to_string(),
                repository => format!("{repository}/{}", dependency.locked.name),
            },
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
                "\n`skep outdated {}` shows who asks for which version, `skep package diff {} {}..{}` what has changed.",
                row.package, row.named, row.lock_version, row.latest_version
            ));
        }
        text
    }
}
