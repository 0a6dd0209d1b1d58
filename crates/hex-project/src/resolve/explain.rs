//! Why nothing fits together, in sentences. The tree of reasons is thinned first: the helpers of [`super::node`] and the
//! gaps between versions are reasons for the solver only.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use hex_format::name::PackageName;
use pubgrub::{DefaultStringReporter, Derived, External, Map, ReportFormatter, Reporter, Term};

use super::node::{Node, Pick, Set};
use super::provider::{Provider, Tree};
use super::{Conflict, PackageId, Release};

type Reason = External<Node, Set, String>;
type Terms = Map<Node, Term<Set>>;

/// Most lines of an explanation, the last ones, which come from far to what the project requires.
const MAX_LINES: usize = 40;
const EVERY: &str = "every ";
const PROJECT_REQUIRES: &str = "the project requires ";

/// Explains a conflict.
pub(super) fn explain(provider: &Provider<'_>, tree: &Tree) -> Conflict {
    let words = Words { provider };
    let kept = words.kept(tree);
    let report =
        DefaultStringReporter::report_with_formatter(&*words.thin(tree, &mut HashMap::new()), &words);
    let lines: Vec<_> = report.lines().collect();
    let (lead, told) = match lines.len().checked_sub(MAX_LINES) {
        Some(more @ 1..) => ("…\n", &lines[more..]),
        _ => ("", lines.as_slice()),
    };
    Conflict { explanation: format!("{lead}{}", told.join("\n")), kept }
}

struct Words<'a> {
    provider: &'a Provider<'a>,
}

impl Words<'_> {
    /// The locked packages that take part.
    fn kept(&self, tree: &Tree) -> BTreeSet<PackageName> {
        let (mut names, mut seen, mut todo) = (BTreeSet::new(), HashSet::new(), vec![tree]);
        while let Some(tree) = todo.pop() {
            match tree {
                Tree::External(External::FromDependencyOf(Node::Root, _, Node::Allowance(package), _)) => {
                    names.insert(package.name.clone());
                }
                Tree::External(_) => {}
                // A part may be reached in many ways.
                Tree::Derived(derived) if seen.insert(std::ptr::from_ref(tree)) => {
                    todo.extend([&*derived.cause1, &*derived.cause2]);
                }
                Tree::Derived(_) => {}
            }
        }
        names
    }

    /// Without reasons that say nothing. Parts that are shared stay so.
    fn thin(&self, tree: &Tree, done: &mut HashMap<*const Tree, Arc<Tree>>) -> Arc<Tree> {
        let Tree::Derived(derived) = tree else { return Arc::new(tree.clone()) };
        if let Some(thinned) = done.get(&std::ptr::from_ref(tree)) {
            return thinned.clone();
        }
        let (left, right) = (self.thin(&derived.cause1, done), self.thin(&derived.cause2, done));
        let thinned = Arc::new(if self.is_silent(&left, &right) {
            absorb(derived, &left, &right)
        } else if self.is_silent(&right, &left) {
            absorb(derived, &right, &left)
        } else {
            Tree::Derived(Derived { cause1: left, cause2: right, ..derived.clone() })
        });
        done.insert(std::ptr::from_ref(tree), thinned.clone());
        thinned
    }

    /// Whether a reason says nothing beside another one.
    fn is_silent(&self, tree: &Tree, other: &Tree) -> bool {
        let Tree::External(reason) = tree else { return false };
        match (reason, other) {
            // That a package has its own version, and its own origin.
            (External::FromDependencyOf(Node::Package(package), _, Node::Allowance(own), _), _) => {
                package == own
            }
            (
                External::FromDependencyOf(Node::Package(_), _, Node::Name(_), _),
                Tree::External(External::FromDependencyOf(Node::Package(_), _, Node::Name(_), _)),
            ) => false,
            (External::FromDependencyOf(Node::Package(_), _, Node::Name(_), _), _) => true,
            // That there is nothing between two versions. That there is nothing in a requirement says a lot.
            (
                External::NoVersions(node, none),
                Tree::External(External::FromDependencyOf(_, _, target, wanted)),
            ) if node == target && wanted.subset_of(none) => false,
            (External::NoVersions(Node::Package(package), set), _) => {
                let releases = self.provider.universe.releases(package);
                !releases.is_empty() && !releases.iter().any(|release| contains(set, release))
            }
            _ => false,
        }
    }

    /// A package with its repository, where there could be a doubt.
    fn name(&self, package: &PackageId) -> String {
        match self.provider.is_contested(&package.name) {
            true => format!("{} ({})", package.name, package.origin),
            false => package.name.to_string(),
        }
    }

    /// Some versions of a package, in as few words as its releases allow.
    fn versions(&self, node: &Node, set: &Set) -> String {
        let Node::Package(package) = node else { return node.to_string() };
        let releases = self.provider.universe.releases(package).iter().rev();
        let known: Vec<_> = releases.map(|it| Pick::Version(it.version.clone())).collect();
        let there: Vec<_> = known.iter().filter(|pick| set.contains(pick)).collect();
        match there.as_slice() {
            [] => self.required(node, set),
            [one] => format!("{} {one}", self.name(package)),
            all if all.len() == known.len() => format!("{EVERY}version of {}", self.name(package)),
            _ => self.required(node, &set.simplify(known.iter())),
        }
    }

    /// A package with the versions that are asked for.
    fn required(&self, node: &Node, set: &Set) -> String {
        let (Node::Package(package) | Node::Allowance(package)) = node else { return node.to_string() };
        let name = self.name(package);
        match text(set) {
            versions if versions.is_empty() => name,
            versions => format!("{name} {versions}"),
        }
    }

    fn requires(&self, node: &Node, set: &Set, target: &Node, wanted: &Set) -> String {
        let subject = self.versions(node, set);
        match (node, target) {
            (Node::Root, Node::Allowance(package)) => {
                let exists = self.provider.universe.releases(package).iter().any(|it| contains(wanted, it));
                let gone = if exists { "" } else { ", which does not exist any more" };
                format!("{} is locked at {}{gone}", self.name(package), text(wanted))
            }
            (Node::Root, Node::Name(name)) => format!("the project takes {name} from {}", text(wanted)),
            (Node::Package(_), Node::Name(name)) => format!("{subject} is no other {name}"),
            (_, Node::Allowance(_)) => format!("{subject} works only with {}", self.required(target, wanted)),
            _ => format!("{subject} requires {}", self.required(target, wanted)),
        }
    }

    /// Two reasons, with what they have in common said once.
    fn both(&self, left: &Reason, right: &Reason) -> String {
        let (left, right) = (self.format_external(left), self.format_external(right));
        match right.strip_prefix(PROJECT_REQUIRES) {
            Some(rest) if left.starts_with(PROJECT_REQUIRES) => format!("{left} and {rest}"),
            _ => format!("{left} and {right}"),
        }
    }

    /// Why a requirement on a package can't be met.
    fn no_versions(&self, node: &Node, set: &Set) -> String {
        let Node::Package(package) = node else { return format!("there is no {}", self.required(node, set)) };
        if let Some(reason) = self.provider.universe.missing(package) {
            return format!("{} {reason}", package.name);
        }
        let releases = self.provider.universe.releases(package);
        let unusable = releases.iter().filter(|release| contains(set, release)).find_map(|release| {
            Some(format!(" ({}: {})", release.version, self.provider.unusable(package, release)?))
        });
        match (unusable, text(set)) {
            (Some(why), _) => format!("no {} can be used{why}", self.required(node, set)),
            (None, versions) if versions.is_empty() => format!("{} has no releases", self.name(package)),
            (None, versions) => format!("{} has no release {versions}", self.name(package)),
        }
    }
}

