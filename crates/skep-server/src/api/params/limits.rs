//! Limits that all parsers of parameters share, and what is wrong with a request that they refuse.

/// Levels of nesting below the top-level object.
pub const MAX_DEPTH: usize = 32;
/// Values in one body or query, so that a small request cannot become a large tree.
pub const MAX_VALUES: usize = 100_000;
/// Bytes of a query string (the Hex HTTP contract).
pub const MAX_QUERY_BYTES: usize = 1_000_000;

/// Why parameters cannot be read. Callers see only `Bad request`; the text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Text that is not UTF-8.
    #[error("{0} is not UTF-8")]
    Encoding(&'static str),
    /// A NUL, which no database column holds.
    #[error("{0} contains a NUL character")]
    Nul(&'static str),
    /// A `%` without two hexadecimal digits.
    #[error("{0} contains a malformed percent escape")]
    Escape(&'static str),
    /// More than [`MAX_DEPTH`] levels.
    #[error("parameters are nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// More than [`MAX_VALUES`] values.
    #[error("more than {MAX_VALUES} parameters")]
    TooMany,
    /// More than [`MAX_QUERY_BYTES`] bytes.
    #[error("query string of {0} bytes, more than {MAX_QUERY_BYTES}")]
    QueryTooLong(usize),
    /// Not JSON.
    #[error("malformed JSON: {0}")]
    Json(String),
    /// Not an Erlang term, or one that is not accepted.
    #[error("malformed Erlang term: {0}")]
    Erlang(String),
    /// Not an Elixir literal.
    #[error("malformed Elixir literal: {0}")]
    Elixir(String),
}

/// Counts the values of one request.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { left: MAX_VALUES }
    }

    pub(super) fn take(&mut self) -> Result<(), Malformed> {
        self.left = self.left.checked_sub(1).ok_or(Malformed::TooMany)?;
        Ok(())
    }
}

/// Text without NUL.
pub(super) fn checked(text: String, what: &'static str) -> Result<String, Malformed> {
    if text.contains('\0') { Err(Malformed::Nul(what)) } else { Ok(text) }
}
