//! How people name a package: alone, with its organization, or with a repository of this machine's configuration.
//!
//! The parts can also be given by the options `--organization` and `--repo`. What is said twice has to agree: guessing
//! which one was meant could publish to, or fetch from, the wrong place.

use std::fmt;
use std::str::FromStr;

use hex_format::name::{NameError, OrganizationName, PackageName};
use serde::{Serialize, Serializer};

#[cfg(test)]
mod tests;

/// Most bytes of a repository's name.
const MAX_REPOSITORY_BYTES: usize = 128;

/// The public repository, which no organization owns.
const ROOT: &str = "hexpm";

/// A package and where it is: `foo`, `acme/foo`, `mysrv:foo` or `mysrv:acme/foo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRef {
    /// Where it is.
    pub place: Place,
    /// Its name.
    pub package: PackageName,
}

/// A repository as this machine's configuration calls it: `hexpm`, `hexpm:acme`, `mysrv`, `mysrv:acme`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The repository's entry in the configuration; none for `hexpm`, which is the server that commands speak to.
    pub repo: Option<String>,
    /// The organization in it.
    pub organization: Option<OrganizationName>,
}

/// A text that names no package or repository, or that says otherwise than the options do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Not a package's name.
    #[error("{0:?} is not the name of a package: it {1}")]
    Package(String, NameError),
    /// Not an organization's name.
    #[error("{0:?} is not the name of an organization: it {1}")]
    Organization(String, NameError),
    /// Not a repository's name.
    #[error("{0:?} is not the name of a repository")]
    Repository(String),
    /// Two names for one thing.
    #[error("{what} is {first} and {second} at once: say one of them")]
    Ambiguous {
        /// The organization or the repository.
        what: &'static str,
        /// What was said first.
        first: String,
        /// What else was said.
        second: String,
    },
}

impl Place {
    /// The name that mix would use for it.
    pub fn name(&self) -> String {
        let repo = self.repo.as_deref().unwrap_or(ROOT);
        match &self.organization {
            Some(organization) => format!("{repo}:{organization}"),
            None => repo.to_owned(),
        }
    }

    /// What the options add. `hexpm` adds nothing.
    ///
    /// # Errors
    /// When they say something else.
    pub fn with(
        self,
        repo: Option<&Place>,
        organization: Option<&OrganizationName>,
    ) -> Result<Self, PlaceError> {
        let mut place = self;
        if let Some(given) = repo {
            place.repo = one("the repository", place.repo, given.repo.clone())?;
            place.organization = one("the organization", place.organization, given.organization.clone())?;
        }
        let organization = organization.filter(|name| name.as_str() != ROOT).cloned();
        place.organization = one("the organization", place.organization, organization)?;
        Ok(place)
    }
}

fn one<T: PartialEq + fmt::Display>(
    what: &'static str,
    first: Option<T>,
    second: Option<T>,
) -> Result<Option<T>, PlaceError> {
    match (first, second) {
        (Some(first), Some(second)) if first != second => {
            Err(PlaceError::Ambiguous { what, first: first.to_string(), second: second.to_string() })
        }
        (first, second) => Ok(first.or(second)),
    }
}

/// The name of a repository, as `--repo` takes it. The first colon separates the organization, as in mix.
impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let (repo, organization) = match text.split_once(':') {
            Some((repo, organization)) => (repo, Some(organization)),
            None => (text, None),
        };
        let plain = |character: char| character.is_ascii_alphanumeric() || "_-.".contains(character);
        if repo.is_empty() || repo.len() > MAX_REPOSITORY_BYTES || !repo.chars().all(plain) {
            return Err(PlaceError::Repository(text.to_owned()));
        }
        let organization = organization.map(organization_name).transpose()?;
        Ok(Self { repo: (repo != ROOT).then(|| repo.to_owned()), organization })
    }
}

fn organization_name(text: &str) -> Result<OrganizationName, PlaceError> {
    OrganizationName::parse(text).map_err(|error| PlaceError::Organization(text.to_owned(), error))
}

/// A slash separates an organization, a colon a repository; `hexpm` may stand in both places.
impl FromStr for PackageRef {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let (place, package) = match text.rsplit_once(['/', ':']) {
            None => (Place::default(), text),
            Some((before, package)) if text.as_bytes()[before.len()] == b':' => (before.parse()?, package),
            Some((before, package)) => match before.rsplit_once(':') {
                Some((repo, organization)) => {
                    let organization = organization_name(organization)?;
                    (repo.parse::<Place>()?.with(None, Some(&organization))?, package)
                }
                None if before == ROOT => (Place::default(), package),
                None => (Place { repo: None, organization: Some(organization_name(before)?) }, package),
            },
        };
        let package =
            PackageName::parse(package).map_err(|error| PlaceError::Package(package.to_owned(), error))?;
        Ok(Self { place, package })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// The one way to write it, which reads back as the same.
impl fmt::Display for PackageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(repo) = &self.place.repo {
            write!(f, "{repo}:")?;
        }
        if let Some(organization) = &self.place.organization {
            write!(f, "{organization}/")?;
        }
        write!(f, "{}", self.package)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
