//! What one registry file may cost to read, checked before it is turned into values.
//!
//! A signature says who wrote a file, not that it is harmless: a two-byte protobuf element becomes a
//! struct of a hundred bytes, so the number of elements is limited as well as the number of bytes.
//! All limits are far above what the public registry holds.

use crate::DecodeError;

/// Unpacked bytes of a `names` file.
pub const MAX_NAMES_BYTES: usize = 256 << 20;
/// Unpacked bytes of a `versions` file.
pub const MAX_VERSIONS_BYTES: usize = 256 << 20;
/// Unpacked bytes of a `packages/NAME` file.
pub const MAX_PACKAGE_BYTES: usize = 64 << 20;
/// Unpacked bytes of a `policies/NAME` file.
pub const MAX_POLICY_BYTES: usize = 4 << 20;

/// Fields of a `names` payload, counted at the top and in each package.
pub const MAX_NAMES_FIELDS: usize = 8_000_000;
/// Fields of a `versions` payload, counted at the top and in each package.
pub const MAX_VERSIONS_FIELDS: usize = 16_000_000;
/// Fields of a `packages/NAME` payload, counted at the top, in each release and in each advisory.
pub const MAX_PACKAGE_FIELDS: usize = 1_000_000;
/// Fields of a `policies/NAME` payload, counted at the top and in each repository.
pub const MAX_POLICY_FIELDS: usize = 100_000;

/// Bytes of a repository name, package name, OTP application name or advisory id.
pub const MAX_NAME_BYTES: usize = 255;
/// How often the releases of one package may refer to advisories, all together.
pub const MAX_ADVISORY_REFERENCES: usize = 250_000;

/// Size limits of one kind of payload, and where its messages nest.
pub(crate) struct Shape {
    pub(crate) max_bytes: usize,
    pub(crate) max_fields: usize,
    /// Top-level field numbers that hold messages, whose fields are counted too.
    pub(crate) nested: &'static [u64],
}

impl Shape {
    /// Refuses a payload that is too large, too rich, or not protobuf at its upper two levels.
    pub(crate) fn check(&self, payload: &[u8]) -> Result<(), DecodeError> {
        if payload.len() > self.max_bytes {
            return Err(DecodeError::TooLarge { found: payload.len(), limit: self.max_bytes });
        }
        let mut left = self.max_fields;
        self.count(payload, &mut left, true)
    }

    fn count(&self, mut bytes: &[u8], left: &mut usize, top: bool) -> Result<(), DecodeError> {
        while !bytes.is_empty() {
            *left = left.checked_sub(1).ok_or(DecodeError::TooManyFields { limit: self.max_fields })?;
            let (number, contents) = field(&mut bytes).ok_or_else(broken)?;
            match contents {
                Some(inner) if top && self.nested.contains(&number) => self.count(inner, left, false)?,
                _ => {}
            }
        }
        Ok(())
    }
}

fn broken() -> DecodeError {
    DecodeError::Malformed("a field ends early or has an unknown wire type".to_owned())
}

/// Takes one field off the front: its number, and its contents when it is length-delimited.
/// `None` when the bytes end early or use a group, which no registry message does.
fn field<'a>(bytes: &mut &'a [u8]) -> Option<(u64, Option<&'a [u8]>)> {
    let tag = varint(bytes)?;
    let contents = match tag & 7 {
        0 => {
            varint(bytes)?;
            None
        }
        1 => bytes.split_off(..8).map(|_| None)?,
        2 => {
            let length = usize::try_from(varint(bytes)?).ok()?;
            Some(bytes.split_off(..length)?)
        }
        5 => bytes.split_off(..4).map(|_| None)?,
        _ => return None,
    };
    Some((tag >> 3, contents))
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.split_off_first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Refuses an absent, empty or overlong name.
pub(crate) fn name(field: &'static str, value: String) -> Result<String, DecodeError> {
    if value.is_empty() {
        return Err(DecodeError::Missing { field });
    }
    short(field, value)
}

/// Refuses an overlong name.
pub(crate) fn short(field: &'static str, value: String) -> Result<String, DecodeError> {
    if value.len() > MAX_NAME_BYTES {
        return Err(DecodeError::NameTooLong { field, found: value.len(), limit: MAX_NAME_BYTES });
    }
    Ok(value)
}

#[cfg(test)]
mod tests;
