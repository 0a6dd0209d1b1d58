//! OAuth access tokens that were given out. The signed texts never come here, only what they say.

use crate::conn::params;
use crate::tables::keys::Owner;
use crate::{Conn, Micros, Row, StoreError};

/// A row of `oauth_tokens`, with what its key and its session say about it.
#[derive(Debug, Clone)]
pub struct Token {
    /// Row id.
    pub id: i64,
    /// In whose name it acts.
    pub owner: Owner,
    /// The key that it was exchanged for, if it was.
    pub key_id: Option<i64>,
    /// When that key ends or ended: a token does not outlive it.
    pub key_revoke_at: Option<Micros>,
    /// For keys of organizations: the role of whoever made that key.
    pub key_maker_role: Option<String>,
    /// The session that it belongs to, if it does.
    pub session_id: Option<i64>,
    /// When that session ends or ended.
    pub session_ends_at: Option<Micros>,
    /// The recorded last use of that session.
    pub session_used_at: Option<Micros>,
    /// JSON, in the shape of the permissions of keys.
    pub scopes: String,
    /// When it ends.
    pub expires_at: Micros,
    /// When it was ended early.
    pub revoked_at: Option<Micros>,
}

fn read(row: &Row) -> Result<Token, StoreError> {
    let mut c = row.columns();
    Ok(Token {
        id: c.next()?,
        owner: Owner::from_columns(c.next()?, c.next()?)?,
        key_id: c.next()?,
        key_revoke_at: c.next()?,
        key_maker_role: c.next()?,
        session_id: c.next()?,
        session_ends_at: c.next()?,
        session_used_at: c.next()?,
        scopes: c.next()?,
        expires_at: c.next()?,
        revoked_at: c.next()?,
    })
}

/// A new token.
pub struct NewToken<'a> {
    /// What the text calls it; unique.
    pub jti: &'a str,
    /// In whose name it acts.
    pub owner: Owner,
    /// The key that it is exchanged for.
    pub key_id: Option<i64>,
    /// The client that asked for it.
    pub client_id: &'a str,
    /// JSON.
    pub scopes: &'a str,
    /// When it ends.
    pub expires_at: Micros,
}

/// Inserts a token.
pub async fn insert(conn: &mut Conn, token: &NewToken<'_>, now: Micros) -> Result<i64, StoreError> {
    let (user_id, organization_id) = token.owner.columns();
    let row = conn
        .one(
            "INSERT INTO oauth_tokens (jti, user_id, organization_id, key_id, client_id, scopes, expires_at, \
             inserted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            params![
                token.jti,
                user_id,
                organization_id,
                token.key_id,
                token.client_id,
                token.scopes,
                token.expires_at,
                now
            ],
        )
        .await?;
    row.get(0)
}

const SELECT: &str = "SELECT t.id, t.user_id, t.organization_id, t.key_id, k.revoke_at, k.maker_role, t.session_id, \
                      COALESCE(s.revoked_at, s.expires_at), s.last_used_at, t.scopes, t.expires_at, t.revoked_at \
                      FROM oauth_tokens t LEFT JOIN keys k ON k.id = t.key_id \
                      LEFT JOIN sessions s ON s.id = t.session_id";

/// By what the text calls it, ended ones included.
pub async fn by_jti(conn: &mut Conn, jti: &str) -> Result<Option<Token>, StoreError> {
    conn.rows_built(format!("{SELECT} WHERE t.jti = $1"), params![jti]).await?.first().map(read).transpose()
}

/// By id, ended ones included.
pub async fn by_id(conn: &mut Conn, id: i64) -> Result<Option<Token>, StoreError> {
    conn.rows_built(format!("{SELECT} WHERE t.id = $1"), params![id]).await?.first().map(read).transpose()
}

/// Deletes what ended before a time, and gives how many there were.
pub async fn delete_ended(conn: &mut Conn, before: Micros) -> Result<u64, StoreError> {
    conn.execute("DELETE FROM oauth_tokens WHERE expires_at < $1", params![before]).await
}

/// Whether there is anything for [`delete_ended`] to do.
pub async fn any_ended(conn: &mut Conn, before: Micros) -> Result<bool, StoreError> {
    let row = conn.row("SELECT id FROM oauth_tokens WHERE expires_at < $1 LIMIT 1", params![before]).await?;
    Ok(row.is_some())
}
