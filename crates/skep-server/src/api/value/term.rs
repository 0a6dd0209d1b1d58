//! The two term formats. Keys are binaries, null is the atom `nil`, times are cut to whole seconds.
//!
//! No atom but `nil`, `true` and `false` may be written: clients decode with their atom table closed.

use hex_format::elixir::ElixirTerm;
use hex_format::etf;
use hex_format::term::Term;

use super::{Value, time};

impl Value {
    /// The value in the Erlang external term format.
    pub fn to_etf(&self) -> Vec<u8> {
        etf::encode(&self.to_term())
    }

    /// The value as an Elixir literal.
    pub fn to_elixir(&self) -> Vec<u8> {
        self.to_elixir_term().to_string().into_bytes()
    }

    fn to_term(&self) -> Term {
        match self {
            Self::Null => Term::atom("nil"),
            Self::Bool(value) => Term::bool(*value),
            Self::Int(number) => Term::Integer((*number).into()),
            Self::Float(number) if number.is_finite() => Term::Float(*number),
            Self::Float(_) => Term::atom("nil"),
            Self::Text(text) => Term::bin(text),
            Self::Time(micros) => Term::Binary(time::seconds(*micros).into_bytes()),
            Self::List(items) => Term::List(items.iter().map(Self::to_term).collect()),
            Self::Map(pairs) => Term::Map(
                pairs.iter().map(|(key, value)| (Term::bin(key.as_ref()), value.to_term())).collect(),
            ),
        }
    }

    fn to_elixir_term(&self) -> ElixirTerm {
        match self {
            Self::Null => ElixirTerm::Nil,
            Self::Bool(value) => ElixirTerm::Bool(*value),
            Self::Int(number) => ElixirTerm::Integer(*number),
            Self::Float(number) => ElixirTerm::Float(*number),
            Self::Text(text) => ElixirTerm::String(text.clone()),
            Self::Time(micros) => ElixirTerm::String(time::seconds(*micros)),
            Self::List(items) => ElixirTerm::List(items.iter().map(Self::to_elixir_term).collect()),
            Self::Map(pairs) => ElixirTerm::Map(
                pairs
                    .iter()
                    .map(|(key, value)| {
                        (ElixirTerm::String(key.clone().into_owned()), value.to_elixir_term())
                    })
                    .collect(),
            ),
        }
    }
}
