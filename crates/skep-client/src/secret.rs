//! Secrets of the user: key secrets, passwords, setup codes.
//!
//! The type exists so that a secret can't end up in a log, an error or a table by accident: it has no `Debug`,
//! `Display` or `Serialize`, and [`Secret::expose`] is the one way to its text.

/// Most bytes of a key secret. Secrets of the Hex contract have 32; tokens are longer.
const MAX_KEY_BYTES: usize = 4096;

/// A text that must not be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Why a text can't be a key secret. The text itself is not part of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing but white space.
    #[error("the key is empty")]
    Empty,
    /// More than any server hands out.
    #[error("the key is longer than {MAX_KEY_BYTES} bytes")]
    TooLong,
    /// White space or a character outside ASCII in the middle: usually a paste of more than the key.
    #[error("the key has white space or unprintable characters in it")]
    Characters,
}

impl Secret {
    /// Wraps a text as it is, such as a password.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A key secret: printable ASCII without white space. White space around it is dropped, because secrets arrive
    /// through files and variables that end with a line break.
    ///
    /// # Errors
    /// When nothing is left or the text can't be sent as a header.
    pub fn key(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SecretError::Empty);
        }
        if text.len() > MAX_KEY_BYTES {
            return Err(SecretError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SecretError::Characters);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text, for the header, body or file that it is meant for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_trimmed_and_checked() {
        assert_eq!(Secret::key(" 0a1b\n").ok().map(|key| key.expose().to_owned()), Some("0a1b".into()));
        assert_eq!(Secret::key(" \n").err(), Some(SecretError::Empty));
        assert_eq!(Secret::key("a b").err(), Some(SecretError::Characters));
        assert_eq!(Secret::key("a\u{1b}b").err(), Some(SecretError::Characters));
        assert_eq!(Secret::key(&"a".repeat(5000)).err(), Some(SecretError::TooLong));
    }
}
