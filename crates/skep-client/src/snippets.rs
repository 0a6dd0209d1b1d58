//! Texts to paste: what goes into a project, a build and a bot so that they fetch from a server.
//!
//! They hold addresses, names and fingerprints, never a key: keys come from the secrets of whoever runs them. Which
//! fields Dependabot and Renovate read was looked up in their sources (`credential_helpers.rb`, `hex/index.ts`,
//! `mix/extract.ts`); what each version of mix can do with a name is at the top of [`crate::config::mix`].

use std::collections::BTreeMap;
use std::fmt;

use crate::config::connections::{Connection, Place, Shape, Slot};
use crate::server::RepositoryUrl;

mod bots;
mod builds;
mod projects;
#[cfg(test)]
mod tests;

/// What the texts are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The server's site, such as `https://hex.example.com`.
    pub site: String,
    /// Base of the API.
    pub api: String,
    /// Base of the repository.
    pub repository: String,
    /// Fingerprint of the signing key, if it is known.
    pub fingerprint: Option<String>,
    /// What the server is called on the machine.
    pub name: String,
    /// How organizations are called.
    pub shape: Shape,
    /// The organizations; the first is the one in examples.
    pub organizations: Vec<String>,
    /// What rebar3 calls organizations on the machine, where that is not what it would be elsewhere.
    pub rebar3: BTreeMap<String, String>,
    /// The signing key, as PEM, if it is known.
    pub signing_key: Option<String>,
    /// Options of `skep connect` beside those of the shape, such as ` --cacert ca.pem`.
    pub options: String,
}

impl Subject {
    /// What is known of a server that is connected. `signing_key` is the one that it was connected with.
    pub fn of_connection(connection: &Connection, signing_key: Option<String>) -> Self {
        let organizations = &connection.organizations;
        // With an old mix on the machine, organizations stand under their own names as well, and are used by those.
        let all_plain = organizations.iter().all(|known| !known.repository.contains(':'));
        let shape = match connection.shape {
            Shape::SideBySide if all_plain && !organizations.is_empty() => Shape::Plain,
            shape => shape,
        };
        let in_rebar3 = |slot: &&Slot| slot.place == Place::Rebar3;
        let named = |slot: &Slot| Some((slot.organization.clone()?, slot.name.clone()));
        let own_repository = connection.api_url().and_then(|api| api.repository());
        let mut options = String::new();
        if !own_repository.is_ok_and(|url| url.as_str() == connection.repository) {
            options.push_str(&format!(" --repo-url {}", connection.repository));
        }
        if connection.slots.iter().any(|slot| slot.place == Place::Certificates) {
            options.push_str(" --cacert ca.pem");
        }
        Self {
            site: connection.api.strip_suffix("/api").unwrap_or(&connection.api).to_owned(),
            api: connection.api.clone(),
            repository: connection.repository.clone(),
            fingerprint: Some(connection.fingerprint.clone()),
            name: connection.name.clone(),
            shape,
            organizations: organizations.iter().map(|known| known.name.clone()).collect(),
            rebar3: connection.slots.iter().filter(in_rebar3).filter_map(named).collect(),
            signing_key,
            options,
        }
    }

    fn organization(&self) -> &str {
        self.organizations.first().map_or("ORGANIZATION", String::as_str)
    }

    /// All of them; where none is known a word that stands for one.
    fn all_organizations(&self) -> Vec<&str> {
        match self.organizations.is_empty() {
            true => vec![self.organization()],
            false => self.organizations.iter().map(String::as_str).collect(),
        }
    }

    /// A package for an example: one alone needs no other name.
    fn package(&self, organization: &str) -> String {
        match self.organizations.len() {
            0 | 1 => "package".to_owned(),
            _ => format!("package_of_{}", organization.replace('-', "_")),
        }
    }

    /// Whether rebar3 would have to be told by a variable where `hexpm` is.
    fn repository_is_hexpm_of_rebar3(&self) -> bool {
        self.shape == Shape::ReplaceHexpm && !self.is_hexpm()
    }

    fn needs_authority(&self) -> bool {
        self.options.contains("--cacert")
    }

    fn is_hexpm(&self) -> bool {
        RepositoryUrl::parse(&self.repository).is_ok_and(|url| url.is_hexpm())
    }

