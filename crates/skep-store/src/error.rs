//! What can go wrong in the database.

/// A failed database operation.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A uniqueness rule refused the row. The constraint decides, never a check before the insert.
    #[error("the row exists already: {0}")]
    Duplicate(String),
    /// A row is referred to, or refers to a row that does not exist.
    #[error("a reference between rows does not hold: {0}")]
    Reference(String),
    /// The database was made by a newer version of Skep.
    #[error(
        "the database has schema {found}, this version of Skep knows schema {known}: start the newer version that \
         made it, or restore a backup from before the upgrade"
    )]
    Newer {
        /// Schema number found in the database.
        found: i64,
        /// Newest schema number of this program.
        known: i64,
    },
    /// A database that should be there has no tables.
    #[error("the database is empty")]
    Empty,
    /// The address of the database cannot be used.
    #[error("{0}")]
    Address(String),
    /// Anything else the database or its driver reported.
    #[error("database: {0}")]
    Database(sqlx::Error),
}

impl StoreError {
    /// Whether the database could not be reached or did not answer in time.
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Database(
                sqlx::Error::Io(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
                    | sqlx::Error::Tls(_)
            )
        )
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => {
                Self::Duplicate(database.message().to_owned())
            }
            sqlx::Error::Database(database) if database.is_foreign_key_violation() => {
                Self::Reference(database.message().to_owned())
            }
            _ => Self::Database(error),
        }
    }
}
