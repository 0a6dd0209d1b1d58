//! What packages can be asked for exactly. A fact is a text whose shape is the rules' business.

use std::collections::HashSet;

use super::packages::{MAX_LIST, placeholders};
use crate::conn::params;
use crate::{Conn, Param, StoreError};

/// Makes these the facts of the packages: pairs of package and fact, no pair twice. What does not change is not
/// written.
pub async fn replace(conn: &mut Conn, packages: &[i64], facts: &[(i64, String)]) -> Result<(), StoreError> {
    let mut found = HashSet::new();
    for packages in packages.chunks(MAX_LIST) {
        let mut params = Vec::new();
        let marks = placeholders(&mut params, packages.iter().map(Param::from));
        let sql = format!("SELECT package_id, fact FROM package_facts WHERE package_id IN ({marks})");
        for row in conn.rows_built(sql, &params).await? {
            found.insert((row.get::<i64>(0)?, row.get::<String>(1)?));
        }
    }
    let new: Vec<&(i64, String)> = facts.iter().filter(|pair| !found.remove(*pair)).collect();
    for (package, fact) in &found {
        conn.execute("DELETE FROM package_facts WHERE fact = $1 AND package_id = $2", params![fact, package])
            .await?;
    }
    for new in new.chunks(MAX_LIST) {
        let mut params = Vec::new();
        let rows: Vec<String> = new
            .iter()
            .map(|(package, fact)| {
                format!("({})", placeholders(&mut params, [fact.into(), package.into()].into_iter()))
            })
            .collect();
        let sql = format!("INSERT INTO package_facts (fact, package_id) VALUES {}", rows.join(", "));
        conn.execute_built(sql, &params).await?;
    }
    Ok(())
}
