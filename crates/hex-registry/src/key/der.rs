//! The few DER structures around an RSA key: PKCS#1, and its wrappings in PKCS#8 and SPKI.
//!
//! Strict (definite, shortest lengths; no unknown parts) and flat: nothing recurses. It only finds the
//! parts; whether the numbers make a key is for the crypto library to say.

use super::KeyError;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
/// PKCS#8's optional attributes, which some tools add and nobody needs.
const ATTRIBUTES: u8 = 0xa0;

/// `rsaEncryption` (1.2.840.113549.1.1.1) with its NULL parameters: an `AlgorithmIdentifier`'s contents.
const RSA_ENCRYPTION: [u8; 13] =
    [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// Longest length field: 2 bytes cover 64 KiB, more than any key.
const MAX_LENGTH_BYTES: usize = 2;

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Opens bytes that are exactly one SEQUENCE.
    fn sequence(der: &'a [u8]) -> Result<Self, KeyError> {
        let mut outer = Self(der);
        let contents = outer.take(SEQUENCE)?;
        outer.end()?;
        Ok(Self(contents))
    }

    /// Takes the contents of the next value, which must have this tag.
    fn take(&mut self, tag: u8) -> Result<&'a [u8], KeyError> {
        const SHORT: KeyError = KeyError::Der("it ends early");
        if *self.0.split_off_first().ok_or(SHORT)? != tag {
            return Err(KeyError::Der("it has an unexpected part"));
        }
        let first = usize::from(*self.0.split_off_first().ok_or(SHORT)?);
        let length = match first.checked_sub(0x80) {
            None => first,
            Some(count @ 1..=MAX_LENGTH_BYTES) => {
                let bytes = self.0.split_off(..count).ok_or(SHORT)?;
                let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
                if length < 0x80 || bytes[0] == 0 {
                    return Err(KeyError::Der("it has a length that is not in its shortest form"));
                }
                length
            }
            Some(_) => return Err(KeyError::Der("it has an indefinite or oversized length")),
        };
        self.0.split_off(..length).ok_or(SHORT)
    }

    /// Takes an integer that must be positive or zero and in its shortest form.
    fn unsigned(&mut self) -> Result<&'a [u8], KeyError> {
        match self.take(INTEGER)? {
            [] => Err(KeyError::Der("it has an empty integer")),
            [0x80..=0xff, ..] => Err(KeyError::Der("it has a negative integer")),
            [0, 0..=0x7f, ..] => Err(KeyError::Der("it has an integer that is not in its shortest form")),
            integer => Ok(integer),
        }
    }

    fn version_0(&mut self) -> Result<(), KeyError> {
        if self.unsigned()? == [0] { Ok(()) } else { Err(KeyError::Der("it has an unknown version")) }
    }

    fn rsa_algorithm(&mut self) -> Result<(), KeyError> {
        if self.take(SEQUENCE)? == RSA_ENCRYPTION { Ok(()) } else { Err(KeyError::NotRsa) }
    }

    fn end(&self) -> Result<(), KeyError> {
        if self.0.is_empty() { Ok(()) } else { Err(KeyError::Der("it goes on after its end")) }
    }
}

/// The PKCS#1 key inside a PKCS#8 `PrivateKeyInfo`.
pub(super) fn pkcs8_contents(der: &[u8]) -> Result<&[u8], KeyError> {
    let mut info = Reader::sequence(der)?;
    info.version_0()?;
    info.rsa_algorithm()?;
    let key = info.take(OCTET_STRING)?;
    if info.0.first() == Some(&ATTRIBUTES) {
        info.take(ATTRIBUTES)?;
    }
    info.end()?;
    Ok(key)
}

/// The PKCS#1 key inside a `SubjectPublicKeyInfo`.
pub(super) fn spki_contents(der: &[u8]) -> Result<&[u8], KeyError> {
    let mut info = Reader::sequence(der)?;
    info.rsa_algorithm()?;
    let bits = info.take(BIT_STRING)?;
    info.end()?;
    match bits {
        [0, key @ ..] => Ok(key),
        _ => Err(KeyError::Der("its bit string is not made of whole bytes")),
    }
}

/// Wraps a PKCS#1 public key as `SubjectPublicKeyInfo`.
pub(super) fn spki(pkcs1: &[u8]) -> Vec<u8> {
    let mut info = Vec::with_capacity(pkcs1.len() + 32);
    append(&mut info, SEQUENCE, &[&RSA_ENCRYPTION]);
    append(&mut info, BIT_STRING, &[&[0], pkcs1]);
    let mut der = Vec::with_capacity(info.len() + 4);
    append(&mut der, SEQUENCE, &[&info]);
    der
}

fn append(der: &mut Vec<u8>, tag: u8, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let [high, low] = u16::try_from(length).expect("invariant: public keys are under 64 KiB").to_be_bytes();
    der.push(tag);
    match (high, low) {
        (0, 0..=0x7f) => der.push(low),
        (0, _) => der.extend([0x81, low]),
        _ => der.extend([0x82, high, low]),
    }
    der.extend(parts.iter().copied().flatten());
}

/// Modulus and exponent of a PKCS#1 `RSAPublicKey`, as contents of DER integers.
pub(super) fn public_numbers(der: &[u8]) -> Result<(&[u8], &[u8]), KeyError> {
    let mut key = Reader::sequence(der)?;
    let numbers = (key.unsigned()?, key.unsigned()?);
    key.end()?;
    Ok(numbers)
}

/// Modulus of a PKCS#1 `RSAPrivateKey` of two primes. The other numbers are left to the crypto library.
pub(super) fn private_modulus(der: &[u8]) -> Result<&[u8], KeyError> {
    let mut key = Reader::sequence(der)?;
    key.version_0()?;
    key.unsigned()
}

/// Significant bits of a DER integer's contents.
pub(super) fn bits(integer: &[u8]) -> usize {
    let digits = match integer {
        [0, rest @ ..] => rest,
        all => all,
    };
    let unused = digits.first().map_or(0, |byte| byte.leading_zeros() as usize);
    digits.len() * 8 - unused
}
