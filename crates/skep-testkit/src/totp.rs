//! An authenticator app (RFC 6238), apart from the server's.

use aws_lc_rs::hmac;
use skep_core::Micros;

/// The code that an app shows at this time for a secret in base32.
///
/// # Panics
///
/// If the secret is no base32.
pub fn one_time_code(secret: &str, now: Micros) -> String {
    let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).expect("the secret is base32");
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = hmac::sign(&key, &(now / 30_000_000).to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[19] % 16);
    let number = tag[offset..offset + 4].iter().fold(0, |number, byte| number * 256 + u32::from(*byte));
    format!("{:06}", number % 2_147_483_648 % 1_000_000)
}

#[cfg(test)]
mod tests {
    /// RFC 6238, appendix B.
    #[test]
    fn it_is_an_app() {
        let secret = data_encoding::BASE32_NOPAD.encode(b"12345678901234567890");
        assert_eq!(super::one_time_code(&secret, 59_000_000), "287082");
        assert_eq!(super::one_time_code(&secret, 1_111_111_109_000_000), "081804");
    }
}
