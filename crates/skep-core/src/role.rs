//! Roles in organizations and levels of package owners, and how one stands for the other.

use std::fmt;

/// What a member may do in an organization; ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Fetch and read.
    Read,
    /// Publish, retire, document; manage the organization's keys.
    Write,
    /// Manage members and package owners too.
    Admin,
}

impl Role {
    /// As it stands on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Read, Self::Write, Self::Admin].into_iter().find(|role| role.as_str() == text)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an owner may do with a package; ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Publish, retire, document.
    Maintainer,
    /// Change the owners too.
    Full,
}

impl Level {
    /// As it stands on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Maintainer => "maintainer",
            Self::Full => "full",
        }
    }

    /// The level of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Maintainer, Self::Full].into_iter().find(|level| level.as_str() == text)
    }

    /// The role that gives as much in a package's organization.
    pub fn as_role(self) -> Role {
        match self {
            Self::Maintainer => Role::Write,
            Self::Full => Role::Admin,
        }
    }
}
