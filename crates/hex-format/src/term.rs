//! Erlang terms as values.
//!
//! Package metadata, client configuration and API bodies are all Erlang terms; this is the one type that they share.
//! It holds data only: no pids, references or functions, and it must never be given a meaning here that
//! belongs to one of its users (which atoms are known, which keys are required).

#[cfg(test)]
mod tests;

use std::borrow::Cow;

/// An Erlang term that is plain data.
///
/// Strings in double quotes are lists of code points in Erlang. They are kept apart here ([`Term::Str`]) from lists
/// that were written as lists, because readers of metadata treat them differently; the empty string is the empty list.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// `ok`, `'$repos'`
    Atom(String),
    /// An integer of up to 128 bits, which is more than any Hex file holds.
    Integer(i128),
    /// A finite floating-point number.
    Float(f64),
    /// `<<"text">>` or `<<1,2,3>>`
    Binary(Vec<u8>),
    /// `"text"`: a non-empty list of code points.
    Str(String),
    /// `[a,b]`
    List(Vec<Term>),
    /// `[a,b|c]`: at least one element, and a tail that is not a list.
    ImproperList(Vec<Term>, Box<Term>),
    /// `{a,b}`
    Tuple(Vec<Term>),
    /// `#{a => b}`, in the order written. Of equal keys the last one counts.
    Map(Vec<(Term, Term)>),
}

impl Term {
    /// The atom called `name`.
    pub fn atom(name: impl Into<String>) -> Term {
        Term::Atom(name.into())
    }

    /// The binary holding `bytes`, usually UTF-8 text.
    pub fn bin(bytes: impl AsRef<[u8]>) -> Term {
        Term::Binary(bytes.as_ref().to_vec())
    }

    /// The tuple `{first, second}`.
    pub fn pair(first: Term, second: Term) -> Term {
        Term::Tuple(vec![first, second])
    }

    /// The atom `true` or `false`.
    pub fn bool(value: bool) -> Term {
        Term::atom(if value { "true" } else { "false" })
    }

    /// The name of an atom.
    pub fn as_atom(&self) -> Option<&str> {
        match self {
            Term::Atom(name) => Some(name),
            _ => None,
        }
    }

    /// Whether this is the atom `name`.
    pub fn is_atom(&self, name: &str) -> bool {
        self.as_atom() == Some(name)
    }

