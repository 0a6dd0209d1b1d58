//! Packages.

use crate::conn::params;
use crate::{Conn, Micros, Param, Row, StoreError};

/// A row of `packages`, with the name of its repository.
#[derive(Debug, Clone)]
pub struct Package {
    /// Row id.
    pub id: i64,
    /// The repository's id.
    pub repository_id: i64,
    /// The repository's name.
    pub repository: String,
    /// Unique in the repository.
    pub name: String,
    /// JSON; its shape is the rules' business.
    pub meta: String,
    /// Last upload or removal of documentation.
    pub docs_updated_at: Option<Micros>,
    /// Made.
    pub inserted_at: Micros,
    /// Last publish, retirement, revert or documentation.
    pub updated_at: Micros,
}

/// Most values in one list of a statement.
pub(super) const MAX_LIST: usize = 500;

pub(super) const SELECT: &str = "SELECT p.id, p.repository_id, r.name, p.name, p.meta, p.docs_updated_at, p.inserted_at, \
                      p.updated_at FROM packages p JOIN repositories r ON r.id = p.repository_id";

pub(super) fn read(row: &Row) -> Result<Package, StoreError> {
    let mut c = row.columns();
    Ok(Package {
        id: c.next()?,
        repository_id: c.next()?,
        repository: c.next()?,
        name: c.next()?,
        meta: c.next()?,
        docs_updated_at: c.next()?,
        inserted_at: c.next()?,
        updated_at: c.next()?,
    })
}

/// Inserts a package; a clash of names is [`StoreError::Duplicate`].
pub async fn insert(
    conn: &mut Conn,
    repository_id: i64,
    name: &str,
    meta: &str,
    now: Micros,
) -> Result<i64, StoreError> {
    let row = conn
        .one(
            "INSERT INTO packages (repository_id, name, meta, inserted_at, updated_at) \
             VALUES ($1, $2, $3, $4, $4) RETURNING id",
            params![repository_id, name, meta, now],
        )
        .await?;
    row.get(0)
}

/// By repository and name.
pub async fn by_name(conn: &mut Conn, repository_id: i64, name: &str) -> Result<Option<Package>, StoreError> {
    let sql = format!("{SELECT} WHERE p.repository_id = $1 AND p.name = $2");
    conn.rows_built(sql, params![repository_id, name]).await?.first().map(read).transpose()
}

/// By id.
pub async fn by_id(conn: &mut Conn, id: i64) -> Result<Option<Package>, StoreError> {
    conn.rows_built(format!("{SELECT} WHERE p.id = $1"), params![id]).await?.first().map(read).transpose()
}

