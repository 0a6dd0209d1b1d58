//! Free-form values, as `extra` holds them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::term::Term;

/// A value with the shape of JSON, as which it is stored and shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `nil`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer of 64 bits.
    Integer(i64),
    /// Text; also atoms, which have no other form in JSON.
    Text(String),
    /// A list. An empty list of Erlang is taken for an empty map, as the reference does it.
    List(Vec<Value>),
    /// A list of pairs, or a map.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// The value of a term, if it has one: tuples that are not pairs of a list, floats and larger integers have none.
    pub(super) fn of(term: &Term) -> Option<Value> {
        if let Some(pairs) = pairs(term) {
            return Value::map(pairs).map(Value::Map);
        }
        match term {
            Term::Atom(name) => Some(match &**name {
                "nil" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                other => Value::Text(other.to_owned()),
            }),
            Term::Integer(value) => i64::try_from(*value).ok().map(Value::Integer),
            Term::Binary(_) | Term::Str(_) => term.text().map(|text| Value::Text(text.into_owned())),
            Term::List(items) => items.iter().map(Value::of).collect::<Option<_>>().map(Value::List),
            _ => None,
        }
    }

    /// The map of pairs whose keys are text, atoms or integers.
    pub(super) fn map(pairs: Vec<(&Term, &Term)>) -> Option<BTreeMap<String, Value>> {
        pairs.into_iter().map(|(key, value)| Some((self::key(key)?, Value::of(value)?))).collect()
    }

    /// The term that the official client writes: maps are lists of pairs, and `nil` is text.
    pub(super) fn to_term(&self) -> Term {
        match self {
            Value::Null => Term::bin("nil"),
            Value::Bool(value) => Term::bool(*value),
            Value::Integer(value) => Term::Integer((*value).into()),
            Value::Text(text) => Term::bin(text),
            Value::List(items) => Term::List(items.iter().map(Value::to_term).collect()),
            Value::Map(map) => Value::map_to_term(map),
        }
    }

    pub(super) fn map_to_term(map: &BTreeMap<String, Value>) -> Term {
        Term::List(map.iter().map(|(key, value)| Term::pair(Term::bin(key), value.to_term())).collect())
    }
}

fn key(term: &Term) -> Option<String> {
    match term {
        Term::Atom(name) => Some(name.clone()),
        Term::Integer(value) => Some(value.to_string()),
        Term::Binary(_) => term.text().map(|text| text.into_owned()),
        _ => None,
    }
}

/// The pairs of a map or of a list of nothing but pairs (which an empty list is).
pub(super) fn pairs(term: &Term) -> Option<Vec<(&Term, &Term)>> {
    match term {
        Term::Map(pairs) => Some(pairs.iter().map(|(key, value)| (key, value)).collect()),
        _ => term.as_pairs(),
    }
}
