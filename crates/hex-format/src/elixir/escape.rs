//! The escapes of Elixir strings: `\n`, `\x41`, `\u{1F41D}` and their kin.
//!
//! Reading and writing sit in one file so that they can't drift apart.

use std::fmt::{self, Write};

/// Reads the escape that follows a backslash and appends what it stands for.
///
/// Returns how many bytes of `rest` it took; none when it is malformed. `\xHH` is a byte, not a character.
pub(super) fn read(rest: &str, into: &mut Vec<u8>) -> Option<usize> {
    let first = rest.chars().next()?;
    let plain = match first {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        's' => ' ',
        '0' => '\0',
        'a' => '\x07',
        'b' => '\x08',
        'd' => '\x7f',
        'e' => '\x1b',
        'f' => '\x0c',
        'v' => '\x0b',
        'x' => {
            let (value, width) = hex(&rest[1..], 2)?;
            match u8::try_from(value) {
                Ok(byte) if !rest[1..].starts_with('{') => into.push(byte),
                _ => push(into, char::from_u32(value)?),
            }
            return Some(1 + width);
        }
        'u' => {
            let (value, width) = hex(&rest[1..], 4)?;
            push(into, char::from_u32(value)?);
            return Some(1 + width);
        }
        // An escaped line break continues the line.
        '\n' => return Some(1),
        '\r' if rest[1..].starts_with('\n') => return Some(2),
        other => other,
    };
    push(into, plain);
    Some(first.len_utf8())
}

/// Exactly `digits` hexadecimal digits, or one to six between braces.
fn hex(rest: &str, digits: usize) -> Option<(u32, usize)> {
    let (text, width) = match rest.strip_prefix('{') {
        Some(inner) => {
            let end = inner.bytes().take(7).position(|b| b == b'}')?;
            (&inner[..end], end + 2)
        }
        None => (rest.get(..digits)?, digits),
    };
    // from_str_radix would take a sign.
    let value = text.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(text, 16).ok())??;
    Some((value, width))
}

fn push(into: &mut Vec<u8>, c: char) {
    into.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Writes the text between double quotes so that it reads back as itself.
pub(super) fn write_quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '#' if chars.peek() == Some(&'{') => f.write_str("\\#")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            '\r' => f.write_str("\\r")?,
            '\0' => f.write_str("\\0")?,
            '\x07' => f.write_str("\\a")?,
            '\x08' => f.write_str("\\b")?,
            '\x7f' => f.write_str("\\d")?,
            '\x1b' => f.write_str("\\e")?,
            '\x0c' => f.write_str("\\f")?,
            '\x0b' => f.write_str("\\v")?,
            c if c < ' ' => write!(f, "\\x{:02X}", u32::from(c))?,
            c if is_invisible(c) => write!(f, "\\u{:04X}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

/// Controls and marks that turn the writing direction or break lines. Elixir refuses some of them unescaped.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
