//! Terms to bytes.

use crate::term::Term;

pub(super) fn document(term: &Term) -> Vec<u8> {
    let mut out = vec![131];
    write(term, &mut out);
    out
}

fn write(term: &Term, out: &mut Vec<u8>) {
    match term {
        Term::Atom(name) => atom(name, out),
        Term::Integer(value) => integer(*value, out),
        Term::Float(value) => {
            out.push(70);
            out.extend(value.to_be_bytes());
        }
        Term::Binary(bytes) => {
            head(109, bytes.len(), out);
            out.extend_from_slice(bytes);
        }
        Term::Str(text) => string(text, out),
        Term::List(items) if items.is_empty() => out.push(106),
        Term::List(items) => {
            list(items, out);
            out.push(106);
        }
        Term::ImproperList(items, tail) => {
            list(items, out);
            write(tail, out);
        }
        Term::Tuple(items) => {
            match u8::try_from(items.len()) {
                Ok(len) => out.extend([104, len]),
                Err(_) => head(105, items.len(), out),
            }
            items.iter().for_each(|item| write(item, out));
        }
        Term::Map(pairs) => {
            head(116, pairs.len(), out);
            for (key, value) in pairs {
                write(key, out);
                write(value, out);
            }
        }
    }
}

fn head(tag: u8, len: usize, out: &mut Vec<u8>) {
    let len = u32::try_from(len).expect("invariant: terms in memory are far below four gigabytes");
    out.push(tag);
    out.extend(len.to_be_bytes());
}

fn list(items: &[Term], out: &mut Vec<u8>) {
    head(108, items.len(), out);
    items.iter().for_each(|item| write(item, out));
}

fn atom(name: &str, out: &mut Vec<u8>) {
    match u8::try_from(name.len()) {
        Ok(len) => out.extend([119, len]),
        Err(_) => {
            let len = u16::try_from(name.len()).expect("invariant: atoms have 255 characters at most");
            out.push(118);
            out.extend(len.to_be_bytes());
        }
    }
    out.extend_from_slice(name.as_bytes());
}

fn integer(value: i128, out: &mut Vec<u8>) {
    if let Ok(small) = u8::try_from(value) {
        out.extend([97, small]);
    } else if let Ok(int) = i32::try_from(value) {
        out.push(98);
        out.extend(int.to_be_bytes());
    } else {
        let digits = value.unsigned_abs().to_le_bytes();
        let len = digits.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1);
        out.extend([110, u8::try_from(len).expect("invariant: 16 bytes at most"), u8::from(value < 0)]);
        out.extend_from_slice(&digits[..len]);
    }
}

fn string(text: &str, out: &mut Vec<u8>) {
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    let short = bytes.and_then(|bytes| Some((u16::try_from(bytes.len()).ok()?, bytes)));
    match short {
        _ if text.is_empty() => out.push(106),
        Some((len, bytes)) => {
            out.push(107);
            out.extend(len.to_be_bytes());
            out.extend(bytes);
        }
        None => {
            head(108, text.chars().count(), out);
            text.chars().for_each(|c| integer(u32::from(c).into(), out));
            out.push(106);
        }
    }
}
