//! The change feed: every process learns within a second what another one changed.
//!
//! A transaction notes its changes as its last statement, so that their numbers rise in the order of
//! commits: on SQLite there is one writer, on PostgreSQL an advisory lock held to the end of the
//! transaction does the same. A reader that has seen number N never misses a smaller one.

use std::sync::Arc;

use crate::conn::params;
use crate::{Conn, Db, Micros, StoreError};

/// How long entries are kept; a process that was away longer drops its caches whole.
pub const KEPT_MICROS: Micros = 10 * 60 * 1_000_000;

/// Key of the advisory lock on PostgreSQL ("skep" in ASCII).
const ADVISORY_LOCK: i64 = 0x736b_6570;

/// Told synchronously after each commit of this process.
pub(crate) type Listener = Arc<dyn Fn(&[Change]) + Send + Sync>;

/// What a transaction changed, as far as caches care.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Change {
    /// A package, its releases or its registry resource; the repository's indexes with it.
    Package {
        /// The repository's id.
        repository_id: i64,
        /// The package's name.
        name: String,
    },
    /// A dependency policy.
    Policy {
        /// The repository's id.
        repository_id: i64,
        /// The policy's name.
        name: String,
    },
    /// Which repositories there are, and by which names.
    Repositories,
    /// Who may do what: keys, roles, accounts.
    Access,
    /// What the operator wants everyone to read.
    Notice,
}

impl Change {
    fn to_subject(&self) -> String {
        match self {
            Self::Package { repository_id, name } => format!("package/{repository_id}/{name}"),
            Self::Policy { repository_id, name } => format!("policy/{repository_id}/{name}"),
            Self::Repositories => "repositories".to_owned(),
            Self::Access => "access".to_owned(),
            Self::Notice => "notice".to_owned(),
        }
    }

    fn parse(subject: &str) -> Option<Self> {
        match subject {
            "access" => return Some(Self::Access),
            "repositories" => return Some(Self::Repositories),
            "notice" => return Some(Self::Notice),
            _ => {}
        }
        let (kind, rest) = subject.split_once('/')?;
        let (repository_id, name) = rest.split_once('/')?;
        let (repository_id, name) = (repository_id.parse().ok()?, name.to_owned());
        match kind {
            "package" => Some(Self::Package { repository_id, name }),
            "policy" => Some(Self::Policy { repository_id, name }),
            _ => None,
        }
    }
}

pub(crate) async fn record(conn: &mut Conn, changes: &[Change], now: Micros) -> Result<(), StoreError> {
    if conn.is_postgres() {
        conn.row("SELECT 1 FROM (SELECT pg_advisory_xact_lock($1)) AS lock", params![ADVISORY_LOCK]).await?;
    }
    for change in changes {
        conn.execute(
            "INSERT INTO changes (subject, inserted_at) VALUES ($1, $2)",
            params![change.to_subject().as_str(), now],
        )
        .await?;
    }
    Ok(())
}

/// A reader of the feed.
pub struct Feed {
    db: Db,
    seen: i64,
}

impl Feed {
    /// A reader that starts behind everything recorded so far.
    pub async fn open(db: &Db) -> Result<Self, StoreError> {
        let mut conn = db.read().await?;
        let row = conn.one("SELECT COALESCE(MAX(seq), 0) FROM changes", params![]).await?;
        Ok(Self { db: db.clone(), seen: row.get(0)? })
    }

    /// What was recorded since the last call. A subject that this version does not know counts as a
    /// change of access, which makes a cache drop everything it decides by.
    pub async fn poll(&mut self) -> Result<Vec<Change>, StoreError> {
        let mut conn = self.db.read().await?;
        let rows = conn
            .rows("SELECT seq, subject FROM changes WHERE seq > $1 ORDER BY seq", params![self.seen])
            .await?;
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            self.seen = row.get(0)?;
            changes.push(Change::parse(&row.get::<String>(1)?).unwrap_or(Change::Access));
        }
        Ok(changes)
    }

    /// Deletes entries older than [`KEPT_MICROS`], but never the newest: its number must not be given
    /// out again.
    pub async fn forget_old(&self, now: Micros) -> Result<(), StoreError> {
        let mut conn = self.db.write().await?;
        conn.execute(
            "DELETE FROM changes WHERE inserted_at < $1 AND seq < (SELECT MAX(seq) FROM changes)",
            params![now - KEPT_MICROS],
        )
        .await?;
        conn.commit(now).await
    }
}