/// A reason without one of its two causes, which said nothing.
fn absorb(derived: &Derived<Node, Set, String>, silent: &Tree, other: &Tree) -> Tree {
    match (silent, other) {
        (_, Tree::Derived(inner)) => {
            let (terms, shared_id) = (derived.terms.clone(), derived.shared_id);
            Tree::Derived(Derived { terms, shared_id, ..inner.clone() })
        }
        // The gap belongs to the versions beside it.
        (
            Tree::External(External::NoVersions(gap, none)),
            Tree::External(External::FromDependencyOf(node, set, target, wanted)),
        ) if gap == node => {
            let (target, wanted) = (target.clone(), wanted.clone());
            Tree::External(External::FromDependencyOf(node.clone(), set.union(none), target, wanted))
        }
        (_, other) => other.clone(),
    }
}

fn contains(set: &Set, release: &Release) -> bool {
    set.contains(&Pick::Version(release.version.clone()))
}

/// A set as a requirement would say it; empty for all versions.
fn text(set: &Set) -> String {
    let segment = |(lower, upper): (&Bound<Pick>, &Bound<Pick>)| {
        let lower = match lower {
            Bound::Unbounded => None,
            // An allowance that may be nothing: the versions are told by the other segments.
            Bound::Included(Pick::Nothing) if matches!(upper, Bound::Included(Pick::Nothing)) => return None,
            Bound::Included(version) if matches!(upper, Bound::Included(same) if same == version) => {
                return Some(version.to_string());
            }
            Bound::Included(version) => Some(format!(">= {version}")),
            Bound::Excluded(version) => Some(format!("> {version}")),
        };
        let upper = match upper {
            Bound::Unbounded => None,
            Bound::Included(version) => Some(format!("<= {version}")),
            Bound::Excluded(version) => Some(format!("< {version}")),
        };
        let ends: Vec<_> = lower.into_iter().chain(upper).collect();
        Some(ends.join(" and "))
    };
    let segments: Vec<_> = set.iter().filter_map(segment).collect();
    segments.join(" or ")
}

