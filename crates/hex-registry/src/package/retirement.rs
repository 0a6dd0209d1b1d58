//! Why a release should no longer be used.

use std::fmt;
use std::str::FromStr;

use crate::{DecodeError, wire};

/// A release's retirement: it stays fetchable, and clients warn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retirement {
    /// The kind of reason.
    pub reason: RetirementReason,
    /// The owner's explanation, if there is one.
    pub message: Option<String>,
}

/// The kinds of reason the registry knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetirementReason {
    /// None of the others.
    Other,
    /// The release is broken.
    Invalid,
    /// The release has a security problem.
    Security,
    /// The package is no longer maintained.
    Deprecated,
    /// The package has another name now.
    Renamed,
}

/// A word that names no retirement reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown retirement reason {0:?}: use other, invalid, security, deprecated or renamed")]
pub struct UnknownRetirementReason(pub String);

impl RetirementReason {
    /// All reasons, in the order of their wire numbers.
    pub const ALL: [Self; 5] = [Self::Other, Self::Invalid, Self::Security, Self::Deprecated, Self::Renamed];

    /// The word the API and the clients use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Invalid => "invalid",
            Self::Security => "security",
            Self::Deprecated => "deprecated",
            Self::Renamed => "renamed",
        }
    }

    pub(crate) fn to_wire(self) -> i32 {
        self as i32
    }

    /// A reason added after this was written reads as `Other`: the release is retired all the same.
    pub(crate) fn from_wire(number: i32) -> Self {
        usize::try_from(number).ok().and_then(|index| Self::ALL.get(index)).copied().unwrap_or(Self::Other)
    }
}

impl fmt::Display for RetirementReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RetirementReason {
    type Err = UnknownRetirementReason;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|reason| reason.as_str() == word);
        found.ok_or_else(|| UnknownRetirementReason(word.to_owned()))
    }
}

impl Retirement {
    pub(super) fn to_wire(&self) -> wire::RetirementStatus {
        wire::RetirementStatus { reason: Some(self.reason.to_wire()), message: self.message.clone() }
    }

    pub(super) fn from_wire(wire: wire::RetirementStatus) -> Result<Self, DecodeError> {
        let reason = wire.reason.ok_or(DecodeError::Missing { field: "RetirementStatus.reason" })?;
        Ok(Self { reason: RetirementReason::from_wire(reason), message: wire.message })
    }
}
