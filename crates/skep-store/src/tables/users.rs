//! Accounts, the organization users among them.

use crate::conn::params;
use crate::{Conn, Micros, Row, StoreError};

/// A row of `users`.
#[derive(Debug, Clone)]
pub struct User {
    /// Row id.
    pub id: i64,
    /// Lower-cased name.
    pub username: String,
    /// As people write it.
    pub full_name: Option<String>,
    /// In PHC form; none = no login with a password.
    pub password_hash: Option<String>,
    /// Set for the account that stands for an organization and never logs in.
    pub organization_id: Option<i64>,
    /// May administer the whole instance.
    pub administrator: bool,
    /// Since when the account may do nothing.
    pub deactivated_at: Option<Micros>,
    /// Whether a second factor is enabled; see [`super::two_factor`].
    pub two_factor: bool,
    /// Made.
    pub inserted_at: Micros,
    /// Last changed.
    pub updated_at: Micros,
}

const COLUMNS: &str = "id, username, full_name, password_hash, organization_id, administrator, deactivated_at, \
                       tfa_enabled_at IS NOT NULL, inserted_at, updated_at";

fn read(row: &Row) -> Result<User, StoreError> {
    let mut c = row.columns();
    Ok(User {
        id: c.next()?,
        username: c.next()?,
        full_name: c.next()?,
        password_hash: c.next()?,
        organization_id: c.next()?,
        administrator: c.next()?,
        deactivated_at: c.next()?,
        two_factor: c.next()?,
        inserted_at: c.next()?,
        updated_at: c.next()?,
    })
}

/// A new account.
pub struct NewUser<'a> {
    /// Lower-cased name; a clash is [`StoreError::Duplicate`].
    pub username: &'a str,
    /// As people write it.
    pub full_name: Option<&'a str>,
    /// In PHC form.
    pub password_hash: Option<&'a str>,
    /// For an organization user.
    pub organization_id: Option<i64>,
    /// May administer the whole instance.
    pub administrator: bool,
}

/// Inserts an account.
pub async fn insert(conn: &mut Conn, user: &NewUser<'_>, now: Micros) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "INSERT INTO users (username, full_name, password_hash, organization_id, administrator, inserted_at, \
             updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id",
            params![
                user.username,
                user.full_name,
                user.password_hash,
                user.organization_id,
                user.administrator,
                now
            ],
        )
        .await?;
    row.get(0)
}

/// By id.
pub async fn by_id(conn: &mut Conn, id: i64) -> Result<Option<User>, StoreError> {
    let rows = conn.rows_built(format!("SELECT {COLUMNS} FROM users WHERE id = $1"), params![id]).await?;
    rows.first().map(read).transpose()
}

/// By lower-cased name.
pub async fn by_name(conn: &mut Conn, username: &str) -> Result<Option<User>, StoreError> {
    let rows = conn
        .rows_built(format!("SELECT {COLUMNS} FROM users WHERE username = $1"), params![username])
        .await?;
    rows.first().map(read).transpose()
}

/// By a verified address; `only_public` restricts it to addresses shown to everyone.
pub async fn by_email(conn: &mut Conn, address: &str, only_public: bool) -> Result<Option<User>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM users WHERE id IN (SELECT user_id FROM emails WHERE address = $1 AND verified \
         AND (is_public OR NOT $2))"
    );
    let rows = conn.rows_built(sql, params![address, only_public]).await?;
    rows.first().map(read).transpose()
}

/// The account that stands for an organization.
pub async fn of_organization(conn: &mut Conn, organization_id: i64) -> Result<Option<User>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE organization_id = $1");
    let rows = conn.rows_built(sql, params![organization_id]).await?;
    rows.first().map(read).transpose()
}

/// Whether anybody may administer the instance.
pub async fn any_administrator(conn: &mut Conn) -> Result<bool, StoreError> {
    let row = conn
        .row("SELECT id FROM users WHERE administrator AND deactivated_at IS NULL LIMIT 1", params![])
        .await?;
    Ok(row.is_some())
}

