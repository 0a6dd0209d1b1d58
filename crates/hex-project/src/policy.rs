//! What a dependency policy says about a release.
//!
//! Policies come out of the signed registry ([`hex_registry::policy`]); here they are applied, by the rules of mix 2.5: a
//! package's overrides first, the most specific of them deciding, then the limits of its repository. Whatever can't be
//! understood refuses more, never less.

use std::fmt;
use std::str::FromStr;

use hex_format::name::RepositoryName;
use hex_format::requirement::Requirement;
use hex_format::version::Version;
use hex_registry::package::{Advisory, Package, Release, Retirement, RetirementReason, Severity};
use hex_registry::policy::{Override, OverrideAction, Policy, RepositoryPolicy};

use crate::audit::ignores::is_about;
use crate::cooldown::Cooldown;

#[cfg(test)]
mod tests;

/// Most characters of an override's comment; an override with a longer one has no effect.
const MAX_COMMENT_CHARS: usize = 500;

/// A policy by its name on this machine, as `policy` and `HEX_POLICY` have it: `REPOSITORY/NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRef {
    /// The repository: `hexpm:acme`, `mysrv:acme`.
    pub repository: String,
    /// The policy.
    pub name: String,
}

/// A text that names no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy {0:?} is not REPOSITORY/NAME, such as hexpm:acme/strict; hexpm itself has none")]
pub struct PolicyRefError(String);

impl FromStr for PolicyRef {
    type Err = PolicyRefError;

    fn from_str(text: &str) -> Result<Self, PolicyRefError> {
        let parts: Vec<&str> = text.trim().split('/').collect();
        match parts[..] {
            [repository, name] if !name.is_empty() && !matches!(repository, "" | RepositoryName::HEXPM) => {
                Ok(Self { repository: repository.to_owned(), name: name.to_owned() })
            }
            _ => Err(PolicyRefError(text.to_owned())),
        }
    }
}

/// A release, as far as a policy looks at it.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// The repository, as the client calls it.
    pub repository: &'a str,
    /// The package.
    pub package: &'a str,
    /// The version.
    pub version: &'a str,
    /// What is known to be wrong with it.
    pub advisories: Vec<&'a Advisory>,
    /// Whether it should not be used any more.
    pub retirement: Option<&'a Retirement>,
    /// When it was published, in seconds since 1970, if that is known.
    pub published_at: Option<i64>,
}

impl<'a> Candidate<'a> {
    /// A release of the registry.
    pub fn new(repository: &'a str, package: &'a Package, release: &'a Release) -> Self {
        let affects = |advisory: &&Advisory| release.advisory_ids.contains(&advisory.id);
        Self {
            repository,
            package: &package.name,
            version: &release.version,
            advisories: package.advisories.iter().filter(affects).collect(),
            retirement: release.retirement.as_ref(),
            published_at: release.published_at.map(hex_registry::Timestamp::unix_seconds),
        }
    }
}

/// Why a release is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It has an advisory at least this bad.
    Advisory(Severity),
    /// It is retired for a reason that the policy names.
    Retirement(RetirementReason),
    /// It is too new.
    Cooldown {
        /// How old it has to be.
        cooldown: String,
        /// When it is, in seconds since 1970.
        ends_at: i64,
    },
    /// An override says so.
    Denied,
}

/// What an override, or the policy as a whole, accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// What decided.
    pub by: AcceptedBy,
    /// What its author said about it.
    pub comment: Option<String>,
}

/// What decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptedBy {
    /// An override that permits everything about the release.
    Allow,
    /// An override that refuses it.
    Deny,
    /// An override for one advisory.
    Advisory(String),
    /// An override for one reason of retirement.
    Retirement(RetirementReason),
    /// An override for the cooldown.
    Cooldown,
    /// The policy has no limit that it breaks.
    Policy,
}

impl Acceptance {
    /// Why it is fine, in the words of the policy's author if there are any.
    pub fn message(&self) -> &str {
        match self.comment.as_deref() {
            Some(comment) if !comment.is_empty() => comment,
            _ => "Accepted by the active dependency policy.",
        }
    }
}

/// What a policy says about a release.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Why it is refused. None: it is permitted.
    pub reasons: Vec<Reason>,
    /// The overrides that had a part in it.
    pub acceptances: Vec<Acceptance>,
}

/// Something about a release that an audit reports.
#[derive(Debug, Clone, Copy)]
pub enum Concern<'a> {
    /// An advisory, with the worst severity that any of its sources gives it.
    Advisory(&'a Advisory, Option<Severity>),
    /// A retirement.
    Retirement(&'a Retirement),
    /// Its age.
    Age,
}

/// How much of a policy an audit applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Only what overrides accept is fine.
    Overrides,
    /// What the limits let pass is fine, too.
    Limits,
}

