//! Requirements of releases.

use super::packages::{MAX_LIST, placeholders};
use crate::conn::params;
use crate::{Conn, Param, StoreError};

/// A requirement with the names that the registry and the API show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The release that requires.
    pub release_id: i64,
    /// The repository of the required package.
    pub repository: String,
    /// The required package.
    pub package: String,
    /// The OTP application.
    pub app: String,
    /// Requirement text.
    pub requirement: String,
    /// Whether only the resolver looks at it.
    pub optional: bool,
}

/// A requirement to be inserted.
#[derive(Debug, Clone)]
pub struct NewRequirement {
    /// The required package.
    pub dependency_id: i64,
    /// The OTP application.
    pub app: String,
    /// Requirement text.
    pub requirement: String,
    /// Whether only the resolver looks at it.
    pub optional: bool,
}

const SELECT: &str = "SELECT q.release_id, r.name, p.name, q.app, q.requirement, q.optional FROM requirements q \
                      JOIN packages p ON p.id = q.dependency_id JOIN repositories r ON r.id = p.repository_id";

fn read(row: &crate::Row) -> Result<Requirement, StoreError> {
    let mut c = row.columns();
    Ok(Requirement {
        release_id: c.next()?,
        repository: c.next()?,
        package: c.next()?,
        app: c.next()?,
        requirement: c.next()?,
        optional: c.next()?,
    })
}

/// Replaces all requirements of a release.
pub async fn replace(
    conn: &mut Conn,
    release_id: i64,
    requirements: &[NewRequirement],
) -> Result<(), StoreError> {
    conn.execute("DELETE FROM requirements WHERE release_id = $1", params![release_id]).await?;
    for requirement in requirements {
        conn.execute(
            "INSERT INTO requirements (release_id, dependency_id, app, requirement, optional) \
             VALUES ($1, $2, $3, $4, $5)",
            params![
                release_id,
                requirement.dependency_id,
                &requirement.app,
                &requirement.requirement,
                requirement.optional
            ],
        )
        .await?;
    }
    Ok(())
}

/// Requirements of one release, by repository and package.
pub async fn of_release(conn: &mut Conn, release_id: i64) -> Result<Vec<Requirement>, StoreError> {
    let sql = format!("{SELECT} WHERE q.release_id = $1 ORDER BY r.name, p.name");
    conn.rows_built(sql, params![release_id]).await?.iter().map(read).collect()
}

/// The packages that each of some releases requires: release and dependency.
pub async fn dependencies(conn: &mut Conn, releases: &[i64]) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut found = Vec::new();
    for releases in releases.chunks(MAX_LIST) {
        let mut params = Vec::new();
        let marks = placeholders(&mut params, releases.iter().map(Param::from));
        let sql = format!("SELECT release_id, dependency_id FROM requirements WHERE release_id IN ({marks})");
        for row in conn.rows_built(sql, &params).await? {
            found.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(found)
}

/// Requirements of all releases of a package, by release, repository and package.
pub async fn of_package(conn: &mut Conn, package_id: i64) -> Result<Vec<Requirement>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE q.release_id IN (SELECT id FROM releases WHERE package_id = $1) \
         ORDER BY q.release_id, r.name, p.name"
    );
    conn.rows_built(sql, params![package_id]).await?.iter().map(read).collect()
}

/// Whether releases of other packages require this one.
pub async fn has_dependants(conn: &mut Conn, package_id: i64) -> Result<bool, StoreError> {
    let row = conn
        .row(
            "SELECT 1 FROM requirements q JOIN releases l ON l.id = q.release_id \
             WHERE q.dependency_id = $1 AND l.package_id <> $1 LIMIT 1",
            params![package_id],
        )
        .await?;
    Ok(row.is_some())
}
