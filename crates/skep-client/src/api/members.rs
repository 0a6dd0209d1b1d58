//! Members of organizations.

use hex_format::name::OrganizationName;
use serde::{Deserialize, Serialize};

use super::{Api, ApiError, segment};

/// What a member may do, each with everything before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Fetch packages and read.
    Read,
    /// Publish packages and manage the organization's keys.
    Write,
    /// Manage members, owners of packages and the organization.
    Admin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// Its word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// A member of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Member {
    /// The account's name.
    pub username: String,
    /// The public address, if any.
    #[serde(default)]
    pub email: Option<String>,
    /// What the member may do, in the server's word.
    pub role: String,
}

#[derive(Serialize)]
struct RoleBody {
    role: Role,
}

impl Api {
    /// The members of an organization, by name.
    ///
    /// # Errors
    /// When the caller is not in it.
    pub async fn members(&self, of: &OrganizationName) -> Result<Vec<Member>, ApiError> {
        self.get(&["orgs", of.as_str(), "members"]).await
    }

    /// One member, by name.
    ///
    /// # Errors
    /// When there is none of that name, or the caller is not in the organization.
    pub async fn member(&self, of: &OrganizationName, name: &str) -> Result<Member, ApiError> {
        self.get(&["orgs", of.as_str(), "members", segment(name)?]).await
    }

    /// Adds an account, by name or public address.
    ///
    /// # Errors
    /// When the caller is no admin, there is no such account, it is a member, or no seat is free.
    pub async fn add_member(
        &self,
        of: &OrganizationName,
        name: &str,
        role: Role,
    ) -> Result<Member, ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            name: &'a str,
            role: Role,
        }
        self.post(&["orgs", of.as_str(), "members"], &Body { name, role }).await
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// When the caller is no admin, or the member is the last one.
    pub async fn change_role(
        &self,
        of: &OrganizationName,
        name: &str,
        role: Role,
    ) -> Result<Member, ApiError> {
        self.post(&["orgs", of.as_str(), "members", segment(name)?], &RoleBody { role }).await
    }

    /// Removes a member.
    ///
    /// # Errors
    /// When the caller is no admin, or the member is the last one.
    pub async fn remove_member(&self, of: &OrganizationName, name: &str) -> Result<(), ApiError> {
        self.delete(&["orgs", of.as_str(), "members", segment(name)?]).await
    }

    /// Ends the caller's own membership.
    ///
    /// # Errors
    /// When the caller is the last admin.
    pub async fn leave_organization(&self, name: &OrganizationName) -> Result<(), ApiError> {
        self.delete(&["orgs", name.as_str(), "members", "me"]).await
    }
}
