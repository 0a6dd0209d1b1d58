//! `skep outdated`, `skep audit` and `skep policy`, about lock files of all three tools.

use hex_registry::Timestamp;
use hex_registry::package::{Advisory, Package, Release, Retirement, RetirementReason, Severity};
use hex_registry::policy::{Override, OverrideAction, Policy, RepositoryPolicy, Restriction, Visibility};

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, SIGNING};

/// 2020-09-13, in microseconds.
const LONG_AGO: i64 = 1_600_000_000_000_000;

fn release(version: &str, published_at: i64) -> Release {
    Release {
        version: version.to_owned(),
        inner_checksum: [1; 32],
        outer_checksum: [2; 32],
        dependencies: Vec::new(),
        retirement: None,
        advisory_ids: Vec::new(),
        published_at: Some(Timestamp::from_unix_micros(published_at)),
    }
}

fn advisory(id: &str, alias: &str, severity: Severity) -> Advisory {
    Advisory {
        id: id.to_owned(),
        summary: "Reads what it should not\u{1b}[2J".to_owned(),
        html_url: format!("https://example.com/{id}"),
        api_url: String::new(),
        severity: Some(severity),
        cvss_score: None,
        aliases: vec![alias.to_owned()],
    }
}

fn package(repository: &str, name: &str) -> Option<Package> {
    let now = jiff_now();
    let mut package = Package {
        repository: repository.to_owned(),
        name: name.to_owned(),
        releases: vec![release("1.0.0", LONG_AGO), release("1.1.0", LONG_AGO)],
        advisories: Vec::new(),
    };
    match (repository, name) {
        ("hexpm", "fine") => package.releases.truncate(1),
        ("hexpm", "old") => {
            package.releases[0].retirement =
                Some(Retirement { reason: RetirementReason::Renamed, message: Some("see new".to_owned()) });
        }
        ("hexpm", "leaky") => {
            package.releases[0].advisory_ids = vec!["GHSA-1".to_owned(), "EEF-1".to_owned()];
            package.advisories =
                vec![advisory("GHSA-1", "CVE-1", Severity::High), advisory("EEF-1", "CVE-1", Severity::Low)];
        }
        ("hexpm", "fresh") => package.releases[1].published_at = Some(Timestamp::from_unix_micros(now)),
        ("hexpm", "held") => package.releases.push(release("2.0.0", LONG_AGO)),
        ("acme", "bar") => {}
        // Somebody else's package of the same name.
        ("hexpm", "bar") => package.releases[0].outer_checksum = [9; 32],
        _ => return None,
    }
    Some(package)
}

fn jiff_now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    now.as_micros().try_into().unwrap()
}

fn policy() -> Policy {
    let accept = Override {
        action: OverrideAction::Advisory { id: "CVE-1".to_owned() },
        package: "leaky".to_owned(),
        requirement: None,
        comment: Some("not reachable".to_owned()),
    };
    let deny = Override {
        action: OverrideAction::Deny,
        package: "held".to_owned(),
        requirement: Some("~> 2.0".to_owned()),
        comment: None,
    };
    let hexpm = RepositoryPolicy {
        repository: "hexpm".to_owned(),
        restriction: Restriction {
            advisory_min_severity: Some(Severity::Medium),
            retirement_reasons: vec![RetirementReason::Security],
            cooldown: Some("7d".to_owned()),
        },
        overrides: vec![accept, deny],
    };
    Policy {
        repository: "acme".to_owned(),
        name: "strict".to_owned(),
        description: Some("What we ship".to_owned()),
        visibility: Visibility::Private,
        repositories: vec![hexpm],
    }
}

