//! Clients give tokens back: `POST /oauth/revoke` and `POST /oauth/revoke_by_hash`.
//!
//! Neither says whether there was anything to revoke. Both are open to whoever has the token, or for the second
//! one its hash, which nobody has who never had the token.

use hex_format::checksum::Sha256;
use skep_store::Change;
use skep_store::tables::{oauth_tokens, sessions, users};

use super::jwt;
use crate::given::Given;
use crate::principal::Origin;
use crate::{Result, Skep};

impl Skep {
    /// Ends an access or refresh token of a client, and the one that it was given out with. The session goes on.
    ///
    /// Errors: 400 for a client id of a wrong form.
    pub async fn revoke_token(&self, client_id: Given<String>, token: Given<String>) -> Result<()> {
        let client = match client_id {
            Ok(Some(id)) => match self.clients.find(&id) {
                Ok(client) => client,
                Err(unknown) if unknown.code == "invalid_client" => return Ok(()),
                Err(error) => return Err(error),
            },
            _ => return Ok(()),
        };
        let claims = token.ok().flatten().and_then(|token| jwt::read(&self.token_key, &token).ok());
        let Some(claims) = claims else { return Ok(()) };
        let now = self.now();
        let mut tx = self.db.write().await?;
        if oauth_tokens::revoke_by_jti(&mut tx, &claims.id, &client.id, now).await? > 0 {
            tx.note(Change::Access);
        }
        Ok(tx.commit(now).await?)
    }

    /// Ends the session of a refresh token, which may be a used one, by the SHA-256 of its text in hexadecimal
    /// digits.
    pub async fn revoke_by_hash(&self, hash: Given<String>, origin: &Origin) -> Result<()> {
        let hash = hash.ok().flatten().and_then(|hash| Sha256::parse(&hash).ok());
        let Some(hash) = hash else { return Ok(()) };
        let found =
            oauth_tokens::session_by_refresh_hash(&mut self.db.read().await?, hash.as_bytes()).await?;
        let Some(session_id) = found else { return Ok(()) };
        let now = self.now();
        let mut tx = self.db.write().await?;
        if let Some(session) = sessions::by_id(&mut tx, session_id).await?
            && let Some(user) = users::by_id(&mut tx, session.user_id).await?
        {
            self.end_session_of(&mut tx, origin, &user, &session, now).await?;
        }
        Ok(tx.commit(now).await?)
    }
}
