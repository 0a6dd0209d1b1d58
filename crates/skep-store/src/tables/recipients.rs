//! Who gets a mail: primary addresses of accounts. Addresses that nobody has proven to own get none, nor do deactivated
//! accounts. An organization user stands for the admins of its organization.

use crate::conn::params;
use crate::{Conn, Row, StoreError};

/// What every query below selects from and how it restricts it.
const PRIMARY: &str = "SELECT DISTINCT e.address FROM emails e JOIN users u ON u.id = e.user_id \
                       WHERE e.is_primary AND e.verified AND u.deactivated_at IS NULL";

/// `$2` is what the recipients must not have opted out of, or null.
const WANTED: &str = "($2 IS NULL OR NOT EXISTS (SELECT 1 FROM mail_opt_outs o \
                      WHERE o.user_id = u.id AND o.preference = $2))";

fn read(rows: &[Row]) -> Result<Vec<String>, StoreError> {
    rows.iter().map(|row| row.get(0)).collect()
}

/// The address of an account, or those of the admins of the organization that it stands for.
pub async fn of_user(
    conn: &mut Conn,
    user_id: i64,
    preference: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "{PRIMARY} AND {WANTED} AND u.id IN (SELECT $1 UNION ALL SELECT m.user_id FROM users s \
         JOIN organization_members m ON m.organization_id = s.organization_id \
         WHERE s.id = $1 AND m.role = 'admin') ORDER BY e.address"
    );
    read(&conn.rows_built(sql, params![user_id, preference]).await?)
}

/// The addresses of the admins of an organization.
pub async fn of_organization(
    conn: &mut Conn,
    organization_id: i64,
    preference: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "{PRIMARY} AND {WANTED} AND u.id IN (SELECT m.user_id FROM organization_members m \
         WHERE m.organization_id = $1 AND m.role = 'admin') ORDER BY e.address"
    );
    read(&conn.rows_built(sql, params![organization_id, preference]).await?)
}

/// The addresses of the owners of a package; an organization's admins for it.
pub async fn of_package(
    conn: &mut Conn,
    package_id: i64,
    preference: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "{PRIMARY} AND {WANTED} AND u.id IN (SELECT p.user_id FROM package_owners p WHERE p.package_id = $1 \
         UNION ALL SELECT m.user_id FROM package_owners p JOIN users s ON s.id = p.user_id \
         JOIN organization_members m ON m.organization_id = s.organization_id \
         WHERE p.package_id = $1 AND m.role = 'admin') ORDER BY e.address"
    );
    read(&conn.rows_built(sql, params![package_id, preference]).await?)
}
