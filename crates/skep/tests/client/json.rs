//! What `--json` prints is what the handbook says, and a command that has nothing to print as JSON says so.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::mock::{Answer, Mock, Request};
use crate::support::{KEY, Machine, answer};

const TABLE: &str = include_str!("../../../../docs/json.md");

/// The documents that the handbook has for a command.
fn documented(command: &str) -> Vec<&'static str> {
    let row = TABLE.lines().find(|line| line.starts_with("| `") && line.contains(&format!("`{command}`")));
    let (_, cell) = row.unwrap_or_else(|| panic!("{command} is not in the table")).split_once(" | ").unwrap();
    cell.split('`').skip(1).step_by(2).collect()
}

/// Whether a value has the members of a shape such as `[{name, url, …}]`.
fn fits(shape: &str, value: &Value) -> bool {
    if let Some(shape) = shape.strip_prefix('[') {
        let Some(rows) = value.as_array() else { return false };
        return rows.iter().all(|row| fits(shape.trim_end_matches(']'), row));
    }
    let (Some(members), Some(object)) =
        (shape.strip_prefix('{').and_then(|s| s.strip_suffix('}')), value.as_object())
    else {
        return false;
    };
    if let Some((verb, below)) = members.split_once(": ") {
        let below_fits = |value: &Value| below == "…" || fits(below, value);
        return object.len() == 1 && object.get(verb).is_some_and(below_fits);
    }
    let names: BTreeSet<&str> = members.split(", ").filter(|name| *name != "…").collect();
    let there: BTreeSet<&str> = object.keys().map(String::as_str).collect();
    if members.ends_with('…') { names.is_subset(&there) } else { names == there }
}

fn printed(machine: &Machine, arguments: &[&str]) -> Value {
    let outcome = machine.skep(&[arguments, &["--json"]].concat());
    serde_json::from_slice(&outcome.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}{}", outcome.stdout(), outcome.stderr))
}

fn serve(request: &Request) -> Answer {
    match request.line().as_str() {
        "GET /api/orgs/acme/keys" => Answer::json(200, json!([{ "name": "ci", "permissions": [] }])),
        "GET /api/orgs/acme/members" => Answer::json(200, json!([{ "username": "eric", "role": "read" }])),
        "GET /api/users/me/tfa" => Answer::json(200, json!({ "enabled": false, "recovery_codes_left": 0 })),
        _ => answer(request),
    }
}

#[test]
fn documents_are_as_the_handbook_says() {
    let mock = Mock::start(serve);
    let machine = Machine::at(&mock).with("HEX_API_KEY", KEY);
    let sum = "ab".repeat(32);
    machine.put(
        "mix.lock",
        &format!(
            "%{{\n  \"plug\": {{:hex, :plug, \"1.0.0\", \"{sum}\", [:mix], [], \"hexpm\", \"{sum}\"}},\n}}\n"
        ),
    );
    machine.put("a/lib.ex", "");
    let pinned = crate::support::fingerprint();
    for (command, rest) in [
        ("organization auth", &["acme", "--fingerprint", &pinned, "--key", KEY][..]),
        ("organization list", &[]),
        ("organization deauth", &["acme"]),
        ("organization key list", &[]),
        ("organization key generate", &[]),
        ("organization key revoke", &["ci"]),
        ("organization member list", &[]),
        ("server list", &[]),
        ("user whoami", &[]),
        ("info", &[]),
        ("snippets", &[]),
        ("doctor", &[]),
        ("config", &[]),
        ("repo list", &[]),
        ("repo add", &["mysrv", "https://hex.example.com/repo"]),
        ("repo remove", &["mysrv"]),
        ("package fetch", &["foo", "1.9.0", "--yes"]),
        ("package files", &["foo", "1.9.0"]),
        ("package versions", &["foo"]),
        ("package diff", &["foo", "1.9.0", "1.10.0"]),
        ("docs list", &[]),
        ("deps list", &[]),
        ("deps tree", &[]),
        ("deps why", &["plug"]),
        ("deps licenses", &[]),
        ("policy show", &[]),
        ("man", &["--output", "man1"]),
    ] {
        let mut arguments: Vec<&str> = command.split(' ').collect();
        if arguments.len() == 3 {
            arguments.insert(2, "acme");
        }
        arguments.extend(rest);
        let value = printed(&machine, &arguments);
        let shapes = documented(command);
        assert!(shapes.iter().any(|shape| fits(shape, &value)), "{command}: {value:#} is none of {shapes:?}");
    }
}

#[test]
fn changes_and_parts_are_told() {
    let machine = Machine::new();
    assert_eq!(printed(&machine, &["config", "offline", "true"]), json!({ "changed": { "key": "offline" } }));
    assert_eq!(
        printed(&machine, &["config", "offline", "--delete"]),
        json!({ "deleted": { "key": "offline" } })
    );
    assert_eq!(
        printed(&machine, &["repo", "show", "hexpm", "--url"]),
        json!({ "url": "https://repo.hex.pm" })
    );
    assert_eq!(printed(&machine, &["repo", "show", "hexpm", "--auth-key"]), json!({ "auth_key": null }));
    let removed = printed(&machine, &["organization", "deauth", "acme"]);
    assert_eq!(removed, json!({ "removed": { "organization": "acme", "found": false } }));
    assert_eq!(machine.skep(&["config", "offline", "true"]).ok(), "", "mix prints nothing, either");
}

#[test]
fn what_is_no_json_is_refused_and_not_printed() {
    let machine = Machine::new();
    for (arguments, why) in [
        (&["completions", "bash"][..], "a script for a shell is printed"),
        (&["man"], "a manual page is printed"),
        (&["man", "key"], "a manual page is printed"),
        (&["package", "fetch", "foo", "--output", "-"], "the tarball is written to standard output"),
        (&["serve", "--data", "data"], "the server tells how to reach it, and its log, in lines"),
    ] {
        let outcome = machine.skep(&[arguments, &["--json"]].concat());
        assert_eq!((outcome.code, outcome.stdout()), (2, ""), "{arguments:?}");
        let told: Value = serde_json::from_str(&outcome.stderr).unwrap();
        assert_eq!(told["error"]["message"], format!("--json can't be used here: {why}"), "{told}");
    }
    for arguments in
        [&["deps", "licenses", "--csv"][..], &["package", "diff", "foo", "1.0.0", "1.1.0", "--tool", "true"]]
    {
        assert_eq!(machine.skep(&[arguments, &["--json"]].concat()).code, 2, "{arguments:?}");
    }
    assert_eq!(machine.files(), [""; 0]);
}
