//! The inverted lists of the tokens of packages: pieces of their names, words of their descriptions.
//!
//! The engines have nothing in common here but the idea: SQLite has a virtual table (FTS5), PostgreSQL a column type
//! (`tsvector`) with an index. Tokens come ready from the rules, in their order, and are written into texts that both
//! take literally; nothing here may depend on what an engine thinks a word is.

use super::packages::MAX_LIST;
use crate::conn::params;
use crate::{Conn, Param, StoreError};

/// Key of the advisory lock of [`lock`] ("skepfind" in ASCII).
const LOCK: i64 = 0x736b_6570_6669_6e64;

/// The tokens of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The package.
    pub package_id: i64,
    /// Of its name.
    pub grams: Vec<String>,
    /// Of its description.
    pub words: Vec<String>,
}

/// Which tokens are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Those of names.
    Grams,
    /// Those of descriptions.
    Words,
}

/// Tokens that are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Where.
    pub field: Field,
    /// What: in each phrase, tokens that follow one another. Neither this nor a phrase is empty.
    pub phrases: Vec<Vec<String>>,
    /// Whether every phrase has to be there, or any one.
    pub all: bool,
    /// Whether the last token of each phrase stands for all that begin with it.
    pub open: bool,
}

impl Tokens {
    /// The query in the engine's language, every token quoted.
    pub(super) fn query(&self, postgres: bool) -> String {
        let (between, open, and, or) =
            if postgres { (" <-> ", ":*", " & ", " | ") } else { (" + ", " *", " AND ", " OR ") };
        let phrases = self.phrases.iter().map(|phrase| {
            let tokens: Vec<String> = phrase.iter().map(|token| quoted(token, postgres)).collect();
            let open = if self.open { open } else { "" };
            format!("({}{open})", tokens.join(between))
        });
        let query = phrases.collect::<Vec<_>>().join(if self.all { and } else { or });
        match (postgres, self.field) {
            (true, _) => query,
            (false, Field::Grams) => format!("grams : ({query})"),
            (false, Field::Words) => format!("words : ({query})"),
        }
    }
}

fn quoted(token: &str, postgres: bool) -> String {
    match postgres {
        true => format!("'{}'", token.replace('\\', "\\\\").replace('\'', "''")),
        false => format!("\"{}\"", token.replace('"', "\"\"")),
    }
}

/// Tokens with their places, as the engine stores them.
fn document(tokens: &[String], postgres: bool) -> String {
    if !postgres {
        return tokens.join(" ");
    }
    let placed = tokens.iter().enumerate().map(|(n, token)| format!("{}:{}", quoted(token, true), n + 1));
    placed.collect::<Vec<_>>().join(" ")
}

/// Writes the entries of packages that have none.
pub async fn insert(conn: &mut Conn, entries: &[Entry]) -> Result<(), StoreError> {
    let postgres = conn.is_postgres();
    for entries in entries.chunks(MAX_LIST) {
        let texts: Vec<(i64, String, String)> = entries
            .iter()
            .map(|entry| {
                (entry.package_id, document(&entry.grams, postgres), document(&entry.words, postgres))
            })
            .collect();
        let mut params: Vec<Param<'_>> = Vec::new();
        let rows: Vec<String> = texts
            .iter()
            .map(|(id, grams, words)| {
                params.extend([Param::from(id), grams.into(), words.into()]);
                let n = params.len();
                match postgres {
                    true => format!("(${}, CAST(${} AS TSVECTOR), CAST(${n} AS TSVECTOR))", n - 2, n - 1),
                    false => format!("(${}, ${}, ${n})", n - 2, n - 1),
                }
            })
            .collect();
        let id = if postgres { "package_id" } else { "rowid" };
        let sql = format!("INSERT INTO package_index ({id}, grams, words) VALUES {}", rows.join(", "));
        conn.execute_built(sql, &params).await?;
    }
    Ok(())
}

/// Takes the entry of a package away, if it has one.
pub async fn remove(conn: &mut Conn, package_id: i64) -> Result<(), StoreError> {
    let sql = match conn.is_postgres() {
        true => "DELETE FROM package_index WHERE package_id = $1",
        false => "DELETE FROM package_index WHERE rowid = $1",
    };
    conn.execute(sql, params![package_id]).await?;
    Ok(())
}

/// Takes all entries away.
pub async fn clear(conn: &mut Conn) -> Result<(), StoreError> {
    let sql = match conn.is_postgres() {
        true => "DELETE FROM package_index",
        false => "INSERT INTO package_index (package_index) VALUES ('delete-all')",
    };
    conn.execute(sql, params![]).await?;
    Ok(())
}

/// Lets one process at a time fill the index anew. SQLite has one writer, so there is nothing to do.
pub async fn lock(conn: &mut Conn) -> Result<(), StoreError> {
    conn.lock("SELECT 1 FROM (SELECT pg_advisory_xact_lock($1)) AS lock", LOCK).await
}

/// Tells PostgreSQL how the new index looks, which it would find out a minute later. SQLite does not want to know.
pub async fn analyze(conn: &mut Conn) -> Result<(), StoreError> {
    if conn.is_postgres() {
        conn.execute("ANALYZE packages, package_index, package_facts", params![]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_quoted() {
        let mut tokens = Tokens {
            field: Field::Words,
            phrases: vec![vec!["a".into(), "it's \"b\\".into()], vec!["NEAR".into()]],
            all: false,
            open: false,
        };
        assert_eq!(tokens.query(true), r#"('a' <-> 'it''s "b\\') | ('NEAR')"#);
        assert_eq!(tokens.query(false), r#"words : (("a" + "it's ""b\") OR ("NEAR"))"#);
        (tokens.open, tokens.all, tokens.field) = (true, true, Field::Grams);
        assert_eq!(tokens.query(true), r#"('a' <-> 'it''s "b\\':*) & ('NEAR':*)"#);
        assert_eq!(tokens.query(false), r#"grams : (("a" + "it's ""b\" *) AND ("NEAR" *))"#);
    }
}
