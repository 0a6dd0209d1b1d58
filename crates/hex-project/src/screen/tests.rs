use hex_registry::Timestamp;
use hex_registry::package::{Retirement, RetirementReason};
use hex_registry::policy::{Override, OverrideAction, RepositoryPolicy, Restriction, Visibility};

use super::*;

const DAY: i64 = 86_400;
const NOW: i64 = 1_000 * DAY;

/// Releases `1.0.0`, `1.1.0`, … that are so many days old.
fn package(name: &str, days: &[i64]) -> Package {
    let release = |(minor, days): (usize, &i64)| package::Release {
        version: format!("1.{minor}.0"),
        inner_checksum: [0; 32],
        outer_checksum: [0; 32],
        dependencies: vec![],
        retirement: None,
        advisory_ids: vec![],
        published_at: Some(Timestamp::from_unix_micros((NOW - days * DAY) * 1_000_000)),
    };
    Package {
        repository: "hexpm".to_owned(),
        name: name.to_owned(),
        releases: days.iter().enumerate().map(release).collect(),
        advisories: vec![],
    }
}

fn limits(cooldown: &str) -> Limits {
    Limits { policy: None, cooldown: cooldown.parse().unwrap(), excluded: HashSet::new(), now: NOW }
}

/// Locks `leaf` 1.1.0, which requires `twig` 1.0.0.
fn screen(limits: Limits) -> Screen {
    let sum = "00".repeat(32);
    let line = |name: &str, version: &str, requires: &str| {
        format!(
            "  {{ name = \"{name}\", version = \"{version}\", build_tools = [], requirements = [{requires}], \
             otp_app = \"{name}\", source = \"hex\", outer_checksum = \"{sum}\" }},\n"
        )
    };
    let manifest = format!(
        "packages = [\n{}{}]\n\n[requirements]\n",
        line("leaf", "1.1.0", "\"twig\""),
        line("twig", "1.0.0", "")
    );
    let config = Config::parse("name = 'app'").unwrap();
    Screen::new(limits, &config, Some(&Manifest::parse(&manifest).unwrap()))
}

/// The versions that can be chosen.
fn usable(screen: &Screen, repository: &str, package: &Package) -> Vec<String> {
    let releases = screen.releases(repository, package).into_iter();
    releases.filter(|it| it.unusable.is_none()).map(|it| it.version.to_string()).collect()
}

#[test]
fn a_cooldown_holds_what_is_new_and_not_locked() {
    let screen = screen(limits("7d"));
    let other = package("other", &[30, 7, 6]);
    assert_eq!(usable(&screen, "hexpm", &other), ["1.0.0", "1.1.0"]);
    let leaf = package("leaf", &[3, 2, 1]);
    assert_eq!(usable(&screen, "hexpm", &leaf), ["1.1.0"], "the locked one");
    assert_eq!(usable(&screen, "mysrv:acme", &leaf), [""; 0], "another package of this name is not locked");
    let id = PackageId::new("leaf".parse().unwrap(), "hexpm");
    let held = screen.held_back(&id, &leaf, &Version::new(1, 1, 0));
    let told: Vec<_> = held.iter().map(|it| format!("{} {}", it.version, it.reason)).collect();
    assert_eq!(told, ["1.2.0 cooldown 7d; eligible 1972-10-03"]);
}

#[test]
fn a_cooldown_can_leave_repositories_out_and_does_not_know_all_dates() {
    let mut limits = limits("7d");
    limits.excluded.insert("hexpm:acme".to_owned());
    let screen = screen(limits);
    let mut other = package("other", &[1]);
    assert_eq!(usable(&screen, "hexpm:acme", &other), ["1.0.0"]);
    assert_eq!(usable(&screen, "hexpm", &other), [""; 0]);
    other.releases[0].published_at = None;
    assert_eq!(usable(&screen, "hexpm", &other), ["1.0.0"]);
}

#[test]
fn whoever_leaves_an_unsafe_release_waits_for_nothing() {
    let mut screen = screen(limits("7d"));
    let mut leaf = package("leaf", &[30, 20, 1]);
    let twig = package("twig", &[30, 1]);
    assert!(!screen.notice("hexpm", &leaf));
    assert_eq!(usable(&screen, "hexpm", &twig), ["1.0.0"]);
    leaf.releases[1].retirement = Some(Retirement { reason: RetirementReason::Security, message: None });
    assert!(!screen.notice("hexpm:acme", &leaf), "it is locked elsewhere");
    assert!(screen.notice("hexpm", &leaf));
    assert!(!screen.notice("hexpm", &leaf), "nothing new");
    assert_eq!(usable(&screen, "hexpm", &leaf).last().unwrap(), "1.2.0");
    assert_eq!(usable(&screen, "hexpm", &twig), ["1.0.0", "1.1.0"], "and what it requires");
}

#[test]
fn a_policy_holds_what_it_refuses_and_not_what_is_locked() {
    let deny = |package: &str| Override {
        action: OverrideAction::Deny,
        package: package.to_owned(),
        requirement: None,
        comment: None,
    };
    let hexpm = RepositoryPolicy {
        repository: "hexpm".to_owned(),
        restriction: Restriction { cooldown: Some("2w".to_owned()), ..Restriction::default() },
        overrides: vec![deny("leaf")],
    };
    let policy = Policy {
        repository: "acme".to_owned(),
        name: "strict".to_owned(),
        description: None,
        visibility: Visibility::Private,
        repositories: vec![hexpm],
    };
    let screen = screen(Limits { policy: Some(policy), ..limits("0") });
    let leaf = package("leaf", &[30, 20, 10]);
    assert_eq!(usable(&screen, "hexpm", &leaf), ["1.1.0"]);
    let other = package("other", &[30, 10]);
    assert_eq!(usable(&screen, "hexpm", &other), ["1.0.0"]);
    assert_eq!(usable(&screen, "hexpm:acme", &other), ["1.0.0", "1.1.0"], "the policy has no rules for acme");
    let reasons: Vec<_> =
        screen.releases("hexpm", &other).into_iter().filter_map(|release| release.unusable).collect();
    assert_eq!(reasons, ["policy acme/strict: cooldown 2w; eligible 1972-10-01"]);
}
