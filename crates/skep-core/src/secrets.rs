//! Secrets that Skep gives out: made here, shown once, stored as keyed hashes.
//!
//! No type here implements `Display`, `Debug` or `Serialize`.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;

use hex_registry::SigningKey;

use crate::oauth::TokenKey;
use crate::{Environment, Error, Result};

/// Length of the secret of an API key: lower-case hexadecimal digits, as the reference makes them.
pub(crate) const KEY_SECRET_DIGITS: usize = 32;

/// Bytes before a sealed secret.
const NONCE_BYTES: usize = 12;

/// The keys of an instance. Its nodes share them.
pub struct Keys {
    /// Signs the registry.
    pub signing: SigningKey,
    /// Hashes stored secrets.
    pub instance: InstanceKey,
    /// Signs tokens.
    pub token: TokenKey,
}

/// The instance's own key: what everything stored is hashed with.
#[derive(Clone)]
pub struct InstanceKey(hmac::Key);

impl InstanceKey {
    /// From the 32 bytes that the data folder holds.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The keyed hash of a secret, in the form that is stored and looked up.
    ///
    /// A lookup by this hash needs no comparison in constant time: without the instance's key nobody
    /// can choose a secret whose hash begins in a certain way.
    pub fn hash(&self, secret: &str) -> [u8; 32] {
        let tag = hmac::sign(&self.0, secret.as_bytes());
        tag.as_ref().try_into().expect("HMAC-SHA256 gives 32 bytes")
    }

    /// Encrypts what has to be read back (AES-256-GCM). `purpose` is a constant of whoever calls, and `of` the row that it
    /// belongs to: nothing opens in the place of something else.
    pub(crate) fn seal(&self, purpose: &str, of: i64, secret: &[u8], environment: &Environment) -> Vec<u8> {
        let nonce = environment.bytes::<NONCE_BYTES>();
        let mut sealed = secret.to_vec();
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        self.sealing_key(purpose)
            .seal_in_place_append_tag(nonce_used, Aad::from(of.to_be_bytes()), &mut sealed)
            .expect("invariant: a secret is short");
        [nonce.as_slice(), &sealed].concat()
    }

    /// What was sealed with the same purpose for the same row.
    ///
    /// Errors: 500 for anything else, such as what another instance's key has sealed.
    pub(crate) fn open(&self, purpose: &str, of: i64, sealed: &[u8]) -> Result<Vec<u8>> {
        let damaged = || Error::internal(format!("{purpose}, row {of}: not sealed with the instance key"));
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(damaged)?;
        let mut secret = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self
            .sealing_key(purpose)
            .open_in_place(nonce, Aad::from(of.to_be_bytes()), &mut secret)
            .map_err(|_| damaged())?;
        Ok(opened.to_vec())
    }

    /// A key of its own for each purpose. No text begins with the byte 0xff, so that it is the hash of none.
    fn sealing_key(&self, purpose: &str) -> LessSafeKey {
        let bytes = hmac::sign(&self.0, &[b"\xffseal ", purpose.as_bytes()].concat());
        let key = UnboundKey::new(&AES_256_GCM, bytes.as_ref());
        LessSafeKey::new(key.expect("invariant: HMAC-SHA256 gives 32 bytes"))
    }

    /// Names the key without revealing it, so that a database and a data folder can be told apart.
    pub fn fingerprint(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.hash("skep instance key")[..16])
    }
}

/// A secret on its way to the one who may see it once.
pub struct Secret(String);

impl Secret {
    /// A new secret of an API key.
    pub fn for_key(environment: &Environment) -> Self {
        Self(data_encoding::HEXLOWER.encode(&environment.bytes::<{ KEY_SECRET_DIGITS / 2 }>()))
    }

    /// 32 random bytes as 43 characters that may stand in addresses and cookies.
    pub(crate) fn random(environment: &Environment) -> Self {
        Self(data_encoding::BASE64URL_NOPAD.encode(&environment.bytes::<32>()))
    }

    /// A new device code: 24 random bytes as 32 characters that may stand in addresses, as the reference makes
    /// them.
    pub(crate) fn for_device(environment: &Environment) -> Self {
        Self(data_encoding::BASE64URL_NOPAD.encode(&environment.bytes::<24>()))
    }

    /// A text that was made elsewhere, such as a signed one.
    pub(crate) fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The text, for the answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
