//! Codes as people type them and clients send them.

use std::sync::{Arc, OnceLock};

/// Longest code looked at, in bytes.
const MAX_BYTES: usize = 64;

/// A one-time code or a recovery code. It cannot be printed.
#[derive(Clone)]
pub struct OneTimeCode(Arc<Shown>);

struct Shown {
    text: String,
    /// The account whose code it was found to be. A request is judged again after its upload has arrived, by when the
    /// code's time can be over.
    accepted_of: OnceLock<i64>,
}

impl OneTimeCode {
    /// What was typed or sent, well-formed or not.
    pub fn new(text: &str) -> Self {
        // One that is too long is nobody's.
        let text = if text.len() <= MAX_BYTES { text.to_owned() } else { String::new() };
        Self(Arc::new(Shown { text, accepted_of: OnceLock::new() }))
    }

    /// The number, if it is one of six digits. Apps show it with a space in the middle.
    pub(super) fn digits(&self) -> Option<u32> {
        let digits = self.without_spaces();
        let is_code = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_code { digits.parse().ok() } else { None }
    }

    /// What was typed.
    pub(super) fn without_spaces(&self) -> String {
        self.0.text.chars().filter(|c| !c.is_whitespace()).collect()
    }

    pub(super) fn accept_of(&self, user_id: i64) {
        self.0.accepted_of.get_or_init(|| user_id);
    }

    pub(super) fn was_accepted_of(&self, user_id: i64) -> bool {
        self.0.accepted_of.get() == Some(&user_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_a_code() {
        let digits = |text: &str| OneTimeCode::new(text).digits();
        assert_eq!(digits("012345"), Some(12345));
        assert_eq!(digits(" 012 345\n"), Some(12345));
        for text in ["", "12345", "1234567", "+12345", "abcdef", "12345٣", &"1".repeat(1_000_000)] {
            assert_eq!(digits(text), None);
        }
    }

    #[test]
    fn a_code_is_accepted_of_one_account() {
        let code = OneTimeCode::new("012345");
        assert!(!code.was_accepted_of(7));
        code.clone().accept_of(7);
        assert!(code.was_accepted_of(7));
        assert!(!code.was_accepted_of(8));
    }
}
