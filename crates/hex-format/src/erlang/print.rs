//! The text of a term: on one line, or laid out as Erlang's pretty printer does it.
//!
//! Both give text that [`super::parse()`] reads back to an equal term. Which characters count as printable is Latin-1's
//! rule, the default of the Erlang virtual machine; the text itself is UTF-8.

use super::layout::{self, Node};
use super::{float, scan};
use crate::term::Term;

/// The term on one line, however long.
pub fn print(term: &Term) -> String {
    let mut out = String::new();
    layout::write(&node(term), &mut out);
    out
}

/// The term as `~tp` writes it: lines of up to 80 columns where it can be broken.
pub fn print_pretty(term: &Term) -> String {
    layout::pretty(&node(term))
}

/// The term as a form of a file: pretty-printed, with a full stop and a newline.
pub fn print_form(term: &Term) -> String {
    let mut out = print_pretty(term);
    out.push_str(".\n");
    out
}

fn node(term: &Term) -> Node {
    match term {
        Term::Atom(name) => Node::text(atom(name)),
        Term::Integer(value) => Node::text(value.to_string()),
        Term::Float(value) => Node::text(float::print(*value)),
        Term::Binary(bytes) => binary(bytes),
        Term::Str(text) if text.chars().all(is_printable) => Node::text(quoted(text, '"')),
        Term::Str(text) => {
            Node::list(text.chars().map(|c| Node::text(u32::from(c).to_string())).collect(), None)
        }
        Term::List(items) => match printable(items) {
            Some(text) => Node::text(quoted(&text, '"')),
            None => Node::list(items.iter().map(node).collect(), None),
        },
        Term::ImproperList(items, tail) => Node::list(items.iter().map(node).collect(), Some(node(tail))),
        Term::Tuple(items) => {
            let tagged = items.len() > 1 && matches!(items[0], Term::Atom(_));
            Node::tuple(items.iter().map(node).collect(), tagged)
        }
        Term::Map(pairs) => Node::map(pairs.iter().map(|(key, value)| (node(key), node(value))).collect()),
    }
}

fn binary(bytes: &[u8]) -> Node {
    let (text, suffix) = match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => (text.to_owned(), ""),
        Ok(text) => (text.to_owned(), "/utf8"),
        Err(_) => (crate::term::latin1(bytes), ""),
    };
    if bytes.is_empty() {
        Node::text("<<>>".into())
    } else if text.chars().all(is_printable) {
        Node::text(format!("<<{}{suffix}>>", quoted(&text, '"')))
    } else {
        Node::bytes(bytes)
    }
}

/// The text of a list that is nothing but printable characters.
fn printable(items: &[Term]) -> Option<String> {
    let chars = items.iter().map(|item| {
        let code = u32::try_from(item.as_integer()?).ok()?;
        char::from_u32(code).filter(|&c| is_printable(c))
    });
    if items.is_empty() { None } else { chars.collect() }
}

/// Printable in Latin-1, with the control characters that have an escape of their own (DEL not among them).
fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{ff}' | '\n' | '\r' | '\t' | '\u{b}' | '\u{8}' | '\u{c}' | '\u{1b}')
}

fn atom(name: &str) -> String {
    let plain_start = |c: char| c.is_ascii_lowercase() || (('ß'..='ÿ').contains(&c) && c != '÷');
    let plain =
        name.starts_with(plain_start) && name.chars().all(scan::is_name_char) && !scan::is_reserved(name);
    if plain { name.to_owned() } else { quoted(name, '\'') }
}

fn quoted(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        let escape = match c {
            c if c == quote => c,
            '\\' => '\\',
            ' '..='~' | '\u{a0}'.. => {
                out.push(c);
                continue;
            }
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\u{b}' => 'v',
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\u{1b}' => 'e',
            '\u{7f}' => 'd',
            c => {
                out.push_str(&format!("\\{:03o}", u32::from(c)));
                continue;
            }
        };
        out.push('\\');
        out.push(escape);
    }
    out.push(quote);
    out
}
