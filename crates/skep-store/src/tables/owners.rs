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
            Ok(Owner {
                user_id: c.next()?,
                username: c.next()?,
                organization_id: c.next()?,
                level: c.next()?,
            })
        })
        .collect()
}

/// An owner with what lists show of the account.
#[derive(Debug, Clone)]
pub struct OwnerDetails {
    /// The account.
    pub user_id: i64,
    /// Its name.
    pub username: String,
    /// As people write it.
    pub full_name: Option<String>,
    /// Its public address.
    pub email: Option<String>,
    /// `full` or `maintainer`.
    pub level: String,
    /// When the account was made.
    pub inserted_at: Micros,
    /// When the account was last changed.
    pub updated_at: Micros,
}

/// Owners of a package with what lists show of their accounts, by username.
pub async fn details(conn: &mut Conn, package_id: i64) -> Result<Vec<OwnerDetails>, StoreError> {
    let rows = conn
        .rows(
            "SELECT u.id, u.username, u.full_name, e.address, o.level, u.inserted_at, u.updated_at \
             FROM package_owners o JOIN users u ON u.id = o.user_id \
             LEFT JOIN emails e ON e.user_id = u.id AND e.is_public AND e.verified \
             WHERE o.package_id = $1 ORDER BY u.username, e.address",
            params![package_id],
        )
        .await?;
    let mut owners: Vec<OwnerDetails> = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut c = row.columns();
        let owner = OwnerDetails {
            user_id: c.next()?,
            username: c.next()?,
            full_name: c.next()?,
            email: c.next()?,
            level: c.next()?,
            inserted_at: c.next()?,
            updated_at: c.next()?,
        };
        // An account may have several public addresses; the first one is shown.
        if owners.last().is_none_or(|last| last.user_id != owner.user_id) {
            owners.push(owner);
        }
    }
    Ok(owners)
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
