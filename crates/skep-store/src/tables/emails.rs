//! Addresses of accounts.

use crate::conn::params;
use crate::{Conn, Micros, Row, StoreError};

/// A row of `emails`.
#[derive(Debug, Clone)]
pub struct Email {
    /// Row id.
    pub id: i64,
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
    Ok(Email {
        id: c.next()?,
        address: c.next()?,
        verified: c.next()?,
        is_primary: c.next()?,
        is_public: c.next()?,
    })
}

/// A new address.
pub struct NewEmail<'a> {
    /// Lower-cased address.
    pub address: &'a str,
    /// Proven to belong to the account.
    pub verified: bool,
    /// The address that mail goes to.
    pub is_primary: bool,
    /// Shown to everyone.
    pub is_public: bool,
}

/// Adds an address. A verified one that another account has is [`StoreError::Duplicate`], and so is one that the
/// account has already.
pub async fn insert(
    conn: &mut Conn,
    user_id: i64,
    email: &NewEmail<'_>,
    now: Micros,
) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "INSERT INTO emails (user_id, address, verified, is_primary, is_public, inserted_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id",
            params![user_id, email.address, email.verified, email.is_primary, email.is_public, now],
        )
        .await?;
    row.get(0)
}

/// Addresses of an account, the primary one first.
pub async fn of_user(conn: &mut Conn, user_id: i64) -> Result<Vec<Email>, StoreError> {
    let rows = conn
        .rows(
            "SELECT id, address, verified, is_primary, is_public FROM emails WHERE user_id = $1 \
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

/// Whose address it is, if nobody has proven to own it: the accounts that say it is theirs, with the row id of theirs.
pub async fn unverified(conn: &mut Conn, address: &str) -> Result<Vec<(i64, i64)>, StoreError> {
    let rows = conn
        .rows(
            "SELECT user_id, id FROM emails WHERE address = $1 AND NOT verified ORDER BY id",
            params![address],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Marks an address as proven. One that another account has proven before is [`StoreError::Duplicate`].
pub async fn verify(conn: &mut Conn, id: i64, now: Micros) -> Result<(), StoreError> {
    conn.execute("UPDATE emails SET verified = $2, updated_at = $3 WHERE id = $1", params![id, true, now])
        .await?;
    Ok(())
}

/// Makes an address of an account the one that mail goes to.
pub async fn set_primary(conn: &mut Conn, user_id: i64, id: i64, now: Micros) -> Result<(), StoreError> {
    // In this order: an account never has two.
    conn.execute(
        "UPDATE emails SET is_primary = $2, updated_at = $3 WHERE user_id = $1 AND is_primary",
        params![user_id, false, now],
    )
    .await?;
    conn.execute("UPDATE emails SET is_primary = $2, updated_at = $3 WHERE id = $1", params![id, true, now])
        .await?;
    Ok(())
}

/// Makes an address of an account the one that everyone sees; none = nobody sees any.
pub async fn set_public(
    conn: &mut Conn,
    user_id: i64,
    id: Option<i64>,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE emails SET is_public = $2, updated_at = $3 WHERE user_id = $1 AND is_public",
        params![user_id, false, now],
    )
    .await?;
    conn.execute("UPDATE emails SET is_public = $2, updated_at = $3 WHERE id = $1", params![id, true, now])
        .await?;
    Ok(())
}

/// Removes an address.
pub async fn delete(conn: &mut Conn, id: i64) -> Result<(), StoreError> {
    conn.execute("DELETE FROM emails WHERE id = $1", params![id]).await?;
    Ok(())
}
