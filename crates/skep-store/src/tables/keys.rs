//! API keys of accounts and organizations. Secrets never come here, only their keyed hashes.

use crate::conn::params;
use crate::{Conn, Micros, Param, Row, StoreError};

/// Who a key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// An account.
    User(i64),
    /// An organization.
    Organization(i64),
}

impl Owner {
    /// `user_id` and `organization_id`, of which exactly one is set.
    pub(super) fn columns(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::User(id) => (Some(id), None),
            Self::Organization(id) => (None, Some(id)),
        }
    }

    pub(super) fn from_columns(
        user_id: Option<i64>,
        organization_id: Option<i64>,
    ) -> Result<Self, StoreError> {
        match (user_id, organization_id) {
            (Some(id), _) => Ok(Self::User(id)),
            (None, Some(id)) => Ok(Self::Organization(id)),
            (None, None) => {
                Err(StoreError::Database(sqlx::Error::Decode("a credential without owner".into())))
            }
        }
    }
}

/// A row of `keys`.
#[derive(Debug, Clone)]
pub struct Key {
    /// Row id.
    pub id: i64,
    /// Who it belongs to.
    pub owner: Owner,
    /// Unique among the live keys of the owner.
    pub name: String,
    /// JSON; its shape is the rules' business.
    pub permissions: String,
    /// For keys of organizations: the role of whoever made the key.
    pub maker_role: Option<String>,
    /// For keys of organizations: that member. None if it is not known or the account was deleted.
    pub maker_id: Option<i64>,
    /// In the past: revoked. In the future: when it ends.
    pub revoke_at: Option<Micros>,
    /// Last use: when, from where, with what.
    pub last_use: Option<(Micros, String, String)>,
    /// Made.
    pub inserted_at: Micros,
    /// Last changed; a recorded use counts.
    pub updated_at: Micros,
}

const COLUMNS: &str = "id, user_id, organization_id, name, permissions, maker_role, maker_id, revoke_at, \
                       last_used_at, last_used_ip, last_used_agent, inserted_at, updated_at";

fn read(row: &Row) -> Result<Key, StoreError> {
    let mut c = row.columns();
    Ok(Key {
        id: c.next()?,
        owner: Owner::from_columns(c.next()?, c.next()?)?,
        name: c.next()?,
        permissions: c.next()?,
        maker_role: c.next()?,
        maker_id: c.next()?,
        revoke_at: c.next()?,
        last_use: {
            let (at, ip, agent): (Option<i64>, Option<String>, Option<String>) =
                (c.next()?, c.next()?, c.next()?);
            at.map(|at| (at, ip.unwrap_or_default(), agent.unwrap_or_default()))
        },
        inserted_at: c.next()?,
        updated_at: c.next()?,
    })
}

/// A new key.
pub struct NewKey<'a> {
    /// Who it belongs to.
    pub owner: Owner,
    /// Name.
    pub name: &'a str,
    /// Keyed hash of the secret.
    pub secret_hash: &'a [u8; 32],
    /// JSON.
    pub permissions: &'a str,
    /// For keys of organizations.
    pub maker_role: Option<&'a str>,
    /// For keys of organizations.
    pub maker_id: Option<i64>,
    /// When it ends.
    pub revoke_at: Option<Micros>,
}

/// Inserts a key.
pub async fn insert(conn: &mut Conn, key: &NewKey<'_>, now: Micros) -> Result<i64, StoreError> {
    let (user_id, organization_id) = key.owner.columns();
    let row = conn
        .one(
            "INSERT INTO keys (user_id, organization_id, name, secret_hash, permissions, maker_role, \
             maker_id, revoke_at, inserted_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) RETURNING id",
            params![
                user_id,
                organization_id,
                key.name,
                key.secret_hash,
                key.permissions,
                key.maker_role,
                key.maker_id,
                key.revoke_at,
                now
            ],
        )
        .await?;
    row.get(0)
}

/// By id, revoked ones included.
pub async fn by_id(conn: &mut Conn, id: i64) -> Result<Option<Key>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM keys WHERE id = $1");
    conn.rows_built(sql, params![id]).await?.first().map(read).transpose()
}

/// By the keyed hash of the secret, revoked ones included.
pub async fn by_secret_hash(conn: &mut Conn, hash: &[u8; 32]) -> Result<Option<Key>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM keys WHERE secret_hash = $1");
    conn.rows_built(sql, params![hash]).await?.first().map(read).transpose()
}

