use hex_registry::Timestamp;
use hex_registry::policy::{Restriction, Visibility};

use super::*;

const DAY: i64 = 86_400;
const NOW: i64 = 1_000 * DAY;

fn advisory(id: &str, severity: Option<Severity>) -> Advisory {
    Advisory {
        id: id.to_owned(),
        summary: "summary".to_owned(),
        html_url: String::new(),
        api_url: String::new(),
        severity,
        cvss_score: None,
        aliases: vec![format!("CVE-{id}")],
    }
}

fn retirement(reason: RetirementReason) -> Retirement {
    Retirement { reason, message: None }
}

fn candidate<'a>(advisories: &'a [Advisory], retirement: Option<&'a Retirement>) -> Candidate<'a> {
    Candidate {
        repository: "hexpm:acme",
        package: "bar",
        version: "1.5.0",
        advisories: advisories.iter().collect(),
        retirement,
        published_at: Some(NOW - 3 * DAY),
    }
}

fn over(action: OverrideAction, requirement: Option<&str>) -> Override {
    Override { action, package: "bar".to_owned(), requirement: requirement.map(str::to_owned), comment: None }
}

fn policy(restriction: Restriction, overrides: Vec<Override>) -> Policy {
    Policy {
        repository: "acme".to_owned(),
        name: "strict".to_owned(),
        description: None,
        visibility: Visibility::Private,
        repositories: vec![RepositoryPolicy { repository: "acme".to_owned(), restriction, overrides }],
    }
}

fn strict() -> Restriction {
    Restriction {
        advisory_min_severity: Some(Severity::High),
        retirement_reasons: vec![RetirementReason::Security],
        cooldown: Some("7d".to_owned()),
    }
}

#[test]
fn every_limit_gives_its_reason() {
    let advisories = [advisory("A-1", Some(Severity::Critical))];
    let retired = retirement(RetirementReason::Security);
    let verdict = judge(&policy(strict(), vec![]), &candidate(&advisories, Some(&retired)), NOW);
    let texts: Vec<String> = verdict.reasons.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["cooldown 7d; eligible 1972-10-01", "retirement: security", "advisory ≥ HIGH"]);
    assert_eq!(verdict.acceptances, []);
}

#[test]
fn below_the_limits_all_is_fine() {
    let advisories = [advisory("A-1", Some(Severity::Medium))];
    let retired = retirement(RetirementReason::Deprecated);
    let old = Candidate { published_at: Some(NOW - 7 * DAY), ..candidate(&advisories, Some(&retired)) };
    assert_eq!(judge(&policy(strict(), vec![]), &old, NOW), Verdict::default());
    let undated = Candidate { published_at: None, ..old };
    assert_eq!(judge(&policy(strict(), vec![]), &undated, NOW), Verdict::default());
}

#[test]
fn an_advisory_that_is_not_rated_is_worse_than_any_limit() {
    for severity in [None, Some(Severity::Unknown(9))] {
        let advisories = [advisory("A-1", severity)];
        let limits =
            Restriction { advisory_min_severity: Some(Severity::Critical), ..Restriction::default() };
        let verdict = judge(&policy(limits, vec![]), &candidate(&advisories, None), NOW);
        assert_eq!(verdict.reasons, [Reason::Advisory(Severity::Critical)]);
    }
}

#[test]
fn the_most_specific_override_decides() {
    let verdict = |overrides| judge(&policy(strict(), overrides), &candidate(&[], None), NOW).reasons;
    let allow = |requirement| over(OverrideAction::Allow, requirement);
    let deny = |requirement| over(OverrideAction::Deny, requirement);
    assert_eq!(verdict(vec![allow(None), deny(Some("~> 1.0"))]), [Reason::Denied]);
    assert_eq!(verdict(vec![deny(None), allow(Some("~> 1.0"))]), []);
    // The other versions are not meant.
    assert_eq!(verdict(vec![deny(None), allow(Some("~> 2.0"))]), [Reason::Denied]);
    // Of equals the first.
    assert_eq!(verdict(vec![deny(None), allow(None)]), [Reason::Denied]);
    assert_eq!(verdict(vec![allow(None), deny(None)]), []);
}

#[test]
fn an_override_takes_away_one_concern_alone() {
    let advisories = [advisory("A-1", Some(Severity::High)), advisory("A-2", Some(Severity::High))];
    let retired = retirement(RetirementReason::Security);
    let verdict =
        |overrides| judge(&policy(strict(), overrides), &candidate(&advisories, Some(&retired)), NOW);
    let by_alias = over(OverrideAction::Advisory { id: "cve-a-1".to_owned() }, None);
    assert_eq!(verdict(vec![by_alias.clone()]).reasons.len(), 3, "the other advisory is left");
    let other = over(OverrideAction::Advisory { id: "A-2".to_owned() }, None);
    let both = verdict(vec![by_alias.clone(), other.clone()]);
    assert_eq!(both.reasons.len(), 2);
    assert_eq!(both.acceptances.len(), 2);
    let all = vec![
        by_alias,
        other,
        over(OverrideAction::Retirement { reason: RetirementReason::Security }, None),
        over(OverrideAction::Cooldown, Some("== 1.5.0")),
    ];
    assert_eq!(verdict(all).reasons, []);
}

