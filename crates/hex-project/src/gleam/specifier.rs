//! What `add` is given: `twig`, `twig@2`, `twig@2.1`, `twig@2.1.3`, as with Gleam; or a whole requirement, `twig@~> 2.1`.

use std::str::FromStr;

use hex_format::name::{NameError, PackageName};
use hex_format::requirement::{Requirement, RequirementError};
use hex_format::version::Version;
use thiserror::Error;

/// A package, and the versions that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specifier {
    /// The package.
    pub name: PackageName,
    /// The versions to choose from.
    pub wanted: Requirement,
    /// Whether a whole requirement was given, to be written as it stands.
    pub as_given: bool,
}

/// Why it can't be understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpecifierError {
    /// The name of the package.
    #[error("the package name {0:?} {1}")]
    Name(String, NameError),
    /// What follows the `@`.
    #[error(
        "{0:?} is neither a version nor a requirement ({1}): write NAME@2, NAME@2.1, NAME@2.1.3 or \"NAME@~> 2.1\""
    )]
    Requirement(String, RequirementError),
}

impl FromStr for Specifier {
    type Err = SpecifierError;

    fn from_str(text: &str) -> Result<Self, SpecifierError> {
        let (name, version) =
            text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
        let name = PackageName::parse(name).map_err(|error| SpecifierError::Name(name.to_owned(), error))?;
        let (range, as_given) = match version {
            None => (">= 0.0.0".to_owned(), false),
            Some(version) => match (start(version), Version::parse(version)) {
                (Some((major, minor)), _) => (up_to_next_major(&Version::new(major, minor, 0)), false),
                (None, Ok(version)) => (format!("== {version}"), false),
                (None, Err(_)) => (version.to_owned(), true),
            },
        };
        let wanted = Requirement::parse(&range).map_err(|error| SpecifierError::Requirement(range, error))?;
        Ok(Self { name, wanted, as_given })
    }
}

impl Specifier {
    /// What is written for the version that was chosen: from there to the next major version, as Gleam has it.
    pub fn requirement(&self, chosen: &Version) -> Requirement {
        if self.as_given {
            return self.wanted.clone();
        }
        Requirement::parse(&up_to_next_major(chosen))
            .expect("invariant: a version with its successor is a range")
    }
}

/// `2` or `2.1`.
fn start(text: &str) -> Option<(u64, u64)> {
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    let number = |part: &str| part.parse().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
    Some((number(major)?, number(minor)?))
}

fn up_to_next_major(from: &Version) -> String {
    format!(">= {from} and < {}.0.0", from.major.saturating_add(1))
}
