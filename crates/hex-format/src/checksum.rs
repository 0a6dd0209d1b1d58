//! SHA-256 checksums as a type, so that a checksum is never confused with other text or bytes.
//!
//! Inner and outer checksums of tarballs, blob addresses and lock files all use it. It must never be used for
//! secrets: comparison here is not constant-time.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE, HEXUPPER};
use thiserror::Error;

/// Bytes of a SHA-256 checksum.
pub const SHA256_BYTES: usize = 32;

/// A SHA-256 checksum. `Display` is lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; SHA256_BYTES]);

/// Why a text or a byte string is not a SHA-256 checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChecksumError {
    /// Not 64 hexadecimal digits (or 32 bytes).
    #[error("a SHA-256 checksum has 64 hexadecimal digits, not {0} characters")]
    Length(usize),
    /// A character that is no hexadecimal digit.
    #[error("a SHA-256 checksum has only hexadecimal digits, and character {0} is something else")]
    Digit(usize),
}

impl Sha256 {
    /// The checksum of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_digest(&digest::digest(&digest::SHA256, bytes))
    }

    /// The checksum whose bytes are already known.
    pub const fn from_bytes(bytes: [u8; SHA256_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits of either case.
    ///
    /// # Errors
    /// When the length differs, or a character is no hexadecimal digit.
    pub fn parse(text: &str) -> Result<Self, ChecksumError> {
        let digits = text.as_bytes();
        if digits.len() != 2 * SHA256_BYTES {
            return Err(ChecksumError::Length(text.chars().count()));
        }
        let mut bytes = [0; SHA256_BYTES];
        HEXLOWER_PERMISSIVE
            .decode_mut(digits, &mut bytes)
            .map_err(|partial| ChecksumError::Digit(partial.error.position + 1))?;
        Ok(Self(bytes))
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; SHA256_BYTES] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits, as `mix.lock` and the HTTP API write it.
    pub fn to_lower_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// 64 upper-case hexadecimal digits, as `CHECKSUM`, `rebar.lock` and `manifest.toml` write it.
    pub fn to_upper_hex(&self) -> String {
        HEXUPPER.encode(&self.0)
    }

    fn from_digest(digest: &digest::Digest) -> Self {
        Self(digest.as_ref().try_into().expect("invariant: SHA-256 gives 32 bytes"))
    }
}

impl TryFrom<&[u8]> for Sha256 {
    type Error = ChecksumError;

    fn try_from(bytes: &[u8]) -> Result<Self, ChecksumError> {
        bytes.try_into().map(Self).map_err(|_| ChecksumError::Length(2 * bytes.len()))
    }
}

impl FromStr for Sha256 {
    type Err = ChecksumError;

    fn from_str(text: &str) -> Result<Self, ChecksumError> {
        Self::parse(text)
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        HEXLOWER.encode_display(&self.0).fmt(f)
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

/// A checksum that is computed while the bytes pass by.
pub struct Sha256Hasher(digest::Context);

impl Sha256Hasher {
    /// A hasher that has seen nothing.
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    /// Adds these bytes to what was seen.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of everything that was seen.
    pub fn finish(self) -> Sha256 {
        Sha256::from_digest(&self.0.finish())
    }
}

impl Default for Sha256Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Sha256Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sha256Hasher")
    }
}

#[cfg(test)]
mod tests;
