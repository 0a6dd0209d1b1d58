//! Security advisories as the registry publishes them.

use crate::{DecodeError, limits, wire};

/// A security advisory about some releases of a package.
#[derive(Debug, Clone, PartialEq)]
pub struct Advisory {
    /// Its identifier, such as `GHSA-…`, `CVE-…` or `EEF-…`.
    pub id: String,
    /// One line about it.
    pub summary: String,
    /// A page for people.
    pub html_url: String,
    /// The same for programs.
    pub api_url: String,
    /// How bad it is, if it was rated.
    pub severity: Option<Severity>,
    /// CVSS score from 0 to 10, if known.
    pub cvss_score: Option<f32>,
    /// Other identifiers of the same problem.
    pub aliases: Vec<String>,
}

/// How bad an advisory is. Ordered: one that a later registry may add ranks above all known ones, as
/// the clients do it, so that a threshold never lets it pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// No impact.
    None,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
    /// A number this version does not know.
    Unknown(i32),
}

impl Severity {
    const KNOWN: [Self; 5] = [Self::None, Self::Low, Self::Medium, Self::High, Self::Critical];

    pub(crate) fn to_wire(self) -> i32 {
        match self {
            Self::None => 0,
            Self::Low => 1,
            Self::Medium => 2,
            Self::High => 3,
            Self::Critical => 4,
            Self::Unknown(number) => number,
        }
    }

    pub(crate) fn from_wire(number: i32) -> Self {
        let known = usize::try_from(number).ok().and_then(|index| Self::KNOWN.get(index));
        known.copied().unwrap_or(Self::Unknown(number))
    }
}

impl Advisory {
    pub(super) fn to_wire(&self) -> wire::SecurityAdvisory {
        wire::SecurityAdvisory {
            id: self.id.clone(),
            summary: self.summary.clone(),
            html_url: self.html_url.clone(),
            severity: self.severity.map(Severity::to_wire),
            cvss_score: self.cvss_score,
            api_url: self.api_url.clone(),
            aliases: self.aliases.clone(),
        }
    }

    pub(super) fn from_wire(wire: wire::SecurityAdvisory) -> Result<Self, DecodeError> {
        Ok(Self {
            id: limits::name("SecurityAdvisory.id", wire.id)?,
            summary: wire.summary,
            html_url: wire.html_url,
            api_url: wire.api_url,
            severity: wire.severity.map(Severity::from_wire),
            cvss_score: wire.cvss_score,
            aliases: wire.aliases,
        })
    }
}
