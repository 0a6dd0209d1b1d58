//! Texts that a browser keeps for the server between two pages, sealed: it can read them, but neither change them nor
//! use them longer, elsewhere or for anything else.
//!
//! What has to end early, such as a session, must never be a note: nobody can take one back.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use data_encoding::BASE64URL_NOPAD;

use crate::Skep;

/// What a note is for; one for one thing is nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// What the next page tells.
    Notice,
    /// That a password was shown, and a code has to follow.
    SecondFactor,
    /// Which device somebody means.
    Device,
    /// The key of a link that sets a new password.
    Reset,
}

impl Skep {
    /// A text sealed for as many seconds. `browser` is what it is bound to; a note for another browser is none.
    pub fn seal(&self, purpose: Purpose, browser: &str, text: &str, seconds: i64) -> String {
        let expires_at = self.now() / 1_000_000 + seconds;
        let seal = self.seal_of(purpose, browser, text, expires_at);
        format!("{expires_at}.{}.{}", BASE64URL_NOPAD.encode(text.as_bytes()), BASE64URL_NOPAD.encode(&seal))
    }

    /// What was sealed. None if it was not sealed here, for this and for this browser, or its time is over.
    pub fn unseal(&self, purpose: Purpose, browser: &str, note: &str) -> Option<String> {
        let mut parts = note.splitn(3, '.');
        let expires_at: i64 = parts.next()?.parse().ok()?;
        let text = BASE64URL_NOPAD.decode(parts.next()?.as_bytes()).ok()?;
        let text = String::from_utf8(text).ok()?;
        let shown = BASE64URL_NOPAD.decode(parts.next()?.as_bytes()).ok()?;
        verify_slices_are_equal(&shown, &self.seal_of(purpose, browser, &text, expires_at)).ok()?;
        (self.now() / 1_000_000 < expires_at).then_some(text)
    }

    fn seal_of(&self, purpose: Purpose, browser: &str, text: &str, expires_at: i64) -> [u8; 32] {
        // Only the text, which comes last, can hold a NUL.
        let browser = self.form_token(browser);
        self.instance_key.hash(&format!("note\0{purpose:?}\0{browser}\0{expires_at}\0{text}"))
    }

    /// What a form on a page for this browser carries, to show that it comes from such a page.
    pub fn form_token(&self, browser: &str) -> String {
        BASE64URL_NOPAD.encode(&self.instance_key.hash(&format!("form\0{browser}")))
    }

    /// Whether a form carries the right token for this browser.
    pub fn is_form_token(&self, browser: &str, shown: &str) -> bool {
        verify_slices_are_equal(shown.as_bytes(), self.form_token(browser).as_bytes()).is_ok()
    }

    /// A name for a browser that has no session, to bind forms and notes to.
    pub fn new_browser(&self) -> String {
        BASE64URL_NOPAD.encode(&self.environment.bytes::<32>())
    }
}
