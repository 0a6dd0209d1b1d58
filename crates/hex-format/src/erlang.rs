//! Erlang term text, as `file:consult` reads it and `~p` writes it.
//!
//! `metadata.config` inside every tarball and the configuration files of Mix and rebar3 are written in it. The reader
//! takes data only and evaluates nothing; the printer gives the bytes that Erlang's own pretty printer gives, because
//! checksums of packages are taken over them. Neither knows what any key means.

mod float;
mod layout;
pub(crate) mod outline;
mod parse;
mod print;
mod scan;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::term::Term;
pub use print::{print, print_form, print_pretty};

/// Which texts are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// What Hex accepts in `metadata.config`: no comments, floats, character literals, based integers, improper
    /// lists or Unicode escapes. Whether an atom is known is for the caller to decide.
    Metadata,
    /// What `file:consult` accepts in configuration and lock files.
    Config,
}

/// How much one text may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text.
    pub bytes: usize,
    /// Terms, counting every element, key and value.
    pub terms: usize,
    /// Terms inside terms.
    pub depth: usize,
}

impl Limits {
    /// For `metadata.config`: the 1 MiB of the Hex HTTP contract.
    pub const METADATA: Limits = Limits { bytes: 1024 * 1024, terms: 250_000, depth: 64 };
    /// For configuration and lock files, which are the user's own.
    pub const CONFIG: Limits = Limits { bytes: 8 * 1024 * 1024, terms: 1_000_000, depth: 64 };
}

/// Why a text was refused, and on which line (from 1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: Reason,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A token where another is needed.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What would have been accepted.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A character that starts no token.
    #[error("unexpected character {0:?}")]
    Character(char),
    /// A string, atom or escape without its end.
    #[error("{0} is not closed")]
    NotClosed(&'static str),
    /// An escape sequence for no character.
    #[error("escape sequence for no character")]
    Escape,
    /// A number that is malformed or does not fit.
    #[error("number {0} is malformed or too large")]
    Number(String),
    /// An Erlang keyword in the place of a term.
    #[error("{0} is a reserved word, not a term")]
    ReservedWord(String),
    /// A binary segment that is not bytes or UTF-8 text.
    #[error("unsupported binary segment {0}")]
    Segment(String),
    /// More bytes than allowed.
    #[error("text is larger than {0} bytes")]
    TooLarge(usize),
    /// More terms than allowed.
    #[error("more than {0} terms")]
    TooMany(usize),
    /// More nesting than allowed.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
}

/// The top-level terms of a text with the bytes that each takes, so that one can be replaced and the rest be kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopLevelForms {
    /// Each form's place, from its first token to the end of its full stop, and its term.
    pub forms: Vec<(Range<usize>, Term)>,
}

/// Reads a sequence of terms, each ended by a full stop. Bytes that are not UTF-8 are read as Latin-1.
pub fn parse(text: impl AsRef<[u8]>, profile: Profile, limits: &Limits) -> Result<Vec<Term>, ParseError> {
    let bytes = text.as_ref();
    let forms = match std::str::from_utf8(bytes) {
        Ok(text) => parse_forms(text, profile, limits)?,
        Err(_) if bytes.len() > limits.bytes => return Err(too_large(limits)),
        Err(_) => parse::forms(&crate::term::latin1(bytes), profile, limits)?,
    };
    Ok(forms.forms.into_iter().map(|(_, term)| term).collect())
}

/// Reads a sequence of terms and remembers where each one stands.
pub fn parse_forms(text: &str, profile: Profile, limits: &Limits) -> Result<TopLevelForms, ParseError> {
    if text.len() > limits.bytes {
        return Err(too_large(limits));
    }
    parse::forms(text, profile, limits)
}

fn too_large(limits: &Limits) -> ParseError {
    ParseError { line: 1, reason: Reason::TooLarge(limits.bytes) }
}