/// Ids by name of those of the given packages that a repository has.
pub async fn ids(
    conn: &mut Conn,
    repository: &str,
    names: &[&str],
) -> Result<Vec<(String, i64)>, StoreError> {
    let mut found = Vec::with_capacity(names.len());
    for names in names.chunks(MAX_LIST) {
        let mut params: Vec<Param<'_>> = vec![repository.into()];
        let marks = placeholders(&mut params, names.iter().map(|name| Param::from(*name)));
        let sql = format!(
            "SELECT p.name, p.id FROM packages p JOIN repositories r ON r.id = p.repository_id \
             WHERE r.name = $1 AND p.name IN ({marks})"
        );
        for row in conn.rows_built(sql, &params).await? {
            found.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(found)
}

/// `$3, $4, …` for values that are added to the parameters.
pub(super) fn placeholders<'a>(
    params: &mut Vec<Param<'a>>,
    values: impl Iterator<Item = Param<'a>>,
) -> String {
    let marks = values.map(|value| {
        params.push(value);
        format!("${}", params.len())
    });
    marks.collect::<Vec<_>>().join(", ")
}

/// Packages that an account owns, whichever the repository: the public ones first, then by repository
/// and name.
pub async fn owned_by(conn: &mut Conn, user_id: i64) -> Result<Vec<Package>, StoreError> {
    let sql = format!(
        "{SELECT} JOIN package_owners o ON o.package_id = p.id WHERE o.user_id = $1 \
         ORDER BY CASE WHEN p.repository_id = 1 THEN 0 ELSE 1 END, r.name, p.name"
    );
    conn.rows_built(sql, params![user_id]).await?.iter().map(read).collect()
}

/// Names of the public packages that would have no full owner without this account, by name.
pub async fn owned_only_by(conn: &mut Conn, user_id: i64) -> Result<Vec<String>, StoreError> {
    let rows = conn
        .rows(
            "SELECT p.name FROM packages p JOIN package_owners o ON o.package_id = p.id \
             WHERE p.repository_id = 1 AND o.user_id = $1 AND NOT EXISTS (SELECT 1 FROM package_owners other \
             WHERE other.package_id = p.id AND other.user_id <> $1 AND other.level = 'full') ORDER BY p.name",
            params![user_id],
        )
        .await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Holds other writers of every public package of an account back.
pub async fn lock_owned_by(conn: &mut Conn, user_id: i64) -> Result<(), StoreError> {
    conn.lock(
        "SELECT p.id FROM packages p JOIN package_owners o ON o.package_id = p.id WHERE o.user_id = $1 \
         ORDER BY p.id FOR NO KEY UPDATE OF p",
        user_id,
    )
    .await
}

/// Whether packages of other repositories require one of this repository.
pub async fn are_required_elsewhere(conn: &mut Conn, repository_id: i64) -> Result<bool, StoreError> {
    let row = conn
        .row(
            "SELECT 1 FROM requirements q JOIN packages d ON d.id = q.dependency_id \
             JOIN releases l ON l.id = q.release_id JOIN packages p ON p.id = l.package_id \
             WHERE d.repository_id = $1 AND p.repository_id <> $1 LIMIT 1",
            params![repository_id],
        )
        .await?;
    Ok(row.is_some())
}

/// Name, last change and id of every package of a repository that has a release, by name.
pub async fn index(conn: &mut Conn, repository_id: i64) -> Result<Vec<(i64, String, Micros)>, StoreError> {
    let rows = conn
        .rows(
            "SELECT p.id, p.name, p.updated_at FROM packages p WHERE p.repository_id = $1 \
             AND EXISTS (SELECT 1 FROM releases l WHERE l.package_id = p.id) ORDER BY p.name",
            params![repository_id],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Replaces the metadata and moves the time of the last change.
pub async fn update_meta(conn: &mut Conn, id: i64, meta: &str, now: Micros) -> Result<(), StoreError> {
    conn.execute("UPDATE packages SET meta = $2, updated_at = $3 WHERE id = $1", params![id, meta, now])
        .await?;
    Ok(())
}

/// Moves the time of the last change.
pub async fn touch(conn: &mut Conn, id: i64, now: Micros) -> Result<(), StoreError> {
    conn.execute("UPDATE packages SET updated_at = $2 WHERE id = $1", params![id, now]).await?;
    Ok(())
}

/// Moves the times of the last change and of the last documentation.
pub async fn touch_docs(conn: &mut Conn, id: i64, now: Micros) -> Result<(), StoreError> {
    conn.execute("UPDATE packages SET updated_at = $2, docs_updated_at = $2 WHERE id = $1", params![id, now])
        .await?;
    Ok(())
}

/// A number of packages after an id, in the order of their ids.
pub async fn after(conn: &mut Conn, id: i64, limit: i64) -> Result<Vec<Package>, StoreError> {
    let sql = format!("{SELECT} WHERE p.id > $1 ORDER BY p.id LIMIT $2");
    conn.rows_built(sql, params![id, limit]).await?.iter().map(read).collect()
}

/// Deletes a package without releases. [`StoreError::Reference`] when others depend on it.
pub async fn delete(conn: &mut Conn, id: i64) -> Result<(), StoreError> {
    super::package_index::remove(conn, id).await?;
    conn.execute("DELETE FROM packages WHERE id = $1", params![id]).await?;
    Ok(())
}

/// Holds other writers of the package and its releases back, but not those who publish something that requires it:
/// two packages that require each other would wait for each other.
pub async fn lock(conn: &mut Conn, id: i64) -> Result<(), StoreError> {
    conn.lock("SELECT id FROM packages WHERE id = $1 FOR NO KEY UPDATE", id).await
}

/// Sets when the package was made; for tests of the windows in which releases can be changed.
pub async fn set_inserted_at(conn: &mut Conn, id: i64, at: Micros) -> Result<(), StoreError> {
    conn.execute("UPDATE packages SET inserted_at = $2 WHERE id = $1", params![id, at]).await?;
    Ok(())
}
