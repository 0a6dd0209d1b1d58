//! The configuration files of Mix and rebar3, read and rewritten.
//!
//! People edit these files by hand and other tools keep their own entries in them. Everything that is not changed
//! stays as it stands: unknown keys, comments, layout, order. A file that cannot be read is refused, never replaced.

mod edit;
mod forms;
mod mix;
mod rebar;
#[cfg(test)]
mod tests;

use crate::erlang::ParseError;
pub use forms::FormFile;
pub use mix::HexConfig;
pub use rebar::{RebarAuth, RebarConfig};

/// Why a configuration file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Bytes that are not UTF-8. Guessing would damage the rest of the file.
    #[error("line {line}: not UTF-8")]
    NotUtf8 {
        /// The line, counted from 1.
        line: usize,
    },
    /// Not a sequence of Erlang terms.
    #[error(transparent)]
    Syntax(#[from] ParseError),
    /// Terms of another shape than this file has.
    #[error("line {line}: expected {expected}")]
    Shape {
        /// The line, counted from 1.
        line: usize,
        /// What belongs there.
        expected: &'static str,
    },
}
