//! `policies/NAME`: what an organization lets its projects resolve.
//!
//! Policies can only take away: a reader that does not understand one must refuse, never ignore it.
//! So an unknown visibility reads as private, an unknown severity ranks highest, and an override whose
//! parts contradict each other is an error.

use prost::Message;

use crate::limits::{self, MAX_POLICY_BYTES, MAX_POLICY_FIELDS, Shape};
use crate::package::{RetirementReason, Severity};
use crate::{DecodeError, OriginError, PublicKey, ReadError, SigningKey, signed, wire};

mod rule;

pub use rule::{Override, OverrideAction};

const SHAPE: Shape = Shape { max_bytes: MAX_POLICY_BYTES, max_fields: MAX_POLICY_FIELDS, nested: &[5] };

const PRIVATE: i32 = 0;
const PUBLIC: i32 = 1;

/// A dependency policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The organization's repository.
    pub repository: String,
    /// The policy's name.
    pub name: String,
    /// What it is for, if its author said so.
    pub description: Option<String>,
    /// Who may fetch it.
    pub visibility: Visibility,
    /// Rules per repository, written in this order: `hexpm` first, then the organization's own. A public
    /// policy must not carry the organization's; that choice is the caller's.
    pub repositories: Vec<RepositoryPolicy>,
}

/// Who may fetch a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Members of the organization.
    Private,
    /// Everyone.
    Public,
}

/// What a policy says about the packages of one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryPolicy {
    /// The repository.
    pub repository: String,
    /// Limits for every release in it; left out of the file when it has none.
    pub restriction: Restriction,
    /// Exceptions per package, written in this order.
    pub overrides: Vec<Override>,
}

/// Limits on releases. The default limits nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restriction {
    /// Releases with an advisory at least this bad are refused.
    pub advisory_min_severity: Option<Severity>,
    /// Releases retired for one of these reasons are refused.
    pub retirement_reasons: Vec<RetirementReason>,
    /// How old a release must be: `0`, `7d`, `2w`, `1mo`.
    pub cooldown: Option<String>,
}

impl Policy {
    /// The payload.
    pub fn encode(&self) -> Vec<u8> {
        wire::Policy {
            repository: self.repository.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            visibility: match self.visibility {
                Visibility::Private => PRIVATE,
                Visibility::Public => PUBLIC,
            },
            repositories: self.repositories.iter().map(RepositoryPolicy::to_wire).collect(),
        }
        .encode_to_vec()
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// When it exceeds a limit, is not protobuf, lacks a name, or holds a contradictory override.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        SHAPE.check(payload)?;
        let wire = wire::Policy::decode(payload)?;
        let repositories = wire.repositories.into_iter().map(RepositoryPolicy::from_wire);
        Ok(Self {
            repository: limits::name("Policy.repository", wire.repository)?,
            name: limits::name("Policy.name", wire.name)?,
            description: wire.description,
            visibility: if wire.visibility == PUBLIC { Visibility::Public } else { Visibility::Private },
            repositories: repositories.collect::<Result<_, _>>()?,
        })
    }

    /// The file as served: payload, signature, gzip.
    pub fn to_signed(&self, key: &SigningKey) -> Vec<u8> {
        signed::sign(&self.encode(), key)
    }

    /// Reads a file as served: signature, limits, repository and name are checked.
    ///
    /// # Errors
    /// When any of these checks fails.
    pub fn from_signed(
        file: &[u8],
        key: &PublicKey,
        repository: &str,
        name: &str,
    ) -> Result<Self, ReadError> {
        let policy = Self::decode(&signed::open(file, key, MAX_POLICY_BYTES)?)?;
        policy.verify_origin(repository, name)?;
        Ok(policy)
    }

    /// Checks that the payload is the policy that was asked for.
    ///
    /// # Errors
    /// When it names another repository or another policy.
    pub fn verify_origin(&self, repository: &str, name: &str) -> Result<(), OriginError> {
        OriginError::check("repository", repository, &self.repository)?;
        OriginError::check("policy", name, &self.name)
    }
}

impl RepositoryPolicy {
    fn to_wire(&self) -> wire::RepositoryPolicy {
        wire::RepositoryPolicy {
            repository: self.repository.clone(),
            restriction: (self.restriction != Restriction::default()).then(|| self.restriction.to_wire()),
            overrides: self.overrides.iter().map(Override::to_wire).collect(),
        }
    }

    fn from_wire(wire: wire::RepositoryPolicy) -> Result<Self, DecodeError> {
        Ok(Self {
            repository: limits::name("RepositoryPolicy.repository", wire.repository)?,
            restriction: wire.restriction.map(Restriction::from_wire).unwrap_or_default(),
            overrides: wire.overrides.into_iter().map(Override::from_wire).collect::<Result<_, _>>()?,
        })
    }
}

impl Restriction {
    fn to_wire(&self) -> wire::Restriction {
        wire::Restriction {
            advisory_min_severity: self.advisory_min_severity.map(Severity::to_wire),
            retirement_reasons: self.retirement_reasons.iter().map(|reason| reason.to_wire()).collect(),
            cooldown: self.cooldown.clone(),
        }
    }

    fn from_wire(wire: wire::Restriction) -> Self {
        Self {
            advisory_min_severity: wire.advisory_min_severity.map(Severity::from_wire),
            retirement_reasons: wire
                .retirement_reasons
                .into_iter()
                .map(RetirementReason::from_wire)
                .collect(),
            cooldown: wire.cooldown,
        }
    }
}

#[cfg(test)]
mod tests;
