//! Permissions of keys: what they are called, which are well-formed and what each satisfies.
//! Source: the Hex HTTP contract, "Permissions" (vocabulary and matching).
//!
//! Pure. Whether the owner of a key may have a permission at all is decided in `keys`, at creation, and
//! in `access`, at every use.

use serde::{Deserialize, Serialize};

/// The part of the product that a permission opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Domain {
    /// The HTTP API: everything, or `read`, or `write`.
    Api,
    /// One package, `REPOSITORY/NAME`, or without resource every package that the owner may change.
    Package,
    /// Fetching from one repository.
    Repository,
    /// Fetching from every repository of the owner.
    Repositories,
    /// Private documentation of one organization.
    Docs,
}

impl Domain {
    /// Every domain.
    pub const ALL: [Self; 5] = [Self::Api, Self::Package, Self::Repository, Self::Repositories, Self::Docs];

    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Package => "package",
            Self::Repository => "repository",
            Self::Repositories => "repositories",
            Self::Docs => "docs",
        }
    }

    /// The domain of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|domain| domain.as_str() == text)
    }
}

/// One permission of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// What it opens.
    pub domain: Domain,
    /// Which one of it; none = see [`Domain`].
    pub resource: Option<String>,
}

/// What an operation needs of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need<'a> {
    /// Reading through the API.
    ApiRead,
    /// Writing through the API.
    ApiWrite,
    /// Changing one package, if it exists already.
    Package {
        /// Its repository.
        repository: &'a str,
        /// Its name.
        name: &'a str,
    },
    /// Fetching from a repository.
    Repository(&'a str),
    /// Reading private documentation.
    Docs(&'a str),
}

impl Permission {
    /// A permission without resource.
    pub fn whole(domain: Domain) -> Self {
        Self { domain, resource: None }
    }

    /// Follows a repository that got another name. Whether it named that repository.
    pub(crate) fn rename_repository(&mut self, old: &str, new: &str) -> bool {
        let Some(resource) = &mut self.resource else { return false };
        let renamed = match self.domain {
            Domain::Repository | Domain::Docs => (resource == old).then(|| new.to_owned()),
            Domain::Package => match resource.split_once('/') {
                Some((repository, package)) if repository == old => Some(format!("{new}/{package}")),
                _ => None,
            },
            Domain::Api | Domain::Repositories => None,
        };
        let found = renamed.is_some();
        *resource = renamed.unwrap_or_else(|| std::mem::take(resource));
        found
    }

    /// Whether this permission satisfies the need. Bare `repository` and `docs` satisfy nothing.
    pub fn satisfies(&self, need: Need<'_>) -> bool {
        let resource = self.resource.as_deref();
        match (need, self.domain) {
            (Need::ApiRead, Domain::Api | Domain::Package) => true,
            (Need::ApiWrite | Need::Package { .. }, Domain::Api) => resource != Some("read"),
            (Need::Package { repository, name }, Domain::Package) => match resource {
                None => true,
                Some(resource) => resource.split_once('/') == Some((repository, name)),
            },
            (Need::Repository(_), Domain::Repositories) => true,
            (Need::Repository(wanted), Domain::Repository) | (Need::Docs(wanted), Domain::Docs) => {
                resource == Some(wanted)
            }
            _ => false,
        }
    }
}

/// Whether any of the permissions satisfies the need.
pub fn any_satisfies(permissions: &[Permission], need: Need<'_>) -> bool {
    permissions.iter().any(|permission| permission.satisfies(need))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_follow_a_repository() {
        for (domain, resource, renamed) in [
            (Domain::Repository, "acme", Some("umbrella")),
            (Domain::Docs, "acme", Some("umbrella")),
            (Domain::Package, "acme/acme", Some("umbrella/acme")),
            (Domain::Package, "hexpm/acme", None),
            (Domain::Package, "acme_two/cellar", None),
            (Domain::Repository, "acme_two", None),
            (Domain::Api, "acme", None),
        ] {
            let mut permission = Permission { domain, resource: Some(resource.into()) };
            assert_eq!(permission.rename_repository("acme", "umbrella"), renamed.is_some(), "{resource}");
            assert_eq!(permission.resource.as_deref(), Some(renamed.unwrap_or(resource)));
        }
        assert!(!Permission::whole(Domain::Repositories).rename_repository("acme", "umbrella"));
    }
}
