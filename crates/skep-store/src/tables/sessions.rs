//! Logins of accounts, in browsers and by clients that got tokens. The cookie of a browser never comes here,
//! only its keyed hash.

use crate::conn::params;
use crate::{Conn, Micros, Row, StoreError};

/// By what a session is carried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A cookie.
    Browser,
    /// Tokens.
    OAuth,
}

impl Kind {
    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::OAuth => "oauth",
        }
    }
}

/// A row of `sessions`.
#[derive(Debug, Clone)]
pub struct Session {
    /// Row id.
    pub id: i64,
    /// By what it is carried on.
    pub kind: Kind,
    /// Whose login it is.
    pub user_id: i64,
    /// What the owner knows it by, such as the name of a machine.
    pub name: Option<String>,
    /// The client that got the tokens.
    pub client_id: Option<String>,
    /// When somebody last showed that the account is theirs; of browsers only.
    pub proved_at: Option<Micros>,
    /// Last use: when, from where, with what.
    pub last_use: Option<(Micros, String, String)>,
    /// When it ends, whatever happens.
    pub expires_at: Micros,
    /// When it was ended early.
    pub revoked_at: Option<Micros>,
    /// When it began.
    pub inserted_at: Micros,
}

impl Session {
    /// Whether it has neither ended nor been ended.
    pub fn is_active(&self, now: Micros) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

const COLUMNS: &str = "id, token_hash IS NOT NULL, user_id, name, client_id, proved_at, last_used_at, last_used_ip, \
                       last_used_agent, expires_at, revoked_at, inserted_at";

fn read(row: &Row) -> Result<Session, StoreError> {
    let mut c = row.columns();
    Ok(Session {
        id: c.next()?,
        kind: if c.next()? { Kind::Browser } else { Kind::OAuth },
        user_id: c.next()?,
        name: c.next()?,
        client_id: c.next()?,
        proved_at: c.next()?,
        last_use: {
            let (at, ip, agent): (Option<i64>, Option<String>, Option<String>) =
                (c.next()?, c.next()?, c.next()?);
            at.map(|at| (at, ip.unwrap_or_default(), agent.unwrap_or_default()))
        },
        expires_at: c.next()?,
        revoked_at: c.next()?,
        inserted_at: c.next()?,
    })
}

/// What carries a new session on.
#[derive(Debug, Clone, Copy)]
pub enum Carrier<'a> {
    /// The keyed hash of a cookie. Whoever logs in shows that the account is theirs.
    Cookie(&'a [u8; 32]),
    /// The client that gets tokens.
    Client(&'a str),
}

impl Carrier<'_> {
    /// The kind of session that it makes.
    pub fn kind(self) -> Kind {
        match self {
            Self::Cookie(_) => Kind::Browser,
            Self::Client(_) => Kind::OAuth,
        }
    }
}

/// A new session.
pub struct NewSession<'a> {
    /// Whose login it is.
    pub user_id: i64,
    /// What carries it on.
    pub carrier: Carrier<'a>,
    /// What the owner knows it by.
    pub name: Option<&'a str>,
    /// When it ends.
    pub expires_at: Micros,
}

/// Inserts a session.
pub async fn insert(conn: &mut Conn, session: &NewSession<'_>, now: Micros) -> Result<i64, StoreError> {
    let (hash, client_id, proved_at) = match session.carrier {
        Carrier::Cookie(hash) => (Some(hash.as_slice()), None, Some(now)),
        Carrier::Client(client_id) => (None, Some(client_id), None),
    };
    let row = conn
        .one(
            "INSERT INTO sessions (kind, user_id, name, client_id, token_hash, proved_at, expires_at, inserted_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            params![
                session.carrier.kind().as_str(),
                session.user_id,
                session.name,
                client_id,
                hash,
                proved_at,
                session.expires_at,
                now
            ],
        )
        .await?;
    row.get(0)
}

/// By id, ended ones included.
pub async fn by_id(conn: &mut Conn, id: i64) -> Result<Option<Session>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE id = $1");
    conn.rows_built(sql, params![id]).await?.first().map(read).transpose()
}

/// By the keyed hash of the cookie, ended ones included.
pub async fn by_token_hash(conn: &mut Conn, hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE token_hash = $1");
    conn.rows_built(sql, params![hash]).await?.first().map(read).transpose()
}

/// Active sessions of an account, the least recently used first and those never used before all others.
pub async fn active(conn: &mut Conn, user_id: i64, now: Micros) -> Result<Vec<Session>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 \
         ORDER BY COALESCE(last_used_at, 0), id"
    );
    conn.rows_built(sql, params![user_id, now]).await?.iter().map(read).collect()
}

/// Ends a session and its tokens. False if it was ended before.
pub async fn revoke(conn: &mut Conn, id: i64, now: Micros) -> Result<bool, StoreError> {
    let ended = conn
        .execute("UPDATE sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", params![id, now])
        .await?;
    conn.execute(
        "UPDATE oauth_tokens SET revoked_at = $2 WHERE session_id = $1 AND revoked_at IS NULL",
        params![id, now],
    )
    .await?;
    Ok(ended > 0)
}

/// Somebody showed just now that the account is theirs.
pub async fn prove(conn: &mut Conn, id: i64, now: Micros) -> Result<(), StoreError> {
    conn.execute("UPDATE sessions SET proved_at = $2 WHERE id = $1", params![id, now]).await?;
    Ok(())
}

/// Records a use, unless one was recorded after `not_after`.
pub async fn record_use(
    conn: &mut Conn,
    id: i64,
    ip: &str,
    agent: &str,
    not_after: Micros,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE sessions SET last_used_at = $2, last_used_ip = $3, last_used_agent = $4 \
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $5)",
        params![id, now, ip, agent, not_after],
    )
    .await?;
    Ok(())
}

/// Holds others back who begin a session of the account, so that their number keeps within its limit. Rows that
/// refer to the account may still be inserted.
pub async fn lock_user(conn: &mut Conn, user_id: i64) -> Result<(), StoreError> {
    conn.lock("SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id).await
}

/// Holds others back who end the session or give out tokens of it.
pub async fn lock(conn: &mut Conn, id: i64) -> Result<(), StoreError> {
    conn.lock("SELECT id FROM sessions WHERE id = $1 FOR NO KEY UPDATE", id).await
}

/// Deletes what reached its end before a time, and gives how many there were.
pub async fn delete_ended(conn: &mut Conn, before: Micros) -> Result<u64, StoreError> {
    conn.execute("DELETE FROM sessions WHERE expires_at < $1", params![before]).await
}