/// Says whether a policy permits a release, and why not.
pub fn judge(policy: &Policy, candidate: &Candidate<'_>, now: i64) -> Verdict {
    let Some(rules) = rules_for(policy, candidate) else { return Verdict::default() };
    match final_override(rules, candidate) {
        Some(found) if found.action == OverrideAction::Allow => {
            return Verdict { reasons: Vec::new(), acceptances: vec![acceptance(found)] };
        }
        Some(found) => {
            return Verdict { reasons: vec![Reason::Denied], acceptances: vec![acceptance(found)] };
        }
        None => {}
    }
    let accepted = |concern| scoped_override(rules, candidate, concern);
    let mut verdict = Verdict::default();
    let mut accept = |found: &Override| {
        let acceptance = acceptance(found);
        if !verdict.acceptances.contains(&acceptance) {
            verdict.acceptances.push(acceptance);
        }
    };
    let mut left = Vec::new();
    for advisory in &candidate.advisories {
        match accepted(Concern::Advisory(advisory, advisory.severity)) {
            Some(found) => accept(found),
            None => left.push(*advisory),
        }
    }
    let retirement =
        candidate.retirement.and_then(|retirement| match accepted(Concern::Retirement(retirement)) {
            Some(found) => {
                accept(found);
                None
            }
            None => Some(retirement),
        });
    let limits = &rules.restriction;
    // What mix cannot read it takes for no cooldown; the server lets no such text through.
    let cooldown = limits.cooldown.as_deref().and_then(|text| text.parse::<Cooldown>().ok());
    let too_new = cooldown.filter(|cooldown| !cooldown.is_over(candidate.published_at, now));
    let too_new = too_new.and_then(|cooldown| match accepted(Concern::Age) {
        Some(found) => {
            accept(found);
            None
        }
        None => Some(cooldown),
    });
    if let (Some(cooldown), Some(published_at)) = (too_new, candidate.published_at) {
        let ends_at = cooldown.ends_at(published_at);
        verdict.reasons.push(Reason::Cooldown { cooldown: cooldown.to_string(), ends_at });
    }
    if let Some(retirement) = retirement.filter(|it| limits.retirement_reasons.contains(&it.reason)) {
        verdict.reasons.push(Reason::Retirement(retirement.reason));
    }
    if let Some(threshold) = limits.advisory_min_severity
        && left.iter().any(|advisory| rank(advisory.severity) >= rank(Some(threshold)))
    {
        verdict.reasons.push(Reason::Advisory(threshold));
    }
    verdict
}

/// Says whether a policy accepts what an audit found.
pub fn accepts(
    policy: &Policy,
    candidate: &Candidate<'_>,
    concern: Concern<'_>,
    extent: Extent,
) -> Option<Acceptance> {
    let by_limits =
        || (extent == Extent::Limits).then_some(Acceptance { by: AcceptedBy::Policy, comment: None });
    let Some(rules) = rules_for(policy, candidate) else { return by_limits() };
    match final_override(rules, candidate) {
        Some(found) if found.action == OverrideAction::Allow => return Some(acceptance(found)),
        Some(_) => return None,
        None => {}
    }
    if let Some(found) = scoped_override(rules, candidate, concern) {
        return Some(acceptance(found));
    }
    let limits = &rules.restriction;
    let refused = match concern {
        Concern::Advisory(_, worst) => {
            limits.advisory_min_severity.is_some_and(|threshold| rank(worst) >= rank(Some(threshold)))
        }
        Concern::Retirement(retirement) => limits.retirement_reasons.contains(&retirement.reason),
        Concern::Age => false,
    };
    if refused { None } else { by_limits() }
}

/// Which cooldown is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CooldownSource {
    /// The user's own setting.
    Local,
    /// The policy's.
    Policy,
}

/// The longest of the user's cooldown and those of a policy, if there is any.
pub fn effective_cooldown(policy: Option<&Policy>, local: &Cooldown) -> Option<(CooldownSource, Cooldown)> {
    let tabs = policy.map(|policy| policy.repositories.as_slice()).unwrap_or_default();
    let given = tabs.iter().filter_map(|tab| tab.restriction.cooldown.as_deref()?.parse::<Cooldown>().ok());
    let strictest = given.fold(Cooldown::none(), Cooldown::strictest);
    let all = local.clone().strictest(strictest);
    let source = if all == *local { CooldownSource::Local } else { CooldownSource::Policy };
    (!all.is_none()).then_some((source, all))
}

/// An advisory's place in the order of badness: one that is not rated, or rated by a word that is not known, is worst.
pub fn rank(severity: Option<Severity>) -> Severity {
    severity.unwrap_or(Severity::Unknown(i32::MAX))
}

