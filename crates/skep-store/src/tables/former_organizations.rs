//! Names that organizations had before they were renamed or deleted.

use crate::conn::params;
use crate::{Conn, Micros, StoreError};

/// How an organization lost a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It has another one.
    Renamed,
    /// It is not there any more.
    Deleted,
}

impl End {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Renamed => "renamed",
            Self::Deleted => "deleted",
        }
    }
}

/// Remembers a name that an organization had, which is also taken from accounts.
pub async fn insert(
    conn: &mut Conn,
    name: &str,
    organization_id: i64,
    end: End,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO former_organizations (name, organization_id, end_reason, inserted_at) \
         VALUES ($1, $2, $3, $4)",
        params![name, organization_id, end.as_str(), now],
    )
    .await?;
    conn.execute("INSERT INTO reserved_usernames (name) VALUES ($1) ON CONFLICT DO NOTHING", params![name])
        .await?;
    Ok(())
}

/// Gives an organization a name back that it had before, and says whether it had it.
pub async fn take_back(conn: &mut Conn, name: &str, organization_id: i64) -> Result<bool, StoreError> {
    let taken = conn
        .execute(
            "DELETE FROM former_organizations WHERE name = $1 AND organization_id = $2",
            params![name, organization_id],
        )
        .await?;
    if taken > 0 {
        conn.execute("DELETE FROM reserved_usernames WHERE name = $1", params![name]).await?;
    }
    Ok(taken > 0)
}

/// The organization that had the name.
pub async fn by_name(conn: &mut Conn, name: &str) -> Result<Option<i64>, StoreError> {
    let row =
        conn.row("SELECT organization_id FROM former_organizations WHERE name = $1", params![name]).await?;
    row.map(|row| row.get(0)).transpose()
}
