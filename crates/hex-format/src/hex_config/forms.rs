//! A file of terms whose text outside the changed terms is kept byte for byte.

use super::ConfigError;
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

    /// Puts `term` in the place of the one at `index`, pretty-printed, and nothing else; equal terms keep their text.
    ///
    /// # Panics
    /// If there is no such index.
    pub fn replace(&mut self, index: usize, term: Term) {
        if self.forms.forms[index].1 != term {
            let printed = erlang::print_form(&term);
            self.splice(index, printed.trim_end());
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