/// The rules for a candidate's repository. A policy calls repositories as their signed files do: the last part of the
/// client's name.
fn rules_for<'a>(policy: &'a Policy, candidate: &Candidate<'_>) -> Option<&'a RepositoryPolicy> {
    let name = candidate.repository.rsplit_once(':').map_or(candidate.repository, |(_, last)| last);
    policy
        .repositories
        .iter()
        .find(|rules| rules.repository == candidate.repository || rules.repository == name)
}

/// The override that settles everything: one for some versions before one for all.
fn final_override<'a>(rules: &'a RepositoryPolicy, candidate: &Candidate<'_>) -> Option<&'a Override> {
    most_specific(rules, candidate, |action| matches!(action, OverrideAction::Allow | OverrideAction::Deny))
}

fn scoped_override<'a>(
    rules: &'a RepositoryPolicy,
    candidate: &Candidate<'_>,
    concern: Concern<'_>,
) -> Option<&'a Override> {
    most_specific(rules, candidate, |action| match (action, concern) {
        (OverrideAction::Advisory { id }, Concern::Advisory(advisory, _)) => is_about(advisory, id),
        (OverrideAction::Retirement { reason }, Concern::Retirement(retirement)) => {
            *reason == retirement.reason
        }
        (OverrideAction::Cooldown, Concern::Age) => true,
        _ => false,
    })
}

fn most_specific<'a>(
    rules: &'a RepositoryPolicy,
    candidate: &Candidate<'_>,
    wanted: impl Fn(&OverrideAction) -> bool,
) -> Option<&'a Override> {
    let mut found: Option<&Override> = None;
    for one in rules.overrides.iter().filter(|one| wanted(&one.action) && matches(one, candidate)) {
        if found.is_none_or(|best| best.requirement.is_none() && one.requirement.is_some()) {
            found = Some(one);
        }
    }
    found
}

/// Whether an override means the candidate. One that is malformed means nothing.
fn matches(one: &Override, candidate: &Candidate<'_>) -> bool {
    one.package == candidate.package && is_valid(one) && {
        one.requirement.as_deref().is_none_or(|requirement| {
            let (Ok(requirement), Ok(version)) =
                (requirement.parse::<Requirement>(), candidate.version.parse::<Version>())
            else {
                return false;
            };
            requirement.matches(&version)
        })
    }
}

/// Whether clients act on an override: a malformed requirement or comment takes its effect away.
pub fn is_valid(one: &Override) -> bool {
    let comment = one.comment.as_deref().unwrap_or_default();
    one.requirement.as_deref().is_none_or(|requirement| requirement.parse::<Requirement>().is_ok())
        && comment.chars().count() <= MAX_COMMENT_CHARS
        && !comment.chars().any(char::is_control)
        && !matches!(one.action, OverrideAction::Unknown(_))
}

fn acceptance(found: &Override) -> Acceptance {
    let by = match &found.action {
        OverrideAction::Allow => AcceptedBy::Allow,
        OverrideAction::Deny => AcceptedBy::Deny,
        OverrideAction::Advisory { id } => AcceptedBy::Advisory(id.clone()),
        OverrideAction::Retirement { reason } => AcceptedBy::Retirement(*reason),
        OverrideAction::Cooldown => AcceptedBy::Cooldown,
        OverrideAction::Unknown(_) => AcceptedBy::Policy,
    };
    Acceptance { by, comment: found.comment.clone() }
}

/// How clients write a severity.
pub fn severity_name(severity: Severity) -> String {
    match severity {
        Severity::None => "NONE".to_owned(),
        Severity::Low => "LOW".to_owned(),
        Severity::Medium => "MEDIUM".to_owned(),
        Severity::High => "HIGH".to_owned(),
        Severity::Critical => "CRITICAL".to_owned(),
        Severity::Unknown(number) => number.to_string(),
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Advisory(severity) => write!(f, "advisory ≥ {}", severity_name(*severity)),
            Self::Retirement(reason) => write!(f, "retirement: {}", reason.as_str()),
            Self::Cooldown { cooldown, ends_at } => {
                write!(f, "cooldown {cooldown}; eligible {}", crate::audit::date(*ends_at))
            }
            Self::Denied => f.write_str("override deny"),
        }
    }
}

impl fmt::Display for Acceptance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message();
        match &self.by {
            AcceptedBy::Allow => write!(f, "accepted by ALLOW override: {message}"),
            AcceptedBy::Deny if self.comment.is_none() => f.write_str("denied by override"),
            AcceptedBy::Deny => write!(f, "denied by override: {message}"),
            AcceptedBy::Advisory(id) => write!(f, "advisory {id} accepted: {message}"),
            AcceptedBy::Retirement(reason) => write!(f, "retirement {} accepted: {message}", reason.as_str()),
            AcceptedBy::Cooldown => write!(f, "policy cooldown bypassed: {message}"),
            AcceptedBy::Policy => f.write_str(message),
        }
    }
}
