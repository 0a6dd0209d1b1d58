//! Values as callers give them: present, absent (or blank, which is the same), or of the wrong type.
//! Validations collect one error for each field, so a wrong type is carried along instead of ending the
//! request.

use crate::{Error, FieldError, Result};

/// A value from outside.
pub type Given<T> = Result<Option<T>, FieldError>;

/// Collects what is wrong, field by field.
#[derive(Clone, Default)]
pub(crate) struct Problems(Vec<(String, FieldError)>);

impl Problems {
    /// The value, if it has the right type.
    pub(crate) fn optional<T>(&mut self, field: &str, given: Given<T>) -> Option<T> {
        given.unwrap_or_else(|error| {
            self.add(field, error);
            None
        })
    }

    /// The value, which must be there.
    pub(crate) fn required<T>(&mut self, field: &str, given: Given<T>) -> Option<T> {
        match given {
            Ok(Some(value)) => Some(value),
            Ok(None) => {
                self.add(field, "can't be blank");
                None
            }
            Err(error) => {
                self.add(field, error);
                None
            }
        }
    }

    /// Adds an error.
    pub(crate) fn add(&mut self, field: &str, error: impl Into<FieldError>) {
        self.0.push((field.to_owned(), error.into()));
    }

    /// Whether nothing was wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// 422 if anything was wrong.
    pub(crate) fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::validation(self.0)) }
    }
}
