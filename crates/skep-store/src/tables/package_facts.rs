//! What packages can be asked for exactly. A fact is a text whose shape is the rules' business.

use std::collections::HashSet;

use super::packages::{MAX_LIST, placeholders};
use crate::conn::params;
use crate::{Conn, StoreError};

/// Makes these the facts of a package, none twice. What does not change is not written.
pub async fn replace(conn: &mut Conn, package_id: i64, facts: &[(i64, String)]) -> Result<(), StoreError> {
    let rows = conn.rows("SELECT fact FROM package_facts WHERE package_id = $1", params![package_id]).await?;
    let mut found = rows.iter().map(|row| row.get(0)).collect::<Result<HashSet<String>, _>>()?;
    let new: Vec<(i64, String)> = facts.iter().filter(|(_, fact)| !found.remove(fact)).cloned().collect();
    for fact in &found {
        conn.execute(
            "DELETE FROM package_facts WHERE fact = $1 AND package_id = $2",
            params![fact, package_id],
        )
        .await?;
    }
    insert(conn, &new).await
}

/// Writes facts that are not there: pairs of package and fact.
pub async fn insert(conn: &mut Conn, facts: &[(i64, String)]) -> Result<(), StoreError> {
    for facts in facts.chunks(MAX_LIST) {
        let mut params = Vec::new();
        let rows: Vec<String> = facts
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

/// Takes all facts away.
pub async fn clear(conn: &mut Conn) -> Result<(), StoreError> {
    conn.execute("DELETE FROM package_facts", params![]).await?;
    Ok(())
}
