//! The second factor of accounts: columns `tfa_…` of `users`, and their recovery codes.

use crate::conn::params;
use crate::{Conn, Micros, StoreError};

/// What an account has of a second factor.
#[derive(Clone)]
pub struct TwoFactor {
    /// Encrypted.
    pub secret: Vec<u8>,
    /// Since when it is asked for; none while it is only being set up.
    pub enabled_at: Option<Micros>,
    /// Until when it may be enabled.
    pub pending_until: Option<Micros>,
}

/// The second factor of an account, if there is or may be one.
pub async fn of_user(conn: &mut Conn, user_id: i64) -> Result<Option<TwoFactor>, StoreError> {
    let row = conn
        .row(
            "SELECT tfa_secret, tfa_enabled_at, tfa_pending_until FROM users \
             WHERE id = $1 AND tfa_secret IS NOT NULL",
            params![user_id],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut c = row.columns();
    Ok(Some(TwoFactor { secret: c.next()?, enabled_at: c.next()?, pending_until: c.next()? }))
}

/// Keeps a secret until it is enabled or replaced by another one. Says whether it was: an enabled one stays.
pub async fn set_pending(
    conn: &mut Conn,
    user_id: i64,
    secret: &[u8],
    until: Micros,
) -> Result<bool, StoreError> {
    let set = conn
        .execute(
            "UPDATE users SET tfa_secret = $2, tfa_pending_until = $3 WHERE id = $1 AND tfa_enabled_at IS NULL",
            params![user_id, secret, until],
        )
        .await?;
    Ok(set > 0)
}

/// Enables a pending secret for which the code of a step was shown. Says whether it was still pending.
pub async fn enable(
    conn: &mut Conn,
    user_id: i64,
    secret: &[u8],
    step: i64,
    now: Micros,
) -> Result<bool, StoreError> {
    let enabled = conn
        .execute(
            "UPDATE users SET tfa_enabled_at = $4, tfa_last_step = $3, tfa_pending_until = NULL \
             WHERE id = $1 AND tfa_secret = $2 AND tfa_enabled_at IS NULL AND tfa_pending_until > $4",
            params![user_id, secret, step, now],
        )
        .await?;
    Ok(enabled > 0)
}

/// Takes the second factor and the recovery codes away. Says whether it was enabled.
pub async fn disable(conn: &mut Conn, user_id: i64) -> Result<bool, StoreError> {
    let disabled = conn
        .execute(
            "UPDATE users SET tfa_secret = NULL, tfa_enabled_at = NULL, tfa_pending_until = NULL, \
             tfa_last_step = NULL WHERE id = $1 AND tfa_enabled_at IS NOT NULL",
            params![user_id],
        )
        .await?;
    conn.execute("DELETE FROM recovery_codes WHERE user_id = $1", params![user_id]).await?;
    Ok(disabled > 0)
}

/// Uses up the code of a step and of all before it. Says whether it was unused: of several who show it at once, one
/// succeeds.
pub async fn use_step(conn: &mut Conn, user_id: i64, secret: &[u8], step: i64) -> Result<bool, StoreError> {
    let used = conn
        .execute(
            "UPDATE users SET tfa_last_step = $3 WHERE id = $1 AND tfa_secret = $2 AND tfa_enabled_at IS NOT NULL \
             AND (tfa_last_step IS NULL OR tfa_last_step < $3)",
            params![user_id, secret, step],
        )
        .await?;
    Ok(used > 0)
}

/// Gives an account recovery codes, by their hashes, in place of those that it had.
pub async fn replace_recovery_codes(
    conn: &mut Conn,
    user_id: i64,
    hashes: &[[u8; 32]],
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute("DELETE FROM recovery_codes WHERE user_id = $1", params![user_id]).await?;
    for hash in hashes {
        conn.execute(
            "INSERT INTO recovery_codes (user_id, code_hash, inserted_at) VALUES ($1, $2, $3)",
            params![user_id, hash, now],
        )
        .await?;
    }
    Ok(())
}

/// Uses a recovery code up. Says whether it was unused: of several who show it at once, one succeeds.
pub async fn use_recovery_code(
    conn: &mut Conn,
    user_id: i64,
    hash: &[u8; 32],
    now: Micros,
) -> Result<bool, StoreError> {
    let used = conn
        .execute(
            "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL",
            params![user_id, hash, now],
        )
        .await?;
    Ok(used > 0)
}

/// How many recovery codes are left.
pub async fn recovery_codes_left(conn: &mut Conn, user_id: i64) -> Result<i64, StoreError> {
    conn.one("SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL", params![user_id])
        .await?
        .get(0)
}
