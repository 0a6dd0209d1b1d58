//! Built and signed registry resources, exactly as clients get them.

use crate::conn::params;
use crate::tables::repositories::Repository;
use crate::{Conn, Micros, StoreError};

/// Which resource of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `names`
    Names,
    /// `versions`
    Versions,
    /// `packages/NAME`
    Package,
    /// `policies/NAME`
    Policy,
}

impl Kind {
    /// As it is stored and as it stands in the path.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Versions => "versions",
            Self::Package => "packages",
            Self::Policy => "policies",
        }
    }
}

/// A stored resource.
#[derive(Debug, Clone)]
pub struct Resource {
    /// For the indexes: the repository's generation that it was built at.
    pub generation: i64,
    /// Gzipped and signed.
    pub content: Vec<u8>,
    /// When the bytes last changed.
    pub updated_at: Micros,
}

/// A resource, if there is one. `name` is empty for the indexes. A repository that has another name by now
/// has none: what is stored carries the new one.
pub async fn get(
    conn: &mut Conn,
    repository: &Repository,
    kind: Kind,
    name: &str,
) -> Result<Option<Resource>, StoreError> {
    let row = conn
        .row(
            "SELECT s.generation, s.content, s.updated_at FROM resources s \
             JOIN repositories r ON r.id = s.repository_id AND r.name = $4 \
             WHERE s.repository_id = $1 AND s.kind = $2 AND s.name = $3",
            params![repository.id, kind.as_str(), name, &repository.name],
        )
        .await?;
    row.map(|row| {
        let mut c = row.columns();
        Ok(Resource { generation: c.next()?, content: c.next()?, updated_at: c.next()? })
    })
    .transpose()
}

/// Stores a resource. One of an older generation does not replace a newer one, and the time of change
/// moves only when the bytes do.
pub async fn put(
    conn: &mut Conn,
    repository_id: i64,
    kind: Kind,
    name: &str,
    generation: i64,
    content: &[u8],
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO resources (repository_id, kind, name, generation, content, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (repository_id, kind, name) DO UPDATE SET \
         updated_at = CASE WHEN resources.content = excluded.content THEN resources.updated_at \
         ELSE excluded.updated_at END, generation = excluded.generation, content = excluded.content \
         WHERE excluded.generation >= resources.generation",
        params![repository_id, kind.as_str(), name, generation, content, now],
    )
    .await?;
    Ok(())
}

/// Takes a resource away.
pub async fn delete(conn: &mut Conn, repository_id: i64, kind: Kind, name: &str) -> Result<(), StoreError> {
    conn.execute(
        "DELETE FROM resources WHERE repository_id = $1 AND kind = $2 AND name = $3",
        params![repository_id, kind.as_str(), name],
    )
    .await?;
    Ok(())
}

/// Takes every resource of a repository away.
pub async fn delete_all(conn: &mut Conn, repository_id: i64) -> Result<(), StoreError> {
    conn.execute("DELETE FROM resources WHERE repository_id = $1", params![repository_id]).await?;
    Ok(())
}

/// Names of the stored `packages/NAME` of a repository.
pub async fn package_names(conn: &mut Conn, repository_id: i64) -> Result<Vec<String>, StoreError> {
    let rows = conn
        .rows(
            "SELECT name FROM resources WHERE repository_id = $1 AND kind = 'packages' ORDER BY name",
            params![repository_id],
        )
        .await?;
    rows.iter().map(|row| row.get(0)).collect()
}
