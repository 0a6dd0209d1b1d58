//! Owners of packages.

use crate::conn::params;
use crate::{Conn, Micros, StoreError};

/// An owner.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The account.
    pub user_id: i64,
    /// Its name.
    pub username: String,
    /// The organization that the account stands for.
    pub organization_id: Option<i64>,
    /// `full` or `maintainer`.
    pub level: String,
}

/// Owners of a package, by username.
pub async fn of_package(conn: &mut Conn, package_id: i64) -> Result<Vec<Owner>, StoreError> {
    let rows = conn
        .rows(
            "SELECT u.id, u.username, u.organization_id, o.level FROM package_owners o \
             JOIN users u ON u.id = o.user_id WHERE o.package_id = $1 ORDER BY u.username",
            params![package_id],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let mut c = row.columns();
            Ok(Owner { user_id: c.next()?, username: c.next()?, organization_id: c.next()?, level: c.next()? })
        })
        .collect()
}

/// Adds an owner or changes its level.
pub async fn put(
    conn: &mut Conn,
    package_id: i64,
    user_id: i64,
    level: &str,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO package_owners (package_id, user_id, level, inserted_at, updated_at) \
         VALUES ($1, $2, $3, $4, $4) ON CONFLICT (package_id, user_id) \
         DO UPDATE SET level = excluded.level, updated_at = excluded.updated_at",
        params![package_id, user_id, level, now],
    )
    .await?;
    Ok(())
}

/// Removes an owner.
pub async fn delete(conn: &mut Conn, package_id: i64, user_id: i64) -> Result<(), StoreError> {
    conn.execute(
        "DELETE FROM package_owners WHERE package_id = $1 AND user_id = $2",
        params![package_id, user_id],
    )
    .await?;
    Ok(())
}

/// Removes every owner but one.
pub async fn delete_others(conn: &mut Conn, package_id: i64, user_id: i64) -> Result<(), StoreError> {
    conn.execute(
        "DELETE FROM package_owners WHERE package_id = $1 AND user_id <> $2",
        params![package_id, user_id],
    )
    .await?;
    Ok(())
}
