//! Organizations: listing, making, limiting, renaming and deleting them, their packages and their log.

use hex_format::name::OrganizationName;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Api, ApiError, Package};

/// An organization as the server shows it to those who are in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Organization {
    /// Its name.
    pub name: String,
    /// How many members it may have; none is any number, or a server that does not say.
    #[serde(default)]
    pub seats: Option<i64>,
    /// When it was made, as the server writes it.
    #[serde(default)]
    pub inserted_at: Option<String>,
    /// When it was last changed, as the server writes it.
    #[serde(default)]
    pub updated_at: Option<String>,
}

/// One entry of a log: who did what, to what, and for those whom it concerns from where.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct AuditLogEntry {
    /// What was done, such as `release.publish`.
    pub action: String,
    /// What it was done to.
    #[serde(default)]
    pub params: Value,
    /// Who did it, as they were called then.
    #[serde(default)]
    pub actor: Option<String>,
    /// With which program.
    #[serde(default)]
    pub user_agent: Option<String>,
    /// With which key.
    #[serde(default)]
    pub key_id: Option<i64>,
    /// From which address.
    #[serde(default)]
    pub remote_ip: Option<String>,
    /// When, as the server writes it.
    #[serde(default)]
    pub inserted_at: Option<String>,
}

/// Which packages of a repository are wanted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PackageSearch {
    /// Words, and filters such as `name:phoenix*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// `name`, `recent_downloads`, `total_downloads`, `inserted_at` or `updated_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// From 1.
    pub page: u32,
}

impl Api {
    /// The organizations that the caller is in, or that the caller's key belongs to.
    ///
    /// # Errors
    /// When the credential is refused.
    pub async fn organizations(&self) -> Result<Vec<Organization>, ApiError> {
        self.get(&["orgs"]).await
    }

    /// One organization, with its seats.
    ///
    /// # Errors
    /// When there is none that the caller is in.
    pub async fn organization(&self, name: &OrganizationName) -> Result<Organization, ApiError> {
        self.get(&["orgs", name.as_str()]).await
    }

    /// Makes an organization; the caller becomes its admin.
    ///
    /// # Errors
    /// When the name is taken, or the server leaves this to its administrators.
    pub async fn create_organization(&self, name: &OrganizationName) -> Result<Organization, ApiError> {
        self.post(&["orgs"], &Named { name }).await
    }

    /// Limits the number of members; none is any number.
    ///
    /// # Errors
    /// When the caller may not, or there are more members already.
    pub async fn set_seats(
        &self,
        name: &OrganizationName,
        seats: Option<u32>,
    ) -> Result<Organization, ApiError> {
        #[derive(Serialize)]
        struct Body {
            seats: Option<u32>,
        }
        self.post(&["orgs", name.as_str()], &Body { seats }).await
    }

    /// Gives an organization and its repository another name.
    ///
    /// # Errors
    /// When the caller is no admin of it, or the name is taken.
    pub async fn rename_organization(
        &self,
        name: &OrganizationName,
        new: &OrganizationName,
    ) -> Result<Organization, ApiError> {
        self.post(&["orgs", name.as_str(), "rename"], &Named { name: new }).await
    }

    /// Deletes an organization with its repository and everything in it.
    ///
    /// # Errors
    /// When the caller is no admin of it, others are members, or packages would be left without an owner.
    pub async fn delete_organization(&self, name: &OrganizationName) -> Result<(), ApiError> {
        self.delete_with(&["orgs", name.as_str()], &Named { name }).await
    }

    /// A page of an organization's log, from 1, the newest entry first; a hundred entries on Skep.
    ///
    /// # Errors
    /// When the caller may not read it.
    pub async fn organization_audit_log(
        &self,
        name: &OrganizationName,
        page: u32,
    ) -> Result<Vec<AuditLogEntry>, ApiError> {
        self.get_with(&["orgs", name.as_str(), "audit-logs"], &[("page", page)]).await
    }

    /// A page of the packages in an organization's repository.
    ///
    /// # Errors
    /// When the caller may not read the repository.
    pub async fn organization_packages(
        &self,
        name: &OrganizationName,
        search: &PackageSearch,
    ) -> Result<Vec<Package>, ApiError> {
        self.get_with(&["repos", name.as_str(), "packages"], search).await
    }
}

#[derive(Serialize)]
struct Named<'a> {
    #[serde(serialize_with = "text")]
    name: &'a OrganizationName,
}

fn text<S: serde::Serializer>(name: &&OrganizationName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name.as_str())
}
