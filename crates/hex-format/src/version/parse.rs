//! Reading a version: three parts, or two where `~>` allows it.

use std::fmt;

use thiserror::Error;

use super::{Identifier, MAX_BYTES, Version};

/// Why a text is not a version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VersionError {
    /// Longer than [`MAX_BYTES`].
    #[error("a version has at most {MAX_BYTES} bytes, not {0}")]
    TooLong(usize),
    /// Fewer or more numbers than the place allows.
    #[error("`{0}` does not have the form MAJOR.MINOR.PATCH")]
    Parts(String),
    /// Something else than digits where a number belongs.
    #[error("`{0}` is not a number")]
    Number(String),
    /// A number that starts with a zero.
    #[error("the number `{0}` has a leading zero")]
    LeadingZero(String),
    /// A number above 2^64 - 1.
    #[error("the number `{0}` is too large")]
    TooLarge(String),
    /// A part of the pre-release or the build that is empty or has a character outside `[0-9A-Za-z-]`.
    #[error("`{0}` is not a pre-release or build identifier")]
    Identifier(String),
}

/// A version whose last number may be missing, as after `~>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LooseVersion {
    /// The version; `patch` is 0 when it was not written.
    pub version: Version,
    /// Whether the patch number was written.
    pub has_patch: bool,
}

impl Version {
    /// Reads a full version.
    ///
    /// # Errors
    /// When Elixir's `Version.parse/1` would refuse it, when it is longer than [`MAX_BYTES`], or when a
    /// number doesn't fit 64 bits.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let loose = LooseVersion::parse(text)?;
        if loose.has_patch { Ok(loose.version) } else { Err(VersionError::Parts(text.to_owned())) }
    }
}

impl LooseVersion {
    /// Reads a version of two or three numbers.
    ///
    /// # Errors
    /// As [`Version::parse`].
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        if text.len() > MAX_BYTES {
            return Err(VersionError::TooLong(text.len()));
        }
        // The build is cut off first: its identifiers may hold hyphens.
        let (rest, build) = split(text, '+');
        let (core, pre) = split(rest, '-');
        let mut numbers = core.split('.');
        let (major, minor, patch) = match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(major), Some(minor), patch, None) => (major, minor, patch),
            _ => return Err(VersionError::Parts(text.to_owned())),
        };
        let version = Version {
            major: number(major)?,
            minor: number(minor)?,
            patch: patch.map_or(Ok(0), number)?,
            pre: pre.map_or_else(|| Ok(Vec::new()), |pre| pre.split('.').map(identifier).collect())?,
            build: build.map(build_text).transpose()?,
        };
        Ok(Self { version, has_patch: patch.is_some() })
    }
}

impl fmt::Display for LooseVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has_patch {
            return self.version.fmt(f);
        }
        write!(f, "{}.{}", self.version.major, self.version.minor)?;
        self.version.write_suffix(f)
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn number(text: &str) -> Result<u64, VersionError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        Err(VersionError::Number(text.to_owned()))
    } else if text.len() > 1 && text.starts_with('0') {
        Err(VersionError::LeadingZero(text.to_owned()))
    } else {
        text.parse().map_err(|_| VersionError::TooLarge(text.to_owned()))
    }
}

fn identifier(part: &str) -> Result<Identifier, VersionError> {
    check_identifier(part)?;
    if part.bytes().all(|b| b.is_ascii_digit()) {
        number(part).map(Identifier::Numeric)
    } else {
        Ok(Identifier::Text(part.to_owned()))
    }
}

fn build_text(build: &str) -> Result<String, VersionError> {
    build.split('.').try_for_each(check_identifier)?;
    Ok(build.to_owned())
}

fn check_identifier(part: &str) -> Result<(), VersionError> {
    if !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        Ok(())
    } else {
        Err(VersionError::Identifier(part.to_owned()))
    }
}
