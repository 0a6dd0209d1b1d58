//! A policy as clients fetch it.

use hex_registry::package::{RetirementReason, Severity};
use hex_registry::policy;

use super::{Override, OverrideAction, PolicyView, Tab, Visibility};
use crate::{Error, Result};

/// Severities in the order of their numbers.
pub(super) const SEVERITIES: [Severity; 5] =
    [Severity::None, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

/// The message; a public policy shows the public repository's tab only.
pub(super) fn of(view: &PolicyView) -> Result<policy::Policy> {
    let [_, (own, _)] = &view.tabs;
    let (visibility, shown) = match view.visibility {
        Visibility::Private => (policy::Visibility::Private, 2),
        Visibility::Public => (policy::Visibility::Public, 1),
    };
    let repositories = view.tabs.iter().take(shown).map(|(repository, tab)| tab_of(repository, tab));
    Ok(policy::Policy {
        repository: own.clone(),
        name: view.name.clone(),
        description: view.description.clone(),
        visibility,
        repositories: repositories.collect::<Result<_>>()?,
    })
}

fn tab_of(repository: &str, tab: &Tab) -> Result<policy::RepositoryPolicy> {
    let reasons = tab.retirement_reasons.iter().map(|number| numbered(&RetirementReason::ALL, *number));
    Ok(policy::RepositoryPolicy {
        repository: repository.to_owned(),
        restriction: policy::Restriction {
            advisory_min_severity: tab
                .advisory_min_severity
                .map(|number| numbered(&SEVERITIES, number))
                .transpose()?,
            retirement_reasons: reasons.collect::<Result<_>>()?,
            cooldown: tab.cooldown.clone(),
        },
        overrides: tab.overrides.iter().map(override_of).collect(),
    })
}

fn override_of(given: &Override) -> policy::Override {
    policy::Override {
        action: match given.action {
            OverrideAction::Allow => policy::OverrideAction::Allow,
            OverrideAction::Deny => policy::OverrideAction::Deny,
        },
        package: given.package.clone(),
        requirement: given.requirement.clone(),
        comment: None,
    }
}

fn numbered<T: Copy>(all: &[T], number: i64) -> Result<T> {
    let found = usize::try_from(number).ok().and_then(|index| all.get(index)).copied();
    found.ok_or_else(|| Error::internal(format!("a policy holds the number {number}")))
}
