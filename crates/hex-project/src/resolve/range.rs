//! What requirements mean, as sets of versions. The tools differ at the edges.

use hex_format::requirement::{Clause, Operator, Requirement};
use hex_format::version::{Identifier, Version};
use pubgrub::Ranges;

use super::Rules;

/// The versions that satisfy a requirement, pre-releases included.
pub fn range(requirement: &Requirement, rules: Rules) -> Ranges<Version> {
    let both = |clauses: &Vec<Clause>| {
        clauses.iter().fold(Ranges::full(), |range, it| range.intersection(&clause(it, rules)))
    };
    requirement.alternatives().iter().map(both).fold(Ranges::empty(), |range, it| range.union(&it))
}

fn clause(clause: &Clause, rules: Rules) -> Ranges<Version> {
    let operand = &clause.operand;
    let version = operand.version.clone();
    match (clause.operator, rules) {
        (Operator::Equal, _) => Ranges::singleton(version),
        (Operator::GreaterOrEqual, _) => Ranges::higher_than(version),
        (Operator::Less, _) => Ranges::strictly_lower_than(version),
        (Operator::NotEqual, Rules::Hex) => Ranges::singleton(version).complement(),
        (Operator::Greater, Rules::Hex) => Ranges::strictly_higher_than(version),
        (Operator::LessOrEqual, Rules::Hex) => Ranges::lower_than(version),
        (Operator::NotEqual, Rules::Gleam) => {
            let above = Ranges::higher_than(next_patch(&version));
            Ranges::strictly_lower_than(version).union(&above)
        }
        (Operator::Greater, Rules::Gleam) => Ranges::higher_than(next_patch(&version)),
        (Operator::LessOrEqual, Rules::Gleam) => Ranges::strictly_lower_than(next_patch(&version)),
        (Operator::Compatible, _) => {
            let upper = match operand.has_patch {
                true => Version::new(version.major, version.minor.saturating_add(1), 0),
                false => Version::new(version.major.saturating_add(1), 0, 0),
            };
            let upper = match rules {
                // So that `2.0.0-rc` is above `~> 1.0` too.
                Rules::Hex => Version { pre: vec![Identifier::Numeric(0)], ..upper },
                Rules::Gleam => upper,
            };
            // Not `between`, which does not bear ends in the wrong order.
            Ranges::higher_than(version).intersection(&Ranges::strictly_lower_than(upper))
        }
    }
}

/// Without the pre-release, as Gleam counts.
fn next_patch(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch.saturating_add(1))
}
