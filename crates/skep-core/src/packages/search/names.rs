//! Names in pieces of three letters, by which a part of a name is found without reading all names.

use skep_store::tables::package_index::{Field, Tokens};
use skep_store::tables::package_search::Condition;

/// Letters in a piece.
const GRAM: usize = 3;

/// Stands behind the last letter of a name, so that its end can be looked for. No name has it.
const END: &str = "$$";

/// The pieces of a name, in their order.
pub(in crate::packages) fn grams(name: &str) -> Vec<String> {
    pieces(&format!("{name}{END}"))
}

/// A name with this in it, of any length but none.
pub(super) fn containing(part: &str) -> Condition {
    match part.len() < GRAM {
        true => condition(part, vec![part.to_owned()], true),
        false => condition(part, pieces(part), false),
    }
}

/// A name that ends so.
pub(super) fn ending(end: &str) -> Condition {
    condition(end, grams(end), false)
}

/// The very name.
pub(super) fn exactly(name: &str) -> Condition {
    match can_be_in_name(name) {
        true => Condition::Name(name.to_owned()),
        false => Condition::Any(Vec::new()),
    }
}

/// A name that begins so.
pub(super) fn beginning(start: &str) -> Condition {
    match can_be_in_name(start) {
        true => Condition::NamePrefix(start.to_owned()),
        false => Condition::Any(Vec::new()),
    }
}

fn condition(text: &str, phrase: Vec<String>, open: bool) -> Condition {
    match can_be_in_name(text) {
        true => Condition::Tokens(Tokens { field: Field::Grams, phrases: vec![phrase], all: true, open }),
        false => Condition::Any(Vec::new()),
    }
}

fn can_be_in_name(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// Of a text of ASCII letters.
fn pieces(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(GRAM).map(|piece| piece.iter().collect()).collect()
}
