//! Exceptions of a policy for single packages.
//!
//! The reference server writes `ALLOW` and `DENY`. The other three are newer, and clients since
//! Hex 2.4 act on them.

use crate::package::RetirementReason;
use crate::{DecodeError, limits, wire};

const ALLOW: i32 = 0;
const DENY: i32 = 1;
const ADVISORY: i32 = 2;
const RETIREMENT: i32 = 3;
const COOLDOWN: i32 = 4;

/// An exception for a package, or for some versions of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// What it does.
    pub action: OverrideAction,
    /// The package.
    pub package: String,
    /// The versions it is about; all of them when absent.
    pub requirement: Option<String>,
    /// Why, if its author said so.
    pub comment: Option<String>,
}

/// What an override does with a release it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OverrideAction {
    /// Permits it past every limit.
    Allow,
    /// Refuses it.
    Deny,
    /// Permits it past one advisory.
    Advisory {
        /// The advisory's id or alias.
        id: String,
    },
    /// Permits it although it is retired for this reason.
    Retirement {
        /// The reason.
        reason: RetirementReason,
    },
    /// Permits it before its cooldown has passed.
    Cooldown,
    /// A number this version does not know. It has no effect; clients warn about it.
    Unknown(i32),
}

impl Override {
    pub(super) fn to_wire(&self) -> wire::Override {
        let (action, advisory_id, retirement_reason) = match &self.action {
            OverrideAction::Allow => (ALLOW, None, None),
            OverrideAction::Deny => (DENY, None, None),
            OverrideAction::Advisory { id } => (ADVISORY, Some(id.clone()), None),
            OverrideAction::Retirement { reason } => (RETIREMENT, None, Some(reason.to_wire())),
            OverrideAction::Cooldown => (COOLDOWN, None, None),
            OverrideAction::Unknown(number) => (*number, None, None),
        };
        wire::Override {
            action: Some(action),
            target: Some(wire::PackageRef {
                package: self.package.clone(),
                requirement: self.requirement.clone(),
            }),
            advisory_id,
            retirement_reason,
            comment: self.comment.clone(),
        }
    }

    pub(super) fn from_wire(wire: wire::Override) -> Result<Self, DecodeError> {
        let number = wire.action.ok_or(DecodeError::Missing { field: "Override.action" })?;
        let target = wire.target.ok_or(DecodeError::Missing { field: "Override.ref" })?;
        let package = limits::name("PackageRef.package", target.package)?;
        let action = match (number, wire.advisory_id, wire.retirement_reason) {
            (ALLOW, None, None) => OverrideAction::Allow,
            (DENY, None, None) => OverrideAction::Deny,
            (ADVISORY, Some(id), None) => {
                OverrideAction::Advisory { id: limits::name("Override.advisory_id", id)? }
            }
            (RETIREMENT, None, Some(reason)) => {
                OverrideAction::Retirement { reason: RetirementReason::from_wire(reason) }
            }
            (COOLDOWN, None, None) => OverrideAction::Cooldown,
            (ALLOW..=COOLDOWN, _, _) => {
                let problem = "its action and its advisory_id or retirement_reason contradict each other";
                return Err(DecodeError::Override { package, problem });
            }
            (number, _, _) => OverrideAction::Unknown(number),
        };
        Ok(Self { action, package, requirement: target.requirement, comment: wire.comment })
    }
}