#[test]
fn malformed_overrides_have_no_effect() {
    let verdict = |one| judge(&policy(strict(), vec![one]), &candidate(&[], None), NOW);
    let refused = judge(&policy(strict(), vec![]), &candidate(&[], None), NOW);
    assert!(!refused.reasons.is_empty());
    assert_eq!(verdict(over(OverrideAction::Allow, Some(""))), refused);
    assert_eq!(verdict(over(OverrideAction::Allow, Some("about one"))), refused);
    assert_eq!(verdict(over(OverrideAction::Unknown(7), None)), refused);
    let talkative = Override { comment: Some("x".repeat(501)), ..over(OverrideAction::Allow, None) };
    assert_eq!(verdict(talkative), refused);
    let other = Override { package: "foo".to_owned(), ..over(OverrideAction::Allow, None) };
    assert_eq!(verdict(other), refused);
}

#[test]
fn repositories_are_known_by_their_last_name() {
    let reasons = |repository| {
        let candidate = Candidate { repository, ..candidate(&[], None) };
        judge(&policy(strict(), vec![]), &candidate, NOW).reasons.len()
    };
    assert_eq!(
        [reasons("hexpm:acme"), reasons("mysrv:acme"), reasons("acme"), reasons("hexpm")],
        [1, 1, 1, 0]
    );
}

#[test]
fn what_an_audit_accepts() {
    let retired = retirement(RetirementReason::Deprecated);
    let found = candidate(&[], Some(&retired));
    let accepted = |overrides, extent| {
        accepts(&policy(strict(), overrides), &found, Concern::Retirement(&retired), extent).map(|it| it.by)
    };
    assert_eq!(accepted(vec![], Extent::Overrides), None);
    assert_eq!(accepted(vec![], Extent::Limits), Some(AcceptedBy::Policy));
    let allow = over(OverrideAction::Allow, None);
    assert_eq!(accepted(vec![allow], Extent::Overrides), Some(AcceptedBy::Allow));
    let deny = over(OverrideAction::Deny, None);
    assert_eq!(accepted(vec![deny], Extent::Limits), None);
    // What the policy says nothing about is fine by its limits, and not by its overrides.
    let elsewhere = Candidate { repository: "other", ..found.clone() };
    let says = |extent| accepts(&policy(strict(), vec![]), &elsewhere, Concern::Retirement(&retired), extent);
    assert_eq!(says(Extent::Overrides), None);
    assert_eq!(says(Extent::Limits).unwrap().message(), "Accepted by the active dependency policy.");
}

#[test]
fn the_longest_cooldown_is_in_force() {
    let with = |text: &str| {
        policy(Restriction { cooldown: Some(text.to_owned()), ..Restriction::default() }, vec![])
    };
    let local: Cooldown = "7d".parse().unwrap();
    let effective = |policy: Option<&Policy>, local: &Cooldown| {
        effective_cooldown(policy, local).map(|(source, cooldown)| (source, cooldown.to_string()))
    };
    assert_eq!(effective(None, &Cooldown::none()), None);
    assert_eq!(effective(None, &local), Some((CooldownSource::Local, "7d".to_owned())));
    assert_eq!(effective(Some(&with("1d")), &local), Some((CooldownSource::Local, "7d".to_owned())));
    assert_eq!(effective(Some(&with("1mo")), &local), Some((CooldownSource::Policy, "1mo".to_owned())));
    assert_eq!(effective(Some(&with("soon")), &Cooldown::none()), None);
}

#[test]
fn a_candidate_has_the_advisories_of_its_release() {
    let release = |version: &str, ids: &[&str]| Release {
        version: version.to_owned(),
        inner_checksum: [0; 32],
        outer_checksum: [0; 32],
        dependencies: vec![],
        retirement: None,
        advisory_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        published_at: Some(Timestamp::from_unix_micros(5_000_000)),
    };
    let package = Package {
        repository: "hexpm".to_owned(),
        name: "bar".to_owned(),
        releases: vec![release("1.0.0", &["A-2"]), release("1.1.0", &[])],
        advisories: vec![advisory("A-1", None), advisory("A-2", None)],
    };
    let first = Candidate::new("hexpm", &package, &package.releases[0]);
    assert_eq!(first.advisories, [&package.advisories[1]]);
    assert_eq!(first.published_at, Some(5));
    assert!(Candidate::new("hexpm", &package, &package.releases[1]).advisories.is_empty());
}

#[test]
fn names_of_policies() {
    let of = |text: &str| text.parse::<PolicyRef>().map(|found| (found.repository, found.name)).ok();
    assert_eq!(of(" hexpm:acme/strict "), Some(("hexpm:acme".to_owned(), "strict".to_owned())));
    assert_eq!(of("mysrv/strict"), Some(("mysrv".to_owned(), "strict".to_owned())));
    for wrong in ["", "foo", "/", "hexpm/strict", "/strict", "acme/", "a/b/c"] {
        assert_eq!(of(wrong), None, "{wrong:?}");
    }
}
