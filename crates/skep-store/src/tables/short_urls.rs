//! Short addresses. They are never changed.

use crate::conn::params;
use crate::{Conn, Micros, StoreError};

/// Where a code leads.
pub async fn url(conn: &mut Conn, code: &str) -> Result<Option<String>, StoreError> {
    let row = conn.row("SELECT url FROM short_urls WHERE code = $1", params![code]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// The code of an address.
pub async fn code(conn: &mut Conn, url: &str) -> Result<Option<String>, StoreError> {
    let row = conn.row("SELECT code FROM short_urls WHERE url = $1", params![url]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Gives an address a code, unless either is taken; whether it did.
pub async fn insert(conn: &mut Conn, code: &str, url: &str, now: Micros) -> Result<bool, StoreError> {
    let inserted = conn
        .execute(
            "INSERT INTO short_urls (code, url, inserted_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            params![code, url, now],
        )
        .await?;
    Ok(inserted > 0)
}
