//! Organizations. Number 1 is `hexpm`, which stands for the public repository.

use crate::conn::params;
use crate::{Conn, Micros, Row, StoreError};

/// Id of the organization `hexpm`.
pub const HEXPM: i64 = 1;

/// A row of `organizations`.
#[derive(Debug, Clone)]
pub struct Organization {
    /// Row id.
    pub id: i64,
    /// Case-sensitive name.
    pub name: String,
    /// Most members; none = no limit.
    pub seats: Option<i64>,
    /// Made.
    pub inserted_at: Micros,
    /// Last changed.
    pub updated_at: Micros,
}

fn read(row: &Row) -> Result<Organization, StoreError> {
    let mut c = row.columns();
    Ok(Organization {
        id: c.next()?,
        name: c.next()?,
        seats: c.next()?,
        inserted_at: c.next()?,
        updated_at: c.next()?,
    })
}

/// Inserts an organization; a clash of names is [`StoreError::Duplicate`].
pub async fn insert(conn: &mut Conn, name: &str, now: Micros) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "INSERT INTO organizations (name, inserted_at, updated_at) VALUES ($1, $2, $2) RETURNING id",
            params![name, now],
        )
        .await?;
    row.get(0)
}

/// By name.
pub async fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Organization>, StoreError> {
    let row = conn
        .row(
            "SELECT id, name, seats, inserted_at, updated_at FROM organizations WHERE name = $1",
            params![name],
        )
        .await?;
    row.as_ref().map(read).transpose()
}

/// By id.
pub async fn by_id(conn: &mut Conn, id: i64) -> Result<Option<Organization>, StoreError> {
    let row = conn
        .row("SELECT id, name, seats, inserted_at, updated_at FROM organizations WHERE id = $1", params![id])
        .await?;
    row.as_ref().map(read).transpose()
}

/// Those that a user is a member of, by name.
pub async fn of_user(conn: &mut Conn, user_id: i64) -> Result<Vec<Organization>, StoreError> {
    let rows = conn
        .rows(
            "SELECT o.id, o.name, o.seats, o.inserted_at, o.updated_at FROM organizations o \
             JOIN organization_members m ON m.organization_id = o.id WHERE m.user_id = $1 ORDER BY o.name",
            params![user_id],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// All of them but `hexpm`, by name.
pub async fn all(conn: &mut Conn) -> Result<Vec<Organization>, StoreError> {
    let rows = conn
        .rows(
            "SELECT id, name, seats, inserted_at, updated_at FROM organizations WHERE id <> $1 ORDER BY name",
            params![HEXPM],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Holds other writers of the organization's members and keys back.
pub async fn lock(conn: &mut Conn, id: i64) -> Result<(), StoreError> {
    conn.lock("SELECT id FROM organizations WHERE id = $1 FOR UPDATE", id).await
}

/// Sets the name; one in use is [`StoreError::Duplicate`].
pub async fn rename(conn: &mut Conn, id: i64, name: &str, now: Micros) -> Result<(), StoreError> {
    conn.execute("UPDATE organizations SET name = $2, updated_at = $3 WHERE id = $1", params![id, name, now])
        .await?;
    Ok(())
}

/// Sets the limit of members.
pub async fn set_seats(conn: &mut Conn, id: i64, seats: Option<i64>, now: Micros) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE organizations SET seats = $2, updated_at = $3 WHERE id = $1",
        params![id, seats, now],
    )
    .await?;
    Ok(())
}

/// Deletes an organization that has no repository any more, with its members, keys, tokens, invitations
/// and policies, and the account that stands for it.
pub async fn delete(conn: &mut Conn, id: i64) -> Result<(), StoreError> {
    conn.execute("DELETE FROM users WHERE organization_id = $1", params![id]).await?;
    conn.execute("DELETE FROM organizations WHERE id = $1", params![id]).await?;
    Ok(())
}
