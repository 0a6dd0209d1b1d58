//! Members of organizations and their roles.

use crate::conn::params;
use crate::{Conn, Micros, StoreError};

/// A member as lists show it.
#[derive(Debug, Clone)]
pub struct Member {
    /// The account.
    pub user_id: i64,
    /// Its name.
    pub username: String,
    /// Its public address.
    pub email: Option<String>,
    /// `read`, `write` or `admin`.
    pub role: String,
}

/// A membership as an account sees it.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The organization.
    pub organization_id: i64,
    /// Its name.
    pub organization: String,
    /// `read`, `write` or `admin`.
    pub role: String,
}

/// Members of an organization, by username.
pub async fn of_organization(conn: &mut Conn, organization_id: i64) -> Result<Vec<Member>, StoreError> {
    let rows = conn
        .rows(
            "SELECT u.id, u.username, e.address, m.role FROM organization_members m \
             JOIN users u ON u.id = m.user_id \
             LEFT JOIN emails e ON e.user_id = u.id AND e.is_public AND e.verified \
             WHERE m.organization_id = $1 ORDER BY u.username",
            params![organization_id],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let mut c = row.columns();
            Ok(Member { user_id: c.next()?, username: c.next()?, email: c.next()?, role: c.next()? })
        })
        .collect()
}

/// Memberships of an account, by organization.
pub async fn of_user(conn: &mut Conn, user_id: i64) -> Result<Vec<Membership>, StoreError> {
    let rows = conn
        .rows(
            "SELECT o.id, o.name, m.role FROM organization_members m \
             JOIN organizations o ON o.id = m.organization_id WHERE m.user_id = $1 ORDER BY o.name",
            params![user_id],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let mut c = row.columns();
            Ok(Membership { organization_id: c.next()?, organization: c.next()?, role: c.next()? })
        })
        .collect()
}

/// How many members an organization has.
pub async fn count(conn: &mut Conn, organization_id: i64) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM organization_members WHERE organization_id = $1";
    conn.one(sql, params![organization_id]).await?.get(0)
}

/// The role of an account in an organization.
pub async fn role(conn: &mut Conn, organization_id: i64, user_id: i64) -> Result<Option<String>, StoreError> {
    let row = conn
        .row(
            "SELECT role FROM organization_members WHERE organization_id = $1 AND user_id = $2",
            params![organization_id, user_id],
        )
        .await?;
    row.map(|row| row.get(0)).transpose()
}

/// Adds a member; one that is there already is [`StoreError::Duplicate`].
pub async fn insert(
    conn: &mut Conn,
    organization_id: i64,
    user_id: i64,
    role: &str,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO organization_members (organization_id, user_id, role, inserted_at, updated_at) \
         VALUES ($1, $2, $3, $4, $4)",
        params![organization_id, user_id, role, now],
    )
    .await?;
    Ok(())
}

/// Changes a role. Gives whether there was such a member.
pub async fn set_role(
    conn: &mut Conn,
    organization_id: i64,
    user_id: i64,
    role: &str,
    now: Micros,
) -> Result<bool, StoreError> {
    let touched = conn
        .execute(
            "UPDATE organization_members SET role = $3, updated_at = $4 \
             WHERE organization_id = $1 AND user_id = $2",
            params![organization_id, user_id, role, now],
        )
        .await?;
    Ok(touched > 0)
}

/// Removes a member and what the account owned in the organization's repository.
pub async fn delete(conn: &mut Conn, organization_id: i64, user_id: i64) -> Result<(), StoreError> {
    conn.execute(
        "DELETE FROM organization_members WHERE organization_id = $1 AND user_id = $2",
        params![organization_id, user_id],
    )
    .await?;
    conn.execute(
        "DELETE FROM package_owners WHERE user_id = $2 AND package_id IN (SELECT p.id FROM packages p \
         JOIN repositories r ON r.id = p.repository_id WHERE r.organization_id = $1)",
        params![organization_id, user_id],
    )
    .await?;
    Ok(())
}
