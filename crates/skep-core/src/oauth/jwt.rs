//! The text of a token: a JSON web token (RFC 7519) signed with ES256 (RFC 7518).
//!
//! It reads exactly what it writes. The header is compared, not parsed, so that a token can't choose how it
//! is checked; the claims are parsed only after the signature held.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use data_encoding::BASE64URL_NOPAD;
use hex_format::checksum::Sha256;
use serde::{Deserialize, Serialize};

/// Longest text that is looked at, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// `{"alg":"ES256","typ":"JWT"}` and the dot behind it.
const HEADER: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.";

const ISSUER: &str = "hexpm";
const AUDIENCE: &str = "hexpm:api";

/// How much earlier than it was made a token is valid, in seconds: clocks of several machines differ.
const LEEWAY: i64 = 30;

/// The instance's key for tokens, a key pair on the curve P-256. Deliberately not printable.
pub struct TokenKey(EcdsaKeyPair);

/// Why bytes are no such key, or none could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenKeyError {
    /// Not PKCS#8, or the key of another algorithm.
    #[error("not a PKCS#8 file (DER) with a private key on the curve P-256")]
    Rejected,
    /// The system could not make or write a key.
    #[error("the system could not generate a key on the curve P-256")]
    Generate,
}

impl TokenKey {
    /// Makes a new key from the system's randomness.
    pub fn generate() -> Result<Self, TokenKeyError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        pair.map(Self).map_err(|_| TokenKeyError::Generate)
    }

    /// Reads an unencrypted PKCS#8 document in DER.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, TokenKeyError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der);
        pair.map(Self).map_err(|_| TokenKeyError::Rejected)
    }

    /// The private key as PKCS#8 in DER, unencrypted: for the operator's key file and nothing else.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, TokenKeyError> {
        let document = self.0.to_pkcs8v1().map_err(|_| TokenKeyError::Generate)?;
        Ok(document.as_ref().to_vec())
    }

    /// Names the key by its public half, so that a database and a data folder can be told apart.
    pub fn fingerprint(&self) -> String {
        Sha256::of(self.0.public_key().as_ref()).to_string()[..32].to_owned()
    }
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claims {
    /// `user:NAME` or `org:NAME`.
    pub(crate) subject: String,
    /// Which row it is.
    pub(crate) id: String,
    /// When it was made, in seconds since 1970-01-01 UTC.
    pub(crate) issued_at: i64,
    /// When it ends, in the same seconds.
    pub(crate) expires_at: i64,
    /// Scopes, separated by spaces.
    pub(crate) scope: String,
}

/// The claims as they are written, in this order.
#[derive(Serialize, Deserialize)]
struct Payload<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: String,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    scope: String,
}

/// Why a text is no token, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("a token of {0} bytes, more than {MAX_BYTES}")]
    TooLong(usize),
    #[error("not a token in the form that is made here")]
    Form,
    #[error("a token that this instance did not sign")]
    Signature,
    #[error("a signed text whose claims are not those of a token")]
    Claims,
    #[error("a token that ended at {0}, in seconds since 1970")]
    Ended(i64),
    #[error("a token that is not valid before {0}, in seconds since 1970")]
    Early(i64),
}

/// Whether a text that could also be an API key is meant as a token.
pub(crate) fn is_meant(text: &str) -> bool {
    text.contains('.')
}

/// Writes and signs a token. Two of the same claims differ, because such signatures always do.
pub(crate) fn sign(key: &TokenKey, claims: &Claims) -> String {
    let payload = Payload {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: claims.subject.clone(),
        jti: claims.id.clone(),
        iat: claims.issued_at,
        nbf: claims.issued_at - LEEWAY,
        exp: claims.expires_at,
        scope: claims.scope.clone(),
    };
    let payload = serde_json::to_vec(&payload).expect("invariant: texts and numbers can be written as JSON");
    let mut token = format!("{HEADER}{}", BASE64URL_NOPAD.encode(&payload));
    let signature = key.0.sign(&SystemRandom::new(), token.as_bytes());
    let signature = signature.expect("invariant: a loaded key can sign");
    token.push('.');
    token.push_str(&BASE64URL_NOPAD.encode(signature.as_ref()));
    token
}

/// Reads a token and checks its signature, issuer, audience and times. `now` is in seconds since 1970.
pub(crate) fn verify(key: &TokenKey, token: &str, now: i64) -> Result<Claims, Refused> {
    let claims = read(key, token)?;
    if claims.expires_at <= now {
        return Err(Refused::Ended(claims.expires_at));
    }
    let valid_from = claims.issued_at - LEEWAY;
    if valid_from > now {
        return Err(Refused::Early(valid_from));
    }
    Ok(claims)
}

/// As [`verify`], whatever the time is: a token can be given back after its end.
pub(crate) fn read(key: &TokenKey, token: &str) -> Result<Claims, Refused> {
    if token.len() > MAX_BYTES {
        return Err(Refused::TooLong(token.len()));
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Refused::Form)?;
    let payload = signed.strip_prefix(HEADER).ok_or(Refused::Form)?;
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).map_err(|_| Refused::Form)?;
    let public_key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.0.public_key().as_ref());
    public_key.verify(signed.as_bytes(), &signature).map_err(|_| Refused::Signature)?;

    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).map_err(|_| Refused::Claims)?;
    let payload: Payload<'_> = serde_json::from_slice(&payload).map_err(|_| Refused::Claims)?;
    if payload.iss != ISSUER || payload.aud != AUDIENCE {
        return Err(Refused::Claims);
    }
    Ok(Claims {
        subject: payload.sub,
        id: payload.jti,
        issued_at: payload.iat,
        expires_at: payload.exp,
        scope: payload.scope,
    })
}

#[cfg(test)]
mod tests;
