//! One-time codes: RFC 6238 with SHA-1, six digits and steps of 30 seconds, which is what every authenticator app can do.
//!
//! Pure.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use skep_store::Micros;

/// Length of a secret (RFC 4226 recommends 160 bits).
pub(super) const SECRET_BYTES: usize = 20;

const STEP_SECONDS: i64 = 30;

/// Steps whose codes are accepted, counted from the present one: the Hex HTTP contract, "E-mail verification, 2FA".
const ACCEPTED: std::ops::RangeInclusive<i64> = -1..=3;

/// The step whose code this is, if it is accepted now.
pub(super) fn step_of(secret: &[u8], code: u32, now: Micros) -> Option<i64> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let present = now.div_euclid(1_000_000 * STEP_SECONDS);
    let is_code_of = |step: &i64| {
        let right = code_of(&key, *step).to_be_bytes();
        verify_slices_are_equal(&right, &code.to_be_bytes()).is_ok()
    };
    ACCEPTED.map(|offset| present + offset).find(is_code_of)
}

fn code_of(key: &hmac::Key, step: i64) -> u32 {
    let tag = hmac::sign(key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let last = tag.last().expect("invariant: HMAC-SHA1 gives 20 bytes");
    let start = usize::from(last & 0x0f);
    let word: [u8; 4] = tag[start..start + 4].try_into().expect("invariant: a range of four");
    (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    /// RFC 6238, appendix B, the last six of eight digits.
    #[test]
    fn the_vectors_of_the_standard() {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET);
        for (seconds, code) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(code_of(&key, seconds / STEP_SECONDS), code);
            assert_eq!(step_of(SECRET, code, seconds * 1_000_000), Some(seconds / STEP_SECONDS));
        }
    }

    #[test]
    fn one_step_back_and_three_ahead() {
        let code = 287_082; // of step 1
        let accepted = |step: i64| step_of(SECRET, code, step * STEP_SECONDS * 1_000_000) == Some(1);
        let steps: Vec<i64> = (-10..10).filter(|step| accepted(*step)).collect();
        assert_eq!(steps, [-2, -1, 0, 1, 2]);
    }

    #[test]
    fn another_secret_has_other_codes() {
        assert_eq!(step_of(b"02345678901234567890", 287_082, 59_000_000), None);
    }
}
