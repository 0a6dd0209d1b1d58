//! Releases.

use crate::conn::params;
use crate::{Conn, Micros, Param, Row, StoreError};

/// A row of `releases`.
#[derive(Debug, Clone)]
pub struct Release {
    /// Row id.
    pub id: i64,
    /// The package.
    pub package_id: i64,
    /// Version text; its order is the rules' business.
    pub version: String,
    /// Digest over VERSION, metadata.config and contents.tar.gz.
    pub inner_checksum: [u8; 32],
    /// Digest of the whole tarball, which is also the name of its blob.
    pub outer_checksum: [u8; 32],
    /// Bytes of the tarball.
    pub tarball_size: i64,
    /// Digest of the documentation archive, if there is one; the name of its blob.
    pub docs_checksum: Option<[u8; 32]>,
    /// Bytes of the documentation archive.
    pub docs_size: Option<i64>,
    /// JSON; its shape is the rules' business.
    pub meta: String,
    /// Why it was retired.
    pub retirement_reason: Option<String>,
    /// What the retirement says.
    pub retirement_message: Option<String>,
    /// Who published it last.
    pub publisher_id: Option<i64>,
    /// First published.
    pub inserted_at: Micros,
    /// Last changed.
    pub updated_at: Micros,
}

const COLUMNS: &str = "id, package_id, version, inner_checksum, outer_checksum, tarball_size, docs_checksum, \
                       docs_size, meta, retirement_reason, retirement_message, publisher_id, inserted_at, updated_at";

fn read(row: &Row) -> Result<Release, StoreError> {
    let mut c = row.columns();
    Ok(Release {
        id: c.next()?,
        package_id: c.next()?,
        version: c.next()?,
        inner_checksum: c.next()?,
        outer_checksum: c.next()?,
        tarball_size: c.next()?,
        docs_checksum: c.next()?,
        docs_size: c.next()?,
        meta: c.next()?,
        retirement_reason: c.next()?,
        retirement_message: c.next()?,
        publisher_id: c.next()?,
        inserted_at: c.next()?,
        updated_at: c.next()?,
    })
}

/// Key of the advisory lock of [`lock_blobs`] ("skepblob" in ASCII).
const BLOBS_LOCK: i64 = 0x736b_6570_626c_6f62;

/// What a publish writes.
pub struct NewRelease<'a> {
    /// Version text.
    pub version: &'a str,
    /// Digest over VERSION, metadata.config and contents.tar.gz.
    pub inner_checksum: &'a [u8; 32],
    /// Digest of the whole tarball.
    pub outer_checksum: &'a [u8; 32],
    /// Bytes of the tarball.
    pub tarball_size: i64,
    /// JSON.
    pub meta: &'a str,
    /// Who publishes.
    pub publisher_id: Option<i64>,
}

/// Inserts a release; a version that is there already is [`StoreError::Duplicate`].
pub async fn insert(
    conn: &mut Conn,
    package_id: i64,
    release: &NewRelease<'_>,
    now: Micros,
) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "INSERT INTO releases (package_id, version, inner_checksum, outer_checksum, tarball_size, meta, \
             publisher_id, inserted_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING id",
            params![
                package_id,
                release.version,
                release.inner_checksum,
                release.outer_checksum,
                release.tarball_size,
                release.meta,
                release.publisher_id,
                now
            ],
        )
        .await?;
    row.get(0)
}

/// Replaces a release; when it was first published, its retirement and documentation stay.
pub async fn replace(
    conn: &mut Conn,
    id: i64,
    release: &NewRelease<'_>,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE releases SET inner_checksum = $2, outer_checksum = $3, tarball_size = $4, meta = $5, \
         publisher_id = $6, updated_at = $7 WHERE id = $1",
        params![
            id,
            release.inner_checksum,
            release.outer_checksum,
            release.tarball_size,
            release.meta,
            release.publisher_id,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Releases of a package, in the order of their ids.
pub async fn of_package(conn: &mut Conn, package_id: i64) -> Result<Vec<Release>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM releases WHERE package_id = $1 ORDER BY id");
    conn.rows_built(sql, params![package_id]).await?.iter().map(read).collect()
}

/// Releases of several packages, in the order of package and id.
pub async fn of_packages(conn: &mut Conn, packages: &[i64]) -> Result<Vec<Release>, StoreError> {
    if packages.is_empty() {
        return Ok(Vec::new());
    }
    let params: Vec<Param<'_>> = packages.iter().map(Param::from).collect();
    let marks = (1..=packages.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT {COLUMNS} FROM releases WHERE package_id IN ({marks}) ORDER BY package_id, id");
    conn.rows_built(sql, &params).await?.iter().map(read).collect()
}

/// One release.
pub async fn by_version(
    conn: &mut Conn,
    package_id: i64,
    version: &str,
) -> Result<Option<Release>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM releases WHERE package_id = $1 AND version = $2");
    conn.rows_built(sql, params![package_id, version]).await?.first().map(read).transpose()
}

/// One release by repository and package name.
pub async fn find(
    conn: &mut Conn,
    repository_id: i64,
    package: &str,
    version: &str,
) -> Result<Option<Release>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM releases WHERE version = $3 AND package_id = (SELECT id FROM packages \
         WHERE repository_id = $1 AND name = $2)"
    );
    conn.rows_built(sql, params![repository_id, package, version]).await?.first().map(read).transpose()
}

