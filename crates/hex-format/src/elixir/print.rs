//! Printing a literal on one line, as Elixir's `inspect/2` would.
//!
//! Differences, all of which read back as the same term: lists of integers are never printed as charlists,
//! atoms are quoted more often than needed, and keys that need quotes are printed with an arrow.

use std::fmt::{self, Display};

use super::escape::write_quoted;
use super::{ElixirTerm, is_plain_atom};

impl Display for ElixirTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => write_float(*value, f),
            Self::String(text) => write_quoted(text, f),
            Self::Atom(name) => write_atom(name, f),
            Self::List(elements) => write_list(elements, f),
            Self::Tuple(elements) => separated(f, "{", elements, "}", |element, f| element.fmt(f)),
            Self::Map(pairs) => write_map(pairs, f),
        }
    }
}

fn write_map(pairs: &[(ElixirTerm, ElixirTerm)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let plain = pairs.iter().all(|(key, _)| plain_key(key).is_some());
    separated(f, "%{", pairs, "}", |(key, value), f| match plain_key(key) {
        Some(name) if plain => write!(f, "{name}: {value}"),
        _ => write!(f, "{key} => {value}"),
    })
}

fn write_list(elements: &[ElixirTerm], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let pairs: Option<Vec<_>> = elements.iter().map(keyword_pair).collect();
    match pairs {
        Some(pairs) => separated(f, "[", &pairs, "]", |(name, value), f| write!(f, "{name}: {value}")),
        None => separated(f, "[", elements, "]", |element, f| element.fmt(f)),
    }
}

fn keyword_pair(element: &ElixirTerm) -> Option<(&str, &ElixirTerm)> {
    match element.as_tuple()? {
        [key, value] => Some((plain_key(key)?, value)),
        _ => None,
    }
}

fn plain_key(key: &ElixirTerm) -> Option<&str> {
    key.as_atom().filter(|name| is_plain_atom(name))
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    open: &str,
    items: &[T],
    close: &str,
    write: impl Fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    f.write_str(open)?;
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write(item, f)?;
    }
    f.write_str(close)
}

fn write_atom(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(":")?;
    if is_plain_atom(name) { f.write_str(name) } else { write_quoted(name, f) }
}

/// Elixir's floats always have a fraction, also before an exponent: `1.0e20`.
fn write_float(value: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if !value.is_finite() {
        return f.write_str("nil");
    }
    let text = format!("{value:?}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => write!(f, "{mantissa}.0e{exponent}"),
        _ => f.write_str(&text),
    }
}
