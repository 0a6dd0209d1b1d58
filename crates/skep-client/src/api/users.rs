//! Users: registration and who the caller is.

use serde::{Deserialize, Serialize};

use super::{Api, ApiError, AuditLogEntry};
use crate::secret::Secret;

/// An account to be made.
pub struct NewUser {
    /// The name to sign in with.
    pub username: String,
    /// Where mail goes.
    pub email: String,
    /// The password.
    pub password: Secret,
    /// Proof that the operator lets this account be the first one, for servers that were just set up.
    pub setup_code: Option<Secret>,
}

/// A user as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct User {
    /// The name.
    pub username: String,
    /// The public address, if any.
    #[serde(default)]
    pub email: Option<String>,
}

/// A user with what others may know.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct UserPage {
    /// The name.
    pub username: String,
    /// The whole name, if any.
    #[serde(default)]
    pub full_name: Option<String>,
    /// The public address, if any.
    #[serde(default)]
    pub email: Option<String>,
    /// When the account was made, as the server writes it.
    #[serde(default)]
    pub inserted_at: Option<String>,
    /// The packages that it owns and the caller may see.
    #[serde(default)]
    pub packages: Vec<OwnedPackage>,
}

/// A package of a user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct OwnedPackage {
    /// Its name.
    pub name: String,
    /// The repository that it is in.
    #[serde(default)]
    pub repository: Option<String>,
    /// Its page.
    #[serde(default)]
    pub html_url: Option<String>,
}

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Me {
    /// The name.
    pub username: String,
    /// The public address, if any.
    #[serde(default)]
    pub email: Option<String>,
    /// Where the user is a member.
    #[serde(default)]
    pub organizations: Vec<Membership>,
}

/// A user's place in an organization.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Membership {
    /// The organization.
    pub name: String,
    /// `read`, `write` or `admin`.
    #[serde(default)]
    pub role: Option<String>,
}

impl Api {
    /// Makes an account.
    ///
    /// # Errors
    /// When a field is not acceptable or registration is closed.
    pub async fn register(&self, user: &NewUser) -> Result<User, ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            username: &'a str,
            email: &'a str,
            password: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            setup_code: Option<&'a str>,
        }
        let body = Body {
            username: &user.username,
            email: &user.email,
            password: user.password.expose(),
            setup_code: user.setup_code.as_ref().map(Secret::expose),
        };
        self.post(&["users"], &body).await
    }

    /// A user, by name or public address.
    ///
    /// # Errors
    /// When there is none.
    pub async fn user(&self, name: &str) -> Result<UserPage, ApiError> {
        self.get(&["users", name]).await
    }

    /// A page of the caller's log, from 1, the newest entry first; a hundred entries on Skep.
    ///
    /// # Errors
    /// When the credential is refused, or belongs to an organization.
    pub async fn own_audit_log(&self, page: u32) -> Result<Vec<AuditLogEntry>, ApiError> {
        self.get_with(&["users", "me", "audit-logs"], &[("page", page)]).await
    }

    /// Who the caller is.
    ///
    /// # Errors
    /// When the credential is refused, or belongs to an organization.
    pub async fn me(&self) -> Result<Me, ApiError> {
        self.get(&["users", "me"]).await
    }
}
