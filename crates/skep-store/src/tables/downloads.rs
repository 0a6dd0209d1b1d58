//! Downloads: of releases by day, and of packages by day and in sum.
//!
//! A day is the number of days since 1970-01-01 UTC. Writers add to what is there, so any number of processes may
//! count; the packages and releases are taken in the order of their ids, so that none waits for another in a circle.

use crate::conn::params;
use crate::{Conn, Param, StoreError};

/// Days that count as recent, the present one included.
pub const RECENT_DAYS: i64 = 90;

/// Days of a week, the present one included.
const WEEK_DAYS: i64 = 7;

/// Downloads of a release that have not been written yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewDownloads {
    /// The release.
    pub release_id: i64,
    /// Its package.
    pub package_id: i64,
    /// When.
    pub day: i64,
    /// How many.
    pub count: i64,
}

/// Downloads of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct PackageDownloads {
    /// Ever.
    pub all: i64,
    /// In the last [`RECENT_DAYS`], today included.
    pub recent: i64,
    /// In the last seven days, today included.
    pub week: i64,
    /// Yesterday.
    pub day: i64,
}

/// Moves the clock of the sums on to a day, and takes off what is too old to be recent by then. Says which day the sums
/// end with, which may be later than the given one if another process is ahead. Further writers of the sums wait until
/// the transaction ends.
pub async fn advance(conn: &mut Conn, today: i64) -> Result<i64, StoreError> {
    conn.lock("SELECT id FROM downloads_clock WHERE id = $1 FOR UPDATE", 1).await?;
    let row = conn.one("SELECT today FROM downloads_clock WHERE id = 1", params![]).await?;
    let before: i64 = row.get(0)?;
    if before >= today {
        return Ok(before);
    }
    conn.execute(
        "UPDATE package_downloads SET recent = recent - (SELECT COALESCE(CAST(SUM(d.count) AS BIGINT), 0) \
         FROM package_download_days d WHERE d.package_id = package_downloads.package_id AND d.day > $1 AND d.day <= $2) \
         WHERE package_id IN (SELECT package_id FROM package_download_days WHERE day > $1 AND day <= $2)",
        params![before - RECENT_DAYS, today - RECENT_DAYS],
    )
    .await?;
    conn.execute("UPDATE downloads_clock SET today = $1 WHERE id = 1", params![today]).await?;
    Ok(today)
}

/// Which day the sums end with.
pub async fn clock(conn: &mut Conn) -> Result<i64, StoreError> {
    conn.one("SELECT today FROM downloads_clock WHERE id = 1", params![]).await?.get(0)
}

/// Adds downloads, given in the order of packages and releases. `today` is what [`advance`] said in this transaction.
/// Those of releases that are gone do not count.
pub async fn add(conn: &mut Conn, downloads: &[NewDownloads], today: i64) -> Result<(), StoreError> {
    for new in downloads {
        let written = conn
            .execute(
                "INSERT INTO downloads (release_id, day, count) SELECT id, $2, $3 FROM releases WHERE id = $1 \
                 ON CONFLICT (release_id, day) DO UPDATE SET count = downloads.count + excluded.count",
                params![new.release_id, new.day, new.count],
            )
            .await?;
        if written == 0 {
            continue;
        }
        conn.execute(
            "INSERT INTO package_download_days (package_id, day, count) VALUES ($1, $2, $3) \
             ON CONFLICT (package_id, day) DO UPDATE SET count = package_download_days.count + excluded.count",
            params![new.package_id, new.day, new.count],
        )
        .await?;
        let recent = if new.day > today - RECENT_DAYS { new.count } else { 0 };
        conn.execute(
            "INSERT INTO package_downloads (package_id, total, recent) VALUES ($1, $2, $3) \
             ON CONFLICT (package_id) DO UPDATE SET total = package_downloads.total + excluded.total, \
             recent = package_downloads.recent + excluded.recent",
            params![new.package_id, new.count, recent],
        )
        .await?;
    }
    Ok(())
}

/// Downloads of packages on a day; at most a few hundred of them. Those that were never downloaded are left out.
pub async fn of_packages(
    conn: &mut Conn,
    packages: &[i64],
    today: i64,
) -> Result<Vec<(i64, PackageDownloads)>, StoreError> {
    if packages.is_empty() {
        return Ok(Vec::new());
    }
    let mut params: Vec<Param<'_>> =
        vec![Param::from(today - 1), Param::from(today - WEEK_DAYS), today.into()];
    let marks: Vec<String> = packages
        .iter()
        .map(|id| {
            params.push(id.into());
            format!("${}", params.len())
        })
        .collect();
    let marks = marks.join(", ");
    let sql = format!(
        "SELECT s.package_id, s.total, s.recent, \
         COALESCE(CAST(SUM(CASE WHEN d.day > $2 AND d.day <= $3 THEN d.count ELSE 0 END) AS BIGINT), 0), \
         COALESCE(CAST(SUM(CASE WHEN d.day = $1 THEN d.count ELSE 0 END) AS BIGINT), 0) \
         FROM package_downloads s LEFT JOIN package_download_days d ON d.package_id = s.package_id AND d.day > $2 \
         WHERE s.package_id IN ({marks}) GROUP BY s.package_id, s.total, s.recent"
    );
    let rows = conn.rows_built(sql, &params).await?;
    let read = |row: &crate::Row| {
        let mut c = row.columns();
        let package = c.next()?;
        Ok((package, PackageDownloads { all: c.next()?, recent: c.next()?, week: c.next()?, day: c.next()? }))
    };
    rows.iter().map(read).collect()
}

/// Downloads of a release by day, ascending. Both ends are included.
pub async fn of_release(
    conn: &mut Conn,
    release_id: i64,
    first: i64,
    last: i64,
) -> Result<Vec<(i64, i64)>, StoreError> {
    let rows = conn
        .rows(
            "SELECT day, count FROM downloads WHERE release_id = $1 AND day >= $2 AND day <= $3 ORDER BY day",
            params![release_id, first, last],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
