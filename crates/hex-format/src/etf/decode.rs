//! Bytes to terms, by recursive descent with explicit bounds.

use std::collections::HashSet;

use super::{DecodeError, Limits};
use crate::term::{Term, latin1};

const VERSION: u8 = 131;
const COMPRESSED: u8 = 80;
/// Characters of an atom.
const MAX_ATOM: usize = 255;

pub(super) fn document(
    bytes: &[u8],
    limits: &Limits,
    is_known: &dyn Fn(&str) -> bool,
) -> Result<Term, DecodeError> {
    if bytes.len() > limits.bytes {
        return Err(DecodeError::TooLarge(limits.bytes));
    }
    let rest = match bytes {
        [VERSION, COMPRESSED, ..] => return Err(DecodeError::Compressed),
        [VERSION, rest @ ..] => rest,
        _ => return Err(DecodeError::Version),
    };
    let mut decoder = Decoder { rest, limits, is_known, terms: 0 };
    let term = decoder.term(0)?;
    if decoder.rest.is_empty() { Ok(term) } else { Err(DecodeError::Trailing(decoder.rest.len())) }
}

struct Decoder<'a> {
    rest: &'a [u8],
    limits: &'a Limits,
    is_known: &'a dyn Fn(&str) -> bool,
    terms: usize,
}