    /// The boolean that the atoms `true` and `false` stand for.
    pub fn as_bool(&self) -> Option<bool> {
        match self.as_atom()? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// An integer.
    pub fn as_integer(&self) -> Option<i128> {
        match self {
            Term::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The bytes of a binary.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Term::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The text of a binary that is UTF-8. A double-quoted string is not a binary: see [`Term::text`].
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()?).ok()
    }

    /// The text of a binary or of a double-quoted string. Binaries that are not UTF-8 are read as Latin-1, which is
    /// what the oldest clients wrote.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Term::Binary(bytes) => Some(match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => Cow::Owned(latin1(bytes)),
            }),
            Term::Str(text) => Some(Cow::Borrowed(text)),
            _ => None,
        }
    }

    /// The elements of a list written as a list.
    pub fn as_list(&self) -> Option<&[Term]> {
        match self {
            Term::List(items) => Some(items),
            _ => None,
        }
    }

    /// The elements of a tuple.
    pub fn as_tuple(&self) -> Option<&[Term]> {
        match self {
            Term::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The two elements of a pair.
    pub fn as_pair(&self) -> Option<(&Term, &Term)> {
        match self.as_tuple()? {
            [first, second] => Some((first, second)),
            _ => None,
        }
    }

    /// The pairs of a map.
    pub fn as_map(&self) -> Option<&[(Term, Term)]> {
        match self {
            Term::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The value of `key` in a map (the last one) or in a property list (the first one, as `proplists` does it).
    pub fn get(&self, key: &Term) -> Option<&Term> {
        match self {
            Term::Map(pairs) => pairs.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v),
            Term::List(items) => {
                items.iter().filter_map(Term::as_pair).find(|(k, _)| *k == key).map(|(_, v)| v)
            }
            _ => None,
        }
    }

    /// The value of the atom key `name` in a map or property list.
    pub fn get_atom(&self, name: &str) -> Option<&Term> {
        self.get(&Term::atom(name))
    }

    /// The value of the binary key `name` in a map or property list.
    pub fn get_bin(&self, name: &str) -> Option<&Term> {
        self.get(&Term::bin(name))
    }

    /// Sets `key` in a map: in the place where it stood, else before the first key that sorts after it. Anything but a map
    /// becomes one.
    pub fn set(&mut self, key: Term, value: Term) {
        if !matches!(self, Term::Map(_)) {
            *self = Term::Map(Vec::new());
        }
        let Term::Map(pairs) = self else { return };
        let place = pairs.iter().position(|(k, _)| *k == key);
        pairs.retain(|(k, _)| *k != key);
        let place = place.or_else(|| pairs.iter().position(|(k, _)| k.name() > key.name()));
        pairs.insert(place.unwrap_or(pairs.len()).min(pairs.len()), (key, value));
    }

    /// Removes `key` from a map; whether it was there.
    pub fn remove(&mut self, key: &Term) -> bool {
        let Term::Map(pairs) = self else { return false };
        let before = pairs.len();
        pairs.retain(|(k, _)| k != key);
        pairs.len() < before
    }

    /// What a key is sorted by.
    fn name(&self) -> Option<&[u8]> {
        self.as_atom().map(str::as_bytes).or_else(|| self.as_bytes())
    }

    /// A list whose elements are all pairs, as pairs. True of the empty list.
    pub fn as_pairs(&self) -> Option<Vec<(&Term, &Term)>> {
        self.as_list()?.iter().map(Term::as_pair).collect()
    }
}

impl From<&str> for Term {
    /// The binary with this text.
    fn from(text: &str) -> Term {
        Term::bin(text)
    }
}

impl From<bool> for Term {
    fn from(value: bool) -> Term {
        Term::bool(value)
    }
}

/// Reads bytes as Latin-1, which never fails.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Any term that Hex exchanges.
#[cfg(test)]
pub(crate) fn strategy() -> impl proptest::strategy::Strategy<Value = Term> {
    use proptest::prelude::*;

    let text = prop_oneof!["[ -~]{0,90}", "[a-zà-ÿ —\n\t\u{7f}\u{80}]{0,40}", "\\PC{0,20}"].boxed();
    let leaf = prop_oneof![
        prop_oneof!["[a-z][a-zA-Z0-9_@]{0,12}", "[a-z A-Z$']{0,9}", "\\PC{1,5}"].prop_map(Term::Atom),
        any::<i128>().prop_map(Term::Integer),
        (-300i128..300).prop_map(Term::Integer),
        prop::num::f64::NORMAL.prop_map(Term::Float),
        text.clone().prop_map(Term::bin),
        prop::collection::vec(any::<u8>(), 0..60).prop_map(Term::Binary),
        text.prop_filter("the empty string is a list", |text| !text.is_empty()).prop_map(Term::Str),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        let items = prop::collection::vec(inner.clone(), 0..8);
        let keys = "[a-z]{1,8}".prop_map(Term::bin);
        prop_oneof![
            items.clone().prop_map(Term::List),
            items.prop_map(Term::Tuple),
            (prop::collection::vec(inner.clone(), 1..4), "[a-z]{1,8}")
                .prop_map(|(items, tail)| Term::ImproperList(items, Box::new(Term::Atom(tail)))),
            prop::collection::vec((keys, inner), 0..5).prop_map(|mut pairs| {
                pairs.sort_by(|a, b| a.0.as_bytes().cmp(&b.0.as_bytes()));
                pairs.dedup_by(|a, b| a.0 == b.0);
                Term::Map(pairs)
            }),
        ]
    })
}
