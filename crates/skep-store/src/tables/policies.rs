//! Dependency policies of organizations.

use crate::conn::params;
use crate::{Conn, Micros, Row, StoreError};

/// A row of `policies`.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Row id.
    pub id: i64,
    /// The organization.
    pub organization_id: i64,
    /// Unique in the organization.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// `private` or `public`.
    pub visibility: String,
    /// JSON; its shape is the rules' business.
    pub tabs: String,
    /// Made.
    pub inserted_at: Micros,
    /// Last changed.
    pub updated_at: Micros,
}

const SELECT: &str = "SELECT id, organization_id, name, description, visibility, tabs, inserted_at, updated_at \
                      FROM policies";

fn read(row: &Row) -> Result<Policy, StoreError> {
    let mut c = row.columns();
    Ok(Policy {
        id: c.next()?,
        organization_id: c.next()?,
        name: c.next()?,
        description: c.next()?,
        visibility: c.next()?,
        tabs: c.next()?,
        inserted_at: c.next()?,
        updated_at: c.next()?,
    })
}

/// Inserts a policy; a name in use is [`StoreError::Duplicate`]. Gives the id.
pub async fn insert(
    conn: &mut Conn,
    (organization_id, name): (i64, &str),
    description: Option<&str>,
    visibility: &str,
    tabs: &str,
    now: Micros,
) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "INSERT INTO policies (organization_id, name, description, visibility, tabs, inserted_at, \
             updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id",
            params![organization_id, name, description, visibility, tabs, now],
        )
        .await?;
    row.get(0)
}

/// Replaces what a policy says.
pub async fn update(
    conn: &mut Conn,
    id: i64,
    description: Option<&str>,
    visibility: &str,
    tabs: &str,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE policies SET description = $2, visibility = $3, tabs = $4, updated_at = $5 WHERE id = $1",
        params![id, description, visibility, tabs, now],
    )
    .await?;
    Ok(())
}

/// Policies of an organization, by name.
pub async fn of_organization(conn: &mut Conn, organization_id: i64) -> Result<Vec<Policy>, StoreError> {
    let sql = format!("{SELECT} WHERE organization_id = $1 ORDER BY name");
    conn.rows_built(sql, params![organization_id]).await?.iter().map(read).collect()
}

/// One policy.
pub async fn by_name(
    conn: &mut Conn,
    organization_id: i64,
    name: &str,
) -> Result<Option<Policy>, StoreError> {
    let sql = format!("{SELECT} WHERE organization_id = $1 AND name = $2");
    conn.rows_built(sql, params![organization_id, name]).await?.first().map(read).transpose()
}

/// Deletes a policy.
pub async fn delete(conn: &mut Conn, id: i64) -> Result<(), StoreError> {
    conn.execute("DELETE FROM policies WHERE id = $1", params![id]).await?;
    Ok(())
}