impl ReportFormatter<Node, Set, String> for Words<'_> {
    type Output = String;

    fn format_external(&self, reason: &Reason) -> String {
        match reason {
            External::NotRoot(..) => "the project is to be built".to_owned(),
            External::NoVersions(node, set) => self.no_versions(node, set),
            External::FromDependencyOf(node, set, target, wanted) => self.requires(node, set, target, wanted),
            External::Custom(node, set, why) => format!("{}: {why}", self.versions(node, set)),
        }
    }

    fn format_terms(&self, terms: &Terms) -> String {
        let mut there: Vec<(&Node, &Set)> = Vec::new();
        let mut missing: Vec<(&Node, &Set)> = Vec::new();
        for (node, term) in terms {
            match term {
                Term::Positive(_) if *node == Node::Root => {}
                Term::Positive(set) => there.push((node, set)),
                Term::Negative(set) => missing.push((node, set)),
            }
        }
        // The maps of the solver have no order that a reader would know.
        there.sort_by_key(|(node, _)| node.to_string());
        missing.sort_by_key(|(node, _)| node.to_string());
        let all = |parts: &[(&Node, &Set)], join: &str, say: &dyn Fn(&Node, &Set) -> String| {
            parts.iter().map(|(node, set)| say(node, set)).collect::<Vec<_>>().join(join)
        };
        let versions = |node: &Node, set: &Set| self.versions(node, set);
        let required = |node: &Node, set: &Set| self.required(node, set);
        match (there.as_slice(), missing.as_slice()) {
            ([], []) => "no versions fit together".to_owned(),
            ([one], []) => match self.versions(one.0, one.1) {
                all if all.starts_with(EVERY) => format!("no {} can be used", &all[EVERY.len()..]),
                some => format!("{some} can't be used"),
            },
            (many, []) => format!("{} don't go together", all(many, " and ", &versions)),
            ([], [(Node::Name(name), origin)]) => format!("{name} has to come from {}", text(origin)),
            ([], [(Node::Allowance(package), set)]) => {
                format!("{} has to be {}", self.name(package), text(set))
            }
            ([], [one]) => self.requires(&Node::Root, &Set::full(), one.0, one.1),
            ([one], [other]) => self.requires(one.0, one.1, other.0, other.1),
            ([], many) => format!("the project requires {}", all(many, " or ", &required)),
            (some, many) => {
                let verb = if some.len() == 1 { "requires" } else { "require" };
                format!("{} {verb} {}", all(some, " and ", &versions), all(many, " or ", &required))
            }
        }
    }

    fn explain_both_external(&self, left: &Reason, right: &Reason, terms: &Terms) -> String {
        format!("Because {}, {}.", self.both(left, right), self.format_terms(terms))
    }

    fn explain_both_ref(
        &self,
        left_line: usize,
        left: &Derived<Node, Set, String>,
        right_line: usize,
        right: &Derived<Node, Set, String>,
        terms: &Terms,
    ) -> String {
        let (left, right) = (self.format_terms(&left.terms), self.format_terms(&right.terms));
        let therefore = self.format_terms(terms);
        format!("Because {left} ({left_line}) and {right} ({right_line}), {therefore}.")
    }

    fn explain_ref_and_external(
        &self,
        line: usize,
        derived: &Derived<Node, Set, String>,
        reason: &Reason,
        terms: &Terms,
    ) -> String {
        let (derived, reason) = (self.format_terms(&derived.terms), self.format_external(reason));
        format!("Because {derived} ({line}) and {reason}, {}.", self.format_terms(terms))
    }

    fn and_explain_external(&self, reason: &Reason, terms: &Terms) -> String {
        format!("And because {}, {}.", self.format_external(reason), self.format_terms(terms))
    }

    fn and_explain_ref(&self, line: usize, derived: &Derived<Node, Set, String>, terms: &Terms) -> String {
        format!("And because {} ({line}), {}.", self.format_terms(&derived.terms), self.format_terms(terms))
    }

    fn and_explain_prior_and_external(&self, prior: &Reason, reason: &Reason, terms: &Terms) -> String {
        format!("And because {}, {}.", self.both(prior, reason), self.format_terms(terms))
    }
}
