//! The tokens of a session: an access token for half an hour, and a refresh token until the session ends.

use hex_format::checksum::Sha256;
use skep_store::tables::keys::Owner;
use skep_store::tables::oauth_tokens::{self, NewRefresh, NewToken};
use skep_store::tables::sessions::Session;
use skep_store::{Conn, Micros};

use super::token::IssuedToken;
use super::{Refusal, SECOND, bearer, jwt, scopes};
use crate::permission::{Domain, Permission};
use crate::principal::Subject;
use crate::secrets::Secret;
use crate::{Environment, Error, Result, Skep};

/// How long an access token is valid, in seconds.
pub(super) const LIFETIME: i64 = 1800;

/// Random bytes in the name of a token.
const ID_BYTES: usize = 16;

/// A new name of a token.
pub(super) fn new_id(environment: &Environment) -> String {
    data_encoding::BASE64URL_NOPAD.encode(&environment.bytes::<ID_BYTES>())
}

/// Repositories that somebody may fetch from: the public one first, then by name. An organization has its own
/// and no other.
pub(super) fn accessible(subject: &Subject) -> impl Iterator<Item = &str> {
    let (first, memberships) = match subject {
        Subject::User(user) => ("hexpm", user.memberships.as_slice()),
        Subject::Organization(organization) => (organization.name.as_str(), &[][..]),
    };
    std::iter::once(first).chain(memberships.iter().map(|membership| membership.organization.as_str()))
}

/// What was agreed to with `repositories` replaced by those that there are for the account now.
pub(super) fn expanded(granted: &[Permission], subject: &Subject) -> Result<Vec<Permission>> {
    let all = [Permission::whole(Domain::Repositories)];
    let scopes = scopes::expand(granted.to_vec(), &all, accessible(subject));
    scopes.ok_or_else(|| Refusal::InvalidScope.because("Invalid scope"))
}

impl Skep {
    /// Gives out tokens of an active session, which the transaction holds locked.
    pub(super) async fn give_pair(
        &self,
        tx: &mut Conn,
        session: &Session,
        subject: &Subject,
        granted: &[Permission],
        now: Micros,
    ) -> Result<IssuedToken> {
        let opened = expanded(granted, subject)?;
        let issued_at = now.div_euclid(SECOND);
        let session_ends_at = session.expires_at.div_euclid(SECOND);
        let access = jwt::Claims {
            subject: bearer::subject(subject),
            id: new_id(&self.environment),
            issued_at,
            expires_at: session_ends_at.min(issued_at + LIFETIME),
            scope: scopes::write_list(&opened),
        };
        let refresh = jwt::Claims {
            id: new_id(&self.environment),
            expires_at: session_ends_at,
            scope: scopes::write_list(granted),
            ..access.clone()
        };
        let refresh_token = jwt::sign(&self.token_key, &refresh);
        let refresh_hash = Sha256::of(refresh_token.as_bytes());
        let new = NewToken {
            jti: &access.id,
            owner: Owner::User(session.user_id),
            key_id: None,
            refresh: Some(NewRefresh {
                session_id: session.id,
                jti: &refresh.id,
                hash: refresh_hash.as_bytes(),
                granted_scopes: &serde_json::to_string(granted).map_err(Error::internal)?,
                expires_at: refresh.expires_at * SECOND,
            }),
            client_id: session.client_id.as_deref().unwrap_or_default(),
            scopes: &serde_json::to_string(&opened).map_err(Error::internal)?,
            expires_at: access.expires_at * SECOND,
        };
        oauth_tokens::insert(tx, &new, now).await?;
        Ok(IssuedToken {
            access_token: Secret::from_text(jwt::sign(&self.token_key, &access)),
            refresh_token: Some(Secret::from_text(refresh_token)),
            expires_in: access.expires_at - issued_at,
            scope: access.scope,
        })
    }
}
