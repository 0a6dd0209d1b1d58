//! Text from outside, made harmless for a terminal.
//!
//! Names, descriptions and error messages of a server are other people's text. Escape sequences in them could repaint
//! what the user reads, set the clipboard or answer on the user's behalf; characters that change the direction of text
//! could make one name look like another. They are shown as `\u{…}` instead.

use std::borrow::Cow;

/// Makes a text harmless; line breaks and tabs stay.
pub(crate) fn sanitize(text: &str) -> Cow<'_, str> {
    escape(text, |character| !matches!(character, '\n' | '\t') && is_harmful(character))
}

/// Makes a text harmless and one line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\r', '\t']) {
        let words: Vec<&str> = text.split_whitespace().collect();
        return Cow::Owned(escape(&words.join(" "), is_harmful).into_owned());
    }
    escape(text, is_harmful)
}

/// Makes JSON harmless and leaves it JSON of the same value: in a string such a character can be written as `\\uXXXX`, and
/// elsewhere there is none.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    let harmful = |character| character != '\n' && is_harmful(character);
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if harmful(character) {
            let mut units = [0; 2];
            character
                .encode_utf16(&mut units)
                .iter()
                .for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

fn escape(text: &str, harmful: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if harmful(character) { out.extend(character.escape_unicode()) } else { out.push(character) }
    }
    Cow::Owned(out)
}

/// Control characters of all kinds, and those that are invisible or change the direction of text.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_not_touched() {
        for text in ["", "acme", "Größe: 日本語 🐝", "two\nlines\tand a tab"] {
            assert!(matches!(sanitize(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn escapes_are_shown() {
        assert_eq!(sanitize("a\u{1b}[31mred"), "a\\u{1b}[31mred");
        assert_eq!(sanitize("\u{9b}2J\u{7}"), "\\u{9b}2J\\u{7}");
        assert_eq!(sanitize("user\u{202e}nimda"), "user\\u{202e}nimda");
        assert_eq!(sanitize("over\rwritten"), "over\\u{d}written");
    }

    #[test]
    fn json_keeps_its_value() {
        let value = serde_json::json!({ "a\u{202e}": ["\u{1b}[2J", "\u{e0001}", "plain\n"] });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let shown = json(&text);
        assert!(shown.contains("a\\u202e") && shown.contains("\\udb40\\udc01"), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }

    #[test]
    fn one_line() {
        assert_eq!(line("first\n  second\u{1b}"), "first second\\u{1b}");
        assert_eq!(line("tab\there"), "tab here");
    }
}