    /// What mix and skep call the repository of an organization.
    fn repository_of(&self, organization: &str) -> String {
        match self.shape {
            Shape::SideBySide => format!("{}:{organization}", self.name),
            Shape::Plain => organization.to_owned(),
            Shape::ReplaceHexpm => format!("hexpm:{organization}"),
        }
    }

    /// What rebar3 calls it.
    fn rebar3_name(&self, organization: &str) -> String {
        let usual = match self.shape {
            Shape::ReplaceHexpm => format!("hexpm:{organization}"),
            Shape::SideBySide | Shape::Plain => organization.to_owned(),
        };
        self.rebar3.get(organization).cloned().unwrap_or(usual)
    }

    /// The option of a dependency in `mix.exs`.
    fn option(&self, organization: &str) -> String {
        match self.shape {
            Shape::ReplaceHexpm => format!("organization: \"{organization}\""),
            Shape::SideBySide | Shape::Plain => format!("repo: \"{}\"", self.repository_of(organization)),
        }
    }

    /// The address with its fingerprint, as `skep connect` takes it.
    fn address(&self) -> String {
        format!("{}#{}", self.site, self.fingerprint())
    }

    fn fingerprint(&self) -> &str {
        self.fingerprint.as_deref().unwrap_or("SHA256:…")
    }

    /// Options of `skep connect` that lead to the same names.
    fn options(&self) -> String {
        let shape = match self.shape {
            Shape::SideBySide => format!(" --name {}", self.name),
            Shape::Plain => " --plain".to_owned(),
            // That is what hex.pm is anyway.
            Shape::ReplaceHexpm if self.is_hexpm() => String::new(),
            Shape::ReplaceHexpm => " --replace-hexpm".to_owned(),
        };
        format!("{shape}{}", self.options)
    }

    /// `skep connect` as a build says it.
    fn connect(&self) -> String {
        let organizations = self.organizations.join(" ");
        let gap = if organizations.is_empty() { "" } else { " " };
        format!("skep connect '{}'{gap}{organizations}{}", self.address(), self.options())
    }
}

/// For what a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `mix.exs`.
    Mix,
    /// `rebar.config`.
    Rebar3,
    /// Gleam.
    Gleam,
    /// Dependabot.
    Dependabot,
    /// Renovate.
    Renovate,
    /// A container image.
    Docker,
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Mix,
        Self::Rebar3,
        Self::Gleam,
        Self::Dependabot,
        Self::Renovate,
        Self::Docker,
        Self::Github,
        Self::Gitlab,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mix => "mix",
            Self::Rebar3 => "rebar3",
            Self::Gleam => "gleam",
            Self::Dependabot => "dependabot",
            Self::Renovate => "renovate",
            Self::Docker => "docker",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
        }
    }

    /// Where the text belongs.
    pub fn file(self) -> &'static str {
        match self {
            Self::Mix => "mix.exs",
            Self::Rebar3 => "rebar.config",
            Self::Gleam => "gleam.toml",
            Self::Dependabot => ".github/dependabot.yml",
            Self::Renovate => "renovate.json",
            Self::Docker => "Dockerfile",
            Self::Github => ".github/workflows/ci.yml",
            Self::Gitlab => ".gitlab-ci.yml",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The lines that are short enough to be told when a machine was connected, with what each is for.
pub fn short(subject: &Subject, rebar3: bool) -> Vec<(&'static str, Vec<String>)> {
    let mut lines = vec![("mix.exs", projects::mix_deps(subject))];
    if rebar3 {
        lines.push(("rebar.config", vec![projects::rebar3_deps(subject)]));
    }
    lines.push(("gleam.toml", vec![projects::gleam_command(subject)]));
    lines
}

/// One text, ending with a line break.
pub fn snippet(kind: Kind, subject: &Subject) -> String {
    match kind {
        Kind::Mix => projects::mix(subject),
        Kind::Rebar3 => projects::rebar3(subject),
        Kind::Gleam => projects::gleam(subject),
        Kind::Dependabot => bots::dependabot(subject),
        Kind::Renovate => bots::renovate(subject),
        Kind::Docker => builds::docker(subject),
        Kind::Github => builds::github(subject),
        Kind::Gitlab => builds::gitlab(subject),
    }
}
