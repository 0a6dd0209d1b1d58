//! What a project has looked at and decided to live with.

use std::str::FromStr;

use hex_format::version::Version;
use hex_registry::package::Advisory;

/// Advisories by any of their identifiers, and retired packages or single releases of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignores {
    /// Identifiers.
    pub advisories: Vec<String>,
    /// Retirements.
    pub retirements: Vec<IgnoredRetirement>,
}

/// A package whose retirement is ignored, in all versions or in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredRetirement {
    /// The package.
    pub package: String,
    /// The version; all of them when absent.
    pub version: Option<String>,
}

/// A text that names no retirement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not NAME or NAME@VERSION")]
pub struct IgnoredRetirementError(String);

impl FromStr for IgnoredRetirement {
    type Err = IgnoredRetirementError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || IgnoredRetirementError(text.chars().take(100).collect());
        let (package, version) = match text.split_once('@') {
            Some((package, version)) => (package, Some(version)),
            None => (text, None),
        };
        if package.is_empty() || version.is_some_and(|version| version.parse::<Version>().is_err()) {
            return Err(error());
        }
        Ok(Self { package: package.to_owned(), version: version.map(str::to_owned) })
    }
}

impl std::fmt::Display for IgnoredRetirement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.package)?;
        self.version.iter().try_for_each(|version| write!(f, "@{version}"))
    }
}

impl IgnoredRetirement {
    /// Whether it means this release.
    pub fn is_about(&self, package: &str, version: &str) -> bool {
        self.package == package && self.version.as_deref().is_none_or(|pinned| pinned == version)
    }
}

/// Whether an identifier is an advisory's, or one that it is also known by; letters of either case.
pub fn is_about(advisory: &Advisory, id: &str) -> bool {
    let mut ids = std::iter::once(&advisory.id).chain(&advisory.aliases);
    ids.any(|known| known.to_lowercase() == id.to_lowercase())
}
