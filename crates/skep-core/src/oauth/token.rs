//! `POST /oauth/token`: an API key against a token. Texts: the Hex HTTP contract, "POST /oauth/token".
//!
//! Unlike the reference, an exchange takes none of the account's sessions: jobs that run all day must not
//! log people out.

use skep_store::Micros;
use skep_store::tables::oauth_tokens::{self, NewToken};

use super::clients::{self, Client, Grant};
use super::{Refusal, bearer, jwt, scopes};
use crate::given::Given;
use crate::principal::{Credential, Origin, Principal};
use crate::secrets::Secret;
use crate::{Error, Result, Skep};

/// How long a token is valid, in seconds.
const LIFETIME: i64 = 1800;

/// Random bytes in the name of a token.
const ID_BYTES: usize = 16;

/// Longest part of an unknown `grant_type` that is repeated in the answer, in characters.
const MAX_SHOWN: usize = 100;

/// Microseconds of a second.
const SECOND: Micros = 1_000_000;

/// What a client asks with.
pub struct TokenRequest {
    /// See [`Grant`].
    pub grant_type: Given<String>,
    /// See [`Client::id`].
    pub client_id: Given<String>,
    /// The API key.
    pub client_secret: Given<String>,
    /// Scopes, separated by spaces; none is no scope.
    pub scope: Given<String>,
}

/// A token that was given out.
pub struct IssuedToken {
    /// To be shown as `Bearer`, until it ends.
    pub access_token: Secret,
    /// How long it is valid, in seconds.
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
            _ => Err(unsupported(&request.grant_type)),
        }
    }

    async fn exchange_key(&self, request: TokenRequest, origin: &Origin) -> Result<IssuedToken> {
        let client = client(request.client_id)?;
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
        let Credential::Key { id: key_id, permissions: held, .. } = &principal.credential else {
            unreachable!("a secret that is looked up as a key is one");
        };
        let requested = scopes::parse_list(&asked)
            .filter(|requested| requested.iter().all(|scope| scopes::is_implied(held, scope)));
        let requested = requested
            .ok_or_else(|| Refusal::InvalidScope.because("Requested scopes exceed API key permissions"))?;
        let granted = scopes::expand(requested, held, accessible(&principal));
        let granted = granted.ok_or_else(|| {
            Refusal::InvalidScope.because("Too many repositories for one token: ask for fewer by name")
        })?;

        let now = self.now();
        let issued_at = now.div_euclid(SECOND);
        let claims = jwt::Claims {
            subject: bearer::subject(&principal),
            id: data_encoding::BASE64URL_NOPAD.encode(&self.environment.bytes::<ID_BYTES>()),
            issued_at,
            expires_at: issued_at + LIFETIME,
            scope: scopes::write_list(&granted),
        };
        let new = NewToken {
            jti: &claims.id,
            owner: principal.key_owner(),
            key_id: Some(*key_id),
            client_id: client.id,
            scopes: &serde_json::to_string(&granted).map_err(Error::internal)?,
            expires_at: claims.expires_at * SECOND,
        };
        let mut tx = self.db.write().await?;
        oauth_tokens::insert(&mut tx, &new, now).await?;
        tx.commit(now).await?;
        let access_token = Secret::from_text(jwt::sign(&self.token_key, &claims));
        Ok(IssuedToken { access_token, expires_in: LIFETIME, scope: claims.scope })
    }

    /// Deletes tokens that ended. To be called now and then.
    pub async fn forget_ended_tokens(&self) -> Result<()> {
        let now = self.now();
        // Looks first: writers queue up, and mostly there is nothing to do.
        if !oauth_tokens::any_ended(&mut self.db.read().await?, now).await? {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        oauth_tokens::delete_ended(&mut tx, now).await?;
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

fn client(id: Given<String>) -> Result<&'static Client> {
    let id = id.ok().flatten();
    clients::find(&id.ok_or_else(|| Refusal::InvalidClient.because("Missing client_id"))?)
}

/// Repositories that the caller may fetch from: the public one first, then by name. An organization has
/// its own and no other.
fn accessible(principal: &Principal) -> impl Iterator<Item = &str> {
    let (public, memberships) = match principal.user() {
        Some(user) => ("hexpm", user.memberships.as_slice()),
        None => (principal.name(), &[][..]),
    };
    std::iter::once(public).chain(memberships.iter().map(|membership| membership.organization.as_str()))
}
