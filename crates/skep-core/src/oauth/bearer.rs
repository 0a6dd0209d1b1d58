//! From a token that a request shows to who calls. What it must never do is to believe the token alone: the
//! row that it names, its key or session and its owner are looked at too, so that all of them can end it.

use std::sync::Arc;

use skep_store::Micros;
use skep_store::tables::oauth_tokens;

use super::jwt;
use crate::authenticate::{Cached, Maker, Shown, invalid_key, load_subject};
use crate::cache::Ticket;
use crate::principal::{Credential, Origin, Principal, Subject};
use crate::{Error, Result, Skep};

/// Whom a token says that it acts for.
pub(super) fn subject(subject: &Subject) -> String {
    match subject {
        Subject::User(user) => format!("user:{}", user.username),
        Subject::Organization(organization) => format!("org:{}", organization.name),
    }
}

/// What the row of a token says it opens, and until when.
pub(crate) fn credential(row: &oauth_tokens::Token) -> Result<Credential> {
    let ends = [Some(row.expires_at), row.key_revoke_at, row.session_ends_at];
    Ok(Credential::Token {
        id: row.id,
        key_id: row.key_id,
        session_id: row.session_id,
        permissions: serde_json::from_str(&row.scopes).map_err(Error::internal)?,
        ends_at: ends.into_iter().flatten().min().unwrap_or(row.expires_at),
    })
}

impl Skep {
    /// Who shows this token.
    ///
    /// Errors: 401, the same for everything that can be wrong with it; 400 for a deactivated account.
    pub(crate) async fn token(&self, token: &str, origin: &Origin) -> Result<Arc<Principal>> {
        let shown = Shown::Token(self.instance_key.hash(token));
        let now = self.now();
        let cached = match self.cached_principal(&shown, now) {
            Some(cached) => cached,
            None => self.load_token(token, shown, now, self.principals.ticket()).await?,
        };
        if cached.principal.credential.ends_at().is_some_and(|at| at <= now) {
            return Err(invalid_key());
        }
        self.record_session_use(&cached, origin, now).await;
        Ok(cached.principal.clone())
    }

    async fn load_token(
        &self,
        token: &str,
        shown: Shown,
        now: Micros,
        ticket: Ticket,
    ) -> Result<Arc<Cached>> {
        let claims = jwt::verify(&self.token_key, token, now.div_euclid(1_000_000))
            .map_err(|refused| Error { internal: Some(refused.into()), ..invalid_key() })?;
        let mut conn = self.db.read().await?;
        let row = oauth_tokens::by_jti(&mut conn, &claims.id).await?;
        let row = row.filter(|row| row.revoked_at.is_none()).ok_or_else(invalid_key)?;
        let credential = credential(&row)?;
        let subject_now = load_subject(&mut conn, row.owner, Some(Maker::of_token(&row))).await?;
        let principal = Principal { subject: subject_now, credential };
        if subject(&principal.subject) != claims.subject {
            return Err(invalid_key());
        }
        let cached = Arc::new(Cached::new(principal, row.session_used_at));
        self.principals.insert(ticket, shown, cached.clone());
        Ok(cached)
    }
}
