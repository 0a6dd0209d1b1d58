//! Permissions of a key, as typed on the command line and as sent to the API.
//!
//! `mix` sends whatever was typed and lets the server find out; here a misspelt permission is refused before a key
//! exists. The vocabulary is the Hex HTTP contract's.

use std::fmt;

use hex_format::name::{OrganizationName, PackageName, RepositoryName};
use serde::Serialize;

#[cfg(test)]
mod tests;

/// One permission that a new key is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// Everything of the API.
    Api,
    /// Reading in the API.
    ApiRead,
    /// Reading and writing in the API.
    ApiWrite,
    /// Fetching from one organization's repository.
    Repository(OrganizationName),
    /// Fetching from every repository that the owner of the key may read.
    Repositories,
    /// Reading and writing one package through the API.
    Package(RepositoryName, PackageName),
    /// Reading one organization's documentation.
    Docs(OrganizationName),
}

/// Why a text is not a permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PermissionError {
    /// No permission is called so.
    #[error(
        "unknown permission {0:?}, expected api, api:read, api:write, repository:ORGANIZATION, repositories, \
         package:REPOSITORY/NAME or docs:ORGANIZATION"
    )]
    Unknown(String),
    /// A name inside the permission is not one.
    #[error("permission {text:?}: {what} {reason}")]
    Name {
        /// The permission as typed.
        text: String,
        /// Which part of it.
        what: &'static str,
        /// What is wrong with the name.
        reason: hex_format::name::NameError,
    },
    /// `repository` or `docs` without an organization, where none is implied.
    #[error("permission {0:?} needs an organization: {0}:ORGANIZATION")]
    NeedsOrganization(String),
}

impl Permission {
    /// Reads a permission. A bare `repository` or `docs` means that of `organization`, as the documentation of
    /// `mix hex.organization` has always promised.
    ///
    /// # Errors
    /// When there is no such permission, or a name in it is not well formed.
    pub fn parse(text: &str, organization: Option<&OrganizationName>) -> Result<Self, PermissionError> {
        let lower = text.trim().to_lowercase();
        let (domain, resource) = match lower.split_once(':') {
            Some((domain, resource)) => (domain, Some(resource)),
            None => (lower.as_str(), None),
        };
        let of_organization = |resource: Option<&str>| match resource {
            Some(name) => OrganizationName::parse(name).map_err(|reason| PermissionError::Name {
                text: text.to_owned(),
                what: "the organization's name",
                reason,
            }),
            None => {
                organization.cloned().ok_or_else(|| PermissionError::NeedsOrganization(domain.to_owned()))
            }
        };
        match (domain, resource) {
            ("api", None) => Ok(Self::Api),
            ("api", Some("read")) => Ok(Self::ApiRead),
            ("api", Some("write")) => Ok(Self::ApiWrite),
            ("repositories", None) => Ok(Self::Repositories),
            ("repository", resource) => of_organization(resource).map(Self::Repository),
            ("docs", resource) => of_organization(resource).map(Self::Docs),
            ("package", Some(resource)) => package(text, resource),
            _ => Err(PermissionError::Unknown(text.to_owned())),
        }
    }

    /// The domain on the wire.
    pub fn domain(&self) -> &'static str {
        match self {
            Self::Api | Self::ApiRead | Self::ApiWrite => "api",
            Self::Repository(_) => "repository",
            Self::Repositories => "repositories",
            Self::Package(..) => "package",
            Self::Docs(_) => "docs",
        }
    }

    /// The resource on the wire.
    pub fn resource(&self) -> Option<String> {
        match self {
            Self::Api | Self::Repositories => None,
            Self::ApiRead => Some("read".to_owned()),
            Self::ApiWrite => Some("write".to_owned()),
            Self::Repository(name) | Self::Docs(name) => Some(name.to_string()),
            Self::Package(repository, name) => Some(format!("{repository}/{name}")),
        }
    }
}

fn package(text: &str, resource: &str) -> Result<Permission, PermissionError> {
    let wrong = |what| move |reason| PermissionError::Name { text: text.to_owned(), what, reason };
    let (repository, name) = match resource.split_once('/') {
        Some((repository, name)) => {
            (RepositoryName::parse(repository).map_err(wrong("the repository's name"))?, name)
        }
        None => (RepositoryName::hexpm(), resource),
    };
    let name = PackageName::parse(name).map_err(wrong("the package's name"))?;
    Ok(Permission::Package(repository, name))
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.resource() {
            Some(resource) => write!(f, "{}:{resource}", self.domain()),
            None => f.write_str(self.domain()),
        }
    }
}

impl Serialize for Permission {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire {
            domain: &'static str,
            resource: Option<String>,
        }
        Wire { domain: self.domain(), resource: self.resource() }.serialize(serializer)
    }
}
