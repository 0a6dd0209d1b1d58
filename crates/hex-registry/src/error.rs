//! What can be wrong with a registry file, told apart so that a caller can say which check refused it.
//!
//! Texts name the value and the rule. They never carry the file's contents beyond one name or number.

use crate::signed::OpenError;

/// Why a payload is not a sound registry message.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The payload has more bytes than the limit of its kind.
    #[error("the payload has {found} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The payload holds more fields than the limit of its kind.
    #[error("the payload has more than {limit} fields")]
    TooManyFields {
        /// Fields allowed, counted in the message and one level below.
        limit: usize,
    },
    /// The bytes are not a protobuf message of this kind.
    #[error("the payload is not a valid protobuf message: {0}")]
    Malformed(String),
    /// A field every client relies on is absent or empty.
    #[error("the field `{field}` is missing or empty")]
    Missing {
        /// The field, as `Message.field`.
        field: &'static str,
    },
    /// A name is longer than any registry writes.
    #[error("the field `{field}` has {found} bytes, more than the limit of {limit}")]
    NameTooLong {
        /// The field, as `Message.field`.
        field: &'static str,
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A checksum is not 32 bytes.
    #[error("the {which} checksum of version {version:?} has {found} bytes instead of 32")]
    Checksum {
        /// `inner` or `outer`.
        which: &'static str,
        /// The version of the release.
        version: String,
        /// Bytes found.
        found: usize,
    },
    /// A release refers to an advisory that the package does not list.
    #[error("version {version:?} refers to advisory {index}, but the package lists {count}")]
    AdvisoryIndex {
        /// The version of the release.
        version: String,
        /// The 0-based index found.
        index: u32,
        /// Advisories listed.
        count: usize,
    },
    /// Releases refer to advisories more often than any registry does.
    #[error("the releases refer to advisories more than {limit} times")]
    TooManyAdvisoryReferences {
        /// References allowed in one package.
        limit: usize,
    },
    /// A retirement or advisory mark points past the versions of its package.
    #[error("package {package:?} marks version number {index}, but lists {count}")]
    VersionIndex {
        /// The package.
        package: String,
        /// The 0-based index found.
        index: i32,
        /// Versions listed.
        count: usize,
    },
    /// A timestamp's nanoseconds are outside `0..1_000_000_000`.
    #[error("a timestamp has {nanos} nanoseconds, outside 0..1000000000")]
    Timestamp {
        /// Nanoseconds found.
        nanos: i32,
    },
    /// An override's action and its other fields contradict each other.
    #[error("the override for package {package:?} is not sound: {problem}")]
    Override {
        /// The package it is about.
        package: String,
        /// What is wrong.
        problem: &'static str,
    },
}

impl From<prost::DecodeError> for DecodeError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// A soundly signed file that is not the one that was asked for: another repository's or another
/// package's. All repositories of one server share a key, so the signature alone can't tell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file is for {what} {found:?}, but {what} {expected:?} was asked for")]
pub struct OriginError {
    /// `repository`, `package` or `policy`.
    pub what: &'static str,
    /// What was asked for.
    pub expected: String,
    /// What the payload says.
    pub found: String,
}

impl OriginError {
    pub(crate) fn check(what: &'static str, expected: &str, found: &str) -> Result<(), Self> {
        if expected == found {
            return Ok(());
        }
        Err(Self { what, expected: expected.to_owned(), found: found.to_owned() })
    }
}

/// Why a signed file was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReadError {
    /// It could not be unpacked, or its signature is not the key's.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its payload is not sound.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It is not the file that was asked for.
    #[error(transparent)]
    Origin(#[from] OriginError),
}
