//! The two stores of Skep: the database ([`Db`], SQLite or PostgreSQL) and the content-addressed
//! blobs ([`Objects`]).
//!
//! All SQL of the product stands in this crate, one module for each table under [`tables`]; it knows
//! no rule and no HTTP.

mod changes;
mod conn;
mod db;
mod error;
mod migrate;
mod objects;
pub mod tables;

pub use changes::{Change, Feed, KEPT_MICROS};
pub use conn::{Column, Conn, Param, Row};
pub use db::{Db, Pools};
pub use error::StoreError;
pub use objects::{Objects, ObjectsError, StoredBlob};

/// Microseconds since 1970-01-01 UTC, the form of every time in the stores.
pub type Micros = i64;
