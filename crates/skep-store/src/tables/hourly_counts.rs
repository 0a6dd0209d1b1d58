//! How often something happened in an hour, for what is stored only so often: nobody may fill the disk.

use crate::conn::params;
use crate::{Conn, Micros, StoreError};

/// Microseconds of an hour.
const HOUR: Micros = 3600 * 1_000_000;

/// Counts once more what a subject did, and says how often it did so in this hour of the clock.
pub async fn count(conn: &mut Conn, subject: &str, now: Micros) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "INSERT INTO hourly_counts (subject, hour, count) VALUES ($1, $2, 1) ON CONFLICT (subject) DO UPDATE SET \
             count = CASE WHEN hourly_counts.hour = excluded.hour THEN hourly_counts.count + 1 ELSE 1 END, \
             hour = excluded.hour RETURNING count",
            params![subject, now.div_euclid(HOUR)],
        )
        .await?;
    row.get(0)
}

/// Whether there are counts of past hours.
pub async fn any_old(conn: &mut Conn, now: Micros) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM hourly_counts WHERE hour < $1 LIMIT 1";
    Ok(conn.row(sql, params![now.div_euclid(HOUR)]).await?.is_some())
}

/// Deletes the counts of past hours.
pub async fn forget_old(conn: &mut Conn, now: Micros) -> Result<(), StoreError> {
    conn.execute("DELETE FROM hourly_counts WHERE hour < $1", params![now.div_euclid(HOUR)]).await?;
    Ok(())
}
