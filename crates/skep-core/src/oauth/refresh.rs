//! New tokens for a refresh token, which is good for one time. Texts: the Hex HTTP contract, "POST /oauth/token".
//!
//! A refresh token that is shown again means that two have it, of whom one has stolen it. Unlike the reference
//! this ends the session, so that whoever has the newer tokens loses them. It must not end the session of
//! somebody honest: two processes of one client that refresh at the same moment, or one that did not hear the
//! answer and asks again. So what is shown again within [`GRACE`] is only refused. A thief gains nothing by it.

use skep_store::tables::keys::Owner;
use skep_store::tables::oauth_tokens::{self, Refresh};
use skep_store::tables::sessions::{self, Session};
use skep_store::tables::users;
use skep_store::{Change, Conn, Micros};

use super::clients::Grant;
use super::token::{IssuedToken, TokenRequest};
use super::{Refusal, SECOND, jwt};
use crate::authenticate::load_subject;
use crate::permission::Permission;
use crate::principal::Origin;
use crate::{Error, Result, Skep};

/// How long after its use a refresh token may be shown again without ending the session.
const GRACE: Micros = 60 * SECOND;

impl Skep {
    pub(super) async fn refresh(&self, request: TokenRequest, origin: &Origin) -> Result<IssuedToken> {
        let client = self.clients.given(&request.client_id)?;
        client.may_use(Grant::RefreshToken)?;
        let shown = request.refresh_token.ok().flatten();
        let shown = shown.ok_or_else(|| Refusal::InvalidGrant.because("Missing refresh token"))?;
        let claims = jwt::verify(&self.token_key, &shown, self.now().div_euclid(SECOND));
        let claims = claims.map_err(|refused| match refused {
            jwt::Refused::Ended(_) => Refusal::InvalidGrant.because("Refresh token has expired"),
            refused => Error { internal: Some(refused.into()), ..invalid() },
        })?;
        let found = oauth_tokens::by_refresh_jti(&mut self.db.read().await?, &claims.id).await?;
        let found = found.filter(|found| found.client_id == client.id).ok_or_else(invalid)?;

        let mut tx = self.db.write().await?;
        sessions::lock(&mut tx, found.session_id).await?;
        let now = self.now();
        // As it is now that nobody else can use it.
        let token = oauth_tokens::by_refresh_jti(&mut tx, &claims.id).await?.ok_or_else(invalid)?;
        let session = sessions::by_id(&mut tx, token.session_id).await?.ok_or_else(invalid)?;
        if token.revoked_at.is_none() && session.is_active(now) {
            let issued = self.give_newer(&mut tx, &token, &session, now).await?;
            tx.commit(now).await?;
            return Ok(issued);
        }
        if token.used_at.is_some_and(|at| now - at > GRACE) && session.is_active(now) {
            self.end_stolen(&mut tx, &session, origin, now).await?;
            tx.commit(now).await?;
        }
        Err(Refusal::InvalidGrant.because("Refresh token has been revoked"))
    }

    async fn give_newer(
        &self,
        tx: &mut Conn,
        token: &Refresh,
        session: &Session,
        now: Micros,
    ) -> Result<IssuedToken> {
        let subject = load_subject(tx, Owner::User(session.user_id), None).await;
        // Of a deactivated account.
        let subject = subject.map_err(|error| if error.status < 500 { invalid() } else { error })?;
        let granted: Vec<Permission> =
            serde_json::from_str(&token.granted_scopes).map_err(Error::internal)?;
        oauth_tokens::set_refreshed(tx, token.token_id, now).await?;
        tx.note(Change::Access);
        self.give_pair(tx, session, &subject, &granted, now).await
    }

    async fn end_stolen(&self, tx: &mut Conn, session: &Session, origin: &Origin, now: Micros) -> Result<()> {
        tracing::warn!(
            session.id,
            user.id = session.user_id,
            "a refresh token was used twice: its session ends"
        );
        match users::by_id(tx, session.user_id).await? {
            Some(user) => self.end_session_of(tx, origin, &user, session, now).await,
            None => Ok(()),
        }
    }
}

fn invalid() -> Error {
    Refusal::InvalidGrant.because("Invalid refresh token")
}
