//! What people type in to say which device is meant: eight characters that are not mistaken for one another. Pure.

use crate::Environment;

/// Without vowels, and without what looks like something else.
const ALPHABET: &[u8; 29] = b"23456789BCDFGHJKLMNPQRSTVWXYZ";

/// Characters of a code.
const LENGTH: usize = 8;

/// A new code. Every one is as likely as any other.
pub(super) fn new(environment: &Environment) -> String {
    let fair = u8::MAX / ALPHABET.len() as u8 * ALPHABET.len() as u8;
    let mut code = String::with_capacity(LENGTH);
    while code.len() < LENGTH {
        let fitting = environment.bytes::<{ 2 * LENGTH }>().into_iter().filter(|byte| *byte < fair);
        let characters = fitting.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
        code.extend(characters.take(LENGTH - code.len()));
    }
    code
}

/// What somebody typed, as codes are stored. None if it can't be one.
pub(super) fn read(typed: &str) -> Option<String> {
    let mut code = String::with_capacity(LENGTH);
    for character in typed.chars().filter(|character| !character.is_whitespace() && *character != '-') {
        let character = character.to_ascii_uppercase();
        if code.len() == LENGTH || !character.is_ascii() || !ALPHABET.contains(&(character as u8)) {
            return None;
        }
        code.push(character);
    }
    (code.len() == LENGTH).then_some(code)
}

/// As it is shown to people: `ABCD-1234`.
pub(super) fn display(code: &str) -> String {
    match code.split_at_checked(LENGTH / 2) {
        Some((first, second)) => format!("{first}-{second}"),
        None => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn codes_are_made_of_the_alphabet_and_read_again() {
        let random = |buffer: &mut [u8]| {
            aws_lc_rs::rand::fill(buffer).unwrap();
        };
        let environment = Environment { clock: Arc::new(|| 0), random: Arc::new(random) };
        let codes: HashSet<String> = (0..500).map(|_| new(&environment)).collect();
        assert!(codes.len() > 490);
        let used: HashSet<u8> = codes.iter().flat_map(|code| code.bytes()).collect();
        assert_eq!(used, ALPHABET.iter().copied().collect());
        for code in codes {
            assert_eq!(code.len(), LENGTH);
            assert_eq!(read(&code).as_ref(), Some(&code));
            assert_eq!(read(&display(&code).to_lowercase()), Some(code));
        }
    }

    #[test]
    fn reading() {
        assert_eq!(read(" bcdf-2345\n").as_deref(), Some("BCDF2345"));
        assert_eq!(read("b-c-d-f-2-3-4-5").as_deref(), Some("BCDF2345"));
        for wrong in ["", "BCDF234", "BCDF23456", "ABCD2345", "BCDF2340", "BCDF234é", "--------"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(display("BCDF2345"), "BCDF-2345");
    }
}
