//! What a command changed.

use std::collections::BTreeMap;

use hex_format::name::PackageName;
use hex_project::gleam::{Changes, Config, HEXPM, Requirement};
use hex_project::screen::HeldBack;
use serde::Serialize;

use crate::output::text::Style;
use crate::output::{Report, Text};

/// Most releases of a package that are told as held back, as mix has it.
const SHOWN: usize = 5;

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
    /// Newer releases that the policy or the cooldown keeps out.
    held_back: Vec<Held>,
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

#[derive(Debug, Serialize)]
struct Held {
    name: String,
    version: String,
    repository: Option<String>,
    reason: String,
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
            held_back: Vec::new(),
            downloaded,
        }
    }

    /// The same, with releases that could not be chosen.
    pub(super) fn with_held_back(mut self, held: &[HeldBack]) -> Self {
        let row = |held: &HeldBack| Held {
            name: held.package.name.to_string(),
            version: held.version.to_string(),
            repository: held.package.repository().map(str::to_owned),
            reason: held.reason.clone(),
        };
        self.held_back = held.iter().map(row).collect();
        self
    }

    /// The first few of each package.
    fn held_back(&self, text: Text) -> Text {
        let mut text = text;
        for held in self.held_back.chunk_by(|one, next| one.name == next.name) {
            for Held { name, version, reason, .. } in held.iter().take(SHOWN) {
                let line = Text::styled(Style::Warning, "Held back").plain(&format!(" {name} {version}"));
                text = text.line(line.add(Style::Faint, &format!(" ({reason})")));
            }
            if let Some(more @ 1..) = held.len().checked_sub(SHOWN) {
                text = text.line(format!("          and {more} more of {}", held[0].name));
            }
        }
        text
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
        let unchanged = text.is_empty();
        text = self.held_back(text);
        let summary = match (unchanged, self.downloaded) {
            (false, 0) => return text,
            (true, 0) if self.held_back.is_empty() => {
                "Everything is up to date and in Gleam's cache".to_owned()
            }
            (true, 0) => "Everything else is up to date and in Gleam's cache".to_owned(),
            (_, 1) => "1 package downloaded into Gleam's cache".to_owned(),
            (_, many) => format!("{many} packages downloaded into Gleam's cache"),
        };
        text.line(Text::from(summary))
    }
}
