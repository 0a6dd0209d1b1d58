//! `POST /oauth/token`: what a client can ask with, and which grant answers it.

use skep_store::tables::{authorization_codes, device_requests, oauth_tokens, sessions};

use super::clients::Grant;
use super::{Refusal, SECOND};
use crate::given::Given;
use crate::principal::Origin;
use crate::secrets::Secret;
use crate::{Error, Result, Skep};

/// Longest part of an unknown `grant_type` that is repeated in the answer, in characters.
const MAX_SHOWN: usize = 100;

/// How long device requests and codes are kept after their end, in seconds: so long is told that they ended, and
/// not that there are none.
const CODES_KEPT: i64 = 3600;

/// What a client asks with. Which of it counts depends on the grant.
pub struct TokenRequest {
    /// See [`Grant`].
    pub grant_type: Given<String>,
    /// See [`clients::Client::id`](super::clients::Client::id).
    pub client_id: Given<String>,
    /// The API key.
    pub client_secret: Given<String>,
    /// Scopes, separated by spaces; none is no scope.
    pub scope: Given<String>,
    /// What a device was given.
    pub device_code: Given<String>,
    /// What came with the last token.
    pub refresh_token: Given<String>,
    /// What came back from the browser.
    pub code: Given<String>,
    /// Where it came back to.
    pub redirect_uri: Given<String>,
    /// What the code challenge was made of.
    pub code_verifier: Given<String>,
    /// What the session is to be called.
    pub name: Given<String>,
}

impl Default for TokenRequest {
    /// Nothing is given.
    fn default() -> Self {
        Self {
            grant_type: Ok(None),
            client_id: Ok(None),
            client_secret: Ok(None),
            scope: Ok(None),
            device_code: Ok(None),
            refresh_token: Ok(None),
            code: Ok(None),
            redirect_uri: Ok(None),
            code_verifier: Ok(None),
            name: Ok(None),
        }
    }
}

/// A token that was given out.
pub struct IssuedToken {
    /// To be shown as `Bearer`, until it ends.
    pub access_token: Secret,
    /// To be shown for new tokens; of sessions only.
    pub refresh_token: Option<Secret>,
    /// How long the access token is valid, in seconds.
    pub expires_in: i64,
    /// What it opens, separated by spaces; may be nothing.
    pub scope: String,
}

impl Skep {
    /// Gives out a token.
    ///
    /// Errors: those of OAuth in its own shape, [`crate::Shape::OAuth`]; 400 for a client id of a wrong form.
    pub async fn issue_token(&self, request: TokenRequest, origin: &Origin) -> Result<IssuedToken> {
        match request.grant_type.as_ref().map(|name| name.as_deref().and_then(Grant::parse)) {
            Ok(Some(Grant::ClientCredentials)) => self.exchange_key(request, origin).await,
            Ok(Some(Grant::DeviceCode)) => self.redeem_device_code(request, origin).await,
            Ok(Some(Grant::AuthorizationCode)) => self.redeem_code(request, origin).await,
            Ok(Some(Grant::RefreshToken)) => self.refresh(request, origin).await,
            Ok(None) | Err(_) => Err(unsupported(&request.grant_type)),
        }
    }

    /// Deletes tokens, sessions, device requests and codes that ended. To be called now and then.
    pub async fn forget_ended_tokens(&self) -> Result<()> {
        let now = self.now();
        let codes_before = now - CODES_KEPT * SECOND;
        // Looks first: writers queue up, and mostly there is nothing to do.
        if !oauth_tokens::any_ended(&mut self.db.read().await?, now, codes_before).await? {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        oauth_tokens::delete_ended(&mut tx, now).await?;
        device_requests::delete_ended(&mut tx, codes_before).await?;
        authorization_codes::delete_ended(&mut tx, codes_before).await?;
        sessions::delete_ended(&mut tx, now).await?;
        Ok(tx.commit(now).await?)
    }
}

fn unsupported(grant_type: &Given<String>) -> Error {
    let shown = match grant_type {
        Ok(Some(name)) => format!("{:?}", name.chars().take(MAX_SHOWN).collect::<String>()),
        // As Elixir writes nothing.
        Ok(None) => "nil".to_owned(),
        Err(_) => "not a string".to_owned(),
    };
    Refusal::UnsupportedGrantType.because(format!("Unsupported grant type: {shown}"))
}