fn server() -> Mock {
    Mock::start(|request| {
        let path = request.path().strip_prefix("/repo/").unwrap_or_default();
        let (repository, path) = match path.strip_prefix("repos/acme/") {
            Some(_) if request.authorization() != Some(KEY) => return Answer::new(403, ""),
            Some(path) => ("acme", path),
            None => ("hexpm", path),
        };
        if (repository, path) == ("acme", "policies/strict") {
            return Answer::new(200, policy().to_signed(&SIGNING));
        }
        match path.strip_prefix("packages/").and_then(|name| package(repository, name)) {
            Some(package) => Answer::new(200, package.to_signed(&SIGNING)),
            None => Answer::new(404, ""),
        }
    })
}

fn mix_lock(entries: &[(&str, &str, &str)]) -> String {
    let line = |(name, repository, deps): &(&str, &str, &str)| {
        format!(
            "  \"{name}\": {{:hex, :{name}, \"1.0.0\", \"{}\", [:mix], [{deps}], \"{repository}\", \"{}\"}},\n",
            "01".repeat(32),
            "02".repeat(32)
        )
    };
    format!("%{{\n{}}}\n", entries.iter().map(line).collect::<String>())
}

const HELD: &str = "{:held, \"~> 1.0\", [hex: :held, repo: \"hexpm\", optional: false]}";

fn mix_project(server: &Mock) -> Machine {
    let machine = Machine::knowing(server);
    let lock = mix_lock(&[
        ("bar", "hexpm:acme", HELD),
        ("fine", "hexpm", ""),
        ("fresh", "hexpm", ""),
        ("held", "hexpm", ""),
        ("leaky", "hexpm", ""),
        ("old", "hexpm", ""),
    ]);
    machine.put("mix.lock", &lock);
    machine
}

#[test]
fn what_is_outdated() {
    let server = server();
    let machine = mix_project(&server).with("HEX_COOLDOWN", "7d");
    let outdated = machine.skep(&["outdated"]);
    assert_eq!(outdated.code, 1);
    assert_eq!(outdated.stderr, "error: 4 dependencies are outdated\n");
    let stable = outdated.stdout().lines().map(|line| match line.split_once("eligible") {
        Some((before, _)) => format!("{before}eligible DAY"),
        None => line.to_owned(),
    });
    insta::assert_snapshot!("outdated", stable.collect::<Vec<_>>().join("\n"));
    // Of those that count two could be updated, which is what a build may want to know.
    let possible = machine.skep(&["outdated", "--within-requirements", "--sort", "status"]);
    assert_eq!((possible.code, possible.stderr.as_str()), (1, "error: 3 dependencies are outdated\n"));
    let order: Vec<&str> =
        possible.stdout().lines().filter_map(|line| line.split_whitespace().next()).take(7).collect();
    assert_eq!(order, ["Dependency", "fine", "held", "bar", "fresh", "leaky", "old"]);
}

#[test]
fn one_dependency_and_who_asks_for_it() {
    let server = server();
    let machine = mix_project(&server);
    let one = machine.skep(&["outdated", "held"]);
    assert_eq!(one.code, 1);
    insta::assert_snapshot!("outdated-one", one.stdout());
    let none = machine.skep(&["outdated", "nothing"]);
    assert_eq!(none.failed(), "nothing is not locked as a Hex package");
    let fine = machine.skep(&["outdated", "fine"]);
    assert_eq!(fine.ok(), "Current version 1.0.0 of dependency is up to date!\n");
}

