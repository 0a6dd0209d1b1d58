//! What a command changed.

use std::collections::BTreeMap;

use hex_format::name::PackageName;
use hex_project::gleam::{Changes, Config, HEXPM, Requirement};
use serde::Serialize;

use crate::output::text::Style;
use crate::output::{Report, Text};

/// What is different now.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    /// What the project requires now and did not before, or otherwise.
    required: Vec<Required>,
    /// What it does not require any more.
    released: Vec<Released>,
    added: Vec<Added>,
    changed: Vec<Changed>,
    removed: Vec<Removed>,
    /// Tarballs that were not in the cache before.
    downloaded: usize,
}

#[derive(Debug, Serialize)]
struct Required {
    name: String,
    requirement: String,
}

#[derive(Debug, Serialize)]
struct Released {
    name: String,
}

#[derive(Debug, Serialize)]
struct Added {
    name: String,
    version: String,
    repository: String,
}

#[derive(Debug, Serialize)]
struct Changed {
    name: String,
    from: String,
    to: String,
    repository: String,
}

#[derive(Debug, Serialize)]
struct Removed {
    name: String,
    version: String,
}

impl Outcome {
    /// By `gleam.toml` as it was and as it is.
    pub(super) fn new(changes: &Changes, before: &Config, config: &Config, downloaded: usize) -> Self {
        let repository = |name: &PackageName| config.repository_of(name).to_owned();
        let (was, is) = (requirements(before), requirements(config));
        let required = is.iter().filter(|(name, requirement)| was.get(*name) != Some(requirement));
        let required = required.map(|(name, requirement)| Required {
            name: name.to_string(),
            requirement: requirement.to_string(),
        });
        let released = was.keys().filter(|name| !is.contains_key(*name));
        let released = released.map(|name| Released { name: name.to_string() });
        let added = changes.added.iter().map(|(name, version)| Added {
            name: name.to_string(),
            version: version.to_string(),
            repository: repository(name),
        });
        let changed = changes.changed.iter().map(|(name, from, to)| Changed {
            name: name.to_string(),
            from: from.to_string(),
            to: to.to_string(),
            repository: repository(name),
        });
        let removed = changes
            .removed
            .iter()
            .map(|(name, version)| Removed { name: name.to_string(), version: version.to_string() });
        Self {
            required: required.collect(),
            released: released.collect(),
            added: added.collect(),
            changed: changed.collect(),
            removed: removed.collect(),
            downloaded,
        }
    }

    /// Whether the packages that are different say this already.
    fn tells(&self, name: &str) -> bool {
        let mut names = (self.added.iter().map(|it| &it.name))
            .chain(self.changed.iter().map(|it| &it.name))
            .chain(self.removed.iter().map(|it| &it.name));
        names.any(|told| told == name)
    }
}

/// Those on releases of a repository.
fn requirements(config: &Config) -> BTreeMap<&PackageName, &hex_format::requirement::Requirement> {
    let all = config.dependencies.iter().chain(&config.dev_dependencies);
    all.filter_map(|(name, requirement)| match requirement {
        Requirement::Hex(requirement) => Some((name, requirement)),
        Requirement::Path(_) | Requirement::Git { .. } => None,
    })
    .collect()
}

impl Report for Outcome {
    fn text(&self) -> Text {
        let of = |repository: &str| match repository {
            HEXPM => String::new(),
            other => format!(" ({other})"),
        };
        let mut text = Text::default();
        for Required { name, requirement } in self.required.iter().filter(|it| !self.tells(&it.name)) {
            text = text.line(Text::styled(Style::Good, "Required").plain(&format!(" {name} {requirement}")));
        }
        for Released { name } in self.released.iter().filter(|it| !self.tells(&it.name)) {
            text = text.line(format!("{name} stays: another package requires it"));
        }
        for Added { name, version, repository } in &self.added {
            let line = Text::styled(Style::Good, "Added").plain(&format!("    {name} {version}"));
            text = text.line(line.add(Style::Faint, &of(repository)));
        }
        for Changed { name, from, to, repository } in &self.changed {
            let line = Text::styled(Style::Warning, "Changed").plain(&format!("  {name} {from} => {to}"));
            text = text.line(line.add(Style::Faint, &of(repository)));
        }
        for Removed { name, version } in &self.removed {
            text = text.line(Text::styled(Style::Bad, "Removed").plain(&format!("  {name} {version}")));
        }
        let summary = match (text.is_empty(), self.downloaded) {
            (false, 0) => return text,
            (true, 0) => "Everything is up to date and in Gleam's cache".to_owned(),
            (_, 1) => "1 package downloaded into Gleam's cache".to_owned(),
            (_, many) => format!("{many} packages downloaded into Gleam's cache"),
        };
        text.line(Text::from(summary))
    }
}
