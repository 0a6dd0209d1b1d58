//! Erlang's external term format, as far as Hex exchanges it.
//!
//! Clients of Hex speak it to the API by default. The reader takes plain data only: no compressed terms (a small body
//! could unfold into a huge one), no pids, references, ports, bit strings or functions, and no atom that it does not
//! know (atoms are never collected by an Erlang peer). It allocates nothing for a length before it has seen that many bytes.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

use crate::term::Term;

/// How much one encoded term may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Encoded bytes.
    pub bytes: usize,
    /// Terms, counting every element, key and value.
    pub terms: usize,
    /// Terms inside terms.
    pub depth: usize,
}

impl Limits {
    /// For bodies of the API: the 8 000 000 bytes of the Hex HTTP contract.
    pub const BODY: Limits = Limits { bytes: 8_000_000, terms: 250_000, depth: 64 };
    /// For documents of an instance that the reader trusts, such as lists of packages.
    pub const ANSWER: Limits = Limits { bytes: 64_000_000, terms: 4_000_000, depth: 64 };
}

/// Why bytes are not a term that is accepted here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The first byte is not 131.
    #[error("does not begin with the version byte 131")]
    Version,
    /// The compressed form.
    #[error("compressed terms are not accepted")]
    Compressed,
    /// A length reaches beyond the last byte.
    #[error("ends in the middle of a term")]
    Truncated,
    /// Bytes after the term.
    #[error("{0} bytes follow the term")]
    Trailing(usize),
    /// A kind of term that is not plain data, or no kind at all.
    #[error("terms with tag {0} are not accepted")]
    Tag(u8),
    /// An atom that is not on the list.
    #[error("unknown atom {0:?}")]
    Atom(String),
    /// An atom that is longer than 255 characters or not UTF-8.
    #[error("malformed atom")]
    MalformedAtom,
    /// An integer of more than 128 bits.
    #[error("integer of more than 128 bits")]
    Integer,
    /// A float that is not a finite number.
    #[error("float is not a finite number")]
    Float,
    /// Two equal keys in one map.
    #[error("a key occurs twice in a map")]
    DuplicateKey,
    /// More bytes than allowed.
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// More terms than allowed.
    #[error("more than {0} terms")]
    TooMany(usize),
    /// More nesting than allowed.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
}

/// The atoms that [`decode()`] accepts: the constants, and the names of fields that a client might send as atoms. They are
/// no strings, so that a field given as an atom is refused for its type and not as an unreadable body.
pub const KNOWN_ATOMS: &[&str] = &[
    "true",
    "false",
    "nil",
    "undefined",
    "null",
    "none",
    "ok",
    "error",
    "app",
    "body",
    "description",
    "domain",
    "email",
    "errors",
    "full_name",
    "key",
    "level",
    "message",
    "meta",
    "name",
    "optional",
    "organization",
    "owner",
    "package",
    "password",
    "permissions",
    "reason",
    "release",
    "repository",
    "requirement",
    "requirements",
    "resource",
    "role",
    "scope",
    "status",
    "transfer",
    "user",
    "username",
    "version",
    "hex",
    "hexpm",
    "mix",
    "read",
    "write",
    "api",
];

/// Reads one term whose atoms are all among [`KNOWN_ATOMS`].
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Term, DecodeError> {
    decode_with_atoms(bytes, limits, |name| KNOWN_ATOMS.contains(&name))
}

/// Reads one term whose atoms `is_known` accepts.
pub fn decode_with_atoms(
    bytes: &[u8],
    limits: &Limits,
    is_known: impl Fn(&str) -> bool,
) -> Result<Term, DecodeError> {
    decode::document(bytes, limits, &is_known)
}

/// Writes a term: the same term always gives the same bytes, which every release of Erlang in use reads.
///
/// Strings of code points below 256 become the short form of a byte list. Atoms are written in UTF-8, the only form
/// that is not deprecated; those longer than 255 bytes take the longer of its two lengths.
pub fn encode(term: &Term) -> Vec<u8> {
    encode::document(term)
}
