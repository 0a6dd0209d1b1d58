//! Facts about this installation, by name.

use crate::conn::params;
use crate::{Conn, StoreError};

/// The value of a fact.
pub async fn get(conn: &mut Conn, key: &str) -> Result<Option<String>, StoreError> {
    let row = conn.row("SELECT value FROM instance WHERE key = $1", params![key]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Sets a fact.
pub async fn set(conn: &mut Conn, key: &str, value: &str) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO instance (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        params![key, value],
    )
    .await?;
    Ok(())
}

/// Takes a fact away if it has this value, and says whether it had: of several who try, one succeeds.
pub async fn take(conn: &mut Conn, key: &str, value: &str) -> Result<bool, StoreError> {
    let taken =
        conn.execute("DELETE FROM instance WHERE key = $1 AND value = $2", params![key, value]).await?;
    Ok(taken > 0)
}

/// Takes a fact away.
pub async fn delete(conn: &mut Conn, key: &str) -> Result<(), StoreError> {
    conn.execute("DELETE FROM instance WHERE key = $1", params![key]).await?;
    Ok(())
}
