//! What was written, where, and how it is used and undone.

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;
use skep_client::config::Machine;
use skep_client::config::connections::{Connection, Place, Shape};

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

pub(super) fn tell(machine: &Machine, connection: &Connection, changed: &[PathBuf]) -> Result<()> {
    output::report(&told(machine, connection, changed))
}

pub(crate) fn told(machine: &Machine, connection: &Connection, changed: &[PathBuf]) -> Told {
    let organizations = connection.organizations.iter().map(|organization| Organization {
        name: organization.name.clone(),
        repository: organization.repository.clone(),
        dependency: dependency(&organization.repository),
        key_name: organization.key_name.clone(),
    });
    let paths = machine.paths();
    let has = |place: Place| connection.slots.iter().any(|slot| slot.place == place);
    let own =
        [(Place::Mix, &paths.mix), (Place::Rebar3, &paths.rebar3), (Place::Rebar3Keys, &paths.rebar3_keys)];
    let mut files: Vec<File> = own
        .into_iter()
        .filter(|(place, _)| has(*place))
        .map(|(_, path)| File { path: path.clone(), changed: changed.contains(path) })
        .collect();
    let others = changed.iter().filter(|path| own.iter().all(|(_, known)| known != path));
    files.extend(others.map(|path| File { path: path.clone(), changed: true }));
    let certificates = connection.slots.iter().find(|slot| slot.place == Place::Certificates);
    Told {
        name: connection.name.clone(),
        api: connection.api.clone(),
        repository: connection.repository.clone(),
        fingerprint: connection.fingerprint.clone(),
        shape: connection.shape,
        organizations: organizations.collect(),
        files,
        hexpm_of_rebar3: connection.shape == Shape::ReplaceHexpm
            && has(Place::Rebar3)
            && !connection.repository_url().is_ok_and(|url| url.is_hexpm()),
        certificates: certificates.map(|slot| slot.name.clone()),
    }
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
        text = text.line("").line(Text::styled(Style::Heading, "In mix.exs:"));
        for organization in &self.organizations {
            text = text.line(format!("  {}", organization.dependency));
        }
        if self.hexpm_of_rebar3 {
            let cdn = format!("rebar3 finds hexpm through a variable: export HEX_CDN={}", self.repository);
            text = text.line("").line(cdn);
        }
        if let Some(path) = &self.certificates {
            text = text.line("").line(format!("For Gleam: export GLEAM_CACERTS_PATH={path}"));
        }
        text.line("")
            .line(format!("More to paste: skep snippets KIND {}", self.name))
            .line(format!("To undo this:  skep disconnect {}", self.name))
    }
}
