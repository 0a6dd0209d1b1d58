//! The database: opened once, cloned freely.

use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgPool, SqlitePool};

use crate::changes::{Change, Listener};
use crate::conn::{Inner, params};
use crate::{Conn, StoreError};

/// How long a caller waits for a connection, and SQLite for its one writer.
const WAIT: Duration = Duration::from_secs(10);

/// Sizes of the connection pools.
#[derive(Debug, Clone, Copy)]
pub struct Pools {
    /// Connections that read (SQLite) or do everything (PostgreSQL).
    pub connections: u32,
}

impl Default for Pools {
    fn default() -> Self {
        Self { connections: 8 }
    }
}

#[derive(Clone)]
enum Engine {
    /// SQLite allows one writer: a pool of one queues writers fairly instead of letting them collide.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

/// The database.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    listener: Arc<OnceLock<Listener>>,
}

/// What becomes of a database without tables.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    /// It gets them.
    Make,
    /// It is refused with [`StoreError::Empty`] and stays as it is.
    Refuse,
}

impl Db {
    /// Opens (and makes, if there is none) an SQLite file and brings its schema up to date.
    pub async fn open_sqlite(file: &Path, pools: Pools) -> Result<Self, StoreError> {
        Self::sqlite(file, pools, Empty::Make).await
    }

    /// Opens an SQLite file that a server has made, and brings its schema up to date. Nothing is made if
    /// the file is missing or has no tables.
    pub async fn open_existing_sqlite(file: &Path, pools: Pools) -> Result<Self, StoreError> {
        Self::sqlite(file, pools, Empty::Refuse).await
    }

    async fn sqlite(file: &Path, pools: Pools, empty: Empty) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(empty == Empty::Make)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged publish survives a power failure, not only a crash of the process.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(WAIT)
            .pragma("cache_size", "-8000")
            .pragma("temp_store", "memory");
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(WAIT)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(pools.connections)
            .acquire_timeout(WAIT)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options.pragma("query_only", "on"));
        Self::prepare(Engine::Sqlite { read, write }, empty).await
    }

    /// Opens a PostgreSQL database by its address, `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, and
    /// brings its schema up to date.
    pub async fn open_postgres(address: &str, pools: Pools) -> Result<Self, StoreError> {
        Self::postgres(address, pools, Empty::Make).await
    }

    /// As [`Db::open_postgres`], for a database that a server has made its tables in. Nothing is made if
    /// there are none.
    pub async fn open_existing_postgres(address: &str, pools: Pools) -> Result<Self, StoreError> {
        Self::postgres(address, pools, Empty::Refuse).await
    }

    async fn postgres(address: &str, pools: Pools, empty: Empty) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(address).map_err(|error| {
            StoreError::Address(format!("not an address of a PostgreSQL database: {error}"))
        })?;
        // A pool that gets no connection says that it waited; the first connection says why there is none.
        let first = tokio::time::timeout(WAIT, PgConnection::connect_with(&options)).await;
        first.map_err(|_| sqlx::Error::PoolTimedOut)??.close().await?;
        let pool = PgPoolOptions::new()
            .max_connections(pools.connections)
            .acquire_timeout(WAIT)
            .connect_with(options)
            .await?;
        Self::prepare(Engine::Postgres(pool), empty).await
    }

    async fn prepare(engine: Engine, empty: Empty) -> Result<Self, StoreError> {
        let db = Self { engine, listener: Arc::new(OnceLock::new()) };
        let migrated = db.migrate(empty).await;
        if migrated.is_err() {
            // The caller may want the file to be left alone from now on.
            db.close().await;
        }
        migrated.map(|()| db)
    }

    async fn migrate(&self, empty: Empty) -> Result<(), StoreError> {
        let mut conn = self.write().await?;
        if empty == Empty::Refuse && !has_tables(&mut conn).await? {
            return Err(StoreError::Empty);
        }
        crate::migrate::run(&mut conn).await?;
        conn.commit(0).await
    }

    /// Calls `listener` after every commit of this process that noted a change. Can be set once.
    pub fn on_change(&self, listener: impl Fn(&[Change]) + Send + Sync + 'static) {
        let set = self.listener.set(Arc::new(listener));
        debug_assert!(set.is_ok(), "the listener is set once");
    }

    /// A connection for reading.
    pub async fn read(&self) -> Result<Conn, StoreError> {
        let inner = match &self.engine {
            Engine::Sqlite { read, .. } => Inner::Sqlite(read.acquire().await?),
            Engine::Postgres(pool) => Inner::Postgres(pool.acquire().await?),
        };
        Ok(Conn { inner, changes: Vec::new(), listener: None })
    }

    /// A transaction for writing.
    pub async fn write(&self) -> Result<Conn, StoreError> {
        let inner = match &self.engine {
            Engine::Sqlite { write, .. } => Inner::SqliteTx(write.begin_with("BEGIN IMMEDIATE").await?),
            Engine::Postgres(pool) => Inner::PostgresTx(pool.begin().await?),
        };
        Ok(Conn { inner, changes: Vec::new(), listener: self.listener.get().cloned() })
    }

    /// Whether other machines may share this database.
    pub fn is_shared(&self) -> bool {
        matches!(self.engine, Engine::Postgres(_))
    }

    /// Ends all connections; SQLite folds its write-ahead log into the file.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }
}

/// Whether any version of Skep has made its tables here.
async fn has_tables(conn: &mut Conn) -> Result<bool, StoreError> {
    let sql = match conn.is_postgres() {
        true => "SELECT 1 WHERE to_regclass('schema_migrations') IS NOT NULL",
        false => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
    };
    Ok(conn.row(sql, params![]).await?.is_some())
}
