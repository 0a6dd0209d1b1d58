//! The caller's sessions at the server: of browsers, and of clients that were agreed to in a browser.

use serde::{Deserialize, Serialize};

use super::keys::LastUse;
use super::{Api, ApiError};

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct SessionEntry {
    /// By which it can be ended.
    pub id: u64,
    /// `browser` or `oauth`.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// What the device is called, as it says itself.
    #[serde(default)]
    pub name: Option<String>,
    /// The client that was agreed to.
    #[serde(default)]
    pub client: Option<SessionClient>,
    /// Whether this is the session that asked.
    #[serde(default)]
    pub current: bool,
    /// When and where it was last used, if ever.
    #[serde(default)]
    pub last_use: Option<LastUse>,
    /// When it ends at the latest, as the server writes it.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// When it began, as the server writes it.
    #[serde(default)]
    pub inserted_at: Option<String>,
}

/// A client that was agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct SessionClient {
    /// Its id.
    pub id: String,
    /// What it is called.
    #[serde(default)]
    pub name: Option<String>,
}

impl Api {
    /// The sessions.
    ///
    /// # Errors
    /// When the credential is refused, or belongs to an organization.
    pub async fn sessions(&self) -> Result<Vec<SessionEntry>, ApiError> {
        self.get(&["users", "me", "sessions"]).await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn revoke_session(&self, id: u64) -> Result<(), ApiError> {
        self.delete(&["users", "me", "sessions", &id.to_string()]).await
    }

    /// Ends every session but the one that asks, if it is one.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn revoke_other_sessions(&self) -> Result<(), ApiError> {
        self.delete(&["users", "me", "sessions"]).await
    }
}
