use hex_registry::package::{RetirementReason, Severity};
use hex_registry::policy::{Override, OverrideAction, RepositoryPolicy, Restriction, Visibility};

use super::sarif::{LockFile, Tool};
use super::*;

fn advisory(id: &str, aliases: &[&str], severity: Option<Severity>) -> Advisory {
    Advisory {
        id: id.to_owned(),
        summary: format!("What {id} is about"),
        html_url: format!("https://example.com/{id}"),
        api_url: String::new(),
        severity,
        cvss_score: None,
        aliases: aliases.iter().map(|id| (*id).to_owned()).collect(),
    }
}

/// `bar` 1.0.0 is retired and has one problem that two sources tell of; 1.1.0 is fine.
fn package() -> Package {
    let release = |version: &str, advisory_ids: &[&str], retirement| Release {
        version: version.to_owned(),
        inner_checksum: [0; 32],
        outer_checksum: [0; 32],
        dependencies: vec![],
        retirement,
        advisory_ids: advisory_ids.iter().map(|id| (*id).to_owned()).collect(),
        published_at: None,
    };
    let retired = Retirement { reason: RetirementReason::Security, message: Some("use 1.1.0".to_owned()) };
    Package {
        repository: "hexpm".to_owned(),
        name: "bar".to_owned(),
        releases: vec![
            release("1.0.0", &["GHSA-1", "EEF-1", "OSV-2"], Some(retired)),
            release("1.1.0", &[], None),
        ],
        advisories: vec![
            advisory("GHSA-1", &["CVE-7"], Some(Severity::Critical)),
            advisory("EEF-1", &["CVE-7"], Some(Severity::Low)),
            advisory("OSV-2", &[], None),
        ],
    }
}

fn run(version: &str, ignores: &Ignores, policy: Option<(&Policy, Extent)>) -> Audit {
    let package = package();
    let release = package.releases.iter().find(|release| release.version == version).unwrap();
    audit(&[Locked { repository: "hexpm", package: &package, release }], ignores, policy)
}

fn told(audit: &Audit) -> Vec<String> {
    let kind = |kind: &Kind| match kind {
        Kind::Retired(retirement) => retirement_message(retirement),
        Kind::Advisory(problem) => format!("{} {:?}", problem.advisory.id, problem.advisory.aliases),
        other => format!("{other:?}"),
    };
    audit.findings.iter().map(|finding| format!("{} {:?}", kind(&finding.kind), finding.status)).collect()
}

#[test]
fn one_finding_for_each_problem() {
    let audit = run("1.0.0", &Ignores::default(), None);
    assert_eq!(
        told(&audit),
        ["(security) use 1.1.0 Open", "EEF-1 [\"CVE-7\", \"GHSA-1\"] Open", "OSV-2 [] Open"]
    );
    let Kind::Advisory(problem) = &audit.findings[1].kind else { panic!() };
    assert_eq!(problem.worst, Some(Severity::Critical), "the worst of its sources");
    assert!(audit.has_open());
    assert_eq!(run("1.1.0", &Ignores::default(), None), Audit::default());
}

#[test]
fn what_is_ignored() {
    let ignores = Ignores {
        advisories: vec!["cve-7".to_owned(), "OSV-2".to_owned(), "CVE-8".to_owned()],
        retirements: vec!["bar@1.0.0".parse().unwrap(), "bar@1.1.0".parse().unwrap(), "foo".parse().unwrap()],
    };
    let audit = run("1.0.0", &ignores, None);
    assert!(audit.findings.iter().all(|finding| finding.status == Status::Ignored), "{audit:?}");
    assert!(!audit.has_open());
    assert_eq!(audit.unused_advisories, ["CVE-8"]);
    assert_eq!(audit.unused_retirements, ["bar@1.1.0", "foo"]);
}

#[test]
fn entries_that_name_nothing() {
    for wrong in ["", "@1.0.0", "bar@", "bar@1"] {
        assert!(wrong.parse::<ignores::IgnoredRetirement>().is_err(), "{wrong:?}");
    }
}

#[test]
fn a_policy_accepts_before_the_project_ignores() {
    let accept = Override {
        action: OverrideAction::Advisory { id: "GHSA-1".to_owned() },
        package: "bar".to_owned(),
        requirement: None,
        comment: Some("we do not parse XML".to_owned()),
    };
    let policy = Policy {
        repository: "acme".to_owned(),
        name: "strict".to_owned(),
        description: None,
        visibility: Visibility::Private,
        repositories: vec![RepositoryPolicy {
            repository: "hexpm".to_owned(),
            restriction: Restriction {
                advisory_min_severity: Some(Severity::High),
                ..Restriction::default()
            },
            overrides: vec![accept],
        }],
    };
    let ignores = Ignores { advisories: vec!["CVE-7".to_owned()], ..Ignores::default() };
    let by_overrides = told(&run("1.0.0", &ignores, Some((&policy, Extent::Overrides))));
    assert!(by_overrides[0].ends_with("Open") && by_overrides[2].ends_with("Open"), "{by_overrides:?}");
    assert!(by_overrides[1].contains("we do not parse XML"), "{by_overrides:?}");
    // The policy has no rule against retired releases; what is not rated is too bad for it.
    let by_limits = told(&run("1.0.0", &ignores, Some((&policy, Extent::Limits))));
    assert!(by_limits[0].contains("by: Policy") && by_limits[2].ends_with("Open"), "{by_limits:?}");
}

