//! `skep instance …`: administration over the API.

use serde_json::{Value, json};

use crate::mock::{Answer, Mock, Request};
use crate::support::{KEY, Machine};

const MOMENT: &str = "2026-01-02T03:04:05.678901Z";

fn user(name: &str) -> Value {
    json!({"username": name, "full_name": null, "administrator": name == "root", "tfa_enabled": false,
           "emails": [{"email": format!("{name}@example.com"), "verified": true, "primary": true, "public": false}],
           "deactivated_at": null, "last_used_at": MOMENT, "inserted_at": MOMENT, "url": "u"})
}

fn server() -> Mock {
    Mock::start(|request: &Request| match request.line().as_str() {
        "GET /api/admin/users?search=&page=1" => Answer::json(200, json!([user("eric"), user("root")])),
        "GET /api/admin/users?search=e%40&page=1" => Answer::json(200, json!([])),
        "GET /api/admin/users/eric"
        | "POST /api/admin/users/eric/deactivate"
        | "POST /api/admin/users/eric/reactivate"
        | "POST /api/admin/users/eric/administrator" => Answer::json(200, user("eric")),
        "GET /api/admin/users/eric/sessions" => Answer::json(
            200,
            json!([{"id": 3, "type": "oauth", "name": "laptop", "client": null, "current": false,
                    "last_use": {"used_at": MOMENT, "ip": "10.0.0.1", "user_agent": "x"},
                    "expires_at": MOMENT, "inserted_at": MOMENT}]),
        ),
        "GET /api/admin/reserved-names?page=1" => Answer::json(
            200,
            json!([{"repository": "hexpm", "name": "bait", "version": null, "reason": "typo", "inserted_at": MOMENT},
                   {"repository": "acme", "name": "plug", "version": "6.6.6", "reason": null, "inserted_at": MOMENT}]),
        ),
        "POST /api/admin/reserved-names" => {
            let mut made = request.json();
            made["inserted_at"] = json!(MOMENT);
            Answer::json(201, made)
        }
        "GET /api/admin/orgs/gone/audit-logs?page=1" => Answer::json(
            200,
            json!([{"action": "organization.delete", "params": {"organization": {"name": "gone"}}, "actor": "eric",
                    "user_agent": null, "inserted_at": MOMENT, "key_id": null, "remote_ip": null}]),
        ),
        "POST /api/admin/users/key/reactivate" => Answer::refusal(401, "key not authorized for this action"),
        line if line.starts_with("DELETE ") => Answer::new(204, ""),
        _ => Answer::not_found(),
    })
}

#[test]
fn what_administrators_see() {
    let server = server();
    let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
    let told = |line: &str| machine.skep(&line.split(' ').collect::<Vec<_>>()).ok().to_owned();
    insta::assert_snapshot!(told("instance user list"), @r"
    Name  Address           Administrator  Two-factor  Created           Last used         State
    eric  eric@example.com                             2026-01-02 03:04  2026-01-02 03:04  active
    root  root@example.com  yes                        2026-01-02 03:04  2026-01-02 03:04  active
    ");
    insta::assert_snapshot!(told("instance user show eric"), @r"
    Name: eric
    State: active
    Administrator: no
    Two-factor: no
    Created: 2026-01-02 03:04
    Last used: 2026-01-02 03:04
    Addresses:
      eric@example.com (primary, verified)
    ");
    insta::assert_snapshot!(told("instance user sessions eric"), @r"
    Number  Type   Name    Began             Ends              Last used         From
    3       oauth  laptop  2026-01-02 03:04  2026-01-02 03:04  2026-01-02 03:04  10.0.0.1
    ");
    insta::assert_snapshot!(told("instance reserved"), @r"
    Package    Version  Reserved          Reason
    bait       all      2026-01-02 03:04  typo
    acme/plug  6.6.6    2026-01-02 03:04
    ");
    insta::assert_snapshot!(told("instance organization audit-log gone"), @r"
    When              Who   Action               From  What
    2026-01-02 03:04  eric  organization.delete        organization.name=gone
    ");
    assert_eq!(told("instance user list --search e@"), "");
    assert_eq!(told("instance user list --search e@ --json"), "[]\n");
}

#[test]
fn what_administrators_do() {
    let server = server();
    let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
    let told =
        |line: &str| machine.skep(&format!("{line} --yes").split(' ').collect::<Vec<_>>()).ok().to_owned();
    assert_eq!(
        told("instance user deactivate eric"),
        "account eric is deactivated: its keys, tokens and password are refused\n"
    );
    assert_eq!(told("instance user reactivate eric"), "account eric is active\n");
    assert_eq!(told("instance user promote eric"), "account eric administers the server\n");
    assert_eq!(told("instance user demote eric"), "account eric administers the server no more\n");
    assert_eq!(told("instance user reset-two-factor eric"), "account eric has no second factor\n");
    assert_eq!(told("instance user end-sessions eric"), "the sessions of account eric have ended\n");
    assert_eq!(
        told("instance reserve plug --release 6.6.6 --repository acme"),
        "acme/plug 6.6.6 is reserved\n"
    );
    assert_eq!(told("instance unreserve bait"), "bait is free again\n");
    let json: Value = serde_json::from_str(&told("instance reserve bait --reason typo --json")).unwrap();
    assert_eq!(json["reserved"]["reason"], "typo");
    let lines = server.lines();
    assert!(lines.contains(&"DELETE /api/admin/users/eric/administrator".to_owned()), "{lines:?}");
    assert!(lines.contains(&"DELETE /api/admin/users/eric/tfa".to_owned()), "{lines:?}");
    assert!(lines.contains(&"DELETE /api/admin/users/eric/sessions".to_owned()), "{lines:?}");
    let freed = server
        .requests()
        .into_iter()
        .find(|request| request.method == "DELETE" && request.path().ends_with("names"));
    let free = json!({"repository": "hexpm", "name": "bait", "version": null, "reason": null});
    assert_eq!(freed.unwrap().json(), free);
}

#[test]
fn a_key_is_not_enough_and_that_is_told() {
    let server = server();
    let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
    assert_eq!(
        machine.skep(&["instance", "user", "reactivate", "key"]).failed(),
        "cannot change account key: key not authorized for this action (401). API keys change no accounts: log in with \
         `skep user auth`"
    );
    assert_eq!(
        machine.skep(&["instance", "user", "show", "nobody"]).failed(),
        format!("cannot show account nobody at {}: there is no account nobody", server.url(""))
    );
}
