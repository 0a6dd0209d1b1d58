//! OAuth access tokens that were given out. The signed texts never come here, only what they say.

use crate::conn::params;
use crate::tables::keys::{self, Owner};
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
    /// For keys of organizations: that member.
    pub key_maker_id: Option<i64>,
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
        key_maker_id: c.next()?,
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
    /// The session that it belongs to, and the refresh token beside it.
    pub refresh: Option<NewRefresh<'a>>,
    /// The client that asked for it.
    pub client_id: &'a str,
    /// JSON.
    pub scopes: &'a str,
    /// When it ends.
    pub expires_at: Micros,
}

/// The refresh token beside a new token.
pub struct NewRefresh<'a> {
    /// The session of both.
    pub session_id: i64,
    /// What its text calls it; unique.
    pub jti: &'a str,
    /// Plain SHA-256 of its text.
    pub hash: &'a [u8; 32],
    /// JSON: what was agreed to.
    pub granted_scopes: &'a str,
    /// When it ends.
    pub expires_at: Micros,
}

/// Inserts a token.
pub async fn insert(conn: &mut Conn, token: &NewToken<'_>, now: Micros) -> Result<i64, StoreError> {
    let (user_id, organization_id) = token.owner.columns();
    let refresh = token.refresh.as_ref();
    let row = conn
        .one(
            "INSERT INTO oauth_tokens (jti, user_id, organization_id, key_id, client_id, scopes, expires_at, \
             inserted_at, session_id, refresh_jti, refresh_hash, granted_scopes, refresh_expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id",
            params![
                token.jti,
                user_id,
                organization_id,
                token.key_id,
                token.client_id,
                token.scopes,
                token.expires_at,
                now,
                refresh.map(|refresh| refresh.session_id),
                refresh.map(|refresh| refresh.jti),
                refresh.map(|refresh| refresh.hash.as_slice()),
                refresh.map(|refresh| refresh.granted_scopes),
                refresh.map(|refresh| refresh.expires_at)
            ],
        )
        .await?;
    row.get(0)
}

const SELECT: &str = "SELECT t.id, t.user_id, t.organization_id, t.key_id, k.revoke_at, k.maker_role, k.maker_id, \
                      t.session_id, COALESCE(s.revoked_at, s.expires_at), s.last_used_at, t.scopes, t.expires_at, \
                      t.revoked_at FROM oauth_tokens t LEFT JOIN keys k ON k.id = t.key_id \
                      LEFT JOIN sessions s ON s.id = t.session_id";

/// By what the text calls it, ended ones included.
pub async fn by_jti(conn: &mut Conn, jti: &str) -> Result<Option<Token>, StoreError> {
    conn.rows_built(format!("{SELECT} WHERE t.jti = $1"), params![jti]).await?.first().map(read).transpose()
}

/// By id, ended ones included.
pub async fn by_id(conn: &mut Conn, id: i64) -> Result<Option<Token>, StoreError> {
    conn.rows_built(format!("{SELECT} WHERE t.id = $1"), params![id]).await?.first().map(read).transpose()
}

/// A refresh token.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// Row id of the token that it was given out with.
    pub token_id: i64,
    /// The session of both.
    pub session_id: i64,
    /// The client that it was given to.
    pub client_id: String,
    /// JSON: what was agreed to.
    pub granted_scopes: String,
    /// When newer tokens were given for it.
    pub used_at: Option<Micros>,
    /// When both were ended.
    pub revoked_at: Option<Micros>,
}

/// Ends the tokens of an organization, and those of anyone whose scopes name something that begins with the name
/// of this repository. Refresh tokens beside them stay.
pub async fn end_naming(
    conn: &mut Conn,
    organization_id: i64,
    repository: &str,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE oauth_tokens SET expires_at = $3 \
         WHERE expires_at > $3 AND (organization_id = $1 OR scopes LIKE $2 ESCAPE '\\')",
        params![organization_id, &keys::naming_pattern(repository), now],
    )
    .await?;
    Ok(())
}