fn of_owner_sql(owner: Owner) -> (&'static str, Param<'static>) {
    match owner {
        Owner::User(id) => ("user_id = $1", id.into()),
        Owner::Organization(id) => ("organization_id = $1", id.into()),
    }
}

/// Live keys of an owner, by name.
pub async fn live(conn: &mut Conn, owner: Owner, now: Micros) -> Result<Vec<Key>, StoreError> {
    let (condition, id) = of_owner_sql(owner);
    let sql = format!(
        "SELECT {COLUMNS} FROM keys WHERE {condition} AND (revoke_at IS NULL OR revoke_at > $2) ORDER BY name"
    );
    conn.rows_built(sql, &[id, now.into()]).await?.iter().map(read).collect()
}

/// A live key of an owner by its name.
pub async fn live_by_name(
    conn: &mut Conn,
    owner: Owner,
    name: &str,
    now: Micros,
) -> Result<Option<Key>, StoreError> {
    let (condition, id) = of_owner_sql(owner);
    let sql = format!(
        "SELECT {COLUMNS} FROM keys WHERE {condition} AND (revoke_at IS NULL OR revoke_at > $2) AND name = $3"
    );
    conn.rows_built(sql, &[id, now.into(), name.into()]).await?.first().map(read).transpose()
}

/// Ends a key.
pub async fn revoke(conn: &mut Conn, id: i64, at: Micros, now: Micros) -> Result<(), StoreError> {
    conn.execute("UPDATE keys SET revoke_at = $2, updated_at = $3 WHERE id = $1", params![id, at, now])
        .await?;
    Ok(())
}

/// Live keys of an organization that a member made, by name.
pub async fn made_by(
    conn: &mut Conn,
    organization_id: i64,
    user_id: i64,
    now: Micros,
) -> Result<Vec<Key>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM keys WHERE organization_id = $1 AND maker_id = $2 \
         AND (revoke_at IS NULL OR revoke_at > $3) ORDER BY name"
    );
    conn.rows_built(sql, params![organization_id, user_id, now]).await?.iter().map(read).collect()
}

/// Sets the role above which a key of an organization never acts.
pub async fn set_maker_role(conn: &mut Conn, id: i64, role: &str, now: Micros) -> Result<(), StoreError> {
    conn.execute("UPDATE keys SET maker_role = $2, updated_at = $3 WHERE id = $1", params![id, role, now])
        .await?;
    Ok(())
}

/// Live keys, whoever they belong to, whose permissions name something that begins with the name of this
/// repository.
pub async fn naming(conn: &mut Conn, repository: &str, now: Micros) -> Result<Vec<Key>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM keys WHERE permissions LIKE $1 ESCAPE '\\' \
         AND (revoke_at IS NULL OR revoke_at > $2) ORDER BY id"
    );
    conn.rows_built(sql, params![&naming_pattern(repository), now]).await?.iter().map(read).collect()
}

/// A LIKE pattern (escape `\`) for JSON with a text that begins with the name of a repository.
pub(super) fn naming_pattern(repository: &str) -> String {
    format!("%\"{}%", repository.replace('_', "\\_"))
}

/// Replaces the permissions of a key.
pub async fn set_permissions(
    conn: &mut Conn,
    id: i64,
    permissions: &str,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE keys SET permissions = $2, updated_at = $3 WHERE id = $1",
        params![id, permissions, now],
    )
    .await?;
    Ok(())
}

/// Records a use, unless one was recorded after `not_after`.
pub async fn record_use(
    conn: &mut Conn,
    id: i64,
    ip: &str,
    agent: &str,
    not_after: Micros,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE keys SET last_used_at = $2, last_used_ip = $3, last_used_agent = $4, updated_at = $2 \
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $5)",
        params![id, now, ip, agent, not_after],
    )
    .await?;
    Ok(())
}

/// Holds other writers of the owner's keys back, so that names stay unique.
pub async fn lock_owner(conn: &mut Conn, owner: Owner) -> Result<(), StoreError> {
    match owner {
        Owner::User(id) => conn.lock("SELECT id FROM users WHERE id = $1 FOR UPDATE", id).await,
        Owner::Organization(id) => crate::tables::organizations::lock(conn, id).await,
    }
}