/// Package, version and whether it is retired, of every release of a repository, by package id.
pub async fn index(conn: &mut Conn, repository_id: i64) -> Result<Vec<(i64, String, bool)>, StoreError> {
    let rows = conn
        .rows(
            "SELECT l.package_id, l.version, l.retirement_reason IS NOT NULL FROM releases l \
             JOIN packages p ON p.id = l.package_id WHERE p.repository_id = $1 ORDER BY l.package_id",
            params![repository_id],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Name and public address of the account that published a release.
pub async fn publisher(
    conn: &mut Conn,
    user_id: i64,
) -> Result<Option<(String, Option<String>)>, StoreError> {
    let rows = conn
        .rows(
            "SELECT u.username, e.address FROM users u \
             LEFT JOIN emails e ON e.user_id = u.id AND e.is_public AND e.verified \
             WHERE u.id = $1 ORDER BY e.address LIMIT 1",
            params![user_id],
        )
        .await?;
    rows.first().map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Sets or takes away a retirement.
pub async fn set_retirement(
    conn: &mut Conn,
    id: i64,
    retirement: Option<(&str, Option<&str>)>,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE releases SET retirement_reason = $2, retirement_message = $3, updated_at = $4 WHERE id = $1",
        params![id, retirement.map(|r| r.0), retirement.and_then(|r| r.1), now],
    )
    .await?;
    Ok(())
}

/// Sets or takes away the documentation: digest and size.
pub async fn set_docs(
    conn: &mut Conn,
    id: i64,
    docs: Option<(&[u8; 32], i64)>,
    now: Micros,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE releases SET docs_checksum = $2, docs_size = $3, updated_at = $4 WHERE id = $1",
        params![id, docs.map(|d| d.0.as_slice()), docs.map(|d| d.1), now],
    )
    .await?;
    Ok(())
}

/// Deletes a release and its requirements.
pub async fn delete(conn: &mut Conn, id: i64) -> Result<(), StoreError> {
    conn.execute("DELETE FROM releases WHERE id = $1", params![id]).await?;
    Ok(())
}

/// Whether there is any release at all.
pub async fn any(conn: &mut Conn) -> Result<bool, StoreError> {
    Ok(conn.row("SELECT 1 FROM releases LIMIT 1", params![]).await?.is_some())
}

/// Whether any release refers to the blob.
pub async fn refers_to_blob(conn: &mut Conn, sha256: &[u8; 32]) -> Result<bool, StoreError> {
    let row = conn
        .row(
            "SELECT 1 FROM releases WHERE outer_checksum = $1 OR docs_checksum = $1 LIMIT 1",
            params![sha256],
        )
        .await?;
    Ok(row.is_some())
}

/// Sets when the release was published; for tests of the windows in which releases can be changed.
pub async fn set_inserted_at(conn: &mut Conn, id: i64, at: Micros) -> Result<(), StoreError> {
    conn.execute("UPDATE releases SET inserted_at = $2 WHERE id = $1", params![id, at]).await?;
    Ok(())
}

/// Keeps publishes and the collector of orphans out of each other's decisions. SQLite has one writer, so
/// there is nothing to do.
pub async fn lock_blobs(conn: &mut Conn) -> Result<(), StoreError> {
    conn.lock("SELECT 1 FROM (SELECT pg_advisory_xact_lock($1)) AS lock", BLOBS_LOCK).await
}

/// The publishing side of [`lock_blobs`]: publishes do not wait for each other.
pub async fn lock_blobs_shared(conn: &mut Conn) -> Result<(), StoreError> {
    conn.lock("SELECT 1 FROM (SELECT pg_advisory_xact_lock_shared($1)) AS lock", BLOBS_LOCK).await
}
