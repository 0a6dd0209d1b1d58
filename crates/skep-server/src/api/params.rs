//! The parameters of a call: path, body and query merged into one tree, and typed access to it.
//!
//! Accessors answer with the texts that Hex clients show. A value of the wrong type is an error and never silently
//! converted. Parsing lives in the submodules and has limits of size, depth and count.

mod access;
mod cast;
mod json;
mod limits;
mod query;
mod term;

use std::collections::BTreeMap;

pub use cast::Cast;
pub use json::parse as parse_json;
pub use limits::{MAX_DEPTH, MAX_QUERY_BYTES, MAX_VALUES, Malformed};
pub use query::{parse_form, parse_query};
pub use term::{parse_elixir, parse_etf};

pub(super) use query::decode_component;

/// A parameter as it was sent, in whatever format.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    /// `null` or `nil`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// UTF-8 text without NUL.
    Text(String),
    /// A list; Erlang character lists arrive as lists of integers.
    List(Vec<Param>),
    /// An object.
    Map(Params),
    /// Something that no parameter accepts: an atom, a tuple, bytes that are not text.
    Other,
}

/// An object of parameters, sorted by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Params(BTreeMap<String, Param>);

impl Params {
    /// No parameters.
    pub fn new() -> Self {
        Self::default()
    }

    /// The parameters of a body: an object as it is, anything else under the name `_json`.
    pub fn from_body(body: Param) -> Self {
        match body {
            Param::Map(params) => params,
            other => Self(BTreeMap::from([("_json".to_owned(), other)])),
        }
    }

    /// Whether the parameter was sent, be it as null.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A parameter as it was sent.
    pub fn get(&self, name: &str) -> Option<&Param> {
        self.0.get(name)
    }

    /// Sets a parameter, replacing what was there.
    pub fn insert(&mut self, name: impl Into<String>, value: Param) {
        self.0.insert(name.into(), value);
    }

    /// Adds parameters that win over those already there.
    pub fn merge(&mut self, winning: Params) {
        if self.0.is_empty() {
            self.0 = winning.0;
        } else {
            self.0.extend(winning.0);
        }
    }

    /// All parameters, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Param)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The number of parameters.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>> FromIterator<(K, Param)> for Params {
    fn from_iter<T: IntoIterator<Item = (K, Param)>>(pairs: T) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[cfg(test)]
mod tests;
