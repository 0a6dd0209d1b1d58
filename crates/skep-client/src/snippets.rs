//! Texts to paste: what goes into a project, a build and a bot so that they fetch from a server.
//!
//! They hold addresses, names and fingerprints, never a key: keys come from the secrets of whoever runs them. Which
//! fields Dependabot and Renovate read was looked up in their sources (`credential_helpers.rb`, `hex/index.ts`,
//! `mix/extract.ts`); what each version of mix can do with a name is at the top of [`crate::config::mix`].

use std::fmt;

use crate::config::connections::Shape;

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
}

impl Subject {
    fn organization(&self) -> &str {
        self.organizations.first().map_or("ORGANIZATION", String::as_str)
    }

    /// The option of a dependency in `mix.exs`.
    fn option(&self, organization: &str) -> String {
        match self.shape {
            Shape::SideBySide => format!("repo: \"{}:{organization}\"", self.name),
            Shape::Plain => format!("repo: \"{organization}\""),
            Shape::ReplaceHexpm => format!("organization: \"{organization}\""),
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
        match self.shape {
            Shape::SideBySide => format!(" --name {}", self.name),
            Shape::Plain => " --plain".to_owned(),
            Shape::ReplaceHexpm => " --replace-hexpm".to_owned(),
        }
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
