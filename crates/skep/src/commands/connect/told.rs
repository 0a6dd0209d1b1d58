//! What was written, where, and how it is used and undone.

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;
use skep_client::config::connections::{Connection, Place, Shape};
use skep_client::doctor::netrc_path;
use skep_client::server::RepositoryUrl;
use skep_client::snippets::short;

use crate::commands::context::{Context, variable};
use crate::commands::snippets;
use crate::output::options::options;
use crate::output::text::Style;
use crate::output::{self, Report, Text};

/// A connection as it is told. Its fields are an interface.
#[derive(Serialize)]
pub(crate) struct Told {
    name: String,
    api: String,
    repository: String,
    fingerprint: String,
    shape: Shape,
    organizations: Vec<Organization>,
    files: Vec<File>,
    #[serde(skip)]
    hexpm_of_rebar3: bool,
    #[serde(skip)]
    certificates: Option<String>,
    /// What goes into projects.
    #[serde(skip)]
    lines: Vec<(&'static str, Vec<String>)>,
    /// What has to be said for commands to go there; none where they do so by themselves.
    #[serde(skip)]
    server: Option<String>,
}

#[derive(Serialize)]
struct Organization {
    name: String,
    repository: String,
    dependency: String,
    key_name: Option<String>,
}

#[derive(Serialize)]
struct File {
    path: PathBuf,
    changed: bool,
}

/// Tells it. With `--quiet` nothing, for nothing that was asked for is in it; programs get it all the same.
pub(super) fn tell(context: &Context, connection: &Connection, changed: &[PathBuf]) -> Result<()> {
    match options().quiet && !options().json {
        true => Ok(()),
        false => output::report(&told(context, connection, changed)?),
    }
}

fn told(context: &Context, connection: &Connection, changed: &[PathBuf]) -> Result<Told> {
    let machine = &context.machine;
    let organizations = connection.organizations.iter().map(|organization| Organization {
        name: organization.name.clone(),
        repository: organization.repository.clone(),
        dependency: dependency(&organization.repository),
        key_name: organization.key_name.clone(),
    });
    let paths = machine.paths();
    let has = |place: Place| connection.slots.iter().any(|slot| slot.place == place);
    let mut own = vec![
        (Place::Mix, paths.mix.clone()),
        (Place::Rebar3, paths.rebar3.clone()),
        (Place::Rebar3Keys, paths.rebar3_keys.clone()),
    ];
    own.extend(netrc_path(&variable).map(|path| (Place::Netrc, path)));
    let is_own = |path: &PathBuf| own.iter().any(|(place, own)| has(*place) && own == path);
    let mut files: Vec<File> = own
        .iter()
        .filter(|(place, _)| has(*place))
        .map(|(_, path)| File { path: path.clone(), changed: changed.contains(path) })
        .collect();
    let others = changed.iter().filter(|path| !is_own(path));
    files.extend(others.map(|path| File { path: path.clone(), changed: true }));
    let certificates = connection.slots.iter().find(|slot| slot.place == Place::Certificates);
    let subject = snippets::of_connection(machine, connection);
    let api = connection.api_url()?;
    let is_default = context.default_api_url()? == api;
    let named = machine.server(&api)?.name;
    Ok(Told {
        name: connection.name.clone(),
        api: connection.api.clone(),
        repository: connection.repository.clone(),
        fingerprint: connection.fingerprint.clone(),
        shape: connection.shape,
        organizations: organizations.collect(),
        files,
        hexpm_of_rebar3: connection.shape == Shape::ReplaceHexpm
            && has(Place::Rebar3)
            && !is_set_for_rebar3(connection)
            && !connection.repository_url().is_ok_and(|url| url.is_hexpm()),
        certificates: certificates.map(|slot| slot.name.clone()),
        lines: short(&subject, has(Place::Rebar3)),
        server: (!is_default).then(|| named.unwrap_or_else(|| api.to_string())),
    })
}

/// Whether rebar3 is led to the server already.
fn is_set_for_rebar3(connection: &Connection) -> bool {
    let named = variable("HEX_CDN").and_then(|url| RepositoryUrl::parse(&url).ok());
    named.is_some_and(|named| connection.repository_url().is_ok_and(|url| url == named))
}

/// A dependency of this repository, as `mix.exs` has it.
pub(crate) fn dependency(repository: &str) -> String {
    match repository.strip_prefix("hexpm:") {
        Some(organization) => format!("{{:package, \"~> 1.0\", organization: \"{organization}\"}}"),
        None => format!("{{:package, \"~> 1.0\", repo: \"{repository}\"}}"),
    }
}

impl Report for Told {
    fn text(&self) -> Text {
        let site = self.api.strip_suffix("/api").unwrap_or(&self.api);
        let mut text = Text::styled(Style::Good, "Connected").plain(&format!(" {site} as {}", self.name));
        for file in &self.files {
            let what = if file.changed { "wrote    " } else { "unchanged" };
            let line = Text::from("  ").add(Style::Faint, what).plain(&format!(" {}", file.path.display()));
            text = text.line(line);
        }
        for (file, lines) in &self.lines {
            let heading = if *file == "gleam.toml" { "For Gleam".to_owned() } else { format!("In {file}") };
            text = text.line("").line(Text::styled(Style::Heading, &format!("{heading}:")));
            for line in lines {
                text = text.line(format!("  {line}"));
            }
        }
        text = text.line("");
        if self.hexpm_of_rebar3 {
            text = text.line(format!(
                "rebar3 finds hexpm through a variable: export HEX_CDN={} and run this command again",
                self.repository
            ));
        }
        if let Some(path) = &self.certificates {
            text = text.line(format!("For Gleam: export GLEAM_CACERTS_PATH={path}"));
        }
        if let Some(server) = &self.server {
            text = text.line(format!("Other commands of skep go there with --server {server}"));
        }
        text.line(format!(
            "Longer texts: skep snippets dependabot|renovate|docker|github|gitlab {}",
            self.name
        ))
        .line(format!("To undo this: skep disconnect {}", self.name))
    }
}
