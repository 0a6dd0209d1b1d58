//! What those who administer a server do through its API: accounts, reserved names, logs.

use hex_format::name::OrganizationName;
use serde::{Deserialize, Serialize};

use super::{Api, ApiError, AuditLogEntry, Email, LastUse, segment};

/// An account as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct UserRecord {
    /// The name.
    pub username: String,
    /// The full name, if given.
    #[serde(default)]
    pub full_name: Option<String>,
    /// Its addresses, the primary one first.
    #[serde(default)]
    pub emails: Vec<Email>,
    /// Whether it administers the server.
    #[serde(default)]
    pub administrator: bool,
    /// Whether it has a second factor.
    #[serde(default)]
    pub tfa_enabled: bool,
    /// Since when everything it shows is refused.
    #[serde(default)]
    pub deactivated_at: Option<String>,
    /// When it was last used.
    #[serde(default)]
    pub last_used_at: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub inserted_at: Option<String>,
}

/// What an administrator can do to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserChange {
    /// Refuse everything that it shows.
    Deactivate,
    /// Let it in again.
    Reactivate,
    /// Let it administer the server.
    Promote,
    /// Make it an account like others.
    Demote,
    /// Switch its second factor off.
    ResetTwoFactor,
}

/// A session of an account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct UserSession {
    /// Its number.
    pub id: i64,
    /// `browser` or `oauth`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Such as the name of a machine.
    #[serde(default)]
    pub name: Option<String>,
    /// When and where it was last used, if ever.
    #[serde(default)]
    pub last_use: Option<LastUse>,
    /// When it ends by itself.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// When it began.
    #[serde(default)]
    pub inserted_at: Option<String>,
}

/// A name, or a version of it, that nobody may publish.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ReservedName {
    /// `hexpm`, or an organization's.
    #[serde(default)]
    pub repository: Option<String>,
    /// The package.
    pub name: String,
    /// The version; none is the whole name.
    #[serde(default)]
    pub version: Option<String>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inserted_at: Option<String>,
}

const USERS: [&str; 2] = ["admin", "users"];
const RESERVED: [&str; 2] = ["admin", "reserved-names"];

impl Api {
    /// A page of all accounts, by name, from 1; a hundred on Skep.
    ///
    /// # Errors
    /// When the caller does not administer the server.
    pub async fn user_records(&self, search: &str, page: u32) -> Result<Vec<UserRecord>, ApiError> {
        #[derive(Serialize)]
        struct Query<'a> {
            search: &'a str,
            page: u32,
        }
        self.get_with(&USERS, &Query { search, page }).await
    }

    /// One account, by name or verified address.
    ///
    /// # Errors
    /// When there is none, or the caller does not administer the server.
    pub async fn user_record(&self, name: &str) -> Result<UserRecord, ApiError> {
        self.get(&[USERS[0], USERS[1], segment(name)?]).await
    }

    /// Changes an account, and gives it as it is then.
    ///
    /// # Errors
    /// When there is none, the caller does not administer the server or asks with a key, or the account is the last
    /// active administrator.
    pub async fn change_user(&self, name: &str, change: UserChange) -> Result<UserRecord, ApiError> {
        let of = |what| Ok::<_, ApiError>([USERS[0], USERS[1], segment(name)?, what]);
        match change {
            UserChange::Deactivate => self.post_empty(&of("deactivate")?).await,
            UserChange::Reactivate => self.post_empty(&of("reactivate")?).await,
            UserChange::Promote => self.post_empty(&of("administrator")?).await,
            UserChange::Demote => {
                self.delete(&of("administrator")?).await?;
                self.user_record(name).await
            }
            UserChange::ResetTwoFactor => {
                self.delete(&of("tfa")?).await?;
                self.user_record(name).await
            }
        }
    }

    /// Sessions of an account that have not ended, the one used last first.
    ///
    /// # Errors
    /// When there is no such account, or the caller does not administer the server.
    pub async fn sessions_of_user(&self, name: &str) -> Result<Vec<UserSession>, ApiError> {
        self.get(&[USERS[0], USERS[1], segment(name)?, "sessions"]).await
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// As [`Api::change_user`].
    pub async fn end_sessions_of_user(&self, name: &str) -> Result<(), ApiError> {
        self.delete(&[USERS[0], USERS[1], segment(name)?, "sessions"]).await
    }

    /// A page of the reserved names, by repository and name, from 1; a hundred on Skep.
    ///
    /// # Errors
    /// When the caller does not administer the server.
    pub async fn reserved_names(&self, page: u32) -> Result<Vec<ReservedName>, ApiError> {
        self.get_with(&RESERVED, &[("page", page)]).await
    }

    /// Keeps a name, or a version of it, from being published.
    ///
    /// # Errors
    /// When it is reserved already or no name, or the caller does not administer the server.
    pub async fn reserve_name(&self, name: &ReservedName) -> Result<ReservedName, ApiError> {
        self.post(&RESERVED, name).await
    }

    /// Gives a name, or a version of it, free.
    ///
    /// # Errors
    /// When it is not reserved, or the caller does not administer the server.
    pub async fn release_name(&self, name: &ReservedName) -> Result<(), ApiError> {
        self.delete_with(&RESERVED, name).await
    }

    /// A page of the log of any organization, also of one that is gone and by names that it had.
    ///
    /// # Errors
    /// When there never was one, or the caller does not administer the server.
    pub async fn any_organization_audit_log(
        &self,
        name: &OrganizationName,
        page: u32,
    ) -> Result<Vec<AuditLogEntry>, ApiError> {
        self.get_with(&["admin", "orgs", name.as_str(), "audit-logs"], &[("page", page)]).await
    }
}
