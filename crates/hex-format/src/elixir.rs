//! Elixir literals as text, in both directions.
//!
//! `mix.lock` is one such literal, and the HTTP API speaks them as `application/vnd.hex+elixir`. Only
//! literals are read: maps, lists, keyword lists, tuples, strings, atoms, numbers, booleans and `nil`. This
//! module must never evaluate anything: a call, an alias, a sigil or an interpolation is an error. So are
//! heredocs, bit strings and unquoted operator atoms (`:+`), which are literals too but stand in no such
//! text.

mod escape;
mod parse;
mod print;

pub use parse::{ElixirError, ElixirProblem};

/// Most bytes of text that is read: the limit of a parsed request body in the Hex HTTP contract.
pub const MAX_BYTES: usize = 8_000_000;

/// How deep terms may nest. Lock files reach 5.
pub const MAX_DEPTH: usize = 64;

/// Most terms in one text, counted at every level.
pub const MAX_TERMS: usize = 1_000_000;

/// Most characters of an atom, as in Erlang.
pub const MAX_ATOM_CHARS: usize = 255;

/// An Elixir literal.
///
/// A charlist is read as the list of its code points and a keyword list as the list of its pairs, which is
/// what they are.
#[derive(Debug, Clone, PartialEq)]
pub enum ElixirTerm {
    /// `nil`
    Nil,
    /// `true` or `false`
    Bool(bool),
    /// An integer. Those beyond 64 bits are refused when read.
    Integer(i64),
    /// A float. Not finite ones don't exist in Elixir; they are printed as `nil`.
    Float(f64),
    /// A binary of UTF-8.
    String(String),
    /// An atom other than `nil`, `true` and `false`, without its colon.
    Atom(String),
    /// A list.
    List(Vec<ElixirTerm>),
    /// A tuple.
    Tuple(Vec<ElixirTerm>),
    /// A map in the order of its text. When a key is there twice the last one counts.
    Map(Vec<(ElixirTerm, ElixirTerm)>),
}

impl ElixirTerm {
    /// Reads one literal, with white space and comments around it.
    ///
    /// # Errors
    /// When the text holds something that is not a literal, or exceeds a limit of this module.
    pub fn parse(text: &str) -> Result<Self, ElixirError> {
        parse::parse(text)
    }

    /// The atom of this name; `nil`, `true` and `false` become their own variants.
    pub fn atom(name: impl Into<String>) -> Self {
        let name = name.into();
        match name.as_str() {
            "nil" => Self::Nil,
            "true" => Self::Bool(true),
            "false" => Self::Bool(false),
            _ => Self::Atom(name),
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The name of an atom.
    pub fn as_atom(&self) -> Option<&str> {
        if let Self::Atom(name) = self { Some(name) } else { None }
    }

    /// The elements of a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(elements) = self { Some(elements) } else { None }
    }

    /// The elements of a tuple.
    pub fn as_tuple(&self) -> Option<&[Self]> {
        if let Self::Tuple(elements) = self { Some(elements) } else { None }
    }

    /// The value under this atom in a keyword list (the first one, as in Elixir).
    pub fn keyword(&self, key: &str) -> Option<&Self> {
        self.as_list()?.iter().find_map(|pair| match pair.as_tuple()? {
            [name, value] if name.as_atom() == Some(key) => Some(value),
            _ => None,
        })
    }

    /// The value under this string in a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().rev().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
    }
}

/// Whether an atom of this name is written without quotes.
fn is_plain_atom(name: &str) -> bool {
    let body = name.strip_suffix(['?', '!']).unwrap_or(name);
    body.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests;
