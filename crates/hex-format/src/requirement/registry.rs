//! What a registry may hold: the part of the requirement language that every client's resolver can read.
//!
//! Mix resolves with a solver of its own, which reads less than `Version.parse_requirement/1`. All releases
//! of a package are loaded before any is chosen, so that one requirement it can't read makes the *whole
//! package* unresolvable for everybody. Hence a publish with such a requirement must be refused.
//!
//! Allowed are alternatives joined by `or`, each of which is
//!
//! * one clause with `==` (or no operator), `~>`, `>`, `>=`, `<` or `<=`, or
//! * two clauses joined by `and`: one of `>` `>=` and one of `<` `<=`, in either order, with at least one
//!   version between them, or
//! * two clauses joined by `and`: one `~>` and one of `>` `>=` `<` `<=`, in either order, with more than one
//!   version in common (`~> 1.2 and >= 1.2.5`; but not `~> 1.2 and <= 1.2.0`, on which the solver crashes).
//!
//! Refused are `!=` anywhere, three clauses joined by `and`, `==` beside another clause, two lower or two
//! upper bounds, two `~>`, empty ranges, and numbers of more than 14 digits, which current Elixir doesn't
//! parse.

use thiserror::Error;

use super::{Clause, Operator, Requirement};
use crate::version::{Identifier, Version};

/// Why a requirement that parses may not be in a registry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegistryRequirementError {
    /// `!=` or `!`. The text is the one of the Hex HTTP contract.
    #[error("!= is not allowed in requirements")]
    NotEqual,
    /// More than two clauses joined by `and`.
    #[error("at most two versions can be joined by `and`, not {0}")]
    TooManyClauses(usize),
    /// Two clauses that can't be joined, such as two lower bounds.
    #[error(
        "`{0}` and `{1}` can't be joined by `and`; only a lower bound with an upper bound, or `~>` with a bound, can"
    )]
    Pair(Operator, Operator),
    /// A pair of clauses that no version satisfies.
    #[error("no version can satisfy `{0}`")]
    EmptyRange(String),
    /// `~>` beside a bound that leaves one version.
    #[error("the range of `{0}` is the single version {1}; write `== {1}`")]
    SingleVersion(String, Version),
    /// A number of more than 14 digits.
    #[error("the version `{0}` has a number of more than 14 digits")]
    NumberTooLarge(Version),
}

impl Requirement {
    /// Whether a registry may hold this requirement; the module's text says which.
    ///
    /// # Errors
    /// The first reason against it, `!=` before all others.
    pub fn check_for_registry(&self) -> Result<(), RegistryRequirementError> {
        let clauses = || self.alternatives.iter().flatten();
        if clauses().any(|clause| clause.operator == Operator::NotEqual) {
            return Err(RegistryRequirementError::NotEqual);
        }
        if let Some(clause) = clauses().find(|clause| !clause.operand.version.within_registry_limits()) {
            return Err(RegistryRequirementError::NumberTooLarge(clause.operand.version.clone()));
        }
        self.alternatives.iter().try_for_each(|clauses| match clauses.as_slice() {
            [_] => Ok(()),
            [first, second] => check_pair(first, second),
            more => Err(RegistryRequirementError::TooManyClauses(more.len())),
        })
    }
}

fn check_pair(first: &Clause, second: &Clause) -> Result<(), RegistryRequirementError> {
    use Operator::{Compatible, Equal, NotEqual};
    let (left, right) = (Range::of(first), Range::of(second));
    let readable = match (first.operator, second.operator) {
        (Equal | NotEqual, _) | (_, Equal | NotEqual) | (Compatible, Compatible) => false,
        (Compatible, _) | (_, Compatible) => true,
        _ => left.lower.is_some() != right.lower.is_some(),
    };
    if !readable {
        return Err(RegistryRequirementError::Pair(first.operator, second.operator));
    }
    let range = left.intersect(right);
    let text = || format!("{first} and {second}");
    if range.is_empty() {
        return Err(RegistryRequirementError::EmptyRange(text()));
    }
    match range.single() {
        Some(version) if first.operator == Compatible || second.operator == Compatible => {
            Err(RegistryRequirementError::SingleVersion(text(), version.clone()))
        }
        _ => Ok(()),
    }
}

/// One end of a range.
#[derive(Debug, Clone)]
struct Bound {
    version: Version,
    included: bool,
}

/// All versions between two ends; a missing end is open.
#[derive(Debug, Clone)]
struct Range {
    lower: Option<Bound>,
    upper: Option<Bound>,
}

impl Range {
    fn of(clause: &Clause) -> Self {
        let bound = |included| Some(Bound { version: clause.operand.version.clone(), included });
        match clause.operator {
            Operator::Greater => Self { lower: bound(false), upper: None },
            Operator::GreaterOrEqual => Self { lower: bound(true), upper: None },
            Operator::Less => Self { lower: None, upper: bound(false) },
            Operator::LessOrEqual => Self { lower: None, upper: bound(true) },
            Operator::Equal | Operator::NotEqual => Self { lower: bound(true), upper: bound(true) },
            Operator::Compatible => {
                let next = Bound { version: next_lowest(clause), included: false };
                Self { lower: bound(true), upper: Some(next) }
            }
        }
    }

    fn intersect(self, other: Self) -> Self {
        Self {
            lower: tighter(self.lower, other.lower, |a, b| a > b),
            upper: tighter(self.upper, other.upper, |a, b| a < b),
        }
    }

    fn is_empty(&self) -> bool {
        self.ends().is_some_and(|(lower, upper)| {
            lower.version > upper.version
                || (lower.version == upper.version && !(lower.included && upper.included))
        })
    }

    /// The version that is both ends.
    fn single(&self) -> Option<&Version> {
        self.ends().filter(|(lower, upper)| lower.version == upper.version).map(|(lower, _)| &lower.version)
    }

    fn ends(&self) -> Option<(&Bound, &Bound)> {
        self.lower.as_ref().zip(self.upper.as_ref())
    }
}

fn tighter(a: Option<Bound>, b: Option<Bound>, wins: fn(&Version, &Version) -> bool) -> Option<Bound> {
    match (a, b) {
        (Some(a), Some(b)) if a.version == b.version => {
            Some(Bound { included: a.included && b.included, ..a })
        }
        (Some(a), Some(b)) => Some(if wins(&a.version, &b.version) { a } else { b }),
        (a, b) => a.or(b),
    }
}

/// The upper end of `~>`: the lowest pre-release of the next version. Numbers were checked to have 14 digits.
fn next_lowest(clause: &Clause) -> Version {
    let Version { major, minor, .. } = clause.operand.version;
    let next = if clause.operand.has_patch { (major, minor + 1) } else { (major + 1, 0) };
    Version { pre: vec![Identifier::Numeric(0)], ..Version::new(next.0, next.1, 0) }
}
