//! A key for a token that opens repositories for a while.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::oauth::CLIENT_ID;
use super::{Api, ApiError};
use crate::secret::Secret;

/// A token for repositories.
#[derive(Clone)]
pub struct RepositoryToken {
    /// What to send as `Bearer`.
    pub access_token: Secret,
    /// Seconds that it is good for.
    pub expires_in: i64,
}

impl Api {
    /// Exchanges a key for a token, as `mix` does where a repository says `oauth_exchange` (Hex 2.4 and later).
    ///
    /// # Errors
    /// When the server does not accept the key.
    pub async fn exchange_key(&self, key: &Secret) -> Result<RepositoryToken, ApiError> {
        #[derive(Deserialize)]
        struct Answer {
            access_token: String,
            expires_in: i64,
        }
        let body = json!({
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": key.expose(),
            "scope": "repositories",
        });
        let request = self.request(Method::POST, &["oauth", "token"])?.json(&body);
        let answer: Answer = self.json(request).await?;
        Ok(RepositoryToken { access_token: Secret::new(answer.access_token), expires_in: answer.expires_in })
    }
}
