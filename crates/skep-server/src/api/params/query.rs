//! Query strings and forms: `a=1&b[c]=2&d[]=3&d[]=4`.
//!
//! Of contradicting pairs the last one wins. `a[][b]=1` appends an object to a list each time.

use std::borrow::Cow;

use super::limits::{Budget, MAX_DEPTH, MAX_QUERY_BYTES, Malformed};
use super::{Param, Params};

/// The parameters of a query string, without its question mark.
///
/// # Errors
/// [`Malformed`] when it is too long, not UTF-8, badly escaped, nested too deeply or has too many parameters.
pub fn parse_query(query: &str) -> Result<Params, Malformed> {
    if query.len() > MAX_QUERY_BYTES {
        return Err(Malformed::QueryTooLong(query.len()));
    }
    parse(query.as_bytes(), "query")
}

/// The parameters of a body of type `application/x-www-form-urlencoded`.
///
/// # Errors
/// As [`parse_query`], except for the length, which is a matter of the body.
pub fn parse_form(body: &[u8]) -> Result<Params, Malformed> {
    parse(body, "form")
}

fn parse(text: &[u8], what: &'static str) -> Result<Params, Malformed> {
    let mut params = Params::new();
    let mut budget = Budget::new();
    for pair in text.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()) {
        budget.take()?;
        let at = pair.iter().position(|&byte| byte == b'=');
        let (name, value) = at.map_or((pair, &b""[..]), |at| (&pair[..at], &pair[at + 1..]));
        let name = decode_component(name, true, what)?;
        let value = Param::Text(decode_component(value, true, what)?.into_owned());
        let path = split_name(&name);
        if path.len() > MAX_DEPTH {
            return Err(Malformed::TooDeep);
        }
        assign(&mut params, path[0], &path[1..], value);
    }
    Ok(params)
}

/// `a[b][]` → `a`, `b`, ``; one part more than allowed is enough to be refused. A name without a bracket at its end is
/// taken as it is.
fn split_name(name: &str) -> Vec<&str> {
    match name.strip_suffix(']').and_then(|inner| inner.split_once('[')) {
        Some((first, rest)) => std::iter::once(first).chain(rest.split("][").take(MAX_DEPTH)).collect(),
        None => vec![name],
    }
}

fn assign(params: &mut Params, name: &str, path: &[&str], value: Param) {
    match path {
        [] => params.insert(name, value),
        ["", rest @ ..] => {
            let slot = params.0.entry(name.to_owned()).or_insert(Param::Null);
            let item = match rest {
                [] => value,
                [first, rest @ ..] => {
                    let mut item = Params::new();
                    assign(&mut item, first, rest, value);
                    Param::Map(item)
                }
            };
            match slot {
                Param::List(items) => items.push(item),
                other => *other = Param::List(vec![item]),
            }
        }
        [first, rest @ ..] => {
            let slot = params.0.entry(name.to_owned()).or_insert(Param::Null);
            if !matches!(slot, Param::Map(_)) {
                *slot = Param::Map(Params::new());
            }
            if let Param::Map(inner) = slot {
                assign(inner, first, rest, value);
            }
        }
    }
}

/// Undoes percent encoding; `plus` means that `+` is a space, as in queries and forms but not in paths.
///
/// # Errors
/// [`Malformed`] for a bad escape, text that is not UTF-8, or NUL.
pub(in crate::api) fn decode_component<'a>(
    text: &'a [u8],
    plus: bool,
    what: &'static str,
) -> Result<Cow<'a, str>, Malformed> {
    let not_text = |_| Malformed::Encoding(what);
    if !text.iter().any(|&byte| byte == b'%' || byte == 0 || (plus && byte == b'+')) {
        return std::str::from_utf8(text).map(Cow::Borrowed).map_err(not_text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        out.push(match byte {
            b'+' if plus => b' ',
            b'%' => {
                let [high, low, tail @ ..] = rest else { return Err(Malformed::Escape(what)) };
                rest = tail;
                hex_digit(*high)
                    .zip(hex_digit(*low))
                    .map(|(high, low)| high << 4 | low)
                    .ok_or(Malformed::Escape(what))?
            }
            byte => *byte,
        });
    }
    if out.contains(&0) {
        return Err(Malformed::Nul(what));
    }
    String::from_utf8(out).map(Cow::Owned).map_err(|_| Malformed::Encoding(what))
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
