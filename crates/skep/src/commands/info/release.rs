//! One release.

use anyhow::Result;
use hex_format::version::Version;
use serde::Serialize;
use skep_client::api::{Release, Requirement, RetirementNote, User};
use skep_client::package_ref::{PackageRef, Place};

use super::{Advisory, Config, Named, advisories, day, field, joined, named, thousands};
use crate::commands::context::{Context, block_on};
use crate::commands::failure::unless_found;
use crate::commands::source::retired;
use crate::output::text::Style;
use crate::output::{self, Report, Text, sanitize};

pub(super) fn run(context: &Context, package: &PackageRef, version: &Version) -> Result<()> {
    let api = context.api_at_if_signed_in(&package.place)?;
    let found = block_on(async {
        let found = api.release(package.place.organization.as_ref(), &package.package, version).await;
        let missing = format!("no release with name {package} {version} that you may see at {}", api.base());
        found.map_err(unless_found("cannot tell about the release", missing))
    })?;
    output::report(&ReleaseInfo::of(context, package, found))
}

#[derive(Serialize)]
struct ReleaseInfo {
    package: String,
    repository: Place,
    #[serde(skip)]
    canonical: String,
    version: String,
    html_url: Option<String>,
    docs_html_url: Option<String>,
    retirement: Option<RetirementNote>,
    config: Config,
    published_at: Option<String>,
    publisher: Option<User>,
    checksum: Option<String>,
    downloads: Option<u64>,
    app: Option<String>,
    build_tools: Vec<Named>,
    elixir: Option<String>,
    requirements: Vec<Needed>,
    security_advisories: Vec<Advisory>,
}

#[derive(Serialize)]
struct Needed {
    package: String,
    #[serde(flatten)]
    requirement: Requirement,
}

impl ReleaseInfo {
    fn of(context: &Context, package: &PackageRef, found: Release) -> Self {
        Self {
            config: Config::of(context, package, &found.configs, Some(&found.version)),
            package: package.package.to_string(),
            repository: package.place.clone(),
            canonical: package.to_string(),
            version: found.version,
            html_url: found.html_url,
            docs_html_url: found.docs_html_url.filter(|_| found.has_docs),
            retirement: found.retirement,
            published_at: found.inserted_at,
            publisher: found.publisher,
            checksum: found.checksum,
            downloads: found.downloads,
            app: found.meta.app,
            build_tools: named(found.meta.build_tools),
            elixir: found.meta.elixir,
            requirements: found
                .requirements
                .into_iter()
                .map(|(package, requirement)| Needed { package, requirement })
                .collect(),
            security_advisories: found.security_advisories.into_iter().map(Advisory::from).collect(),
        }
    }
}

impl Needed {
    fn text(&self) -> String {
        let Requirement { app, requirement, optional } = &self.requirement;
        let app = app.as_deref().filter(|app| *app != self.package);
        let app = app.map(|app| format!(" (app: {app})")).unwrap_or_default();
        let optional = if *optional { " (optional)" } else { "" };
        let requirement = requirement.as_deref().unwrap_or_default();
        format!("  {}", sanitize::line(&format!("{} {requirement}{app}{optional}", self.package)))
    }
}

impl Report for ReleaseInfo {
    fn text(&self) -> Text {
        let title =
            Text::styled(Style::Heading, &sanitize::line(&format!("{} {}", self.canonical, self.version)));
        let mut text = match &self.html_url {
            Some(url) => title.plain("  ").add(Style::Faint, &sanitize::line(url)),
            None => title,
        }
        .line("");
        if let Some(note) = &self.retirement {
            let told =
                format!("This version has been retired: {}", retired(&note.reason, note.message.as_deref()));
            text = text.line(Text::styled(Style::Warning, &sanitize::line(&told)));
        }
        text = text.line(self.config.text());
        if let Some(moment) = &self.published_at {
            text = text.line(field("Released: ", &day(moment)));
        }
        if let Some(url) = &self.docs_html_url {
            text = text.line(field("Documentation at: ", url));
        }
        if let Some(count) = self.downloads {
            text = text.line(field("Downloads: ", &thousands(count)));
        }
        if !self.build_tools.is_empty() {
            text = text.line(field("Build tools: ", &joined(&self.build_tools)));
        }
        if let Some(elixir) = &self.elixir {
            text = text.line(field("Elixir: ", elixir));
        }
        if !self.requirements.is_empty() {
            text = text.line(Text::styled(Style::Heading, "Dependencies:"));
            text = self.requirements.iter().fold(text, |text, needed| text.line(needed.text()));
        }
        if let Some(publisher) = &self.publisher {
            let email = publisher.email.as_deref().map(|email| format!(" ({email})")).unwrap_or_default();
            text = text.line(field("Published by: ", &format!("{}{email}", publisher.username)));
        }
        if let Some(checksum) = &self.checksum {
            text = text.line(field("Checksum: ", checksum));
        }
        let advisories = advisories(&self.security_advisories);
        if advisories.is_empty() { text } else { text.line(advisories) }
    }
}