/// Ids, and what was agreed to, of refresh tokens that can still be used, where that names something that begins
/// with the name of this repository.
pub async fn agreed_naming(
    conn: &mut Conn,
    repository: &str,
    now: Micros,
) -> Result<Vec<(i64, String)>, StoreError> {
    let rows = conn
        .rows(
            "SELECT id, granted_scopes FROM oauth_tokens WHERE granted_scopes LIKE $1 ESCAPE '\\' \
             AND revoked_at IS NULL AND refresh_expires_at > $2 ORDER BY id",
            params![&keys::naming_pattern(repository), now],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Replaces what was agreed to.
pub async fn set_agreed(conn: &mut Conn, id: i64, scopes: &str) -> Result<(), StoreError> {
    conn.execute("UPDATE oauth_tokens SET granted_scopes = $2 WHERE id = $1", params![id, scopes]).await?;
    Ok(())
}

/// A refresh token by what its text calls it, used and ended ones included.
pub async fn by_refresh_jti(conn: &mut Conn, jti: &str) -> Result<Option<Refresh>, StoreError> {
    let row = conn
        .row(
            "SELECT id, session_id, client_id, granted_scopes, refresh_used_at, revoked_at FROM oauth_tokens \
             WHERE refresh_jti = $1 AND session_id IS NOT NULL",
            params![jti],
        )
        .await?;
    row.map(|row| {
        let mut c = row.columns();
        Ok(Refresh {
            token_id: c.next()?,
            session_id: c.next()?,
            client_id: c.next()?,
            granted_scopes: c.next()?,
            used_at: c.next()?,
            revoked_at: c.next()?,
        })
    })
    .transpose()
}

/// The session of a refresh token, by the plain SHA-256 of its text.
pub async fn session_by_refresh_hash(conn: &mut Conn, hash: &[u8; 32]) -> Result<Option<i64>, StoreError> {
    let row = conn.row("SELECT session_id FROM oauth_tokens WHERE refresh_hash = $1", params![hash]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Newer tokens are given for a refresh token: it and the token beside it end.
pub async fn set_refreshed(conn: &mut Conn, id: i64, now: Micros) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE oauth_tokens SET refresh_used_at = $2, revoked_at = COALESCE(revoked_at, $2) WHERE id = $1",
        params![id, now],
    )
    .await?;
    Ok(())
}

/// Ends the tokens of a session, which goes on.
pub async fn revoke_of_session(conn: &mut Conn, session_id: i64, now: Micros) -> Result<u64, StoreError> {
    conn.execute(
        "UPDATE oauth_tokens SET revoked_at = $2 WHERE session_id = $1 AND revoked_at IS NULL",
        params![session_id, now],
    )
    .await
}

/// Ends every token of an account but those of one session.
pub async fn revoke_of_user(
    conn: &mut Conn,
    user_id: i64,
    except_session: Option<i64>,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE oauth_tokens SET revoked_at = $3 WHERE user_id = $1 AND revoked_at IS NULL \
         AND (session_id IS NULL OR session_id <> COALESCE($2, 0))",
        params![user_id, except_session, now],
    )
    .await?;
    Ok(())
}

/// Ends a token of a client and the refresh token beside it, by what the text of either calls it. Gives how many
/// there were.
pub async fn revoke_by_jti(
    conn: &mut Conn,
    jti: &str,
    client_id: &str,
    now: Micros,
) -> Result<u64, StoreError> {
    conn.execute(
        "UPDATE oauth_tokens SET revoked_at = $3 \
         WHERE (jti = $1 OR refresh_jti = $1) AND client_id = $2 AND revoked_at IS NULL",
        params![jti, client_id, now],
    )
    .await
}

/// Deletes what ended before a time together with its refresh token, and gives how many there were.
pub async fn delete_ended(conn: &mut Conn, before: Micros) -> Result<u64, StoreError> {
    conn.execute(
        "DELETE FROM oauth_tokens WHERE expires_at < $1 AND COALESCE(refresh_expires_at, 0) < $1",
        params![before],
    )
    .await
}

/// Whether there are tokens or sessions that ended before a time, or device requests or codes that ended before
/// another one.
pub async fn any_ended(conn: &mut Conn, before: Micros, codes_before: Micros) -> Result<bool, StoreError> {
    let row = conn
        .one(
            "SELECT EXISTS (SELECT 1 FROM oauth_tokens WHERE expires_at < $1 AND COALESCE(refresh_expires_at, 0) < $1) \
             OR EXISTS (SELECT 1 FROM sessions WHERE expires_at < $1) \
             OR EXISTS (SELECT 1 FROM device_requests WHERE expires_at < $2) \
             OR EXISTS (SELECT 1 FROM authorization_codes WHERE expires_at < $2)",
            params![before, codes_before],
        )
        .await?;
    row.get(0)
}
