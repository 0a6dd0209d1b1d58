//! What PubGrub asks while it searches.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use hex_format::name::PackageName;
use hex_format::version::Version;
use pubgrub::{Dependencies, DependencyConstraints, DependencyProvider, PackageResolutionStatistics};
use thiserror::Error;

use super::node::{Node, Pick, Set, picks};
use super::{Dependency, Origin, PackageId, Question, Release, Rules, Universe, range};

/// Most attempts of one search.
const MAX_STEPS: usize = 50_000;
/// Longest time of one search: attempts get slower where many releases are in the way.
const MAX_TIME: Duration = Duration::from_secs(20);

/// The search took too many steps.
#[derive(Debug, Error)]
#[error("gave up after {0} steps")]
pub(super) struct Stop(pub usize);

/// The tree of reasons why there is no solution. Releases that can't be used are never offered, so that no reason needs
/// a text of its own.
pub(super) type Tree = pubgrub::DerivationTree<Node, Set, String>;

/// A question and what is known.
pub(super) struct Provider<'a> {
    pub(super) question: &'a Question,
    pub(super) universe: &'a Universe,
    /// The releases that can be chosen, newest first.
    usable: HashMap<&'a PackageId, Vec<Pick>>,
    /// Packages with an allowance: those that something constrains without requiring them.
    constrained: HashSet<PackageId>,
    /// Names that could come from several places.
    contested: HashSet<PackageName>,
    steps: Cell<usize>,
    start: Instant,
}

impl<'a> Provider<'a> {
    pub(super) fn new(question: &'a Question, universe: &'a Universe) -> Self {
        let mut provider = Self {
            question,
            universe,
            usable: HashMap::new(),
            constrained: HashSet::new(),
            contested: HashSet::new(),
            steps: Cell::new(0),
            start: Instant::now(),
        };
        for (package, releases) in universe.iter() {
            let name = &package.name;
            let origins = universe.origins(name);
            if origins.len() > 1 || question.repositories.contains_key(name) {
                provider.contested.insert(name.clone());
            }
            if question.locked.contains_key(name) && package.origin != Origin::Project {
                provider.constrained.insert(package.clone());
            }
            let optional = releases.iter().flat_map(|release| &release.dependencies).filter(|it| it.optional);
            let targets: Vec<_> = optional.map(|dependency| provider.target(dependency)).collect();
            provider.constrained.extend(targets);
            let usable = releases.iter().filter(|release| provider.unusable(package, release).is_none());
            let usable = usable.map(|release| Pick::Version(release.version.clone())).collect();
            provider.usable.insert(package, usable);
        }
        provider
    }

    /// The package that a dependency means: one of the project stands in for all of its name.
    pub(super) fn target(&self, dependency: &Dependency) -> PackageId {
        let own = PackageId::of_project(dependency.package.name.clone());
        if self.universe.knows(&own) { own } else { dependency.package.clone() }
    }

    /// Whether packages of this name could come from several places.
    pub(super) fn is_contested(&self, name: &PackageName) -> bool {
        self.contested.contains(name)
    }

    /// Why a release can't be chosen, if so.
    pub(super) fn unusable(&self, package: &PackageId, release: &Release) -> Option<String> {
        if release.unusable.is_some() {
            return release.unusable.clone();
        }
        let of_project = |it: &&Dependency| it.package.name.as_str() == self.question.project && !it.optional;
        if release.dependencies.iter().any(|it| of_project(&it)) {
            return Some(format!("it requires {}, which is this project's own name", self.question.project));
        }
        let version = &release.version;
        if release.dependencies.iter().any(|it| self.target(it) == *package && !self.allows(it, version)) {
            return Some("it requires another version of itself".to_owned());
        }
        if self.question.rules == Rules::Hex {
            return None;
        }
        if [version.major, version.minor, version.patch].iter().any(|&number| number > u64::from(u32::MAX)) {
            return Some("Gleam does not read numbers that large".to_owned());
        }
        let kept = self.question.locked.get(&package.name) == Some(version);
        release.retired.as_ref().filter(|_| !kept).map(|reason| format!("it is retired: {reason}"))
    }

    /// What the chosen releases and the project require and nobody knows yet.
    pub(super) fn unknown(
        &self,
        chosen: &BTreeMap<PackageName, (PackageId, Version)>,
    ) -> BTreeSet<PackageId> {
        let releases = chosen.values().filter_map(|(id, version)| self.universe.release(id, version));
        let required = releases.flat_map(|release| &release.dependencies).filter(|it| !it.optional);
        let targets = self.question.requirements.iter().chain(required).map(|it| self.target(it));
        targets.filter(|target| !self.universe.knows(target)).collect()
    }

    fn allows(&self, dependency: &Dependency, version: &Version) -> bool {
        range(&dependency.requirement, self.question.rules).contains(version)
    }

