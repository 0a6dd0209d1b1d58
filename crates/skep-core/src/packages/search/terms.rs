//! Splits a search into words and filters.

/// A part of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Term<'a> {
    /// A word to look for.
    Word(&'a str),
    /// `key:value`, the quotes of the value taken away.
    Filter(&'a str, &'a str),
}

/// The parts in their order. A filter's value may be quoted to hold white space; a quote that is not closed reaches to
/// the end.
pub(super) fn split(text: &str) -> Vec<Term<'_>> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (term, used) = match rest[..end].split_once(':') {
            Some((key, _)) if !key.is_empty() => filter(rest, key, end),
            _ => (Term::Word(&rest[..end]), end),
        };
        terms.push(term);
        rest = rest[used..].trim_start();
    }
    terms
}

fn filter<'a>(rest: &'a str, key: &'a str, end: usize) -> (Term<'a>, usize) {
    let start = key.len() + 1;
    match rest[start..].strip_prefix('"') {
        None => (Term::Filter(key, &rest[start..end]), end),
        Some(quoted) => match quoted.find('"') {
            Some(length) => (Term::Filter(key, &quoted[..length]), start + length + 2),
            None => (Term::Filter(key, quoted), rest.len()),
        },
    }
}
