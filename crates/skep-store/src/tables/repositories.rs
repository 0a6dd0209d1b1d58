//! Repositories: number 1 is the public one, `hexpm`; every other belongs to the organization of its name.

use crate::conn::params;
use crate::{Conn, Micros, Row, StoreError};

/// Id of the public repository.
pub const HEXPM: i64 = 1;

/// A row of `repositories`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Row id.
    pub id: i64,
    /// Name, as registry payloads carry it.
    pub name: String,
    /// The organization that owns it.
    pub organization_id: i64,
    /// Made.
    pub inserted_at: Micros,
    /// Last changed.
    pub updated_at: Micros,
}

impl Repository {
    /// Whether everyone may read it.
    pub fn is_public(&self) -> bool {
        self.id == HEXPM
    }
}

const COLUMNS: &str = "id, name, organization_id, inserted_at, updated_at";

fn read(row: &Row) -> Result<Repository, StoreError> {
    let mut c = row.columns();
    Ok(Repository {
        id: c.next()?,
        name: c.next()?,
        organization_id: c.next()?,
        inserted_at: c.next()?,
        updated_at: c.next()?,
    })
}

/// Inserts a repository.
pub async fn insert(
    conn: &mut Conn,
    name: &str,
    organization_id: i64,
    now: Micros,
) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "INSERT INTO repositories (name, organization_id, index_generation, inserted_at, updated_at) \
             VALUES ($1, $2, 1, $3, $3) RETURNING id",
            params![name, organization_id, now],
        )
        .await?;
    row.get(0)
}

/// By name.
pub async fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Repository>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM repositories WHERE name = $1");
    conn.rows_built(sql, params![name]).await?.first().map(read).transpose()
}

/// All of them, in the order of their ids.
pub async fn all(conn: &mut Conn) -> Result<Vec<Repository>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM repositories ORDER BY id");
    conn.rows_built(sql, params![]).await?.iter().map(read).collect()
}

/// How often what the indexes show has changed.
pub async fn generation(conn: &mut Conn, id: i64) -> Result<i64, StoreError> {
    conn.one("SELECT index_generation FROM repositories WHERE id = $1", params![id]).await?.get(0)
}

/// Marks `names` and `versions` stale.
pub async fn bump_generation(conn: &mut Conn, id: i64) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE repositories SET index_generation = index_generation + 1 WHERE id = $1",
        params![id],
    )
    .await?;
    Ok(())
}
