//! Reading several fields at once, so that one answer names all that is wrong.

use skep_core::{Error, FieldError};

use super::Params;

/// Reads fields and collects their errors.
///
/// A field with an error reads as absent; [`Cast::finish`] then refuses the call.
#[derive(Debug)]
pub struct Cast<'a> {
    params: &'a Params,
    errors: Vec<(String, FieldError)>,
}

impl Params {
    /// Begins to read fields.
    pub fn cast(&self) -> Cast<'_> {
        Cast { params: self, errors: Vec::new() }
    }
}

impl<'a> Cast<'a> {
    /// As [`Params::text`].
    pub fn text(&mut self, name: &str) -> Option<String> {
        let read = self.params.text(name);
        self.keep(name, read)
    }

    /// As [`Params::boolean`].
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        let read = self.params.boolean(name);
        self.keep(name, read)
    }

    /// As [`Params::integer`].
    pub fn integer(&mut self, name: &str) -> Option<i64> {
        let read = self.params.integer(name);
        self.keep(name, read)
    }

    /// As [`Params::texts`].
    pub fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let read = self.params.texts(name);
        self.keep(name, read)
    }

    /// As [`Params::maps`].
    pub fn maps(&mut self, name: &str) -> Option<Vec<&'a Params>> {
        let read = self.params.maps(name);
        self.keep(name, read)
    }

    /// As [`Params::map`].
    pub fn map(&mut self, name: &str) -> Option<&'a Params> {
        let read = self.params.map(name);
        self.keep(name, read)
    }

    /// As [`Params::text_map`].
    pub fn text_map(&mut self, name: &str) -> Option<Vec<(String, String)>> {
        let read = self.params.text_map(name);
        self.keep(name, read)
    }

    /// As [`Params::time`].
    pub fn time(&mut self, name: &str) -> Option<i64> {
        let read = self.params.time(name);
        self.keep(name, read)
    }

    /// Adds an error of a check that the caller made; of several for one field the last one is shown.
    pub fn error(&mut self, name: &str, error: impl Into<FieldError>) {
        self.errors.retain(|(field, _)| field != name);
        self.errors.push((name.to_owned(), error.into()));
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// 422 with all errors by field, if there are any.
    pub fn finish(self) -> Result<(), Error> {
        if self.errors.is_empty() { Ok(()) } else { Err(Error::validation(self.errors)) }
    }

    fn keep<T>(&mut self, name: &str, read: Result<Option<T>, FieldError>) -> Option<T> {
        read.unwrap_or_else(|error| {
            self.error(name, error);
            None
        })
    }
}
