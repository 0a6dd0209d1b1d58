//! Open links that set a new password. The secrets never come here, only their keyed hashes.

use crate::conn::params;
use crate::{Conn, Micros, StoreError};

/// Writes a link.
pub async fn insert(
    conn: &mut Conn,
    user_id: i64,
    key_hash: &[u8; 32],
    primary_address: &str,
    expires_at: Micros,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO password_resets (user_id, key_hash, primary_address, expires_at, inserted_at) \
         VALUES ($1, $2, $3, $4, $5)",
        params![user_id, key_hash, primary_address, expires_at, now],
    )
    .await?;
    Ok(())
}

/// Takes an open link of an account away, if it was sent to this address, and says whether there was one: of several
/// who use it, one succeeds.
pub async fn take(
    conn: &mut Conn,
    user_id: i64,
    key_hash: &[u8; 32],
    primary_address: &str,
    now: Micros,
) -> Result<bool, StoreError> {
    let taken = conn
        .execute(
            "DELETE FROM password_resets WHERE user_id = $1 AND key_hash = $2 AND primary_address = $3 \
             AND expires_at > $4",
            params![user_id, key_hash, primary_address, now],
        )
        .await?;
    Ok(taken > 0)
}

/// Whether a link of an account can still be used.
pub async fn is_open(
    conn: &mut Conn,
    user_id: i64,
    key_hash: &[u8; 32],
    now: Micros,
) -> Result<bool, StoreError> {
    let row = conn
        .row(
            "SELECT id FROM password_resets WHERE user_id = $1 AND key_hash = $2 AND expires_at > $3",
            params![user_id, key_hash, now],
        )
        .await?;
    Ok(row.is_some())
}

/// Links of an account that were written after a time.
pub async fn count_since(conn: &mut Conn, user_id: i64, after: Micros) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "SELECT COUNT(*) FROM password_resets WHERE user_id = $1 AND inserted_at > $2",
            params![user_id, after],
        )
        .await?;
    row.get(0)
}

/// Takes all links of an account away.
pub async fn delete_of_user(conn: &mut Conn, user_id: i64) -> Result<(), StoreError> {
    conn.execute("DELETE FROM password_resets WHERE user_id = $1", params![user_id]).await?;
    Ok(())
}

/// Deletes links that ended before a time.
pub async fn delete_ended(conn: &mut Conn, before: Micros) -> Result<u64, StoreError> {
    conn.execute("DELETE FROM password_resets WHERE expires_at < $1", params![before]).await
}

/// Whether there is anything for [`delete_ended`] to do.
pub async fn any_ended(conn: &mut Conn, before: Micros) -> Result<bool, StoreError> {
    let row =
        conn.row("SELECT id FROM password_resets WHERE expires_at < $1 LIMIT 1", params![before]).await?;
    Ok(row.is_some())
}
