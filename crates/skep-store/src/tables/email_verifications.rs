//! Open links that prove who an address belongs to. The secrets never come here, only their keyed hashes.

use crate::conn::params;
use crate::{Conn, Micros, StoreError};

/// Writes a link for an address.
pub async fn insert(
    conn: &mut Conn,
    email_id: i64,
    key_hash: &[u8; 32],
    expires_at: Micros,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO email_verifications (email_id, key_hash, expires_at, inserted_at) VALUES ($1, $2, $3, $4)",
        params![email_id, key_hash, expires_at, now],
    )
    .await?;
    Ok(())
}

/// Takes a link of an address away if it is still open, and says whether it was: of several who use it, one succeeds.
pub async fn take(
    conn: &mut Conn,
    email_id: i64,
    key_hash: &[u8; 32],
    now: Micros,
) -> Result<bool, StoreError> {
    let taken = conn
        .execute(
            "DELETE FROM email_verifications WHERE email_id = $1 AND key_hash = $2 AND expires_at > $3",
            params![email_id, key_hash, now],
        )
        .await?;
    Ok(taken > 0)
}

/// Links of an address that were written after a time.
pub async fn count_since(conn: &mut Conn, email_id: i64, after: Micros) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "SELECT COUNT(*) FROM email_verifications WHERE email_id = $1 AND inserted_at > $2",
            params![email_id, after],
        )
        .await?;
    row.get(0)
}

/// Takes all links of an address away.
pub async fn delete_of_email(conn: &mut Conn, email_id: i64) -> Result<(), StoreError> {
    conn.execute("DELETE FROM email_verifications WHERE email_id = $1", params![email_id]).await?;
    Ok(())
}

/// Deletes links that ended before a time.
pub async fn delete_ended(conn: &mut Conn, before: Micros) -> Result<u64, StoreError> {
    conn.execute("DELETE FROM email_verifications WHERE expires_at < $1", params![before]).await
}

/// Whether there is anything for [`delete_ended`] to do.
pub async fn any_ended(conn: &mut Conn, before: Micros) -> Result<bool, StoreError> {
    let row =
        conn.row("SELECT id FROM email_verifications WHERE expires_at < $1 LIMIT 1", params![before]).await?;
    Ok(row.is_some())
}
