//! `skep gleam` against a server whose releases are new, refused or fine: what a cooldown and a policy keep out is not
//! chosen, and told. That Gleam builds from what is written is tested end to end.

use hex_registry::Timestamp;
use hex_registry::package::{Package, Release};
use hex_registry::policy::{Override, OverrideAction, Policy, RepositoryPolicy, Restriction, Visibility};
use serde_json::Value;

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, SIGNING, build};

fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    now.as_micros().try_into().unwrap()
}

/// `leaf` 1.0.0 and 1.1.0 are old, 1.2.0 was published now.
fn package(name: &str) -> Package {
    let release = |version: &str, published_at: i64| {
        let built = build(name, version);
        Release {
            version: version.to_owned(),
            inner_checksum: *built.inner.as_bytes(),
            outer_checksum: *built.outer.as_bytes(),
            dependencies: Vec::new(),
            retirement: None,
            advisory_ids: Vec::new(),
            published_at: Some(Timestamp::from_unix_micros(published_at)),
        }
    };
    let old = 1_600_000_000_000_000;
    Package {
        repository: "hexpm".to_owned(),
        name: name.to_owned(),
        releases: vec![release("1.0.0", old), release("1.1.0", old), release("1.2.0", now())],
        advisories: Vec::new(),
    }
}

fn policy() -> Policy {
    let deny = Override {
        action: OverrideAction::Deny,
        package: "leaf".to_owned(),
        requirement: Some(">= 1.1.0".to_owned()),
        comment: None,
    };
    Policy {
        repository: "acme".to_owned(),
        name: "strict".to_owned(),
        description: None,
        visibility: Visibility::Private,
        repositories: vec![RepositoryPolicy {
            repository: "hexpm".to_owned(),
            restriction: Restriction::default(),
            overrides: vec![deny],
        }],
    }
}

fn server() -> Mock {
    Mock::start(|request| {
        let path = request.path().strip_prefix("/repo/").unwrap_or_default();
        match path {
            "packages/leaf" => Answer::new(200, package("leaf").to_signed(&SIGNING)),
            "repos/acme/policies/strict" if request.authorization() == Some(KEY) => {
                Answer::new(200, policy().to_signed(&SIGNING))
            }
            _ => match path.strip_prefix("tarballs/leaf-").and_then(|rest| rest.strip_suffix(".tar")) {
                Some(version) => Answer::new(200, build("leaf", version).tarball),
                None => Answer::new(404, ""),
            },
        }
    })
}

fn machine(server: &Mock) -> Machine {
    let machine = Machine::knowing(server);
    machine.put("gleam.toml", "name = \"app\"\nversion = \"1.0.0\"\n\n[dependencies]\n");
    machine
}

/// With the day, which changes, taken out.
fn stable(text: &str) -> String {
    let line = |line: &str| match line.split_once("eligible ") {
        Some((before, rest)) => format!("{before}eligible DAY{}", rest.get(10..).unwrap_or_default()),
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_cooldown_is_honoured_and_told() {
    let server = server();
    let machine = machine(&server).with("HEX_COOLDOWN", "7d");
    let added = machine.skep(&["gleam", "add", "leaf"]);
    insta::assert_snapshot!(stable(added.ok()), @r"
    Added    leaf 1.1.0
    Held back leaf 1.2.0 (cooldown 7d; eligible DAY)
    1 package downloaded into Gleam's cache
    ");
    let update = machine.skep(&["gleam", "update"]);
    insta::assert_snapshot!(stable(update.ok()), @r"
    Held back leaf 1.2.0 (cooldown 7d; eligible DAY)
    Everything else is up to date and in Gleam's cache
    ");
    let before = (machine.text("gleam.toml"), machine.text("manifest.toml"));
    let asked = machine.skep(&["gleam", "add", "leaf@1.2.0"]);
    assert_eq!((asked.code, asked.stdout()), (1, ""));
    insta::assert_snapshot!(stable(&asked.stderr), @r"
    Because no leaf 1.2.0 can be used (1.2.0: cooldown 7d; eligible DAY) and the project requires leaf 1.2.0, no versions fit together.
    error: no versions fit together
    ");
    assert_eq!((machine.text("gleam.toml"), machine.text("manifest.toml")), before);
    // What the project would not take is not held back.
    machine.put("gleam.toml", &before.0.replace("< 2.0.0", "< 1.2.0"));
    let narrow = machine.skep(&["gleam", "update", "--json"]);
    let json: Value = serde_json::from_str(narrow.ok()).unwrap();
    assert_eq!(json["held_back"], serde_json::json!([]));
    machine.put("gleam.toml", &before.0);
    machine.put("manifest.toml", &before.1);
    // Whoever waits no longer gets it, and what is locked stays.
    let machine = machine.with("HEX_COOLDOWN", "0");
    machine.skep(&["gleam", "update"]).ok();
    let machine = machine.with("HEX_COOLDOWN", "7d");
    assert_eq!(
        machine.skep(&["gleam", "update"]).ok(),
        "Everything is up to date and in Gleam's cache\n",
        "a locked release is never held back"
    );
    assert!(machine.text("manifest.toml").contains("version = \"1.2.0\""));
}

#[test]
fn a_policy_is_honoured_and_told() {
    let server = server();
    let machine = machine(&server).with("HEX_POLICY", "hexpm:acme/strict");
    let added = machine.skep(&["gleam", "add", "leaf", "--json"]);
    let json: Value = serde_json::from_str(added.ok()).unwrap();
    assert_eq!(json["added"][0]["version"], "1.0.0");
    let told: Vec<_> = json["held_back"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0]["version"], &told[1]["version"]), (&"1.2.0".into(), &"1.1.0".into()));
    assert_eq!(told[0]["reason"], "policy acme/strict: override deny");
    // A policy that can't be had protects nobody.
    let machine = machine.with("HEX_POLICY", "hexpm:acme/other");
    let refused = machine.skep(&["gleam", "update"]);
    assert!(refused.failed().starts_with("cannot load policy hexpm:acme/other: "), "{}", refused.stderr);
    let machine = machine.with("HEX_POLICY", "strict");
    let refused = machine.skep(&["gleam", "update"]);
    assert!(
        refused.failed().starts_with("the policy \"strict\" is not REPOSITORY/NAME"),
        "{}",
        refused.stderr
    );
}
