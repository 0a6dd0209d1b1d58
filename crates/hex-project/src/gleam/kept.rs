//! Which locked versions stay: the rules of Gleam 1.18.

use std::collections::{BTreeMap, BTreeSet};

use hex_format::name::PackageName;
use hex_format::version::Version;

use super::{Manifest, Requirement, Source};

/// What may move although it is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlock {
    /// Everything.
    All,
    /// These packages, and what only they require.
    Packages(BTreeSet<PackageName>),
}

impl Unlock {
    /// Nothing but what has to.
    pub fn nothing() -> Self {
        Self::Packages(BTreeSet::new())
    }
}

/// The versions of packages from repositories that stay. A requirement that is new or changed unlocks its package, and
/// whatever is not required by another one that stays.
pub fn kept(
    requirements: &BTreeMap<PackageName, Requirement>,
    manifest: &Manifest,
    unlock: &Unlock,
) -> BTreeMap<PackageName, Version> {
    let Unlock::Packages(unlock) = unlock else { return BTreeMap::new() };
    let unchanged = requirements.iter().filter(|(name, it)| manifest.requirements.get(*name) == Some(it));
    let mut kept = manifest.reached(unchanged.map(|(name, _)| name.as_str()));
    kept.retain(|name| !requirements.contains_key(name) || manifest.requirements.contains_key(name));
    let mut todo: Vec<PackageName> = unlock.iter().cloned().collect();
    while let Some(name) = todo.pop() {
        let Some(package) = manifest.packages.get(&name).filter(|_| kept.remove(&name)) else { continue };
        let orphan = |dependency: &&PackageName| {
            let still =
                |name| manifest.packages[name].requirements.iter().any(|it| it == dependency.as_str());
            kept.contains(*dependency)
                && !manifest.requirements.contains_key(*dependency)
                && !kept.iter().any(still)
        };
        let required = |name: &&PackageName| package.requirements.iter().any(|it| it == name.as_str());
        todo.extend(kept.iter().filter(required).filter(orphan).cloned());
    }
    manifest
        .releases()
        .filter(|(name, ..)| kept.contains(name))
        .map(|(name, version, _)| (name.clone(), version.clone()))
        .collect()
}

impl Manifest {
    /// The locked packages that are required by these, directly or not, themselves included.
    pub(super) fn reached<'a>(&self, from: impl IntoIterator<Item = &'a str>) -> BTreeSet<PackageName> {
        let mut reached = BTreeSet::new();
        let mut todo: Vec<String> = from.into_iter().map(str::to_owned).collect();
        while let Some(name) = todo.pop() {
            let Some((name, package)) =
                PackageName::parse(&name).ok().and_then(|it| self.packages.get_key_value(&it))
            else {
                // An optional requirement that nothing else requires.
                continue;
            };
            if reached.insert(name.clone()) {
                todo.extend(package.requirements.iter().cloned());
            }
        }
        reached
    }

    /// Without the packages that nothing requires any more, now that `requirements` is all that the project requires. No
    /// version moves.
    pub fn reduced(&self, requirements: BTreeMap<PackageName, Requirement>) -> Self {
        let reached = self.reached(requirements.keys().map(PackageName::as_str));
        let packages = self.packages.iter().filter(|(name, _)| reached.contains(name));
        Self {
            packages: packages.map(|(name, package)| (name.clone(), package.clone())).collect(),
            requirements,
        }
    }

    /// Whether this package comes from git.
    pub(super) fn is_git(&self, name: &PackageName) -> bool {
        self.packages.get(name).is_some_and(|package| matches!(package.source, Source::Git { .. }))
    }
}