/// What stands in `mix.exs` as text is known without running it: what is at the top, for which environments, and what is
/// asked for.
#[test]
fn what_the_project_itself_asks_for() {
    let server = server();
    let machine = mix_project(&server);
    let manifest = "defmodule Shop.MixProject do\n  defp deps do\n    [\n      {:bar, \"~> 1.0\", only: [:dev, :test]},\n\
                    \x20     {:old, \"== 1.0.0\"},\n      {:leaky, version()},\n      # {:held, \"~> 9.0\"}\n    ]\n  end\nend\n";
    machine.put("mix.exs", manifest);
    let names = |outcome: &crate::support::Outcome| -> Vec<String> {
        let rows: Vec<serde_json::Value> = serde_json::from_str(outcome.stdout()).unwrap();
        rows.iter().map(|row| row["package"].as_str().unwrap().to_owned()).collect()
    };
    let top = machine.skep(&["outdated", "--json"]);
    assert_eq!(names(&top), ["bar", "fine", "fresh", "leaky", "old"], "held is asked for by bar alone");
    assert!(
        top.stderr.starts_with("warning: mix.exs computes what it asks of leaky, so that is not counted\n"),
        "{}",
        top.stderr
    );
    assert_eq!(names(&machine.skep(&["outdated", "--json", "--all"])).len(), 6);
    assert_eq!(names(&machine.skep(&["outdated", "--json", "--only", "test,prod"])), ["bar"]);
    insta::assert_snapshot!("outdated-declared", machine.skep(&["outdated"]).stdout());
    insta::assert_snapshot!("outdated-declared-one", machine.skep(&["outdated", "old"]).stdout());

    machine.put("mix.exs", "[apps_path: \"apps\", deps: []]");
    machine.put("apps/web/mix.exs", "[{:held, \"< 2.0.0\"}]");
    let one = machine.skep(&["outdated", "held"]);
    assert!(one.stdout().contains("apps/web/mix.exs  < 2.0.0      No"), "{}", one.stdout());
}

#[test]
fn outdated_for_programs() {
    let server = server();
    let machine = mix_project(&server);
    let json = machine.skep(&["outdated", "--json", "held"]);
    assert_eq!(json.code, 1);
    insta::assert_snapshot!("outdated-json", json.stdout());
}

#[test]
fn what_an_audit_finds() {
    let server = server();
    let machine = mix_project(&server);
    let audit = machine.skep(&["audit"]);
    assert_eq!(audit.code, 1);
    assert_eq!(audit.stderr, "error: found retired packages and packages with security advisories\n");
    insta::assert_snapshot!("audit", audit.stdout());
    let json = machine.skep(&["audit", "--json"]);
    assert_eq!(json.code, 1);
    insta::assert_snapshot!("audit-json", json.stdout());
}

#[test]
fn what_is_ignored_fails_nothing() {
    let server = server();
    let machine = mix_project(&server).with("HEX_IGNORE_RETIREMENTS", "old@1.0.0, gone");
    let audit = machine.skep(&["audit", "--ignore-advisory", "cve-1"]);
    assert_eq!(audit.code, 0, "{}", audit.stderr);
    assert_eq!(
        audit.stderr,
        "warning: the ignored retirement gone matches no locked dependency and can be removed\n"
    );
    insta::assert_snapshot!("audit-ignored", audit.stdout());
}

#[test]
fn an_audit_by_policy() {
    let server = server();
    let machine = mix_project(&server);
    assert_eq!(
        machine.skep(&["audit", "--policy"]).failed(),
        "no policy is active: name one with --use-policy, HEX_POLICY or `skep config policy REPOSITORY/NAME`"
    );
    let machine = machine.with("HEX_POLICY", "hexpm:acme/strict");
    // The policy has nothing against a package that has another name now, its override accepts the advisory.
    let audit = machine.skep(&["audit", "--policy"]);
    assert_eq!(audit.code, 0, "{}", audit.stderr);
    insta::assert_snapshot!("audit-policy", audit.stdout());
    let audit = machine.skep(&["audit", "--policy-overrides"]);
    assert_eq!((audit.code, audit.stderr.as_str()), (1, "error: found retired packages\n"));
    assert_eq!(machine.skep(&["audit", "--policy", "--policy-overrides"]).code, 2);
}

