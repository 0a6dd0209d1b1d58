//! A package as a whole.

use anyhow::Result;
use serde::Serialize;
use skep_client::api::{Downloads, Owner, Package, RetirementNote};
use skep_client::package_ref::{PackageRef, Place};

use super::{Advisory, Config, Link, Named, advisories, day, field, joined, locked, named, thousands};
use crate::commands::context::{Context, block_on};
use crate::commands::failure::{Later, unless_found};
use crate::output::text::Style;
use crate::output::{self, Report, Text, sanitize};

/// Releases that are shown, as mix shows them.
const SHOWN: usize = 8;

pub(super) fn run(context: &Context, package: &PackageRef) -> Result<()> {
    let api = context.api_at_if_signed_in(&package.place)?;
    let found = block_on(async {
        let found = api.package(package.place.organization.as_ref(), &package.package).await;
        let guess = || context.meant_package(package);
        let missing =
            Later(|| format!("no package with name {package} that you may see at {}{}", api.base(), guess()));
        found.map_err(unless_found("cannot tell about the package", missing))
    })?;
    output::report(&PackageInfo::of(context, package, found))
}

#[derive(Serialize)]
struct PackageInfo {
    package: String,
    repository: Place,
    #[serde(skip)]
    canonical: String,
    description: Option<String>,
    html_url: Option<String>,
    docs_html_url: Option<String>,
    latest_version: Option<String>,
    latest_stable_version: Option<String>,
    locked_version: Option<String>,
    #[serde(skip)]
    locked_by: Option<String>,
    config: Config,
    releases: Vec<ReleaseLine>,
    downloads: Downloads,
    licenses: Vec<Named>,
    links: Vec<Link>,
    owners: Vec<Owner>,
    security_advisories: Vec<Advisory>,
}

#[derive(Serialize)]
struct ReleaseLine {
    version: String,
    published_at: Option<String>,
    has_docs: bool,
    retirement: Option<RetirementNote>,
}

impl PackageInfo {
    fn of(context: &Context, package: &PackageRef, mut found: Package) -> Self {
        let newest = found.releases.first().map(|release| release.version.clone());
        let newest =
            found.latest_stable_version.as_ref().or(found.latest_version.as_ref()).or(newest.as_ref());
        let (locked_version, locked_by) = locked(package).unzip();
        Self {
            config: Config::of(context, package, &found.configs, newest.map(String::as_str)),
            package: found.name,
            repository: package.place.clone(),
            canonical: package.to_string(),
            description: found.meta.description.filter(|text| !text.trim().is_empty()),
            html_url: found.html_url,
            docs_html_url: found.docs_html_url,
            latest_version: found.latest_version,
            latest_stable_version: found.latest_stable_version,
            locked_version,
            locked_by,
            releases: found
                .releases
                .into_iter()
                .map(|release| ReleaseLine {
                    retirement: found.retirements.remove(&release.version),
                    version: release.version,
                    published_at: release.inserted_at,
                    has_docs: release.has_docs,
                })
                .collect(),
            downloads: found.downloads,
            licenses: named(found.meta.licenses),
            links: found.meta.links.into_iter().map(|(title, url)| Link { title, url }).collect(),
            owners: found.owners,
            security_advisories: found.security_advisories.into_iter().map(Advisory::from).collect(),
        }
    }

    fn releases(&self) -> Text {
        let heading = Text::styled(Style::Heading, "Recent releases:");
        let mut text =
            self.releases.iter().take(SHOWN).fold(heading, |text, release| text.line(release.text()));
        if self.releases.len() > SHOWN {
            text = text.line("  ...");
        }
        text
    }

    fn downloads(&self) -> Text {
        let counts = [
            ("Yesterday: ", self.downloads.day),
            ("Last 7 days: ", self.downloads.week),
            ("All time: ", self.downloads.all),
        ];
        let lines = counts.into_iter().filter_map(|(name, count)| Some((name, count?)));
        section("Downloads:", lines.map(|(name, count)| format!("{name}{}", thousands(count))))
    }

    fn owners(&self) -> Text {
        let line = |owner: &Owner| {
            let email = owner.email.as_deref().map(|email| format!(" ({email})")).unwrap_or_default();
            let level = owner.level.as_deref().filter(|level| *level != "full");
            format!("{}{email}{}", owner.username, level.map(|it| format!(", {it}")).unwrap_or_default())
        };
        section("Owners:", self.owners.iter().map(line))
    }
}

impl ReleaseLine {
    fn text(&self) -> Text {
        let date =
            self.published_at.as_deref().map(|moment| format!(" ({})", day(moment))).unwrap_or_default();
        let line = format!("{}{date}", self.version);
        match &self.retirement {
            None => Text::from(indented(&line)),
            Some(note) => {
                let why = note.message.as_deref().map(|message| format!(": {message}")).unwrap_or_default();
                let told = format!("{line} (retired) {}{why}", note.reason);
                Text::styled(Style::Warning, &indented(&told))
            }
        }
    }
}

/// A heading with lines below it; nothing if there are none.
fn section(heading: &str, lines: impl Iterator<Item = String>) -> Text {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return Text::default();
    }
    let heading = Text::styled(Style::Heading, heading);
    lines.iter().fold(heading, |text, line| text.line(indented(line)))
}

/// A line below a heading.
fn indented(line: &str) -> String {
    format!("  {}", sanitize::line(line))
}

impl Report for PackageInfo {
    fn text(&self) -> Text {
        let title = Text::styled(Style::Heading, &self.canonical);
        let title = match &self.html_url {
            Some(url) => title.plain("  ").add(Style::Faint, &sanitize::line(url)),
            None => title,
        };
        let description = self.description.as_deref().unwrap_or("No description provided");
        let mut config = self.config.text();
        if let (Some(version), Some(file)) = (&self.locked_version, &self.locked_by) {
            config = config.line(field("Locked version: ", &format!("{version} ({file})")));
        }
        let mut about = Text::default();
        if !self.licenses.is_empty() {
            about = about.line(field("Licenses: ", &joined(&self.licenses)));
        }
        let links = section("Links:", self.links.iter().map(|link| format!("{}: {}", link.title, link.url)));
        if !links.is_empty() {
            about = about.line(links);
        }
        if !self.owners.is_empty() {
            about = about.line(self.owners());
        }
        if let Some(url) = &self.docs_html_url {
            about = about.line(field("Documentation: ", url));
        }
        let releases = if self.releases.is_empty() { Text::from("No releases") } else { self.releases() };
        let advisories = advisories(&self.security_advisories);
        [title, Text::from(description.trim()), config, releases, advisories, self.downloads(), about]
            .into_iter()
            .filter(|part| !part.is_empty())
            .reduce(|text, part| text.line("").line(part))
            .unwrap_or_default()
    }
}
