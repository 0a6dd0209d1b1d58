//! `skep info`: what the server tells about packages and releases, and what this program is.

mod package;
mod release;

use std::path::Path;

use anyhow::Result;
use hex_format::name::RepositoryName;
use hex_format::version::Version;
use serde::Serialize;
use skep_client::api::AdvisoryNote;
use skep_client::deps::LockFile;
use skep_client::package_ref::PackageRef;

use super::context::Context;
use crate::args::InfoArgs;
use crate::output::text::Style;
use crate::output::{self, Report, Text, sanitize};

pub(crate) fn run(context: &Context, args: InfoArgs) -> Result<()> {
    let Some(package) = &args.package else {
        return output::report(&Program::of(context)?);
    };
    let package = args.place.of(package)?;
    match &args.version {
        Some(version) => release::run(context, &package, version),
        None => package::run(context, &package),
    }
}

/// What this program is and which server it speaks to. Told without the network.
#[derive(Serialize)]
struct Program {
    version: &'static str,
    api_url: String,
    repository_url: Option<String>,
    hex_config: String,
}

impl Program {
    fn of(context: &Context) -> Result<Self> {
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            api_url: context.api_url()?.to_string(),
            repository_url: context.repository_url().ok().map(|url| url.to_string()),
            hex_config: context.machine.paths().mix.display().to_string(),
        })
    }
}

impl Report for Program {
    fn text(&self) -> Text {
        let field = |name: &str, value: &str| Text::styled(Style::Heading, name).plain(value);
        Text::default()
            .line(field("Skep:       ", self.version))
            .line(field("Server:     ", &self.api_url))
            .line(field("Repository: ", self.repository_url.as_deref().unwrap_or("unknown (--repo-url)")))
            .line(field("Settings:   ", &self.hex_config))
    }
}

/// How to depend on a version, line by line for each build tool.
#[derive(Serialize)]
struct Config {
    mix: Option<String>,
    rebar3: Option<String>,
    erlang_mk: Option<String>,
    gleam: Option<String>,
}

impl Config {
    /// The server's lines, and Gleam's, which servers do not have.
    fn of(
        context: &Context,
        package: &PackageRef,
        configs: &skep_client::api::Configs,
        version: Option<&str>,
    ) -> Self {
        let repository = context.called(&package.place);
        let line = |file: &str| configs.get(file).cloned();
        let version = version.and_then(|version| version.parse::<Version>().ok());
        Self {
            mix: line("mix.exs").map(|line| in_repository(&repository, line)),
            rebar3: line("rebar.config"),
            erlang_mk: line("erlang.mk"),
            // As `gleam add` writes it.
            gleam: version.map(|version| {
                format!(
                    "{} = \">= {version} and < {}.0.0\"",
                    package.package,
                    version.major.saturating_add(1)
                )
            }),
        }
    }

    fn text(&self) -> Text {
        let lines =
            [("Config: ", &self.mix), ("rebar.config: ", &self.rebar3), ("gleam.toml: ", &self.gleam)];
        lines.into_iter().fold(Text::default(), |text, (name, value)| match value {
            Some(value) => text.line(field(name, value)),
            None => text,
        })
    }
}

/// The server speaks of its organizations as mix knows them at hex.pm; on this machine they may be in a repository with a
/// name of its own.
fn in_repository(repository: &str, line: String) -> String {
    if repository.split(':').next() == Some(RepositoryName::HEXPM) {
        return line;
    }
    let line = line.strip_suffix('}').unwrap_or(&line);
    let line = line.split_once(", organization: ").map_or(line, |(before, _)| before);
    format!("{line}, repo: \"{repository}\"}}")
}

/// `Name: value`, on one line whatever the value is.
fn field(name: &str, value: &str) -> Text {
    Text::styled(Style::Heading, name).plain(&sanitize::line(value))
}

/// The day of a moment, as the server writes it.
fn day(moment: &str) -> String {
    match moment.parse::<jiff::Timestamp>() {
        Ok(moment) => moment.strftime("%Y-%m-%d").to_string(),
        Err(_) => sanitize::line(moment).into_owned(),
    }
}

/// With a space between thousands, as mix writes it.
fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// The version that this folder's project has locked, and by which file. A lock file that can't be read is not what was
/// asked about.
fn locked(package: &PackageRef) -> Option<(String, String)> {
    let lock = match LockFile::first(Path::new(".")) {
        Ok(lock) => lock?,
        Err(error) => {
            output::warn(&error.to_string());
            return None;
        }
    };
    let (_, release) = lock.release(&package.place.name(), package.package.as_str())?;
    Some((release.version.to_string(), lock.tool.lock_file().to_owned()))
}

/// A security advisory.
#[derive(Serialize)]
struct Advisory {
    id: String,
    summary: Option<String>,
    cvss_rating: Option<String>,
    affected: Vec<Affected>,
    html_url: Option<String>,
}

/// Versions that are affected.
#[derive(Serialize)]
struct Affected {
    requirement: String,
}

impl From<AdvisoryNote> for Advisory {
    fn from(note: AdvisoryNote) -> Self {
        let AdvisoryNote { id, summary, cvss_rating, affected, html_url } = note;
        let affected = affected.into_iter().map(|requirement| Affected { requirement }).collect();
        Self { id, summary, cvss_rating, affected, html_url }
    }
}

/// Advisories, a few lines each; nothing if there are none.
fn advisories(advisories: &[Advisory]) -> Text {
    if advisories.is_empty() {
        return Text::default();
    }
    let heading = Text::styled(Style::Heading, "Security advisories:");
    advisories.iter().fold(heading, |text, advisory| {
        let rating = advisory.cvss_rating.as_deref().map(|rating| format!(" ({rating})")).unwrap_or_default();
        let summary = advisory.summary.as_deref().unwrap_or_default();
        let told = format!("  {}{rating} {summary}", advisory.id);
        let text = text.line(Text::styled(Style::Bad, &sanitize::line(&told)));
        let affected: Vec<&str> =
            advisory.affected.iter().map(|affected| affected.requirement.as_str()).collect();
        let affected = affected.join("; ");
        let text = if affected.is_empty() { text } else { text.line(field("    affected: ", &affected)) };
        match &advisory.html_url {
            Some(url) => text.line(field("    ", url)),
            None => text,
        }
    })
}

/// Something that has a name.
#[derive(Serialize)]
struct Named {
    name: String,
}

/// All of them.
fn named(names: Vec<String>) -> Vec<Named> {
    names.into_iter().map(|name| Named { name }).collect()
}

/// Their names in one line.
fn joined(names: &[Named]) -> String {
    names.iter().map(|named| named.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// A title and an address.
#[derive(Serialize)]
struct Link {
    title: String,
    url: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let told = [0, 12, 999, 1000, 12_345, 1_234_567].map(thousands);
        assert_eq!(told, ["0", "12", "999", "1 000", "12 345", "1 234 567"]);
    }

    #[test]
    fn lines_for_a_repository_of_another_name() {
        let line = |repository: &str, line: &str| in_repository(repository, line.to_owned());
        let private = "{:foo, \"~> 1.0\", organization: \"acme\"}";
        assert_eq!(line("hexpm:acme", private), private);
        assert_eq!(line("mysrv:acme", private), "{:foo, \"~> 1.0\", repo: \"mysrv:acme\"}");
        assert_eq!(line("mysrv", "{:foo, \"~> 1.0\"}"), "{:foo, \"~> 1.0\", repo: \"mysrv\"}");
    }
}
