//! Devices that wait for somebody to agree in a browser. Device codes never come here, only their keyed hashes.

use crate::conn::params;
use crate::{Conn, Micros, Row, StoreError};

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nobody has answered.
    Pending,
    /// Somebody agreed.
    Authorized,
    /// Somebody refused.
    Denied,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Authorized => "authorized",
            Self::Denied => "denied",
        }
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        let known = [Self::Pending, Self::Authorized, Self::Denied];
        known.into_iter().find(|status| status.as_str() == text).ok_or_else(|| {
            StoreError::Database(sqlx::Error::Decode(format!("a device request that is {text}").into()))
        })
    }
}

/// A row of `device_requests`.
#[derive(Debug, Clone)]
pub struct DeviceRequest {
    /// Row id.
    pub id: i64,
    /// What people type in.
    pub user_code: String,
    /// The client.
    pub client_id: String,
    /// What the client calls the device.
    pub name: Option<String>,
    /// JSON, in the shape of the permissions of keys: what is asked for.
    pub scopes: String,
    /// What became of it.
    pub status: Status,
    /// Who agreed.
    pub user_id: Option<i64>,
    /// JSON: what was agreed to. Fixed once there is a session.
    pub granted_scopes: Option<String>,
    /// The session that came of it.
    pub session_id: Option<i64>,
    /// Until when it can be answered and asked after.
    pub expires_at: Micros,
}

const COLUMNS: &str =
    "id, user_code, client_id, name, scopes, status, user_id, granted_scopes, session_id, expires_at";

fn read(row: &Row) -> Result<DeviceRequest, StoreError> {
    let mut c = row.columns();
    Ok(DeviceRequest {
        id: c.next()?,
        user_code: c.next()?,
        client_id: c.next()?,
        name: c.next()?,
        scopes: c.next()?,
        status: Status::parse(&c.next::<String>()?)?,
        user_id: c.next()?,
        granted_scopes: c.next()?,
        session_id: c.next()?,
        expires_at: c.next()?,
    })
}

/// A new request.
pub struct NewDeviceRequest<'a> {
    /// Keyed hash of the device code.
    pub device_code_hash: &'a [u8; 32],
    /// What people type in; a clash is [`StoreError::Duplicate`].
    pub user_code: &'a str,
    /// The client.
    pub client_id: &'a str,
    /// What the client calls the device.
    pub name: Option<&'a str>,
    /// JSON: what is asked for.
    pub scopes: &'a str,
    /// Until when it can be answered and asked after.
    pub expires_at: Micros,
}

/// Inserts a request that nobody has answered.
pub async fn insert(conn: &mut Conn, request: &NewDeviceRequest<'_>, now: Micros) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "INSERT INTO device_requests (device_code_hash, user_code, client_id, name, scopes, status, expires_at, \
             inserted_at) VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7) RETURNING id",
            params![
                request.device_code_hash,
                request.user_code,
                request.client_id,
                request.name,
                request.scopes,
                request.expires_at,
                now
            ],
        )
        .await?;
    row.get(0)
}

/// By the keyed hash of the device code.
pub async fn by_device_code(conn: &mut Conn, hash: &[u8; 32]) -> Result<Option<DeviceRequest>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM device_requests WHERE device_code_hash = $1");
    conn.rows_built(sql, params![hash]).await?.first().map(read).transpose()
}

/// By what people type in.
pub async fn by_user_code(conn: &mut Conn, code: &str) -> Result<Option<DeviceRequest>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM device_requests WHERE user_code = $1");
    conn.rows_built(sql, params![code]).await?.first().map(read).transpose()
}

/// By id.
pub async fn by_id(conn: &mut Conn, id: i64) -> Result<Option<DeviceRequest>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM device_requests WHERE id = $1");
    conn.rows_built(sql, params![id]).await?.first().map(read).transpose()
}

/// Somebody agrees. False if the request was answered before.
pub async fn authorize(conn: &mut Conn, id: i64, user_id: i64, scopes: &str) -> Result<bool, StoreError> {
    let done = conn
        .execute(
            "UPDATE device_requests SET status = 'authorized', user_id = $2, granted_scopes = $3 \
             WHERE id = $1 AND status = 'pending'",
            params![id, user_id, scopes],
        )
        .await?;
    Ok(done > 0)
}

/// Somebody refuses. False if the request was answered before.
pub async fn deny(conn: &mut Conn, id: i64, user_id: i64) -> Result<bool, StoreError> {
    let done = conn
        .execute(
            "UPDATE device_requests SET status = 'denied', user_id = $2 WHERE id = $1 AND status = 'pending'",
            params![id, user_id],
        )
        .await?;
    Ok(done > 0)
}

/// Remembers the session that came of it, and fixes what was agreed to.
pub async fn set_session(conn: &mut Conn, id: i64, session_id: i64, scopes: &str) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE device_requests SET session_id = $2, granted_scopes = $3 WHERE id = $1",
        params![id, session_id, scopes],
    )
    .await?;
    Ok(())
}

/// Holds others back who ask after the same request.
pub async fn lock(conn: &mut Conn, id: i64) -> Result<(), StoreError> {
    conn.lock("SELECT id FROM device_requests WHERE id = $1 FOR UPDATE", id).await
}

/// Deletes the requests that an account agreed to and no session has come of.
pub async fn delete_unused(conn: &mut Conn, user_id: i64) -> Result<(), StoreError> {
    let sql =
        "DELETE FROM device_requests WHERE user_id = $1 AND status = 'authorized' AND session_id IS NULL";
    conn.execute(sql, params![user_id]).await.map(drop)
}

/// Deletes what reached its end before a time, and gives how many there were.
pub async fn delete_ended(conn: &mut Conn, before: Micros) -> Result<u64, StoreError> {
    conn.execute("DELETE FROM device_requests WHERE expires_at < $1", params![before]).await
}
