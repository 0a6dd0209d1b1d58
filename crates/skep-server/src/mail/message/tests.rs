//! Senders, and who can be written to.

use super::*;

#[test]
fn senders() {
    assert_eq!(Sender::of("https://hex.example.com").0.to_string(), "Skep <skep@hex.example.com>");
    assert_eq!(Sender::of("http://127.0.0.1:4000").0.to_string(), "Skep <skep@localhost>");
    assert_eq!(Sender::parse("skep@example.com").unwrap().0.to_string(), "skep@example.com");
    for text in ["", "skep", "Skep <skep>", "a@b\r\nBcc: c@d", "a@b, c@d"] {
        assert!(Sender::parse(text).is_err(), "{text:?}");
    }
}
