//! Versions as Elixir's `Version` reads and orders them: SemVer 2 without shortcuts.
//!
//! Everything that compares releases goes through here, so that the server, the client and every Hex client
//! agree on which release is newest. It must never accept a text that Elixir refuses, since one such version
//! in a registry makes the package unusable for everybody. (Numbers of more than 14 digits divide the releases
//! of Elixir; [`Version::within_registry_limits`] is about them.)

mod parse;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

pub use parse::{LooseVersion, VersionError};

/// Most bytes of a version's text. Elixir has no bound; the registry allows three numbers of 14 digits and a
/// pre-release of 64 characters.
pub const MAX_BYTES: usize = 256;

/// Largest number in a version (also in its pre-release) that a registry accepts: 14 digits. Elixir itself
/// reads larger ones only in older releases.
pub const REGISTRY_MAX_NUMBER: u64 = 99_999_999_999_999;

/// Most characters of a pre-release that a registry accepts.
pub const REGISTRY_MAX_PRERELEASE_CHARS: usize = 64;

/// One dot-separated part of a pre-release. Numbers sort before texts, texts by their bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identifier {
    /// Only digits, without a leading zero.
    Numeric(u64),
    /// `[0-9A-Za-z-]+` with something that is not a digit.
    Text(String),
}

/// A version: `MAJOR.MINOR.PATCH[-PRE][+BUILD]`.
///
/// `Display` gives back exactly the text that was read. Comparison, equality and hash ignore the build, as
/// Elixir does.
#[derive(Debug, Clone)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// The parts of the pre-release; empty for a stable version.
    pub pre: Vec<Identifier>,
    /// The build metadata after `+`. Registries refuse versions that have it.
    pub build: Option<String>,
}

impl Version {
    /// A stable version.
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self { major, minor, patch, pre: Vec::new(), build: None }
    }

    /// Whether this is a pre-release.
    pub fn is_prerelease(&self) -> bool {
        !self.pre.is_empty()
    }

    /// The pre-release as text, without its hyphen; none for a stable version.
    pub fn prerelease(&self) -> Option<String> {
        self.is_prerelease().then(|| Dotted(&self.pre).to_string())
    }

    /// Whether every number has at most 14 digits. Beyond that a registry answers `is invalid SemVer`, and
    /// current Elixir can't read the version at all.
    pub fn within_registry_limits(&self) -> bool {
        let parts = self.pre.iter().filter_map(|part| match part {
            Identifier::Numeric(number) => Some(*number),
            Identifier::Text(_) => None,
        });
        [self.major, self.minor, self.patch].into_iter().chain(parts).all(|n| n <= REGISTRY_MAX_NUMBER)
    }

    /// What follows the numbers: `-PRE+BUILD`.
    fn write_suffix(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_prerelease() {
            write!(f, "-{}", Dotted(&self.pre))?;
        }
        self.build.iter().try_for_each(|build| write!(f, "+{build}"))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| self.pre.is_empty().cmp(&other.pre.is_empty()))
            .then_with(|| self.pre.cmp(&other.pre))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.major, self.minor, self.patch, &self.pre).hash(state);
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        Self::parse(text)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        self.write_suffix(f)
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numeric(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

struct Dotted<'a>(&'a [Identifier]);

impl fmt::Display for Dotted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            part.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
