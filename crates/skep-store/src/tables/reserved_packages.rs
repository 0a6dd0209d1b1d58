//! Names and versions of packages that nobody may publish.

use crate::conn::params;
use crate::{Conn, Micros, StoreError};

/// A row of `reserved_packages`.
#[derive(Debug, Clone)]
pub struct ReservedPackage {
    /// Name of the repository.
    pub repository: String,
    /// Name of the package.
    pub name: String,
    /// The version; none = the whole name.
    pub version: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Reserved.
    pub inserted_at: Micros,
}

/// Reserves a name or a version of it; one that is reserved is [`StoreError::Duplicate`].
pub async fn insert(
    conn: &mut Conn,
    repository_id: i64,
    name: &str,
    version: Option<&str>,
    reason: Option<&str>,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO reserved_packages (repository_id, name, version, reason, inserted_at) \
         VALUES ($1, $2, $3, $4, $5)",
        params![repository_id, name, version.unwrap_or_default(), reason, now],
    )
    .await?;
    Ok(())
}

/// Gives a name or a version of it free, and says whether it was reserved.
pub async fn delete(
    conn: &mut Conn,
    repository_id: i64,
    name: &str,
    version: Option<&str>,
) -> Result<bool, StoreError> {
    let deleted = conn
        .execute(
            "DELETE FROM reserved_packages WHERE repository_id = $1 AND name = $2 AND version = $3",
            params![repository_id, name, version.unwrap_or_default()],
        )
        .await?;
    Ok(deleted > 0)
}

/// Whether the name or the version is reserved; the version alone does not count as the name.
pub async fn contains(
    conn: &mut Conn,
    repository_id: i64,
    name: &str,
    version: Option<&str>,
) -> Result<bool, StoreError> {
    let row = conn
        .row(
            "SELECT 1 FROM reserved_packages WHERE repository_id = $1 AND name = $2 AND version = $3",
            params![repository_id, name, version.unwrap_or_default()],
        )
        .await?;
    Ok(row.is_some())
}

/// A page of them, by repository, name and version.
pub async fn page(conn: &mut Conn, limit: i64, offset: i64) -> Result<Vec<ReservedPackage>, StoreError> {
    let rows = conn
        .rows(
            "SELECT r.name, s.name, s.version, s.reason, s.inserted_at FROM reserved_packages s \
             JOIN repositories r ON r.id = s.repository_id ORDER BY r.name, s.name, s.version \
             LIMIT $1 OFFSET $2",
            params![limit, offset],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let mut c = row.columns();
            Ok(ReservedPackage {
                repository: c.next()?,
                name: c.next()?,
                version: Some(c.next::<String>()?).filter(|version| !version.is_empty()),
                reason: c.next()?,
                inserted_at: c.next()?,
            })
        })
        .collect()
}
