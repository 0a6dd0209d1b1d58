//! A file of terms whose text outside the changed terms is kept byte for byte.

use super::ConfigError;
use super::edit::edit;
use crate::erlang::{self, Limits, Profile, TopLevelForms};
use crate::term::Term;

/// The text of a file and where its top-level terms stand.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FormFile {
    text: String,
    forms: TopLevelForms,
}

impl FormFile {
    /// Reads the bytes of a file, up to 8 MiB ([`Limits::CONFIG`]). An empty file has no terms.
    pub fn parse(bytes: &[u8]) -> Result<FormFile, ConfigError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1;
            ConfigError::NotUtf8 { line }
        })?;
        let forms = erlang::parse_forms(text, Profile::Config, &Limits::CONFIG)?;
        Ok(FormFile { text: text.to_owned(), forms })
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The top-level terms in order.
    pub fn terms(&self) -> impl ExactSizeIterator<Item = &Term> {
        self.forms.forms.iter().map(|(_, term)| term)
    }

    /// The line, counted from 1, where the term at `index` begins.
    pub fn line(&self, index: usize) -> usize {
        let start = self.forms.forms.get(index).map_or(self.text.len(), |(range, _)| range.start);
        self.text[..start].matches('\n').count() + 1
    }

    /// The place of the first term that `accept` accepts.
    pub fn position(&self, accept: impl FnMut(&Term) -> bool) -> Option<usize> {
        self.terms().position(accept)
    }

    /// Puts `term` in the place of the one at `index`, and nothing else. Of its text what need not change stays: comments,
    /// layout, order; what is new is pretty-printed.
    ///
    /// # Panics
    /// If there is no such index.
    pub fn replace(&mut self, index: usize, term: Term) {
        if self.forms.forms[index].1 != term {
            let (range, old) = &self.forms.forms[index];
            let text = edited(&self.text[range.clone()], old, &term);
            self.splice(index, &text);
            self.forms.forms[index].1 = term;
        }
    }

    /// Takes out the term at `index`, and its line if nothing else is on it.
    ///
    /// # Panics
    /// If there is no such index.
    pub fn remove(&mut self, index: usize) {
        self.splice(index, "");
        let (range, _) = self.forms.forms.remove(index);
        let at = range.start;
        let line_start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1);
        if self.text[line_start..line_end].trim().is_empty() {
            self.text.replace_range(line_start..line_end, "");
            self.shift(index, line_start as isize - line_end as isize);
        }
    }

    /// Adds a term at the end, on a line of its own.
    pub fn push(&mut self, term: Term) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        let start = self.text.len();
        self.text.push_str(&erlang::print_form(&term));
        self.forms.forms.push((start..self.text.len() - 1, term));
    }

    /// Adds text that holds no term: a comment line.
    pub(super) fn push_comment(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn splice(&mut self, index: usize, text: &str) {
        let range = self.forms.forms[index].0.clone();
        let grown = text.len() as isize - range.len() as isize;
        self.text.replace_range(range.clone(), text);
        self.forms.forms[index].0.end = range.start + text.len();
        self.shift(index + 1, grown);
    }

    /// Moves the terms from `index` on.
    fn shift(&mut self, index: usize, by: isize) {
        for (range, _) in &mut self.forms.forms[index..] {
            *range = range.start.saturating_add_signed(by)..range.end.saturating_add_signed(by);
        }
    }
}

/// The text of a form with another term: the old text with the least changes, if it reads back to that term.
fn edited(text: &str, old: &Term, new: &Term) -> String {
    let reads_back = |text: &String| {
        let forms = erlang::parse_forms(text, Profile::Config, &Limits::CONFIG);
        // The order of keys in a map says nothing, but what is equal here must be equal to whoever reads the file next.
        forms.is_ok_and(|forms| forms.forms.len() == 1 && is_same(&forms.forms[0].1, new))
    };
    let edited = edit(text, old, new).filter(reads_back);
    edited.unwrap_or_else(|| erlang::print_form(new).trim_end().to_owned())
}

fn is_same(one: &Term, other: &Term) -> bool {
    let all = |one: &[Term], other: &[Term]| {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
    };
    match (one, other) {
        (Term::Map(pairs), Term::Map(others)) => {
            pairs.len() == others.len()
                && pairs.iter().all(|(key, value)| other.get(key).is_some_and(|other| is_same(value, other)))
        }
        (Term::List(one), Term::List(other)) | (Term::Tuple(one), Term::Tuple(other)) => all(one, other),
        // A list of characters and a text are the same to Erlang, and printed alike.
        _ => one == other || erlang::print(one) == erlang::print(other),
    }
}
