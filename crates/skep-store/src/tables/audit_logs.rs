//! The audit log: written in the transaction of what it tells, never changed.

use crate::conn::params;
use crate::{Conn, Micros, Row, StoreError};

/// A row of `audit_logs`.
#[derive(Debug, Clone)]
pub struct AuditLog {
    /// What was done, such as `release.publish`.
    pub action: String,
    /// JSON.
    pub params: String,
    /// Who, as they were called then; empty if nobody was known.
    pub actor: String,
    /// The key that was used.
    pub key_id: Option<i64>,
    /// First 255 characters of the header.
    pub user_agent: Option<String>,
    /// Client address.
    pub remote_ip: Option<String>,
    /// When.
    pub inserted_at: Micros,
}

/// A new entry.
pub struct NewAuditLog<'a> {
    /// What was done.
    pub action: &'a str,
    /// JSON.
    pub params: &'a str,
    /// Who, as they were called then.
    pub actor: &'a str,
    /// The acting account.
    pub user_id: Option<i64>,
    /// The organization that acted or that it is about.
    pub organization_id: Option<i64>,
    /// The package that it is about.
    pub package_id: Option<i64>,
    /// The key that was used.
    pub key_id: Option<i64>,
    /// First 255 characters of the header.
    pub user_agent: Option<&'a str>,
    /// Client address.
    pub remote_ip: Option<&'a str>,
}

/// Whose entries.
#[derive(Debug, Clone, Copy)]
pub enum About {
    /// Those that an account caused.
    User(i64),
    /// Those that an organization caused or that concern it.
    Organization(i64),
    /// Those about a package.
    Package(i64),
}

/// Writes an entry.
pub async fn insert(conn: &mut Conn, entry: &NewAuditLog<'_>, now: Micros) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO audit_logs (action, params, actor, user_id, organization_id, package_id, key_id, \
         user_agent, remote_ip, inserted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            entry.action,
            entry.params,
            entry.actor,
            entry.user_id,
            entry.organization_id,
            entry.package_id,
            entry.key_id,
            entry.user_agent,
            entry.remote_ip,
            now
        ],
    )
    .await?;
    Ok(())
}

/// A page of entries, newest first.
pub async fn page(
    conn: &mut Conn,
    about: About,
    limit: i64,
    offset: i64,
) -> Result<Vec<AuditLog>, StoreError> {
    let (condition, id) = match about {
        About::User(id) => ("user_id = $1", id),
        About::Organization(id) => ("organization_id = $1", id),
        About::Package(id) => ("package_id = $1", id),
    };
    let sql = format!(
        "SELECT action, params, actor, key_id, user_agent, remote_ip, inserted_at FROM audit_logs WHERE {condition} \
         ORDER BY id DESC LIMIT $2 OFFSET $3"
    );
    let rows = conn.rows_built(sql, params![id, limit, offset]).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<AuditLog, StoreError> {
    let mut c = row.columns();
    Ok(AuditLog {
        action: c.next()?,
        params: c.next()?,
        actor: c.next()?,
        key_id: c.next()?,
        user_agent: c.next()?,
        remote_ip: c.next()?,
        inserted_at: c.next()?,
    })
}
