//! Passwords: changing the own one, and setting a new one with what was mailed.

use serde::Serialize;

use super::{Api, ApiError};
use crate::secret::Secret;

impl Api {
    /// Changes the caller's password. The caller must not be an API key.
    ///
    /// # Errors
    /// When the current one is wrong, or the new one is of no use.
    pub async fn change_password(&self, current: &Secret, new: &Secret) -> Result<(), ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            current: &'a str,
            new: &'a str,
            new_confirmation: &'a str,
        }
        let new = new.expose();
        let body = Body { current: current.expose(), new, new_confirmation: new };
        self.post_for_nothing(&["users", "me", "password"], &body).await
    }

    /// Has a link mailed with which a user can set a new password. Whether there is such a user is not told.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn ask_password_reset(&self, name: &str) -> Result<(), ApiError> {
        self.post_only(&["users", name, "password", "reset"]).await
    }

    /// Sets a new password with the key that was mailed. With `revoke_keys`, all API keys end.
    ///
    /// # Errors
    /// When the key is wrong or too old, or the password is of no use.
    pub async fn reset_password(
        &self,
        name: &str,
        key: &Secret,
        new: &Secret,
        revoke_keys: bool,
    ) -> Result<(), ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            key: &'a str,
            password: &'a str,
            password_confirmation: &'a str,
            revoke_all: bool,
        }
        let (key, new) = (key.expose(), new.expose());
        let body = Body { key, password: new, password_confirmation: new, revoke_all: revoke_keys };
        self.post_for_nothing(&["users", name, "password"], &body).await
    }
}
