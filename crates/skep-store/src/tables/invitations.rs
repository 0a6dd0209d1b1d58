//! Invitations to organizations. Tokens never come here, only their keyed hashes.

use crate::conn::params;
use crate::{Conn, Micros, Row, StoreError};

/// A row of `organization_invitations`.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Row id.
    pub id: i64,
    /// The organization.
    pub organization_id: i64,
    /// Lower-cased address that it was sent to.
    pub email: String,
    /// `read`, `write` or `admin`.
    pub role: String,
    /// When it ends by itself.
    pub expires_at: Micros,
    /// When somebody used it.
    pub accepted_at: Option<Micros>,
    /// When it was taken back.
    pub revoked_at: Option<Micros>,
    /// Made.
    pub inserted_at: Micros,
}

impl Invitation {
    /// Whether it was neither used nor taken back. It may have ended by itself.
    pub fn is_pending(&self) -> bool {
        self.accepted_at.is_none() && self.revoked_at.is_none()
    }
}

const SELECT: &str = "SELECT id, organization_id, email, role, expires_at, accepted_at, revoked_at, inserted_at \
                      FROM organization_invitations";

const PENDING: &str = "accepted_at IS NULL AND revoked_at IS NULL";

fn read(row: &Row) -> Result<Invitation, StoreError> {
    let mut c = row.columns();
    Ok(Invitation {
        id: c.next()?,
        organization_id: c.next()?,
        email: c.next()?,
        role: c.next()?,
        expires_at: c.next()?,
        accepted_at: c.next()?,
        revoked_at: c.next()?,
        inserted_at: c.next()?,
    })
}

/// What an invitation is made of.
pub struct NewInvitation<'a> {
    /// The organization.
    pub organization_id: i64,
    /// Lower-cased address.
    pub email: &'a str,
    /// `read`, `write` or `admin`.
    pub role: &'a str,
    /// Keyed hash of the token.
    pub token_hash: &'a [u8; 32],
    /// Who invites, if an account does.
    pub invited_by: Option<i64>,
    /// When it ends.
    pub expires_at: Micros,
}

/// Inserts an invitation; one that is pending for the address is [`StoreError::Duplicate`].
pub async fn insert(conn: &mut Conn, new: &NewInvitation<'_>, now: Micros) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "INSERT INTO organization_invitations (organization_id, email, role, token_hash, invited_by, \
             expires_at, inserted_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING id",
            params![
                new.organization_id,
                new.email,
                new.role,
                new.token_hash,
                new.invited_by,
                new.expires_at,
                now
            ],
        )
        .await?;
    row.get(0)
}

/// Makes a pending invitation anew: the old token is dead.
pub async fn reissue(
    conn: &mut Conn,
    id: i64,
    new: &NewInvitation<'_>,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE organization_invitations SET role = $2, token_hash = $3, invited_by = $4, expires_at = $5, \
         updated_at = $6 WHERE id = $1",
        params![id, new.role, new.token_hash, new.invited_by, new.expires_at, now],
    )
    .await?;
    Ok(())
}

/// Gives a pending invitation another token: the old one is dead.
pub async fn set_token(
    conn: &mut Conn,
    id: i64,
    token_hash: &[u8; 32],
    expires_at: Micros,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE organization_invitations SET token_hash = $2, expires_at = $3, updated_at = $4 WHERE id = $1",
        params![id, token_hash, expires_at, now],
    )
    .await?;
    Ok(())
}

/// By id.
pub async fn by_id(conn: &mut Conn, id: i64) -> Result<Option<Invitation>, StoreError> {
    conn.rows_built(format!("{SELECT} WHERE id = $1"), params![id]).await?.first().map(read).transpose()
}

/// By the keyed hash of the token.
pub async fn by_token_hash(conn: &mut Conn, hash: &[u8; 32]) -> Result<Option<Invitation>, StoreError> {
    let sql = format!("{SELECT} WHERE token_hash = $1");
    conn.rows_built(sql, params![hash]).await?.first().map(read).transpose()
}

/// Pending invitations of an organization by address, those that ended by themselves included.
pub async fn pending(conn: &mut Conn, organization_id: i64) -> Result<Vec<Invitation>, StoreError> {
    let sql = format!("{SELECT} WHERE organization_id = $1 AND {PENDING} ORDER BY email");
    conn.rows_built(sql, params![organization_id]).await?.iter().map(read).collect()
}

/// Pending invitations of an organization that an account made.
pub async fn pending_by(
    conn: &mut Conn,
    organization_id: i64,
    invited_by: i64,
) -> Result<Vec<Invitation>, StoreError> {
    let sql = format!("{SELECT} WHERE organization_id = $1 AND invited_by = $2 AND {PENDING} ORDER BY email");
    conn.rows_built(sql, params![organization_id, invited_by]).await?.iter().map(read).collect()
}

/// Uses an invitation up.
pub async fn accept(conn: &mut Conn, id: i64, user_id: i64, now: Micros) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE organization_invitations SET accepted_at = $3, accepted_by = $2, updated_at = $3 WHERE id = $1",
        params![id, user_id, now],
    )
    .await?;
    Ok(())
}

/// Takes an invitation back.
pub async fn revoke(conn: &mut Conn, id: i64, now: Micros) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE organization_invitations SET revoked_at = $2, updated_at = $2 WHERE id = $1",
        params![id, now],
    )
    .await?;
    Ok(())
}

/// Whether there is anything for [`delete_ended`] to do.
pub async fn any_ended(conn: &mut Conn, before: Micros) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM organization_invitations WHERE expires_at < $1 LIMIT 1";
    Ok(conn.row(sql, params![before]).await?.is_some())
}

/// Deletes what ended by itself before a time, used and revoked ones included. Gives how many there were.
pub async fn delete_ended(conn: &mut Conn, before: Micros) -> Result<u64, StoreError> {
    conn.execute("DELETE FROM organization_invitations WHERE expires_at < $1", params![before]).await
}
