//! Mail that waits to be sent.
//!
//! A server takes a row by moving its next attempt into the future: for so long nobody else does, and if the server
//! dies, the row is due again. The number of attempts tells the holder from whoever took the row after it.

use crate::conn::params;
use crate::{Conn, Micros, Row, StoreError};

/// A row of `mails`.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Row id.
    pub id: i64,
    /// Address.
    pub recipient: String,
    /// Name of the template.
    pub kind: String,
    /// JSON: what the text is made of.
    pub params: String,
    /// Attempts so far; one that is under way counts.
    pub attempts: i64,
    /// When it is tried next. None = given up.
    pub next_attempt_at: Option<Micros>,
    /// After this it is of no use any more.
    pub expires_at: Micros,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was written.
    pub inserted_at: Micros,
}

const COLUMNS: &str =
    "id, recipient, kind, params, attempts, next_attempt_at, expires_at, last_error, inserted_at";

fn read(row: &Row) -> Result<Mail, StoreError> {
    let mut c = row.columns();
    Ok(Mail {
        id: c.next()?,
        recipient: c.next()?,
        kind: c.next()?,
        params: c.next()?,
        attempts: c.next()?,
        next_attempt_at: c.next()?,
        expires_at: c.next()?,
        last_error: c.next()?,
        inserted_at: c.next()?,
    })
}

/// A mail to be sent.
pub struct NewMail<'a> {
    /// Address.
    pub recipient: &'a str,
    /// Name of the template.
    pub kind: &'a str,
    /// JSON.
    pub params: &'a str,
    /// Of the mails in a group only the newest is sent.
    pub group: Option<&'a str>,
    /// After this it is of no use any more.
    pub expires_at: Micros,
}

/// Writes a mail, due at once.
pub async fn insert(conn: &mut Conn, mail: &NewMail<'_>, now: Micros) -> Result<(), StoreError> {
    if let Some(group) = mail.group {
        delete_group(conn, group).await?;
    }
    conn.execute(
        "INSERT INTO mails (recipient, kind, params, group_key, attempts, next_attempt_at, expires_at, inserted_at) \
         VALUES ($1, $2, $3, $4, 0, $5, $6, $5)",
        params![mail.recipient, mail.kind, mail.params, mail.group, now, mail.expires_at],
    )
    .await?;
    Ok(())
}

/// Deletes what of a group was not sent yet.
pub async fn delete_group(conn: &mut Conn, group: &str) -> Result<(), StoreError> {
    conn.execute("DELETE FROM mails WHERE group_key = $1", params![group]).await?;
    Ok(())
}

/// Whether anything is due.
pub async fn any_due(conn: &mut Conn, now: Micros) -> Result<bool, StoreError> {
    let row = conn.row("SELECT id FROM mails WHERE next_attempt_at <= $1 LIMIT 1", params![now]).await?;
    Ok(row.is_some())
}

/// Takes at most `count` mails that are due, oldest first, and holds them until `until`.
pub async fn claim(conn: &mut Conn, count: i64, until: Micros, now: Micros) -> Result<Vec<Mail>, StoreError> {
    // PostgreSQL passes over rows that another server is taking just now; SQLite has one writer.
    let skip = if conn.is_postgres() { "FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!(
        "UPDATE mails SET attempts = attempts + 1, next_attempt_at = $3 WHERE id IN (SELECT id FROM mails \
         WHERE next_attempt_at <= $1 ORDER BY next_attempt_at, id LIMIT $2 {skip}) RETURNING {COLUMNS}"
    );
    let rows = conn.rows_built(sql, params![now, count, until]).await?;
    let mut mails: Vec<Mail> = rows.iter().map(read).collect::<Result<_, _>>()?;
    mails.sort_unstable_by_key(|mail| mail.id);
    Ok(mails)
}

/// Deletes a mail that was sent, if it is still held since that attempt.
pub async fn delete_sent(conn: &mut Conn, id: i64, attempts: i64) -> Result<(), StoreError> {
    conn.execute("DELETE FROM mails WHERE id = $1 AND attempts = $2", params![id, attempts]).await?;
    Ok(())
}

/// Lets go of a mail that was not sent, if it is still held since that attempt. `next_attempt_at` none = give it up.
pub async fn delay(
    conn: &mut Conn,
    id: i64,
    attempts: i64,
    next_attempt_at: Option<Micros>,
    error: &str,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE mails SET next_attempt_at = $3, last_error = $4 WHERE id = $1 AND attempts = $2",
        params![id, attempts, next_attempt_at, error],
    )
    .await?;
    Ok(())
}

/// Lets go of a mail that was held and not tried, if it is still held since that attempt.
pub async fn release(conn: &mut Conn, id: i64, attempts: i64, now: Micros) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE mails SET next_attempt_at = $3, attempts = attempts - 1 WHERE id = $1 AND attempts = $2",
        params![id, attempts, now],
    )
    .await?;
    Ok(())
}

/// All mails, oldest first, at most `count`.
pub async fn all(conn: &mut Conn, count: i64) -> Result<Vec<Mail>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM mails ORDER BY id LIMIT $1");
    conn.rows_built(sql, params![count]).await?.iter().map(read).collect()
}

/// Makes a mail due again as if it had never been tried, or all of them, and gives how many there were.
pub async fn retry(
    conn: &mut Conn,
    id: Option<i64>,
    expires_at: Micros,
    now: Micros,
) -> Result<u64, StoreError> {
    conn.execute(
        "UPDATE mails SET next_attempt_at = $2, attempts = 0, expires_at = $3 WHERE id = $1 OR $1 IS NULL",
        params![id, now, expires_at],
    )
    .await
}

/// Deletes what expired before a time.
pub async fn delete_expired(conn: &mut Conn, before: Micros) -> Result<u64, StoreError> {
    conn.execute("DELETE FROM mails WHERE expires_at < $1", params![before]).await
}

/// Whether there is anything for [`delete_expired`] to do.
pub async fn any_expired(conn: &mut Conn, before: Micros) -> Result<bool, StoreError> {
    Ok(conn.row("SELECT id FROM mails WHERE expires_at < $1 LIMIT 1", params![before]).await?.is_some())
}
