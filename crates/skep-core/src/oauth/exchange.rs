//! An API key against a token. Texts: the Hex HTTP contract, "POST /oauth/token".
//!
//! Unlike the reference, an exchange takes none of the account's sessions: jobs that run all day must not
//! log people out.

use skep_store::tables::oauth_tokens::{self, NewToken};

use super::clients::Grant;
use super::pair::{LIFETIME, accessible, new_id};
use super::token::{IssuedToken, TokenRequest};
use super::{Refusal, SECOND, bearer, jwt, scopes};
use crate::audit;
use crate::principal::{Caller, Credential, Origin};
use crate::secrets::Secret;
use crate::{Error, Result, Skep};

impl Skep {
    pub(super) async fn exchange_key(&self, request: TokenRequest, origin: &Origin) -> Result<IssuedToken> {
        let client = self.clients.given(&request.client_id)?;
        client.may_use(Grant::ClientCredentials)?;
        let secret = request.client_secret.ok().flatten();
        let secret =
            secret.ok_or_else(|| Refusal::InvalidRequest.because("Missing or invalid client_secret"))?;
        let asked = request.scope.ok().map(Option::unwrap_or_default);
        let asked = asked.filter(|asked| asked.len() <= scopes::MAX_LIST_BYTES);
        let asked = asked.ok_or_else(|| Refusal::InvalidScope.because("Invalid scope parameter"))?;

        // Accounts without a verified address may exchange keys; what they may do is decided at the use.
        let principal = self.key(&secret, origin).await.map_err(|error| match error.status {
            // Unknown, revoked, or of a deactivated account.
            400..500 => Refusal::InvalidClient.because("Invalid API key"),
            _ => error,
        })?;
        let Credential::Key { id: key_id, name, permissions: held, .. } = &principal.credential else {
            unreachable!("a secret that is looked up as a key is one");
        };
        let requested = scopes::parse_list(&asked)
            .filter(|requested| requested.iter().all(|scope| scopes::is_implied(held, scope)));
        let requested = requested
            .ok_or_else(|| Refusal::InvalidScope.because("Requested scopes exceed API key permissions"))?;
        let granted = scopes::expand(requested, held, accessible(&principal.subject));
        let granted = granted.ok_or_else(|| {
            Refusal::InvalidScope.because("Too many repositories for one token: ask for fewer by name")
        })?;

        let now = self.now();
        let issued_at = now.div_euclid(SECOND);
        let claims = jwt::Claims {
            subject: bearer::subject(&principal.subject),
            id: new_id(&self.environment),
            issued_at,
            expires_at: issued_at + LIFETIME,
            scope: scopes::write_list(&granted),
        };
        let new = NewToken {
            jti: &claims.id,
            owner: principal.key_owner(),
            key_id: Some(*key_id),
            refresh: None,
            client_id: &client.id,
            scopes: &serde_json::to_string(&granted).map_err(Error::internal)?,
            expires_at: claims.expires_at * SECOND,
        };
        let mut tx = self.db.write().await?;
        oauth_tokens::insert(&mut tx, &new, now).await?;
        let caller =
            Caller { principal: Some(principal.clone()), origin: origin.clone(), ..Caller::default() };
        audit::record_exchange(&mut tx, &caller, (*key_id, name, held), now).await?;
        tx.commit(now).await?;
        Ok(IssuedToken {
            access_token: Secret::from_text(jwt::sign(&self.token_key, &claims)),
            refresh_token: None,
            expires_in: LIFETIME,
            scope: claims.scope,
        })
    }
}
