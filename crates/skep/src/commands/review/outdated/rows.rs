//! What `skep outdated` tells, in the words of mix.

use hex_project::audit::date;
use hex_project::outdated::{Demand, Standing, Status};
use serde::Serialize;

use crate::commands::review::locked::Dependency;
use crate::output::table::{Cell, table};
use crate::output::text::Style;
use crate::output::{Report, Text};

#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Outdated {
    /// Whether one dependency was asked for.
    #[serde(skip)]
    pub(super) single: bool,
    pub(super) rows: Vec<Row>,
}

#[derive(Serialize)]
pub(super) struct Row {
    pub(super) package: String,
    repository: String,
    /// Where alone it is needed, separated by commas.
    pub(super) only: String,
    lock_version: String,
    latest_version: String,
    requirements: Vec<RowDemand>,
    pub(super) outdated: bool,
    status: &'static str,
    pub(super) cooldown: Option<RowCooldown>,
    #[serde(skip)]
    pub(super) rank: Status,
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
pub(super) struct RowCooldown {
    published_at: Option<String>,
    eligible_on: String,
}

impl Row {
    pub(super) fn of(dependency: &Dependency, standing: &Standing, only: String) -> Self {
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
            only,
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
                Cell::from(row.only.as_str()),
                Cell::from(row.lock_version.as_str()),
                Cell::styled(latest, &row.latest_version),
                Cell::styled(row.style(), &format!("{}{held}", row.status)),
            ]
        };
        let mut text =
            table(["Dependency", "Only", "Current", "Latest", "Status"], self.rows.iter().map(line));
        let held = || self.rows.iter().filter_map(|row| Some((row, row.cooldown.as_ref()?)));
        if held().next().is_some() {
            text = text.line("\nVersions in cooldown:");
        }
        for (row, cooldown) in held() {
            text = text
                .line(format!("  {} {}: eligible {}", row.package, row.latest_version, cooldown.eligible_on));
        }
        let possible = self.rows.iter().find(|row| row.rank == Status::Possible);
        if let Some(row) = possible.or_else(|| self.rows.iter().find(|row| row.outdated)) {
            text = text.line(format!(
                "\n`skep outdated {}` shows who asks for which version, `skep package diff {} {}..{}` what has changed.",
                row.package, row.named, row.lock_version, row.latest_version
            ));
        }
        text
    }
}