impl<'a> Decoder<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<usize, DecodeError> {
        Ok(usize::from(self.array::<1>()?[0]))
    }

    fn u16(&mut self) -> Result<usize, DecodeError> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    fn u32(&mut self) -> Result<usize, DecodeError> {
        usize::try_from(u32::from_be_bytes(self.array()?)).map_err(|_| DecodeError::Truncated)
    }

    fn term(&mut self, depth: usize) -> Result<Term, DecodeError> {
        self.terms += 1;
        if self.terms > self.limits.terms {
            return Err(DecodeError::TooMany(self.limits.terms));
        }
        if depth > self.limits.depth {
            return Err(DecodeError::TooDeep(self.limits.depth));
        }
        let [tag] = self.array()?;
        match tag {
            // SMALL_INTEGER_EXT, INTEGER_EXT, SMALL_BIG_EXT, LARGE_BIG_EXT
            97 => Ok(Term::Integer(self.u8()? as i128)),
            98 => Ok(Term::Integer(i32::from_be_bytes(self.array()?).into())),
            110 => self.u8().and_then(|len| self.big(len)),
            111 => self.u32().and_then(|len| self.big(len)),
            // NEW_FLOAT_EXT, FLOAT_EXT
            70 => finite(f64::from_be_bytes(self.array()?)),
            99 => self.take(31).and_then(text_float),
            // ATOM_EXT, SMALL_ATOM_EXT, ATOM_UTF8_EXT, SMALL_ATOM_UTF8_EXT
            100 => self.u16().and_then(|len| self.atom(len, false)),
            115 => self.u8().and_then(|len| self.atom(len, false)),
            118 => self.u16().and_then(|len| self.atom(len, true)),
            119 => self.u8().and_then(|len| self.atom(len, true)),
            // BINARY_EXT, STRING_EXT
            109 => self.u32().and_then(|len| self.take(len)).map(Term::bin),
            107 => self.u16().and_then(|len| self.take(len)).map(string),
            // NIL_EXT, LIST_EXT, SMALL_TUPLE_EXT, LARGE_TUPLE_EXT, MAP_EXT
            106 => Ok(Term::List(Vec::new())),
            108 => self.u32().and_then(|len| self.list(len, depth)),
            104 => self.u8().and_then(|len| self.items(len, depth)).map(Term::Tuple),
            105 => self.u32().and_then(|len| self.items(len, depth)).map(Term::Tuple),
            116 => self.u32().and_then(|len| self.map(len, depth)),
            other => Err(DecodeError::Tag(other)),
        }
    }

    /// Each of `count` terms takes a byte at least and counts against the limit: more than that are not believed.
    fn check(&self, count: usize, bytes_each: usize) -> Result<usize, DecodeError> {
        if count > self.rest.len() / bytes_each {
            return Err(DecodeError::Truncated);
        }
        if count > self.limits.terms {
            return Err(DecodeError::TooMany(self.limits.terms));
        }
        Ok(count)
    }

    fn items(&mut self, count: usize, depth: usize) -> Result<Vec<Term>, DecodeError> {
        let mut items = Vec::with_capacity(self.check(count, 1)?);
        for _ in 0..count {
            items.push(self.term(depth + 1)?);
        }
        Ok(items)
    }

    fn list(&mut self, count: usize, depth: usize) -> Result<Term, DecodeError> {
        let mut items = self.items(count, depth)?;
        let tail = self.term(depth + 1)?;
        Ok(match tail {
            tail if items.is_empty() => tail,
            Term::List(more) => {
                items.extend(more);
                Term::List(items)
            }
            Term::ImproperList(more, tail) => {
                items.extend(more);
                Term::ImproperList(items, tail)
            }
            Term::Str(text) => {
                items.extend(text.chars().map(|c| Term::Integer(u32::from(c).into())));
                Term::List(items)
            }
            tail => Term::ImproperList(items, Box::new(tail)),
        })
    }

    fn map(&mut self, count: usize, depth: usize) -> Result<Term, DecodeError> {
        let mut pairs = Vec::with_capacity(self.check(count, 2)?);
        let mut seen = HashSet::with_capacity(count);
        for _ in 0..count {
            let before = self.rest;
            let key = self.term(depth + 1)?;
            // Equal keys have equal bytes in all that clients write; only atoms have several encodings.
            let encoded = match &key {
                Term::Atom(name) => [b"a", name.as_bytes()].concat(),
                _ => before[..before.len() - self.rest.len()].to_vec(),
            };
            if !seen.insert(encoded) {
                return Err(DecodeError::DuplicateKey);
            }
            pairs.push((key, self.term(depth + 1)?));
        }
        Ok(Term::Map(pairs))
    }

    fn atom(&mut self, len: usize, utf8: bool) -> Result<Term, DecodeError> {
        let bytes = self.take(len)?;
        let name = if utf8 { String::from_utf8(bytes.to_vec()).ok() } else { Some(latin1(bytes)) };
        let name = name.filter(|name| name.chars().count() <= MAX_ATOM).ok_or(DecodeError::MalformedAtom)?;
        if (self.is_known)(&name) { Ok(Term::Atom(name)) } else { Err(DecodeError::Atom(name)) }
    }

    /// A sign byte, then `len` bytes of magnitude, the lowest first.
    fn big(&mut self, len: usize) -> Result<Term, DecodeError> {
        let [sign] = self.array()?;
        let digits = self.take(len)?;
        let used = digits.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1);
        let mut bytes = [0; 16];
        bytes.get_mut(..used).ok_or(DecodeError::Integer)?.copy_from_slice(&digits[..used]);
        let magnitude = u128::from_le_bytes(bytes);
        let value =
            if sign == 0 { i128::try_from(magnitude).ok() } else { 0i128.checked_sub_unsigned(magnitude) };
        value.map(Term::Integer).ok_or(DecodeError::Integer)
    }
}

fn finite(value: f64) -> Result<Term, DecodeError> {
    if value.is_finite() { Ok(Term::Float(value)) } else { Err(DecodeError::Float) }
}

/// The oldest form of a float: decimal text, padded with zero bytes.
fn text_float(bytes: &[u8]) -> Result<Term, DecodeError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DecodeError::Float)?;
    finite(text.trim_end_matches('\0').parse().map_err(|_| DecodeError::Float)?)
}

fn string(bytes: &[u8]) -> Term {
    if bytes.is_empty() { Term::List(Vec::new()) } else { Term::Str(latin1(bytes)) }
}
