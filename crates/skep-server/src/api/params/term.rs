//! Bodies in the two term formats.
//!
//! Atoms other than `true`, `false` and `nil` are kept as [`Param::Other`], so that a text field refuses them; whether an
//! atom is known at all is decided by the codec.

use hex_format::elixir::ElixirTerm;
use hex_format::etf::{self, Limits};
use hex_format::term::Term;

use super::limits::{Budget, MAX_DEPTH, MAX_VALUES, Malformed, checked};
use super::{Param, Params};

/// Limits of the codec; ours are checked on what it read.
const LIMITS: Limits = Limits { terms: 2 * MAX_VALUES, ..Limits::BODY };

/// The value of a body in the external term format.
///
/// # Errors
/// [`Malformed`] when it is not a term, is compressed, has unknown atoms, text with NUL or exceeds the limits.
pub fn parse_etf(body: &[u8]) -> Result<Param, Malformed> {
    let term = etf::decode(body, &LIMITS).map_err(|error| Malformed::Erlang(error.to_string()))?;
    Reader(Budget::new()).erlang(term, 0)
}

/// The value of a body that is an Elixir literal.
///
/// # Errors
/// [`Malformed`] when it is not UTF-8, not a literal, has text with NUL or exceeds the limits.
pub fn parse_elixir(body: &[u8]) -> Result<Param, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| Malformed::Encoding("body"))?;
    let term = ElixirTerm::parse(text).map_err(|error| Malformed::Elixir(error.to_string()))?;
    Reader(Budget::new()).elixir(term, 0)
}

struct Reader(Budget);

impl Reader {
    fn enter(&mut self, depth: usize) -> Result<(), Malformed> {
        self.0.take()?;
        if depth > MAX_DEPTH { Err(Malformed::TooDeep) } else { Ok(()) }
    }

    fn erlang(&mut self, term: Term, depth: usize) -> Result<Param, Malformed> {
        self.enter(depth)?;
        Ok(match term {
            Term::Atom(name) => match name.as_str() {
                "nil" => Param::Null,
                "true" => Param::Bool(true),
                "false" => Param::Bool(false),
                _ => Param::Other,
            },
            Term::Integer(number) => i64::try_from(number).map_or(Param::Other, Param::Int),
            Term::Float(number) => Param::Float(number),
            Term::Binary(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Param::Text(checked(text, "string")?),
                Err(_) => Param::Other,
            },
            Term::Str(text) => {
                let codes = text.chars().map(|c| self.0.take().map(|()| Param::Int(u32::from(c).into())));
                Param::List(codes.collect::<Result<_, _>>()?)
            }
            Term::List(items) => Param::List(
                items.into_iter().map(|item| self.erlang(item, depth + 1)).collect::<Result<_, _>>()?,
            ),
            Term::Map(pairs) => {
                let mut params = Params::new();
                for (key, value) in pairs {
                    let value = self.erlang(value, depth + 1)?;
                    // Only text can be a name; no parameter is ever looked up under anything else.
                    if let Term::Binary(name) = key
                        && let Ok(name) = String::from_utf8(name)
                    {
                        params.insert(checked(name, "name")?, value);
                    }
                }
                Param::Map(params)
            }
            Term::ImproperList(..) | Term::Tuple(_) => Param::Other,
        })
    }

    fn elixir(&mut self, term: ElixirTerm, depth: usize) -> Result<Param, Malformed> {
        self.enter(depth)?;
        Ok(match term {
            ElixirTerm::Nil => Param::Null,
            ElixirTerm::Bool(value) => Param::Bool(value),
            ElixirTerm::Integer(number) => Param::Int(number),
            ElixirTerm::Float(number) => Param::Float(number),
            ElixirTerm::String(text) => Param::Text(checked(text, "string")?),
            ElixirTerm::List(items) => Param::List(
                items.into_iter().map(|item| self.elixir(item, depth + 1)).collect::<Result<_, _>>()?,
            ),
            ElixirTerm::Map(pairs) => {
                let mut params = Params::new();
                for (key, value) in pairs {
                    let value = self.elixir(value, depth + 1)?;
                    if let ElixirTerm::String(name) = key {
                        params.insert(checked(name, "name")?, value);
                    }
                }
                Param::Map(params)
            }
            ElixirTerm::Atom(_) | ElixirTerm::Tuple(_) => Param::Other,
        })
    }
}
