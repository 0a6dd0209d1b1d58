//! Kinds of mail that accounts do not want.

use crate::conn::params;
use crate::{Conn, StoreError};

/// What an account does not want.
pub async fn of_user(conn: &mut Conn, user_id: i64) -> Result<Vec<String>, StoreError> {
    let rows = conn
        .rows("SELECT preference FROM mail_opt_outs WHERE user_id = $1 ORDER BY preference", params![user_id])
        .await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Sets whether an account does not want something.
pub async fn set(conn: &mut Conn, user_id: i64, preference: &str, opted_out: bool) -> Result<(), StoreError> {
    let sql = match opted_out {
        true => "INSERT INTO mail_opt_outs (user_id, preference) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        false => "DELETE FROM mail_opt_outs WHERE user_id = $1 AND preference = $2",
    };
    conn.execute(sql, params![user_id, preference]).await?;
    Ok(())
}