#[test]
fn as_sarif() {
    let mut audit = run("1.0.0", &Ignores::default(), None);
    audit.findings[2].status = Status::Ignored;
    let lock = LockFile {
        path: "sub/mix.lock",
        text: "%{\n  \"bar\": {:hex, :bar, \"1.0.0\", \"ab\", [:mix], [], \"hexpm\", \"cd\"},\n}\n",
        root: Some("file:///srv/shop/"),
        is_one_of_several: false,
    };
    insta::assert_json_snapshot!(sarif::document(&audit, &lock, Tool { name: "skep", version: "1.2.3" }));
}

#[test]
fn what_the_registry_has_otherwise_or_not_at_all() {
    let locked = |outer: Option<u8>, inner: Option<u8>| {
        let sum = |byte: Option<u8>| {
            byte.map_or_else(|| "nil".to_owned(), |byte| format!("\"{}\"", format!("{byte:02x}").repeat(32)))
        };
        let text = format!(
            "%{{\"bar\": {{:hex, :bar, \"1.0.0\", {}, [:mix], [], \"hexpm\", {}}}}}",
            sum(inner),
            sum(outer)
        );
        hex_format::lock::mix::parse(&text).unwrap()[0].release().unwrap().clone()
    };
    let release = &package().releases[0];
    let which = |outer, inner| Difference::between(&locked(outer, inner), release).map(|it| it.which);
    assert_eq!(which(Some(0), Some(0)), None);
    assert_eq!(which(None, None), None);
    assert_eq!(which(Some(1), Some(1)), Some("outer"));
    assert_eq!(which(Some(0), Some(1)), Some("inner"));
    assert_eq!(which(None, Some(1)), Some("inner"));
    let difference = Difference::between(&locked(Some(1), None), release).unwrap();
    let finding = |kind: Kind| Finding {
        repository: "hexpm:acme".to_owned(),
        package: "bar".to_owned(),
        version: "1.0.0".to_owned(),
        kind,
        status: Status::Open,
    };
    let findings = vec![finding(Kind::Changed(difference)), finding(Kind::Missing)];
    let audit = Audit { findings, ..Audit::default() };
    let lock = LockFile {
        path: "my shop/é/mix.lock",
        text: "%{\n  \"bar\": {:hex, :bar, \"1.0.0\",",
        root: None,
        is_one_of_several: true,
    };
    let sarif = sarif::document(&audit, &lock, Tool { name: "skep", version: "1.2.3" });
    assert_eq!(sarif["runs"][0]["automationDetails"]["id"], "hex-audit/my shop/é/mix.lock/");
    insta::assert_json_snapshot!(sarif["runs"][0]["results"]);
}

#[test]
fn links_that_are_none_are_not_told() {
    let mut audit = run("1.0.0", &Ignores::default(), None);
    for finding in &mut audit.findings {
        if let Kind::Advisory(problem) = &mut finding.kind {
            problem.advisory.html_url = "javascript:alert(1)".to_owned();
        }
    }
    let lock = LockFile { path: "mix.lock", text: "", root: None, is_one_of_several: false };
    let sarif = sarif::document(&audit, &lock, Tool { name: "skep", version: "1" });
    assert_eq!(
        sarif["runs"][0]["tool"]["driver"]["rules"][1]["helpUri"],
        "https://osv.dev/vulnerability/EEF-1"
    );
}

#[test]
fn sarif_finds_the_line_in_every_kind_of_lock_file() {
    let audit = run("1.0.0", &Ignores::default(), None);
    for text in [
        "%{\n  \"bar\": {:hex, :bar, \"1.0.0\",",
        "{\"1.2.0\",\n[{<<\"bar\">>,{pkg,<<\"bar\">>,<<\"1.0.0\">>},0}]}.",
        "packages = [\n  { name = \"bar\", version = \"1.0.0\" },\n]",
    ] {
        let lock = LockFile { path: "lock", text, root: None, is_one_of_several: false };
        let sarif = sarif::document(&audit, &lock, Tool { name: "skep", version: "1" });
        let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["region"]["startLine"], 2, "{text}");
    }
}

#[test]
fn days() {
    assert_eq!(date(0), "1970-01-01");
    assert_eq!(date(951_782_400), "2000-02-29");
    assert_eq!(date(i64::MAX), "never");
}
