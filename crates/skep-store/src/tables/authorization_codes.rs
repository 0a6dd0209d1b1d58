//! Agreement given in a browser, on its way to the client. Codes never come here, only their keyed hashes.

use crate::conn::params;
use crate::{Conn, Micros, Row, StoreError};

/// A row of `authorization_codes`.
#[derive(Debug, Clone)]
pub struct AuthorizationCode {
    /// Row id.
    pub id: i64,
    /// The client that may use it.
    pub client_id: String,
    /// Where it was sent.
    pub redirect_uri: String,
    /// Who agreed.
    pub user_id: i64,
    /// JSON, in the shape of the permissions of keys: what was agreed to.
    pub scopes: String,
    /// SHA-256 of what the client has to show, in base64url.
    pub code_challenge: String,
    /// Until when it can be used.
    pub expires_at: Micros,
    /// When it was used.
    pub used_at: Option<Micros>,
    /// The session that came of it.
    pub session_id: Option<i64>,
}

const COLUMNS: &str =
    "id, client_id, redirect_uri, user_id, scopes, code_challenge, expires_at, used_at, session_id";

fn read(row: &Row) -> Result<AuthorizationCode, StoreError> {
    let mut c = row.columns();
    Ok(AuthorizationCode {
        id: c.next()?,
        client_id: c.next()?,
        redirect_uri: c.next()?,
        user_id: c.next()?,
        scopes: c.next()?,
        code_challenge: c.next()?,
        expires_at: c.next()?,
        used_at: c.next()?,
        session_id: c.next()?,
    })
}

/// A new code.
pub struct NewAuthorizationCode<'a> {
    /// Keyed hash of the code.
    pub code_hash: &'a [u8; 32],
    /// The client that may use it.
    pub client_id: &'a str,
    /// Where it is sent.
    pub redirect_uri: &'a str,
    /// Who agreed.
    pub user_id: i64,
    /// JSON: what was agreed to.
    pub scopes: &'a str,
    /// See [`AuthorizationCode::code_challenge`].
    pub code_challenge: &'a str,
    /// Until when it can be used.
    pub expires_at: Micros,
}

/// Inserts a code.
pub async fn insert(
    conn: &mut Conn,
    code: &NewAuthorizationCode<'_>,
    now: Micros,
) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "INSERT INTO authorization_codes (code_hash, client_id, redirect_uri, user_id, scopes, code_challenge, \
             expires_at, inserted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            params![
                code.code_hash,
                code.client_id,
                code.redirect_uri,
                code.user_id,
                code.scopes,
                code.code_challenge,
                code.expires_at,
                now
            ],
        )
        .await?;
    row.get(0)
}

/// Who agreed to what a code stands for, by its keyed hash.
pub async fn user_id(conn: &mut Conn, hash: &[u8; 32]) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT user_id FROM authorization_codes WHERE code_hash = $1";
    conn.rows(sql, params![hash]).await?.first().map(|row| row.get(0)).transpose()
}

/// By the keyed hash of the code, used ones included. Others who would use it are held back until the transaction
/// ends.
pub async fn take(conn: &mut Conn, hash: &[u8; 32]) -> Result<Option<AuthorizationCode>, StoreError> {
    let lock = if conn.is_postgres() { " FOR UPDATE" } else { "" };
    let sql = format!("SELECT {COLUMNS} FROM authorization_codes WHERE code_hash = $1{lock}");
    conn.rows_built(sql, params![hash]).await?.first().map(read).transpose()
}

/// The code was used for this session.
pub async fn set_used(conn: &mut Conn, id: i64, session_id: i64, now: Micros) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE authorization_codes SET used_at = $3, session_id = $2 WHERE id = $1",
        params![id, session_id, now],
    )
    .await?;
    Ok(())
}

/// Deletes the codes of an account that were not used.
pub async fn delete_unused(conn: &mut Conn, user_id: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM authorization_codes WHERE user_id = $1 AND used_at IS NULL";
    conn.execute(sql, params![user_id]).await.map(drop)
}

/// Deletes what reached its end before a time, and gives how many there were.
pub async fn delete_ended(conn: &mut Conn, before: Micros) -> Result<u64, StoreError> {
    conn.execute("DELETE FROM authorization_codes WHERE expires_at < $1", params![before]).await
}
