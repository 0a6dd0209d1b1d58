//! The key pair that signs a server's registry, and the public half its clients verify with.
//!
//! Signatures are RSA PKCS#1 v1.5 over SHA-512: what every client checks. The private half never
//! leaves through `Debug`, `Display` or serialization; [`SigningKey::to_pkcs8_pem`] is the one way out.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA512};

mod der;
mod fingerprint;
mod pem;
mod public;

pub use fingerprint::{Fingerprint, FingerprintError};
pub use pem::PemError;
pub use public::PublicKey;

use pem::Pem;

/// Shortest modulus that clients accept, in bits.
const MIN_BITS: usize = 2048;
/// Longest modulus that verifiers accept, in bits.
const MAX_BITS: usize = 8192;

const PKCS8: &str = "PRIVATE KEY";
const PKCS1: &str = "RSA PRIVATE KEY";

/// Why a text was not accepted as a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is not one PEM block.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// The key is protected by a pass phrase.
    #[error("the private key is encrypted: remove the pass phrase first (openssl pkey -in KEY -out PLAIN)")]
    Encrypted,
    /// The PEM block holds something else.
    #[error("the PEM block holds a {found:?}, expected {expected}")]
    Label {
        /// What was asked for.
        expected: &'static str,
        /// The block's label.
        found: String,
    },
    /// The key is for another algorithm.
    #[error("the key is not an RSA key")]
    NotRsa,
    /// The key's structure is broken.
    #[error("the key's DER encoding is broken: {0}")]
    Der(&'static str),
    /// The key is too short or too long.
    #[error("the RSA key has {bits} bits, expected {MIN_BITS} to {MAX_BITS}")]
    Size {
        /// Bits of its modulus.
        bits: usize,
    },
    /// The numbers are not those of an RSA key.
    #[error("the RSA key's numbers do not belong together")]
    Inconsistent,
    /// The system could not make a key.
    #[error("the system could not generate an RSA key")]
    Generate,
}

/// Sizes a new key can have. Clients accept all three; signing time grows with the cube.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeySize {
    /// 2048 bits, as the public registry's key.
    #[default]
    Rsa2048,
    /// 3072 bits.
    Rsa3072,
    /// 4096 bits.
    Rsa4096,
}

/// A private key that signs registry files. Deliberately not printable.
pub struct SigningKey {
    pair: rsa::KeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// Makes a new key from the system's randomness. Takes a good part of a second.
    ///
    /// # Errors
    /// When the system can't ([`KeyError::Generate`]).
    pub fn generate(size: KeySize) -> Result<Self, KeyError> {
        let size = match size {
            KeySize::Rsa2048 => rsa::KeySize::Rsa2048,
            KeySize::Rsa3072 => rsa::KeySize::Rsa3072,
            KeySize::Rsa4096 => rsa::KeySize::Rsa4096,
        };
        Self::new(rsa::KeyPair::generate(size).map_err(|_| KeyError::Generate)?)
    }

    /// Reads an unencrypted key: PKCS#8 (`PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`).
    ///
    /// # Errors
    /// When the text is not such a key, is encrypted, or the key has fewer than 2048 bits.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let pem = Pem::parse(text)?;
        let pkcs1 = match pem.label.as_str() {
            _ if pem.encrypted => return Err(KeyError::Encrypted),
            "ENCRYPTED PRIVATE KEY" => return Err(KeyError::Encrypted),
            PKCS8 => der::pkcs8_contents(&pem.der)?,
            PKCS1 => pem.der.as_slice(),
            _ => return Err(KeyError::Label { expected: "an RSA private key", found: pem.label }),
        };
        check_size(der::private_modulus(pkcs1)?)?;
        Self::new(rsa::KeyPair::from_der(pkcs1).map_err(|_| KeyError::Inconsistent)?)
    }

    fn new(pair: rsa::KeyPair) -> Result<Self, KeyError> {
        let public = PublicKey::from_pkcs1(pair.public_key().as_ref())?;
        Ok(Self { pair, public })
    }

    /// The private key as PKCS#8 PEM, unencrypted: for the operator's key file and nothing else.
    pub fn to_pkcs8_pem(&self) -> String {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().expect("invariant: a loaded key can be encoded");
        pem::encode(PKCS8, der.as_ref())
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The RSA PKCS#1 v1.5 signature over the SHA-512 of `message`. Deterministic.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA512, &SystemRandom::new(), message, &mut signature)
            .expect("invariant: a key of 2048 bits or more can sign a SHA-512 digest");
        signature
    }
}

/// Refuses a modulus (as a DER integer's contents) that clients would not accept.
fn check_size(modulus: &[u8]) -> Result<(), KeyError> {
    let bits = der::bits(modulus);
    if (MIN_BITS..=MAX_BITS).contains(&bits) { Ok(()) } else { Err(KeyError::Size { bits }) }
}

#[cfg(test)]
mod tests;
