//! `~/.netrc`: one entry for a host, and everything else left byte for byte.
//!
//! Read as `curl` and `ftp` read it: words apart from their line breaks, except that a `macdef` runs to the next empty
//! line. `mix` reads entries with one word and its value on a line, so that is how ours is written.

use std::ops::Range;

use crate::secret::Secret;

#[cfg(test)]
mod tests;

/// Most bytes of the file.
pub const MAX_BYTES: usize = 1 << 20;

/// The name that goes with a key: servers look at the password alone.
const LOGIN: &str = "key";

/// The entry of one machine.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The host; `None` for `default`, which stands for all others.
    pub machine: Option<&'a str>,
    /// The name of the user, if it has one.
    pub login: Option<&'a str>,
    /// The password, if it has one.
    pub password: Option<&'a str>,
    /// Where it stands: from its first word to the line break after its last.
    pub range: Range<usize>,
}

/// The entries of a file, in its order.
pub fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut words = Words { text, at: 0 };
    let mut end = 0;
    while let Some((start, word)) = words.next() {
        match word {
            "machine" | "default" => {
                let machine = if word == "machine" { words.next().map(|(_, host)| host) } else { None };
                entries.push(Entry { machine, login: None, password: None, range: start..words.at });
            }
            "macdef" => {
                words.skip_macro();
                continue;
            }
            "login" | "password" => {
                let value = words.next().map(|(_, value)| value);
                if let Some(entry) = entries.last_mut() {
                    *(if word == "login" { &mut entry.login } else { &mut entry.password }) = value;
                }
            }
            "account" => drop(words.next()),
            // A comment or a stray word belongs to nobody.
            _ => {
                words.skip_line();
                continue;
            }
        }
        if let Some(entry) = entries.last_mut() {
            end = words.at.max(end);
            entry.range.end = line_end(text, end);
        }
    }
    entries
}

/// The password for a host, if there is an entry of its own.
pub fn password<'a>(text: &'a str, host: &str) -> Option<&'a str> {
    entries(text).into_iter().find(|entry| entry.machine == Some(host))?.password
}

/// The text with an entry for `host` in the place of the one that it has, or before `default`, or at the end.
pub fn with(text: &str, host: &str, key: &Secret) -> String {
    let entry = format!("machine {host}\nlogin {LOGIN}\npassword {}\n", key.expose());
    let entries = entries(text);
    let own = entries.iter().find(|entry| entry.machine == Some(host)).map(|entry| entry.range.clone());
    let before_default = || {
        entries.iter().find(|entry| entry.machine.is_none()).map(|entry| entry.range.start..entry.range.start)
    };
    let place = own.or_else(before_default).unwrap_or(text.len()..text.len());
    let (head, tail) = (&text[..place.start], &text[place.end..]);
    let gap = if head.is_empty() || head.ends_with('\n') { "" } else { "\n" };
    format!("{head}{gap}{entry}{tail}")
}

/// The text without the entry for `host`.
pub fn without(text: &str, host: &str) -> String {
    match entries(text).into_iter().find(|entry| entry.machine == Some(host)) {
        Some(entry) => format!("{}{}", &text[..entry.range.start], &text[entry.range.end..]),
        None => text.to_owned(),
    }
}

/// The byte after the line break of the line that `at` is in, if only blanks follow on it; else `at`.
fn line_end(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let line = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
    if rest[..line].trim().is_empty() { at + line } else { at }
}

/// Words between white space, with their places.
struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start().len());
        let word = self.text[start..].split(char::is_whitespace).next().filter(|word| !word.is_empty())?;
        self.at = start + word.len();
        Some((start, word))
    }

    fn skip_line(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.find('\n').unwrap_or(rest.len());
    }

    /// A macro ends with an empty line.
    fn skip_macro(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.find("\n\n").map_or(rest.len(), |end| end + 1);
    }
}
