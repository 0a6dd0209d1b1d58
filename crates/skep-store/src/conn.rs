//! One way to speak to both engines: the same SQL text with `$1` placeholders, bound values of four
//! types, rows read column by column.
//!
//! Nothing outside this file and `db.rs` may name an engine, except where a query module says why its
//! SQL has to differ.

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Postgres, Row as _, Sqlite, Transaction};

use crate::changes::{Change, Listener};
use crate::{Micros, StoreError};

/// A bound value. `None` is NULL of that type.
#[derive(Debug, Clone, Copy)]
pub enum Param<'a> {
    /// BIGINT
    Int(Option<i64>),
    /// TEXT
    Text(Option<&'a str>),
    /// BOOLEAN
    Bool(Option<bool>),
    /// BYTEA or BLOB
    Bytes(Option<&'a [u8]>),
}

macro_rules! param_from {
    ($($from:ty => $variant:ident, $value:ident => $convert:expr;)*) => {$(
        impl<'a> From<$from> for Param<'a> {
            fn from($value: $from) -> Self { Self::$variant($convert) }
        }
    )*};
}

param_from! {
    i64 => Int, v => Some(v);
    &'a i64 => Int, v => Some(*v);
    Option<i64> => Int, v => v;
    bool => Bool, v => Some(v);
    &'a str => Text, v => Some(v);
    &'a String => Text, v => Some(v.as_str());
    Option<&'a str> => Text, v => v;
    &'a Option<String> => Text, v => v.as_deref();
    &'a [u8] => Bytes, v => Some(v);
    &'a Vec<u8> => Bytes, v => Some(v.as_slice());
    &'a [u8; 32] => Bytes, v => Some(v.as_slice());
    Option<&'a [u8]> => Bytes, v => v;
}

/// The values of a query, in the order of its placeholders.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::conn::Param::from($value)),*] };
}
pub(crate) use params;

/// A row of either engine.
pub enum Row {
    /// From SQLite.
    Sqlite(sqlx::sqlite::SqliteRow),
    /// From PostgreSQL.
    Postgres(sqlx::postgres::PgRow),
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads column `index` (from 0).
    fn read(row: &Row, index: usize) -> Result<Self, StoreError>;
}

macro_rules! column {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn read(row: &Row, index: usize) -> Result<Self, StoreError> {
                Ok(match row {
                    Row::Sqlite(row) => row.try_get(index)?,
                    Row::Postgres(row) => row.try_get(index)?,
                })
            }
        }
    )*};
}
column!(i64, Option<i64>, bool, String, Option<String>, Vec<u8>, Option<Vec<u8>>);

impl Column for [u8; 32] {
    fn read(row: &Row, index: usize) -> Result<Self, StoreError> {
        let bytes = Vec::<u8>::read(row, index)?;
        bytes.try_into().map_err(|bytes: Vec<u8>| {
            StoreError::Database(sqlx::Error::Decode(format!("a digest of {} bytes", bytes.len()).into()))
        })
    }
}

impl Column for Option<[u8; 32]> {
    fn read(row: &Row, index: usize) -> Result<Self, StoreError> {
        match Option::<Vec<u8>>::read(row, index)? {
            None => Ok(None),
            Some(_) => <[u8; 32]>::read(row, index).map(Some),
        }
    }
}

impl Row {
    /// Column `index`, counted from 0.
    pub fn get<T: Column>(&self, index: usize) -> Result<T, StoreError> {
        T::read(self, index)
    }

    /// Reads the columns one after another, in the order of the SELECT list.
    pub fn columns(&self) -> Columns<'_> {
        Columns { row: self, index: 0 }
    }
}

/// See [`Row::columns`].
pub struct Columns<'a> {
    row: &'a Row,
    index: usize,
}

impl Columns<'_> {
    /// The next column.
    pub fn next<T: Column>(&mut self) -> Result<T, StoreError> {
        self.index += 1;
        T::read(self.row, self.index - 1)
    }
}

/// A connection. From [`crate::Db::write`] it is inside a transaction that ends with
/// [`Conn::commit`]; dropped without it, everything is rolled back.
pub struct Conn {
    pub(crate) inner: Inner,
    pub(crate) changes: Vec<Change>,
    pub(crate) listener: Option<Listener>,
}

