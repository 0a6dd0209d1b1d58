//! `skep organization key` and `skep user key`.

use serde_json::json;

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, server};

fn signed_in(mock: &Mock) -> Machine {
    Machine::at(mock).with("HEX_API_KEY", KEY)
}

#[test]
fn generate_prints_the_secret_alone() {
    let server = server();
    let outcome = signed_in(&server).skep(&["organization", "key", "acme", "generate"]);
    assert_eq!(outcome.ok(), format!("{KEY}\n"));
    assert_eq!(outcome.stderr, "");
    let made = &server.requests()[0];
    assert_eq!(made.line(), "POST /api/orgs/acme/keys");
    let permissions = json!([{"domain": "repository", "resource": "acme"}]);
    assert_eq!(made.json(), json!({"name": "laptop", "permissions": permissions}));
}

#[test]
fn permissions_are_checked_before_anything_is_sent() {
    let server = server();
    let machine = signed_in(&server);
    let generate = |permissions: &[&str]| {
        let mut arguments = vec!["organization", "key", "acme", "generate"];
        permissions.iter().for_each(|permission| arguments.extend(["--permission", permission]));
        machine.skep(&arguments)
    };
    assert!(
        generate(&["api:admin"]).failed().starts_with("unknown permission \"api:admin\", expected api, ")
    );
    assert!(server.requests().is_empty());
    generate(&["repository", "api:read", "docs:other"]).ok();
    assert_eq!(
        server.requests()[0].json()["permissions"],
        json!([
            {"domain": "repository", "resource": "acme"},
            {"domain": "api", "resource": "read"},
            {"domain": "docs", "resource": "other"},
        ])
    );
}

#[test]
fn failures_are_failures() {
    let server = Mock::start(|_| {
        Answer::json(
            422,
            json!({"status": 422, "message": "Validation error(s)",
                   "errors": {"permissions": {"resource": "you do not have access to this repository"}}}),
        )
    });
    let machine = signed_in(&server);
    let told = "Validation error(s) (422): permissions.resource: you do not have access to this repository";
    for (rest, what) in [
        (&["generate"][..], "cannot make a key"),
        (&["list"], "cannot list the keys"),
        (&["revoke", "ci"], "cannot revoke key ci"),
        (&["revoke", "--all", "--yes"], "cannot revoke the keys"),
    ] {
        let arguments = [&["organization", "key", "acme"], rest].concat();
        assert_eq!(machine.skep(&arguments).failed(), format!("{what}: {told}"));
    }
}

#[test]
fn revoke_one_or_all() {
    let server = server();
    let machine = signed_in(&server);
    machine.skep(&["organization", "key", "acme", "revoke", "ci"]).ok();
    machine.skep(&["organization", "key", "acme", "revoke", "--all", "--yes"]).ok();
    machine.skep(&["user", "key", "revoke", "laptop"]).ok();
    assert_eq!(
        machine.skep(&["user", "key", "revoke", ".."]).failed(),
        "cannot revoke key ..: \"..\" is not the name of a key"
    );
    assert_eq!(
        server.lines(),
        ["DELETE /api/orgs/acme/keys/ci", "DELETE /api/orgs/acme/keys", "DELETE /api/keys/laptop"]
    );
}

#[test]
fn list_shows_what_matters() {
    let keys = json!([
        {"name": "ci", "inserted_at": "2026-01-02T03:04:05.678901Z", "revoke_at": null,
         "permissions": [{"domain": "repository", "resource": "acme"}, {"domain": "api", "resource": "read"}]},
        {"name": "schlüssel", "inserted_at": "2026-02-03T04:05:06Z", "revoke_at": "2027-01-01T00:00:00Z",
         "permissions": [{"domain": "api", "resource": null}],
         "last_use": {"used_at": "2026-08-09T10:11:12Z", "ip": "10.0.0.1", "user_agent": "\u{1b}[2J"}},
    ]);
    let server = Mock::start(move |_| Answer::json(200, keys.clone()));
    let machine = signed_in(&server);
    insta::assert_snapshot!(machine.skep(&["organization", "key", "acme", "list"]).ok(), @r"
    Name       Permissions               Created           Expires           Last used         From
    ci         repository:acme api:read  2026-01-02 03:04  never             never
    schlüssel  api                       2026-02-03 04:05  2027-01-01 00:00  2026-08-09 10:11  10.0.0.1
    ");
    let json: serde_json::Value =
        serde_json::from_str(machine.skep(&["user", "key", "list", "--json"]).ok()).unwrap();
    assert_eq!(json[1]["last_use"]["ip"], "10.0.0.1");
    assert_eq!(server.lines(), ["GET /api/orgs/acme/keys", "GET /api/keys"]);
}

#[test]
fn one_key() {
    let key = json!({
        "name": "ci", "inserted_at": "2026-01-02T03:04:05.678901Z", "revoke_at": null, "authing_key": false,
        "permissions": [{"domain": "repository", "resource": "acme"}],
        "last_use": {"used_at": "2026-08-09T10:11:12Z", "ip": "10.0.0.1", "user_agent": "mix"},
    });
    let server = Mock::start(move |request| match request.path().ends_with("/keys/ci") {
        true => Answer::json(200, key.clone()),
        false => Answer::not_found(),
    });
    let machine = signed_in(&server);
    insta::assert_snapshot!(machine.skep(&["organization", "key", "acme", "show", "ci"]).ok(), @r"
    Name: ci
    Permissions: repository:acme
    Created: 2026-01-02 03:04
    Expires: never
    Last used: 2026-08-09 10:11
    From: 10.0.0.1
    ");
    let json: serde_json::Value =
        serde_json::from_str(machine.skep(&["user", "key", "show", "ci", "--json"]).ok()).unwrap();
    assert_eq!(json["last_use"]["user_agent"], "mix");
    assert_eq!(server.lines(), ["GET /api/orgs/acme/keys/ci", "GET /api/keys/ci"]);
    assert_eq!(
        machine.skep(&["user", "key", "show", "no"]).failed(),
        format!(
            "cannot show key no at {}: you have no key no; `skep key list` shows which there are",
            server.url("")
        )
    );
    assert_eq!(
        machine.skep(&["organization", "key", "acme", "revoke", "no"]).failed(),
        format!(
            "cannot revoke key no at {}: there is no organization acme that you are in, or it has no key no",
            server.url("")
        )
    );
}
