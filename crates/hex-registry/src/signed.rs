//! The envelope of every registry file: `gzip(Signed { payload, signature })`.
//!
//! There is deliberately no way to open an envelope without a key. Writing is deterministic: the same
//! payload and key give the same file, so its `ETag` only changes when its contents do.

use std::io::{Read, Write};

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};
use prost::Message;

use crate::{PublicKey, SigningKey, wire};

/// On a real `versions` file level 9 saves 4 % more and level 1 costs 38 %; checksums do not shrink at all.
const LEVEL: Compression = Compression::new(6);
/// "Unix", as the reference server writes; a fixed value keeps files equal across machines.
const GZIP_OS: u8 = 3;
/// First allocation when unpacking; grows with what really arrives, not with what a header claims.
const FIRST_CHUNK: usize = 64 << 10;

/// Why an envelope was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The bytes are not one gzip stream.
    #[error("the file is not a gzip stream: {0}")]
    Gzip(String),
    /// Bytes follow the gzip stream.
    #[error("the file has {0} bytes after its gzip stream")]
    TrailingBytes(usize),
    /// It unpacks to more than the caller allows.
    #[error("the file unpacks to more than the limit of {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// The unpacked bytes are not a `Signed` message.
    #[error("the file is not a signed registry message: {0}")]
    Malformed(String),
    /// The message carries no signature.
    #[error("the file carries no signature")]
    Unsigned,
    /// The signature was not made over this payload by the owner of the key.
    #[error("the signature does not match the public key {fingerprint}")]
    BadSignature {
        /// Fingerprint of the key it was checked against.
        fingerprint: String,
    },
}

/// Signs a payload and packs both.
pub fn sign(payload: &[u8], key: &SigningKey) -> Vec<u8> {
    let signed = wire::Signed { signature: Some(key.sign(payload)), payload: payload.to_vec() };
    let packed = Vec::with_capacity(payload.len() / 2 + 512);
    let mut gzip = GzBuilder::new().mtime(0).operating_system(GZIP_OS).write(packed, LEVEL);
    gzip.write_all(&signed.encode_to_vec()).expect("invariant: writing to memory does not fail");
    gzip.finish().expect("invariant: writing to memory does not fail")
}

/// Unpacks a file, checks its signature and returns the payload.
///
/// `max_unpacked` limits the unpacked bytes of the whole message, signature included.
///
/// # Errors
/// When the file is not exactly one gzip stream within the limit, not a `Signed` message, or not
/// signed by `key`.
pub fn open(file: &[u8], key: &PublicKey, max_unpacked: usize) -> Result<Vec<u8>, OpenError> {
    let message = unpack(file, max_unpacked)?;
    let signed =
        wire::Signed::decode(message.as_slice()).map_err(|error| OpenError::Malformed(error.to_string()))?;
    let signature = signed.signature.ok_or(OpenError::Unsigned)?;
    if !key.verify(&signed.payload, &signature) {
        return Err(OpenError::BadSignature { fingerprint: key.fingerprint().to_string() });
    }
    Ok(signed.payload)
}

fn unpack(file: &[u8], limit: usize) -> Result<Vec<u8>, OpenError> {
    let mut gzip = GzDecoder::new(file);
    let mut unpacked = Vec::with_capacity(FIRST_CHUNK.min(limit));
    let allowed = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let read = gzip.by_ref().take(allowed).read_to_end(&mut unpacked);
    read.map_err(|error| OpenError::Gzip(error.to_string()))?;
    if unpacked.len() > limit {
        return Err(OpenError::TooLarge { limit });
    }
    match gzip.into_inner().len() {
        0 => Ok(unpacked),
        left => Err(OpenError::TrailingBytes(left)),
    }
}

/// References to `entries`, sorted by the bytes of their name. Linear when they already are.
pub(crate) fn sorted_by_name<T>(entries: &[T], name: impl Fn(&T) -> &str) -> Vec<&T> {
    let mut sorted: Vec<&T> = entries.iter().collect();
    sorted.sort_by(|a, b| name(a).cmp(name(b)));
    sorted
}

/// Appends `entry` as an element of a message's repeated field 1. Lists of a hundred thousand entries
/// are written one at a time, so that they never exist twice in memory.
pub(crate) fn append_entry(payload: &mut Vec<u8>, entry: &impl Message) {
    const FIELD_1_LENGTH_DELIMITED: u8 = 1 << 3 | 2;
    payload.push(FIELD_1_LENGTH_DELIMITED);
    entry.encode_length_delimited(payload).expect("invariant: a Vec grows as needed");
}

#[cfg(test)]
mod tests;
