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

/// How often what the indexes show has changed. None if there is no such repository by that name any more.
pub async fn generation(conn: &mut Conn, repository: &Repository) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT index_generation FROM repositories WHERE id = $1 AND name = $2";
    let row = conn.row(sql, params![repository.id, &repository.name]).await?;
    row.map(|row| row.get(0)).transpose()
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

/// The repository of an organization.
pub async fn of_organization(
    conn: &mut Conn,
    organization_id: i64,
) -> Result<Option<Repository>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM repositories WHERE organization_id = $1");
    conn.rows_built(sql, params![organization_id]).await?.first().map(read).transpose()
}

/// Whether the repository still has its name. If so, nobody renames or deletes it before the transaction
/// ends; see [`lock`].
pub async fn hold(conn: &mut Conn, repository: &Repository) -> Result<bool, StoreError> {
    // SQLite has one writer and no such clause.
    let sql = match conn.is_postgres() {
        true => "SELECT 1 FROM repositories WHERE id = $1 AND name = $2 FOR KEY SHARE",
        false => "SELECT 1 FROM repositories WHERE id = $1 AND name = $2",
    };
    Ok(conn.row(sql, params![repository.id, &repository.name]).await?.is_some())
}

/// Waits for those who [`hold`] the repository and keeps new ones back until the transaction ends.
pub async fn lock(conn: &mut Conn, id: i64) -> Result<(), StoreError> {
    conn.lock("SELECT id FROM repositories WHERE id = $1 FOR UPDATE", id).await
}

/// Sets the name, and marks `names` and `versions` stale.
pub async fn rename(conn: &mut Conn, id: i64, name: &str, now: Micros) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE repositories SET name = $2, index_generation = index_generation + 1, updated_at = $3 \
         WHERE id = $1",
        params![id, name, now],
    )
    .await?;
    Ok(())
}

/// Deletes a repository with everything in it. [`StoreError::Reference`] when packages elsewhere require
/// one of its own.
pub async fn delete(conn: &mut Conn, id: i64) -> Result<(), StoreError> {
    // Releases first: packages may require each other.
    let releases =
        "DELETE FROM releases WHERE package_id IN (SELECT id FROM packages WHERE repository_id = $1)";
    conn.execute(releases, params![id]).await?;
    for row in conn.rows("SELECT id FROM packages WHERE repository_id = $1", params![id]).await? {
        super::packages::delete(conn, row.get(0)?).await?;
    }
    super::resources::delete_all(conn, id).await?;
    conn.execute("DELETE FROM repositories WHERE id = $1", params![id]).await?;
    Ok(())
}
