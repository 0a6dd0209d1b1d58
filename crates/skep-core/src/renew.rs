//! Rights read again. Reads may be judged by what was known up to a second ago; whoever changes something
//! is judged by the database, at the moment of the change and not of the request's arrival, which for an
//! upload can be minutes earlier.

use std::sync::Arc;

use skep_store::Conn;
use skep_store::tables::keys::Owner;
use skep_store::tables::{keys, oauth_tokens, sessions};

use crate::authenticate::{Maker, credential, ended, invalid_key, load_subject};
use crate::principal::{Caller, Credential, Principal, Subject};
use crate::{Result, Skep};

impl Skep {
    /// The caller with the rights that the database gives it now.
    ///
    /// Errors: 401 for a key, token or session that has ended, 400 for a deactivated account.
    pub(crate) async fn renewed(&self, caller: &Caller) -> Result<Caller> {
        if caller.principal.is_none() {
            return Ok(caller.clone());
        }
        self.renewed_in(&mut self.db.read().await?, caller).await
    }

    /// As [`Skep::renewed`], as the given connection sees it.
    pub(crate) async fn renewed_in(&self, conn: &mut Conn, caller: &Caller) -> Result<Caller> {
        let Some(principal) = &caller.principal else { return Ok(caller.clone()) };
        let now = self.now();
        let (subject, credential) = match &principal.credential {
            Credential::Password => {
                let mut subject = load_subject(conn, principal.key_owner(), None).await?;
                // Which address counts was decided by the one that was logged in with.
                if let (Subject::User(user), Some(known)) = (&mut subject, principal.user()) {
                    user.email_verified = known.email_verified;
                }
                (subject, Credential::Password)
            }
            Credential::Key { id, .. } => {
                let key = keys::by_id(conn, *id).await?.ok_or_else(invalid_key)?;
                if key.revoke_at.is_some_and(|at| at <= now) {
                    return Err(ended());
                }
                let subject = load_subject(conn, key.owner, Some(Maker::of(&key))).await?;
                (subject, credential(key)?)
            }
            Credential::Browser { session_id, .. } => {
                let session = sessions::by_id(conn, *session_id).await?;
                let session = session.filter(|session| session.is_active(now)).ok_or_else(invalid_key)?;
                let subject = load_subject(conn, Owner::User(session.user_id), None).await?;
                (subject, Credential::Browser { session_id: session.id, ends_at: session.expires_at })
            }
            Credential::Token { id, .. } => {
                let row = oauth_tokens::by_id(conn, *id).await?;
                let row = row.filter(|row| row.revoked_at.is_none()).ok_or_else(invalid_key)?;
                let subject = load_subject(conn, row.owner, Some(Maker::of_token(&row))).await?;
                let credential = crate::oauth::credential(&row)?;
                if credential.ends_at().is_some_and(|at| at <= now) {
                    return Err(invalid_key());
                }
                (subject, credential)
            }
        };
        Ok(Caller { principal: Some(Arc::new(Principal { subject, credential })), ..caller.clone() })
    }
}
