//! Version requirements with exactly the meaning of Elixir's `Version.match?/3`.
//!
//! A requirement that parses here parses in every Elixir; whether a *registry* may hold it is narrower and is
//! [`Requirement::check_for_registry`]'s question. This module must never be lenient: a requirement that is
//! read differently by two clients resolves differently for two people.

mod parse;
mod registry;

use std::fmt;
use std::str::FromStr;

pub use parse::RequirementError;
pub use registry::RegistryRequirementError;

use crate::version::{LooseVersion, Version};

/// Most bytes of a requirement's text. Elixir has no bound; longer ones are a mistake or an attack.
pub const MAX_BYTES: usize = 1024;

/// How a clause compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `==`, or no operator at all.
    Equal,
    /// `!=` or `!`; both deprecated in Elixir.
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `~>`
    Compatible,
}

/// One operator with its version, such as `>= 1.2.0`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Clause {
    /// How to compare.
    pub operator: Operator,
    /// What to compare with. Only [`Operator::Compatible`] may leave out the patch number.
    pub operand: LooseVersion,
}

/// A requirement: alternatives joined by `or`, each of clauses joined by `and`.
///
/// `Display` gives back the text that was read, and equality compares that text.
#[derive(Debug, Clone)]
pub struct Requirement {
    text: String,
    alternatives: Vec<Vec<Clause>>,
}

impl Requirement {
    /// The text that was read.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The alternatives, at least one, each of at least one clause.
    pub fn alternatives(&self) -> &[Vec<Clause>] {
        &self.alternatives
    }

    /// Whether the version satisfies the requirement, pre-releases included (Elixir's default).
    pub fn matches(&self, version: &Version) -> bool {
        self.matches_with(version, true)
    }

    /// Whether the version satisfies the requirement. Without `allow_pre` a pre-release satisfies `>`, `>=`
    /// and `~>` only where the operand is a pre-release too; `<`, `<=`, `==` and `!=` are not affected.
    pub fn matches_with(&self, version: &Version, allow_pre: bool) -> bool {
        self.alternatives
            .iter()
            .any(|clauses| clauses.iter().all(|clause| clause.matches(version, allow_pre)))
    }
}

impl Clause {
    fn matches(&self, version: &Version, allow_pre: bool) -> bool {
        let operand = &self.operand.version;
        let pre_ok = allow_pre || operand.is_prerelease() || !version.is_prerelease();
        match self.operator {
            Operator::Equal => version == operand,
            Operator::NotEqual => version != operand,
            Operator::Less => version < operand,
            Operator::LessOrEqual => version <= operand,
            Operator::Greater => version > operand && pre_ok,
            Operator::GreaterOrEqual => version >= operand && pre_ok,
            // The upper bound is the lowest pre-release (`-0`) of the next version, so that being below it is
            // the same as having the same leading numbers.
            Operator::Compatible => {
                version >= operand
                    && version.major == operand.major
                    && (!self.operand.has_patch || version.minor == operand.minor)
                    && pre_ok
            }
        }
    }
}

impl FromStr for Requirement {
    type Err = RequirementError;

    fn from_str(text: &str) -> Result<Self, RequirementError> {
        Self::parse(text)
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Compatible => "~>",
        })
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.operator, self.operand)
    }
}

impl PartialEq for Requirement {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Requirement {}

#[cfg(test)]
mod tests;