pub(crate) enum Inner {
    Sqlite(PoolConnection<Sqlite>),
    SqliteTx(Transaction<'static, Sqlite>),
    Postgres(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
}

macro_rules! on_engine {
    ($conn:expr, $sql:expr, $params:expr, |$query:ident, $executor:ident, $row:ident| $body:expr) => {{
        macro_rules! bound {
            () => {{
                let mut query = sqlx::query($sql);
                for param in $params {
                    query = match *param {
                        Param::Int(value) => query.bind(value),
                        Param::Text(value) => query.bind(value.map(str::to_owned)),
                        Param::Bool(value) => query.bind(value),
                        Param::Bytes(value) => query.bind(value.map(<[u8]>::to_vec)),
                    };
                }
                query
            }};
        }
        match &mut $conn.inner {
            Inner::Sqlite(conn) => {
                let ($query, $executor, $row) = (bound!(), &mut **conn, Row::Sqlite);
                $body
            }
            Inner::SqliteTx(conn) => {
                let ($query, $executor, $row) = (bound!(), &mut **conn, Row::Sqlite);
                $body
            }
            Inner::Postgres(conn) => {
                let ($query, $executor, $row) = (bound!(), &mut **conn, Row::Postgres);
                $body
            }
            Inner::PostgresTx(conn) => {
                let ($query, $executor, $row) = (bound!(), &mut **conn, Row::Postgres);
                $body
            }
        }
    }};
}

impl Conn {
    /// All rows of a query.
    pub async fn rows(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        on_engine!(self, sql, params, |query, executor, row| {
            Ok(query.fetch_all(executor).await?.into_iter().map(row).collect())
        })
    }

    /// All rows of a query whose text is put together from literals of this crate; values are always
    /// bound, never written into the text.
    pub(crate) async fn rows_built(
        &mut self,
        sql: String,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        on_engine!(self, AssertSqlSafe(sql.clone()), params, |query, executor, row| {
            Ok(query.fetch_all(executor).await?.into_iter().map(row).collect())
        })
    }

    /// As [`Conn::rows_built`], for queries whose best plan depends on the values: PostgreSQL plans them each time.
    pub(crate) async fn rows_planned(
        &mut self,
        sql: String,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let kept = !self.is_postgres();
        on_engine!(self, AssertSqlSafe(sql.clone()), params, |query, executor, row| {
            Ok(query.persistent(kept).fetch_all(executor).await?.into_iter().map(row).collect())
        })
    }

    /// As [`Conn::execute`], for a statement whose text is put together from literals of this crate.
    pub(crate) async fn execute_built(
        &mut self,
        sql: String,
        params: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        on_engine!(self, AssertSqlSafe(sql.clone()), params, |query, executor, _row| {
            Ok(query.execute(executor).await?.rows_affected())
        })
    }

    /// The only row of a query, if there is one.
    pub async fn row(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Option<Row>, StoreError> {
        on_engine!(self, sql, params, |query, executor, row| {
            Ok(query.fetch_optional(executor).await?.map(row))
        })
    }

    /// The row that a query must give, such as one with RETURNING.
    pub async fn one(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Row, StoreError> {
        self.row(sql, params).await?.ok_or(StoreError::Database(sqlx::Error::RowNotFound))
    }

    /// Runs a statement and returns how many rows it touched.
    pub async fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        on_engine!(self, sql, params, |query, executor, _row| {
            Ok(query.execute(executor).await?.rows_affected())
        })
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.inner, Inner::Postgres(_) | Inner::PostgresTx(_))
    }

    /// Holds other writers of the row back until the transaction ends. SQLite has one writer, so there
    /// is nothing to do.
    pub(crate) async fn lock(&mut self, select_for_update: &'static str, id: i64) -> Result<(), StoreError> {
        if self.is_postgres() {
            self.row(select_for_update, params![id]).await?;
        }
        Ok(())
    }

    /// Remembers what this transaction changes, for the caches of this and every other process.
    pub fn note(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// Ends the transaction. When this returns, everything is durable and the caches of this process
    /// have let go of what changed.
    pub async fn commit(mut self, now: Micros) -> Result<(), StoreError> {
        let changes = std::mem::take(&mut self.changes);
        if !changes.is_empty() {
            crate::changes::record(&mut self, &changes, now).await?;
        }
        let listener = self.listener.take();
        match self.inner {
            Inner::SqliteTx(transaction) => transaction.commit().await?,
            Inner::PostgresTx(transaction) => transaction.commit().await?,
            Inner::Sqlite(_) | Inner::Postgres(_) => {}
        }
        if let (Some(listener), false) = (listener, changes.is_empty()) {
            listener(&changes);
        }
        Ok(())
    }
}
