//! Which releases a policy and a cooldown keep out of a resolution, by the rules of mix 2.5.
//!
//! A version that is locked is never kept out: nobody is made to leave it. And whoever is to leave a locked version,
//! because it is retired or has an advisory, is not held up by a cooldown, nor by that of what it requires.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use hex_format::version::Version;
use hex_registry::package::{self, Package};
use hex_registry::policy::Policy;

use crate::audit::date;
use crate::cooldown::Cooldown;
use crate::gleam::{Config, Manifest};
use crate::policy::{Candidate, judge};
use crate::resolve::{PackageId, Release, releases};

#[cfg(test)]
mod tests;

/// What keeps releases out.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The active policy.
    pub policy: Option<Policy>,
    /// The user's own cooldown. That of a policy is part of the policy.
    pub cooldown: Cooldown,
    /// The repositories whose releases need not age, by their names on this machine.
    pub excluded: HashSet<String>,
    /// The present, in seconds since 1970.
    pub now: i64,
}

/// What a project has locked of one package.
#[derive(Debug, Clone)]
struct Locked {
    repository: String,
    version: String,
    requirements: Vec<String>,
}

/// The limits, for one project.
#[derive(Debug, Clone)]
pub struct Screen {
    limits: Limits,
    locked: BTreeMap<String, Locked>,
    /// Packages that no cooldown holds.
    escaping: BTreeSet<String>,
}

/// A release that is kept out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// The package.
    pub package: PackageId,
    /// The version.
    pub version: Version,
    /// Why, for people.
    pub reason: String,
}

impl Screen {
    /// For a project that has a manifest, or none yet.
    pub fn new(limits: Limits, config: &Config, manifest: Option<&Manifest>) -> Self {
        let packages = manifest.into_iter().flat_map(|manifest| &manifest.packages);
        let locked = packages.map(|(name, package)| {
            let locked = Locked {
                repository: config.repository_of(name).to_owned(),
                version: package.version.to_string(),
                requirements: package.requirements.clone(),
            };
            (name.to_string(), locked)
        });
        Self { limits, locked: locked.collect(), escaping: BTreeSet::new() }
    }

    /// Takes note of a package. True if others have to be looked at again, because the locked release of this one should be
    /// left.
    pub fn notice(&mut self, repository: &str, package: &Package) -> bool {
        let Some(locked) = self.locked.get(&package.name).filter(|it| it.repository == repository) else {
            return false;
        };
        let is_unsafe = |release: &&package::Release| {
            release.version == locked.version
                && (release.retirement.is_some() || !release.advisory_ids.is_empty())
        };
        if self.limits.cooldown.is_none() || !package.releases.iter().any(|release| is_unsafe(&release)) {
            return false;
        }
        self.escaping.extend(locked.requirements.iter().cloned());
        self.escaping.insert(package.name.clone())
    }

    /// The releases of a package from the repository which the client calls `repository`; those that are kept out are
    /// unusable.
    pub fn releases(&self, repository: &str, package: &Package) -> Vec<Release> {
        let mut all = releases(repository, package);
        for release in &mut all {
            let version = release.version.to_string();
            let registered = package.releases.iter().find(|it| it.version == version);
            let reason = registered.and_then(|it| self.refusal(repository, package, it));
            release.unusable = release.unusable.take().or(reason);
        }
        all
    }

    /// The newer releases of a package that are kept out, newest first.
    pub fn held_back(&self, id: &PackageId, package: &Package, chosen: &Version) -> Vec<HeldBack> {
        let Some(repository) = id.repository() else { return Vec::new() };
        let held = package.releases.iter().filter_map(|release| {
            let version = Version::parse(&release.version).ok().filter(|version| version > chosen)?;
            let reason = self.refusal(repository, package, release)?;
            Some(HeldBack { package: id.clone(), version, reason })
        });
        let mut held: Vec<HeldBack> = held.collect();
        held.sort_by(|a, b| b.version.cmp(&a.version));
        held
    }

    /// Why a release is kept out, if it is.
    fn refusal(&self, repository: &str, package: &Package, release: &package::Release) -> Option<String> {
        let locked = self.locked.get(&package.name).filter(|it| it.repository == repository);
        if locked.is_some_and(|it| it.version == release.version) {
            return None;
        }
        let Limits { policy, cooldown, excluded, now } = &self.limits;
        let candidate = Candidate::new(repository, package, release);
        if let Some(policy) = policy {
            let reasons: Vec<String> =
                judge(policy, &candidate, *now).reasons.iter().map(ToString::to_string).collect();
            if !reasons.is_empty() {
                return Some(format!("policy {}/{}: {}", policy.repository, policy.name, reasons.join(", ")));
            }
        }
        let is_free = excluded.contains(repository) || self.escaping.contains(&package.name);
        let published = candidate.published_at.filter(|_| !is_free)?;
        (!cooldown.is_over(Some(published), *now))
            .then(|| format!("cooldown {cooldown}; eligible {}", date(cooldown.ends_at(published))))
    }
}