#[test]
fn sarif_goes_to_a_file() {
    let server = server();
    let machine = mix_project(&server);
    let audit = machine.skep(&["audit", "--format", "sarif", "--output", "audit.sarif"]);
    assert_eq!((audit.code, audit.stdout()), (1, ""));
    let sarif: serde_json::Value = serde_json::from_str(&machine.text("audit.sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let told: Vec<_> = results
        .iter()
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            (result["ruleId"].as_str().unwrap(), place["region"]["startLine"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(told, [("HEX0005", 7), ("EEF-1", 6)]);
}

/// A key that was revoked says nothing about the releases that it opened.
#[test]
fn a_refused_key_is_no_finding() {
    let server = server();
    let machine = Machine::knowing(&server);
    machine.put(".hex/hex.config", &machine.text(".hex/hex.config").replace(KEY, "revoked"));
    machine.put("mix.lock", &mix_lock(&[("bar", "hexpm:acme", "")]));
    for command in ["audit", "outdated"] {
        let outcome = machine.skep(&[command]);
        assert_eq!((outcome.code, outcome.stdout()), (1, ""), "{command}");
        assert_eq!(
            outcome.stderr,
            format!(
                "error: cannot look up bar: the credential for hexpm:acme was refused (403), expired or revoked: `skep \
                 connect {} acme` gets another\n",
                server.url("/repo")
            ),
        );
    }
}

/// Lock files of rebar3 and Gleam name no repository: the checksum says whose package it is.
#[test]
fn a_package_is_the_one_with_the_checksum_of_the_lock_file() {
    let server = server();
    let machine = Machine::knowing(&server).with("HEX_CDN", &server.url("/repo"));
    let pem = SIGNING.public_key().to_pem().replace('\n', "\\n");
    let repository = |name: &str| format!("#{{name => <<\"{name}\">>, repo_public_key => <<\"{pem}\">>}}");
    let listed = format!("{{hex, [{{repos, [{}, {}]}}]}}.\n", repository("hexpm"), repository("hexpm:acme"));
    machine.put(".config/rebar3/rebar.config", &listed);
    let keys = format!("#{{<<\"hexpm:acme\">> => #{{repo_key => <<\"{KEY}\">>}}}}.\n");
    machine.put(".config/rebar3/hex.config", &keys);
    let rebar = format!(
        "{{\"1.2.0\",\n[{{<<\"bar\">>,{{pkg,<<\"bar\">>,<<\"1.0.0\">>}},0}}]}}.\n[\n{{pkg_hash,[{{<<\"bar\">>, <<\"{}\">>}}]}},\n\
         {{pkg_hash_ext,[{{<<\"bar\">>, <<\"{}\">>}}]}}\n].\n",
        "01".repeat(32),
        "02".repeat(32)
    );
    machine.put("rebar.lock", &rebar);
    let json = machine.skep(&["outdated", "--json"]);
    let rows: serde_json::Value = serde_json::from_str(json.stdout()).unwrap();
    assert_eq!(rows[0]["repository"], "hexpm:acme", "{}", json.stderr);
    // Asked in the order of rebar3, and the first of that name is somebody else's.
    let asked = server.lines();
    assert_eq!(asked, ["GET /repo/packages/bar", "GET /repo/repos/acme/packages/bar"]);
    machine.put("rebar.lock", &rebar.replace("0202", "0303"));
    let confused = machine.skep(&["audit"]);
    assert_eq!(confused.stderr, "error: found releases that differ from the registry\n");
    // The first that has a release of this version: nobody could say which of them is meant.
    let (ours, theirs) = ("03".repeat(32), "09".repeat(32));
    assert_eq!(
        confused.stdout(),
        format!(
            "Differ from the registry:\n  bar 1.0.0 - the lock file has outer checksum {ours} and the registry has {theirs}\n"
        )
    );
}

/// A release that is not what it was when it was locked, or is gone, is found by `audit`; also one whose inner checksum
/// alone is another.
#[test]
fn releases_that_are_not_as_they_are_locked() {
    let server = server();
    let machine = Machine::knowing(&server);
    let lock = mix_lock(&[
        ("fine", "hexpm", ""),
        ("gone", "hexpm", ""),
        ("held", "hexpm", ""),
        ("bar", "hexpm:acme", ""),
        ("old", "hexpm", ""),
    ]);
    let line = |name: &str, from: &str, to: &str| {
        let line = lock.lines().find(|line| line.contains(&format!("\"{name}\": "))).unwrap();
        (line.to_owned(), line.replace(from, to))
    };
    let (sum, other) = ("02".repeat(32), "ee".repeat(32));
    let (inner, other_inner) = ("01".repeat(32), "dd".repeat(32));
    let changes = [
        line("fine", &sum, &other),
        line("held", "\"1.0.0\"", "\"1.5.0\""),
        line("bar", &inner, &other_inner),
    ];
    let text = changes.iter().fold(lock.clone(), |text, (from, to)| text.replace(from, to));
    machine.put("mix.lock", &text);
    let audit = machine.skep(&["audit"]);
    assert_eq!(
        audit.stderr,
        "error: found releases that differ from the registry, releases that are not in the registry and retired packages\n"
    );
    insta::assert_snapshot!("audit-differences", audit.stdout());
    insta::assert_snapshot!("audit-differences-json", machine.skep(&["audit", "--json"]).stdout());
    let sarif: serde_json::Value =
        serde_json::from_str(machine.skep(&["audit", "--format", "sarif"]).stdout()).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let rules: Vec<_> = results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    assert_eq!(rules, ["SKEP0001", "SKEP0001", "SKEP0002", "SKEP0002", "HEX0005"]);
    // Nothing accepts or ignores it.
    let policy = machine.skep(&["audit", "--policy", "--use-policy", "hexpm:acme/strict"]);
    assert_eq!(policy.code, 1);
    let outdated = machine.skep(&["outdated"]);
    assert_eq!(
        outdated.failed(),
        "gone 1.0.0 is not in hexpm: `skep audit` lists all that is not as it is locked"
    );
    // A lock file of old has no checksums to compare.
    machine.put("mix.lock", "%{\"fine\": {:hex, :fine, \"1.0.0\"}}\n");
    assert_eq!(machine.skep(&["audit"]).ok(), "No retired or security advisory packages found\n");
}

#[test]
fn the_policy_and_its_reasons() {
    let server = server();
    let machine = mix_project(&server);
    assert_eq!(machine.skep(&["policy", "show"]).ok(), "No active policy configured.\n");
    assert_eq!(
        machine.skep(&["policy", "show", "--use-policy", "hexpm/strict"]).failed(),
        "the policy \"hexpm/strict\" is not REPOSITORY/NAME, such as hexpm:acme/strict; hexpm itself has none"
    );
    assert!(
        machine
            .skep(&["policy", "show", "--use-policy", "hexpm:acme/other"])
            .failed()
            .starts_with("cannot load policy hexpm:acme/other: "),
    );
    let machine = machine.with("HEX_POLICY", "hexpm:acme/strict");
    insta::assert_snapshot!("policy-show", machine.skep(&["policy", "show"]).ok());
    insta::assert_snapshot!("policy-show-json", machine.skep(&["policy", "show", "--json"]).ok());
    insta::assert_snapshot!("policy-why", machine.skep(&["policy", "why", "held"]).ok());
    insta::assert_snapshot!("policy-why-leaky", machine.skep(&["policy", "why", "leaky", "--json"]).ok());
}

#[test]
fn without_a_lock_file() {
    let machine = Machine::new();
    for command in ["outdated", "audit"] {
        let text = machine.skep(&[command]).failed().to_owned();
        assert!(text.starts_with("there is no mix.lock, rebar.lock or manifest.toml in"), "{text}");
        let text = machine.skep(&[command, "--lock", "other.lock"]).failed().to_owned();
        assert_eq!(text, "there is no lock file other.lock");
    }
}
