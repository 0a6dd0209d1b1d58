//! A value that may be missing or of the wrong type.

/// What was found under a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Field<T> {
    /// No such key, or its value is `nil`.
    #[default]
    Absent,
    /// A value of another type than the one named, in the words of the Hex HTTP contract (`list(string)`).
    Invalid(&'static str),
    /// A value of the right type.
    Value(T),
}

/// Why a field is refused; the texts are those of the Hex HTTP contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Required and missing, or only white space.
    #[error("can't be blank")]
    Blank,
    /// Of the wrong type.
    #[error("expected type {0}")]
    Type(&'static str),
}

impl<T> Field<T> {
    /// The value, if there is one of the right type.
    pub fn value(&self) -> Option<&T> {
        match self {
            Field::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The value, if there is one of the right type.
    pub fn into_value(self) -> Option<T> {
        match self {
            Field::Value(value) => Some(value),
            _ => None,
        }
    }

    /// Accepts a missing field, refuses the wrong type.
    pub fn optional(&self) -> Result<Option<&T>, FieldError> {
        match self {
            Field::Absent => Ok(None),
            Field::Invalid(expected) => Err(FieldError::Type(expected)),
            Field::Value(value) => Ok(Some(value)),
        }
    }

    /// Refuses a missing field and the wrong type. An empty list passes; for text see [`Field::required_text`].
    pub fn required(&self) -> Result<&T, FieldError> {
        self.optional()?.ok_or(FieldError::Blank)
    }
}

impl Field<String> {
    /// Text that is more than white space.
    pub fn required_text(&self) -> Result<&str, FieldError> {
        self.optional_text()?.ok_or(FieldError::Blank)
    }

    /// Text, where white space alone counts as missing.
    pub fn optional_text(&self) -> Result<Option<&str>, FieldError> {
        Ok(self.optional()?.map(String::as_str).filter(|text| !text.trim().is_empty()))
    }
}