/// Whether the name was given up by a deleted account.
pub async fn is_reserved(conn: &mut Conn, username: &str) -> Result<bool, StoreError> {
    Ok(conn.row("SELECT 1 FROM reserved_usernames WHERE name = $1", params![username]).await?.is_some())
}

/// Keeps others from making the account that stands for an organization the owner of anything.
pub async fn lock_of_organization(conn: &mut Conn, organization_id: i64) -> Result<(), StoreError> {
    conn.lock("SELECT id FROM users WHERE organization_id = $1 FOR UPDATE", organization_id).await
}

/// Gives the account that stands for an organization the organization's new name; one in use is
/// [`StoreError::Duplicate`].
pub async fn rename_organization_user(
    conn: &mut Conn,
    organization_id: i64,
    name: &str,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE users SET username = $2, updated_at = $3 WHERE organization_id = $1",
        params![organization_id, name, now],
    )
    .await?;
    Ok(())
}

/// Sets the password.
pub async fn set_password(conn: &mut Conn, id: i64, hash: &str, now: Micros) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1",
        params![id, hash, now],
    )
    .await?;
    Ok(())
}

/// Deactivates an account, or activates it again with `None`.
pub async fn set_deactivated(
    conn: &mut Conn,
    id: i64,
    at: Option<Micros>,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute("UPDATE users SET deactivated_at = $2, updated_at = $3 WHERE id = $1", params![id, at, now])
        .await?;
    Ok(())
}

/// Accounts by name, those of organizations left out. `search` is a lower-cased part of a name or address.
pub async fn list(conn: &mut Conn, search: &str, limit: i64, offset: i64) -> Result<Vec<User>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM users WHERE organization_id IS NULL AND (username LIKE $1 ESCAPE '\\' \
         OR LOWER(full_name) LIKE $1 ESCAPE '\\' \
         OR EXISTS (SELECT 1 FROM emails WHERE user_id = users.id AND address LIKE $1 ESCAPE '\\')) \
         ORDER BY username LIMIT $2 OFFSET $3"
    );
    let literal = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let rows = conn.rows_built(sql, params![&format!("%{literal}%"), limit, offset]).await?;
    rows.iter().map(read).collect()
}

/// When the account last used one of its keys or sessions.
pub async fn last_used_at(conn: &mut Conn, id: i64) -> Result<Option<Micros>, StoreError> {
    let sql = "SELECT MAX(at) FROM (SELECT last_used_at AS at FROM keys WHERE user_id = $1 \
               UNION ALL SELECT last_used_at FROM sessions WHERE user_id = $1) AS uses";
    conn.one(sql, params![id]).await?.get(0)
}

/// Ids of those who may administer the instance now. Others who ask are held back until the transaction ends, and
/// see what it has changed.
pub async fn lock_administrators(conn: &mut Conn) -> Result<Vec<i64>, StoreError> {
    // SQLite has one writer.
    let sql = if conn.is_postgres() {
        "SELECT id FROM users WHERE administrator AND deactivated_at IS NULL ORDER BY id FOR NO KEY UPDATE"
    } else {
        "SELECT id FROM users WHERE administrator AND deactivated_at IS NULL ORDER BY id"
    };
    conn.rows(sql, params![]).await?.iter().map(|row| row.get(0)).collect()
}

/// Sets whether the account may administer the instance. Says whether that is new.
pub async fn set_administrator(
    conn: &mut Conn,
    id: i64,
    administrator: bool,
    now: Micros,
) -> Result<bool, StoreError> {
    let changed = conn
        .execute(
            "UPDATE users SET administrator = $2, updated_at = $3 WHERE id = $1 AND administrator <> $2",
            params![id, administrator, now],
        )
        .await?;
    Ok(changed > 0)
}
