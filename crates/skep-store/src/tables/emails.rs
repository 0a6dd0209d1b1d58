//! Addresses of accounts.

use crate::conn::params;
use crate::{Conn, Micros, Row, StoreError};

/// A row of `emails`.
#[derive(Debug, Clone)]
pub struct Email {
    /// Lower-cased address.
    pub address: String,
    /// Proven to belong to the account.
    pub verified: bool,
    /// The address that mail goes to; one for each account.
    pub is_primary: bool,
    /// Shown to everyone.
    pub is_public: bool,
}

fn read(row: &Row) -> Result<Email, StoreError> {
    let mut c = row.columns();
    Ok(Email { address: c.next()?, verified: c.next()?, is_primary: c.next()?, is_public: c.next()? })
}

/// Adds an address. A verified one that another account has is [`StoreError::Duplicate`].
pub async fn insert(conn: &mut Conn, user_id: i64, email: &Email, now: Micros) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO emails (user_id, address, verified, is_primary, is_public, inserted_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
        params![user_id, &email.address, email.verified, email.is_primary, email.is_public, now],
    )
    .await?;
    Ok(())
}

/// Addresses of an account, the primary one first.
pub async fn of_user(conn: &mut Conn, user_id: i64) -> Result<Vec<Email>, StoreError> {
    let rows = conn
        .rows(
            "SELECT address, verified, is_primary, is_public FROM emails WHERE user_id = $1 \
             ORDER BY is_primary DESC, address",
            params![user_id],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Whether somebody has proven to own the address.
pub async fn is_verified(conn: &mut Conn, address: &str) -> Result<bool, StoreError> {
    Ok(conn.row("SELECT 1 FROM emails WHERE address = $1 AND verified", params![address]).await?.is_some())
}

/// Sets whether all addresses of an account count as verified.
pub async fn set_verified(
    conn: &mut Conn,
    user_id: i64,
    verified: bool,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE emails SET verified = $2, updated_at = $3 WHERE user_id = $1",
        params![user_id, verified, now],
    )
    .await?;
    Ok(())
}
