//! The key that clients verify registry files with.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA512};

use super::pem::{self, Pem};
use super::{Fingerprint, KeyError, check_size, der};

const SPKI: &str = "PUBLIC KEY";
const PKCS1: &str = "RSA PUBLIC KEY";

/// A public RSA key of 2048 to 8192 bits. Parsed once; verifying only does the arithmetic.
#[derive(Clone)]
pub struct PublicKey {
    /// RFC 8017 `RSAPublicKey`, DER: canonical, so equality of bytes is equality of keys.
    pkcs1: Vec<u8>,
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// Reads a key: SPKI (`PUBLIC KEY`) or PKCS#1 (`RSA PUBLIC KEY`).
    ///
    /// # Errors
    /// When the text is not such a key, or the key has fewer than 2048 bits.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let pem = Pem::parse(text)?;
        match pem.label.as_str() {
            SPKI => Self::from_pkcs1(der::spki_contents(&pem.der)?),
            PKCS1 => Self::from_pkcs1(&pem.der),
            _ => Err(KeyError::Label { expected: "an RSA public key", found: pem.label }),
        }
    }

    pub(super) fn from_pkcs1(der: &[u8]) -> Result<Self, KeyError> {
        let (modulus, _) = der::public_numbers(der)?;
        check_size(modulus)?;
        let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA512, der);
        Ok(Self { pkcs1: der.to_vec(), parsed: parsed.map_err(|_| KeyError::Inconsistent)? })
    }

    /// The key as SPKI PEM, the one form that every client reads.
    pub fn to_pem(&self) -> String {
        pem::encode(SPKI, &der::spki(&self.pkcs1))
    }

    /// The fingerprint that people compare: that of the key in its SSH form.
    pub fn fingerprint(&self) -> Fingerprint {
        let (modulus, exponent) =
            der::public_numbers(&self.pkcs1).expect("invariant: checked when the key was made");
        let mut ssh = Vec::with_capacity(self.pkcs1.len() + 16);
        // A DER integer's contents are an SSH mpint's: big-endian two's complement, shortest form.
        for part in [b"ssh-rsa".as_slice(), exponent, modulus] {
            let length = u32::try_from(part.len()).expect("invariant: key parts are at most 8 KiB");
            ssh.extend_from_slice(&length.to_be_bytes());
            ssh.extend_from_slice(part);
        }
        let hash = digest(&SHA256, &ssh);
        Fingerprint::from_bytes(hash.as_ref().try_into().expect("invariant: SHA-256 has 32 bytes"))
    }

    /// Whether `signature` is this key's RSA PKCS#1 v1.5 signature over the SHA-512 of `message`.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.pkcs1 == other.pkcs1
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}
