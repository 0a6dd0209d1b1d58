//! The code challenge (RFC 7636, method S256): who uses a code must know what its challenge was made of. Pure.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use data_encoding::BASE64URL_NOPAD;
use hex_format::checksum::Sha256;

/// Length of a verifier in characters.
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

/// Whether a text can be a challenge: a SHA-256 in base64url.
pub(super) fn is_challenge(text: &str) -> bool {
    BASE64URL_NOPAD.decode(text.as_bytes()).is_ok_and(|bytes| bytes.len() == 32)
}

/// Whether the challenge was made of this verifier.
pub(super) fn matches(challenge: &str, verifier: &str) -> bool {
    let well_formed = VERIFIER.contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    let made = BASE64URL_NOPAD.encode(Sha256::of(verifier.as_bytes()).as_bytes());
    well_formed && verify_slices_are_equal(made.as_bytes(), challenge.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_standard() {
        assert!(is_challenge(CHALLENGE));
        assert!(matches(CHALLENGE, VERIFIER));
    }

    #[test]
    fn anything_else_is_refused() {
        for verifier in ["", "short", &VERIFIER[1..], &format!("{VERIFIER}x"), CHALLENGE] {
            assert!(!matches(CHALLENGE, verifier), "{verifier}");
        }
        // Too short, too long, and with characters that a verifier does not have.
        for verifier in ["a".repeat(42), "a".repeat(129), "ä".repeat(30), " ".repeat(43)] {
            let challenge = BASE64URL_NOPAD.encode(Sha256::of(verifier.as_bytes()).as_bytes());
            assert!(is_challenge(&challenge) && !matches(&challenge, &verifier), "{verifier}");
        }
        for challenge in ["", "plain", VERIFIER.trim_end_matches('k'), &format!("{CHALLENGE}=")] {
            assert!(!is_challenge(challenge), "{challenge}");
        }
    }
}
