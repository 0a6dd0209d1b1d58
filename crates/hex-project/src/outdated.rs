//! Which releases of a lock file have newer ones, and what stands in the way of using them.
//!
//! Requirements come from the lock file, where Mix records what each release asks of the others, and from the project's
//! own manifest where that can be read without running it.

use hex_format::requirement::Requirement;
use hex_format::version::Version;
use hex_registry::package::{Package, Release};

use crate::cooldown::Cooldown;

#[cfg(test)]
mod tests;

/// A requirement on a dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// Who asks: another dependency, or the project's manifest.
    pub source: String,
    /// What for. None: for any version.
    pub requirement: Option<String>,
}

/// Where a dependency stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The version in the lock file.
    pub current: Version,
    /// The newest version, or the current one if that is newer still.
    pub latest: Version,
    /// What is asked of it, and whether the newest version would do.
    pub demands: Vec<(Demand, bool)>,
    /// When the newest version may be used (in seconds since 1970), if it would do but is too new.
    pub cooldown_ends: Option<i64>,
    /// When the newest version was published, in seconds since 1970.
    pub published_at: Option<i64>,
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nothing has to be.
    UpToDate,
    /// Somebody asks for an older version.
    NotPossible,
    /// An update would take the newest version.
    Possible,
}

impl Status {
    /// In the words of mix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UpToDate => "Up-to-date",
            Self::NotPossible => "Update not possible",
            Self::Possible => "Update possible",
        }
    }
}

impl Standing {
    /// What can be done.
    pub fn status(&self) -> Status {
        match (self.is_outdated(), self.demands.iter().all(|(_, fits)| *fits)) {
            (false, _) => Status::UpToDate,
            (true, true) => Status::Possible,
            (true, false) => Status::NotPossible,
        }
    }

    /// Whether there is a newer version.
    pub fn is_outdated(&self) -> bool {
        self.current < self.latest
    }
}

/// How to look.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Count pre-releases, too. They always count for who uses one.
    pub pre: bool,
    /// Count retired releases, as mix does.
    pub retired: bool,
    /// How old a release has to be.
    pub cooldown: Cooldown,
    /// The present, in seconds since 1970.
    pub now: i64,
}

/// Compares a locked version with the registry.
pub fn standing(current: &Version, package: &Package, demands: Vec<Demand>, rules: &Rules) -> Standing {
    let newest = newest(package, rules, current.is_prerelease());
    let (latest, published_at) = match newest {
        Some((version, release)) if version > *current => {
            (version, release.published_at.map(hex_registry::Timestamp::unix_seconds))
        }
        _ => (current.clone(), None),
    };
    let demands: Vec<(Demand, bool)> = demands
        .into_iter()
        .map(|demand| {
            let fits = fits(&demand, &latest);
            (demand, fits)
        })
        .collect();
    let mut standing =
        Standing { current: current.clone(), latest, demands, cooldown_ends: None, published_at };
    if standing.status() == Status::Possible && !rules.cooldown.is_over(published_at, rules.now) {
        standing.cooldown_ends = published_at.map(|published| rules.cooldown.ends_at(published));
    }
    standing
}

fn fits(demand: &Demand, version: &Version) -> bool {
    // A requirement that can't be read stands in the way: nobody could say that the version does.
    demand
        .requirement
        .as_deref()
        .is_none_or(|text| text.parse::<Requirement>().is_ok_and(|requirement| requirement.matches(version)))
}

fn newest<'a>(package: &'a Package, rules: &Rules, on_pre: bool) -> Option<(Version, &'a Release)> {
    let readable = package.releases.iter().filter_map(|release| {
        let version: Version = release.version.parse().ok()?;
        let counts = (rules.pre || on_pre || !version.is_prerelease())
            && (rules.retired || release.retirement.is_none());
        counts.then_some((version, release))
    });
    readable.max_by(|(a, _), (b, _)| a.cmp(b))
}