    fn requirements_of_project(&self) -> Vec<(Node, Set)> {
        let mut all = self.requirements(&self.question.requirements);
        for (name, version) in &self.question.locked {
            let origins = self.universe.origins(name).iter().filter(|&it| *it != Origin::Project);
            for origin in origins.filter(|_| self.question.rules == Rules::Gleam) {
                let package = PackageId { name: name.clone(), origin: origin.clone() };
                let kept = Set::singleton(Pick::Version(version.clone()));
                all.push((Node::Allowance(package), or_nothing(&kept)));
            }
        }
        for (name, repository) in &self.question.repositories {
            let own = self.universe.origins(name).contains(&Origin::Project);
            if !own && self.contested.contains(name) {
                let settled = Origin::Repository(repository.clone());
                all.push((Node::Name(name.clone()), Set::singleton(Pick::From(settled))));
            }
        }
        all
    }

    fn requirements_of(&self, package: &PackageId, version: &Version) -> Vec<(Node, Set)> {
        let dependencies = self.universe.release(package, version).map_or(&[][..], |it| &it.dependencies);
        let mut all = self.requirements(dependencies);
        // A release that requires itself is usable only where that means nothing.
        all.retain(|(node, _)| !matches!(node, Node::Package(target) if target == package));
        if self.constrained.contains(package) {
            all.push((Node::Allowance(package.clone()), Set::singleton(Pick::Version(version.clone()))));
        }
        if self.contested.contains(&package.name) {
            let from = Set::singleton(Pick::From(package.origin.clone()));
            all.push((Node::Name(package.name.clone()), from));
        }
        all
    }

    fn requirements(&self, dependencies: &[Dependency]) -> Vec<(Node, Set)> {
        let requirement = |dependency: &Dependency| {
            let target = self.target(dependency);
            let set = picks(&range(&dependency.requirement, self.question.rules));
            match dependency.optional {
                true => Some((Node::Allowance(target), or_nothing(&set))),
                // What is not known yet constrains nothing in this round.
                false => self.universe.knows(&target).then_some((Node::Package(target), set)),
            }
        };
        dependencies.iter().filter_map(requirement).collect()
    }

    fn usable(&self, package: &PackageId) -> &[Pick] {
        self.usable.get(package).map_or(&[], Vec::as_slice)
    }

    /// The version to try first: the locked one, else the newest that is no pre-release, else the newest.
    fn best(&self, package: &PackageId, set: &Set) -> Option<Pick> {
        let fitting = || self.usable(package).iter().filter(|pick| set.contains(pick));
        let locked = self.question.locked.get(&package.name).map(|version| Pick::Version(version.clone()));
        let stable = |pick: &&Pick| matches!(pick, Pick::Version(version) if !version.is_prerelease());
        let best = fitting().find(|pick| Some(*pick) == locked.as_ref());
        best.or_else(|| fitting().find(stable)).or_else(|| fitting().next()).cloned()
    }
}

fn or_nothing(set: &Set) -> Set {
    set.union(&Set::singleton(Pick::Nothing))
}

impl DependencyProvider for Provider<'_> {
    type P = Node;
    type V = Pick;
    type VS = Set;
    type M = String;
    type Err = Stop;
    /// Packages before helpers, those with conflicts first, then those with the fewest versions left, as Gleam has it.
    type Priority = (bool, u32, Reverse<usize>);

    fn prioritize(&self, node: &Node, set: &Set, conflicts: &PackageResolutionStatistics) -> Self::Priority {
        let left = |package| self.usable(package).iter().filter(|pick| set.contains(pick)).count();
        match node {
            Node::Root => (true, u32::MAX, Reverse(0)),
            Node::Package(package) => (true, conflicts.conflict_count(), Reverse(left(package))),
            Node::Allowance(_) | Node::Name(_) => (false, 0, Reverse(0)),
        }
    }

    fn choose_version(&self, node: &Node, set: &Set) -> Result<Option<Pick>, Stop> {
        let version = |package| {
            let versions = self.universe.releases(package).iter().map(|it| Pick::Version(it.version.clone()));
            { versions }.find(|pick| set.contains(pick))
        };
        let origin = |name| {
            let origins = self.universe.origins(name).iter().map(|it| Pick::From(it.clone()));
            { origins }.find(|pick| set.contains(pick))
        };
        Ok(match node {
            Node::Package(package) => self.best(package, set),
            Node::Root | Node::Allowance(_) if set.contains(&Pick::Nothing) => Some(Pick::Nothing),
            Node::Allowance(package) => version(package),
            // The one that is settled may not be known yet.
            Node::Name(name) => set.as_singleton().cloned().or_else(|| origin(name)),
            Node::Root => None,
        })
    }

    fn get_dependencies(&self, node: &Node, pick: &Pick) -> Result<Dependencies<Node, Set, String>, Stop> {
        let requirements = match (node, pick) {
            (Node::Root, _) => self.requirements_of_project(),
            (Node::Package(package), Pick::Version(version)) => self.requirements_of(package, version),
            _ => Vec::new(),
        };
        Ok(Dependencies::Available(DependencyConstraints::from_iter(requirements)))
    }

    fn should_cancel(&self) -> Result<(), Stop> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if steps > MAX_STEPS || self.start.elapsed() > MAX_TIME { Err(Stop(steps)) } else { Ok(()) }
    }
}
