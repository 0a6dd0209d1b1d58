//! What the registry has to say against the releases of a lock file: retirements and security advisories, and that a
//! release is not there, or is another one.
//!
//! Pure: it is given the lock file and the registry's packages. It needs no toolchain and no fetched dependencies.

pub mod advisories;
pub mod ignores;
pub mod sarif;

use std::fmt;

use hex_format::checksum::Sha256;
use hex_format::lock::LockedRelease;
use hex_registry::package::{Advisory, Package, Release, Retirement};
use hex_registry::policy::Policy;

use crate::policy::{self, Acceptance, Candidate, Concern, Extent};
use advisories::Problem;
use ignores::Ignores;

#[cfg(test)]
mod tests;

/// A release of a lock file together with what the registry says about it.
#[derive(Debug, Clone, Copy)]
pub struct Locked<'a> {
    /// The repository, as the client calls it.
    pub repository: &'a str,
    /// The package.
    pub package: &'a Package,
    /// The release.
    pub release: &'a Release,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The repository, as the client calls it.
    pub repository: String,
    /// The package.
    pub package: String,
    /// The version.
    pub version: String,
    /// What it is.
    pub kind: Kind,
    /// Whether it still needs somebody's attention.
    pub status: Status,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// The release should not be used any more.
    Retired(Retirement),
    /// The release has a known problem.
    Advisory(Problem),
    /// The registry has other bytes for this release than the lock file.
    Changed(Difference),
    /// The registry does not have the release.
    Missing,
}

/// A checksum that the lock file and the registry do not agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Which one: `outer`, of the tarball, or `inner`, of what is in it.
    pub which: &'static str,
    /// That of the lock file.
    pub locked: Sha256,
    /// That of the registry.
    pub registered: Sha256,
}

impl Difference {
    /// Compares what a lock file has with what the registry has. A lock file that has no checksum agrees with all.
    pub fn between(locked: &LockedRelease, release: &Release) -> Option<Self> {
        let pairs = [
            ("outer", locked.outer, release.outer_checksum),
            ("inner", locked.inner, release.inner_checksum),
        ];
        pairs.into_iter().find_map(|(which, locked, registered)| {
            let (locked, registered) = (locked?, Sha256::from_bytes(registered));
            (locked != registered).then_some(Self { which, locked, registered })
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { which, locked, registered } = self;
        write!(
            f,
            "the lock file has {which} checksum {} and the registry has {}",
            locked.to_lower_hex(),
            registered.to_lower_hex()
        )
    }
}

/// Whether a finding needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Open,
    /// The project ignores it.
    Ignored,
    /// The policy accepts it.
    Accepted(Acceptance),
}

/// Everything that was found, in the order of the lock file: what is not in the registry as it is locked, then
/// retirements, then advisories.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Audit {
    /// What was found.
    pub findings: Vec<Finding>,
    /// Ignored identifiers of advisories that none of the releases has.
    pub unused_advisories: Vec<String>,
    /// Ignored retirements of releases that are not retired.
    pub unused_retirements: Vec<String>,
}

impl Audit {
    /// Whether something needs attention.
    pub fn has_open(&self) -> bool {
        self.findings.iter().any(|finding| finding.status == Status::Open)
    }
}

/// Looks at every release. A policy accepts before the project's own list ignores.
pub fn audit(locked: &[Locked<'_>], ignores: &Ignores, policy: Option<(&Policy, Extent)>) -> Audit {
    let mut retired = Vec::new();
    let mut affected = Vec::new();
    for one in locked {
        let candidate = Candidate::new(one.repository, one.package, one.release);
        let judged = |concern: Concern<'_>, ignored: bool| {
            let accepted =
                policy.and_then(|(policy, extent)| policy::accepts(policy, &candidate, concern, extent));
            match accepted {
                Some(acceptance) => Status::Accepted(acceptance),
                None if ignored => Status::Ignored,
                None => Status::Open,
            }
        };
        let finding = |kind: Kind, status: Status| Finding {
            repository: one.repository.to_owned(),
            package: one.package.name.clone(),
            version: one.release.version.clone(),
            kind,
            status,
        };
        if let Some(retirement) = candidate.retirement {
            let is_ignored =
                |entry: &ignores::IgnoredRetirement| entry.is_about(&one.package.name, &one.release.version);
            let ignored = ignores.retirements.iter().any(is_ignored);
            let status = judged(Concern::Retirement(retirement), ignored);
            retired.push(finding(Kind::Retired(retirement.clone()), status));
        }
        for problem in advisories::group(&candidate.advisories) {
            let ignored = ignores.advisories.iter().any(|id| ignores::is_about(&problem.advisory, id));
            let status = judged(Concern::Advisory(&problem.advisory, problem.worst), ignored);
            affected.push(finding(Kind::Advisory(problem), status));
        }
    }
    let unused_retirements = ignores.retirements.iter().filter(|entry| {
        !retired.iter().any(|finding: &Finding| entry.is_about(&finding.package, &finding.version))
    });
    let known = |id: &str| locked.iter().any(|one| knows(one, id));
    Audit {
        unused_retirements: unused_retirements.map(ToString::to_string).collect(),
        unused_advisories: ignores.advisories.iter().filter(|id| !known(id)).cloned().collect(),
        findings: retired.into_iter().chain(affected).collect(),
    }
}

fn knows(one: &Locked<'_>, id: &str) -> bool {
    let affects = |advisory: &&Advisory| one.release.advisory_ids.contains(&advisory.id);
    one.package.advisories.iter().filter(affects).any(|advisory| ignores::is_about(advisory, id))
}

/// A retirement as clients print it: the reason in brackets, then the owner's message.
pub fn retirement_message(retirement: &Retirement) -> String {
    match retirement.message.as_deref() {
        Some(message) if !message.is_empty() => format!("({}) {message}", retirement.reason.as_str()),
        _ => format!("({})", retirement.reason.as_str()),
    }
}

/// The day of a moment, in UTC, as `2026-01-31`.
pub fn date(unix_seconds: i64) -> String {
    let moment = jiff::Timestamp::from_second(unix_seconds);
    moment.map_or_else(|_| "never".to_owned(), |moment| moment.strftime("%Y-%m-%d").to_string())
}
