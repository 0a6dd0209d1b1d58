//! The caller's addresses, and which mails are wanted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Api, ApiError};
use crate::secret::Secret;

/// An address of an account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Email {
    /// The address.
    pub email: String,
    /// Whether a mailed link was followed.
    #[serde(default)]
    pub verified: bool,
    /// Whether mails go there.
    #[serde(default)]
    pub primary: bool,
    /// Whether others see it.
    #[serde(default)]
    pub public: bool,
}

#[derive(Serialize, Deserialize)]
struct Preferences {
    preferences: BTreeMap<String, bool>,
}

impl Api {
    /// The addresses.
    ///
    /// # Errors
    /// When the credential is refused, or belongs to an organization.
    pub async fn emails(&self) -> Result<Vec<Email>, ApiError> {
        self.get(&["users", "me", "emails"]).await
    }

    /// Adds an address; the server mails a link to it.
    ///
    /// # Errors
    /// When the address is of no use, or belongs to another account.
    pub async fn add_email(&self, address: &str) -> Result<Email, ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            email: &'a str,
        }
        self.post(&["users", "me", "emails"], &Body { email: address }).await
    }

    /// Removes an address.
    ///
    /// # Errors
    /// When there is none, or it is the primary one.
    pub async fn remove_email(&self, address: &str) -> Result<(), ApiError> {
        self.delete(&["users", "me", "emails", address]).await
    }

    /// Has mails sent to this address.
    ///
    /// # Errors
    /// When there is none, or it is not verified.
    pub async fn make_email_primary(&self, address: &str) -> Result<(), ApiError> {
        self.post_only(&["users", "me", "emails", address, "primary"]).await
    }

    /// Shows this address to others, and no other.
    ///
    /// # Errors
    /// When there is none, or it is not verified.
    pub async fn make_email_public(&self, address: &str) -> Result<(), ApiError> {
        self.post_only(&["users", "me", "emails", address, "public"]).await
    }

    /// Shows this address to nobody.
    ///
    /// # Errors
    /// When there is none.
    pub async fn hide_email(&self, address: &str) -> Result<(), ApiError> {
        self.delete(&["users", "me", "emails", address, "public"]).await
    }

    /// Has another link mailed to this address.
    ///
    /// # Errors
    /// When there is none, or it is verified already.
    pub async fn send_verification(&self, address: &str) -> Result<(), ApiError> {
        self.post_only(&["users", "me", "emails", address, "verification"]).await
    }

    /// Proves with what was mailed that an address is a user's. Open to everybody who has the key.
    ///
    /// # Errors
    /// When the key is wrong or too old.
    pub async fn verify_email(&self, username: &str, address: &str, key: &Secret) -> Result<(), ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            email: &'a str,
            key: &'a str,
        }
        let body = Body { email: address, key: key.expose() };
        self.post_for_nothing(&["users", username, "verify"], &body).await
    }

    /// Which mails are wanted, by name.
    ///
    /// # Errors
    /// As [`Api::emails`].
    pub async fn mail_preferences(&self) -> Result<BTreeMap<String, bool>, ApiError> {
        self.get(&["users", "me", "emails", "preferences"]).await
    }

    /// Changes which mails are wanted; gives all.
    ///
    /// # Errors
    /// When there is no such kind of mail.
    pub async fn set_mail_preferences(
        &self,
        wanted: BTreeMap<String, bool>,
    ) -> Result<BTreeMap<String, bool>, ApiError> {
        self.put(&["users", "me", "emails", "preferences"], &Preferences { preferences: wanted }).await
    }
}
