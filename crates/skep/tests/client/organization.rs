//! `skep organization …` and `skep invitation …` at the server: what is asked, what is told, and what is never done
//! unasked.

use serde_json::{Value, json};

use crate::mock::{Answer, Mock, Request};
use crate::support::{KEY, Machine};

const MOMENT: &str = "2026-01-02T03:04:05.678901Z";

fn organization(name: &str, seats: Option<i64>) -> Value {
    json!({"name": name, "billing_active": true, "seats": seats, "inserted_at": MOMENT, "updated_at": MOMENT})
}

fn entry(action: &str, params: Value) -> Value {
    json!({"action": action, "params": params, "actor": "eric", "user_agent": "skep", "inserted_at": MOMENT,
           "key_id": 7, "remote_ip": "10.0.0.1"})
}

/// A server where `eric` is admin of `acme`, which is all there is.
fn server() -> Mock {
    Mock::start(|request: &Request| {
        if request.authorization() != Some(KEY) {
            return Answer::refusal(401, "invalid API key");
        }
        let member =
            |name: &str, role: &str| json!({"username": name, "role": role, "url": "", "email": "e@x.org"});
        let invitation = json!({"id": 17, "email": "fran@example.com", "role": "write", "expires_at": MOMENT,
                                "inserted_at": MOMENT});
        let policy = json!({
            "name": "strict", "description": "What we ship", "visibility": "private",
            "repositories": [
                {"repository": "hexpm",
                 "restriction": {"cooldown": "7d", "advisory_min_severity": 3, "retirement_reasons": [1, 2]},
                 "overrides": [{"action": "allow", "package": "phoenix", "requirement": "~> 1.7"}]},
                {"repository": "acme", "restriction": {"cooldown": null, "advisory_min_severity": null,
                 "retirement_reasons": []}, "overrides": []}],
            "inserted_at": MOMENT, "updated_at": MOMENT, "url": "u",
        });
        match request.line().as_str() {
            "GET /api/orgs" => Answer::json(200, json!([organization("acme", None)])),
            "GET /api/users/me" => Answer::json(
                200,
                json!({"username": "eric", "organizations": [{"name": "acme", "role": "admin"}]}),
            ),
            "GET /api/orgs/acme" | "POST /api/orgs/acme" => Answer::json(200, organization("acme", Some(3))),
            "POST /api/orgs" => Answer::json(201, organization("acme", None)),
            "POST /api/orgs/acme/rename" => Answer::json(200, organization("acme_labs", Some(3))),
            "GET /api/orgs/acme/members" => {
                Answer::json(200, json!([member("eric", "admin"), member("jürgen", "read")]))
            }
            "GET /api/orgs/acme/members/eric" | "POST /api/orgs/acme/members/eric" => {
                Answer::json(200, member("eric", "admin"))
            }
            "POST /api/orgs/acme/members" => Answer::json(200, member("fran", "write")),
            "GET /api/orgs/acme/invitations" => Answer::json(200, json!([invitation])),
            "POST /api/orgs/acme/invitations" => {
                let mut made = invitation;
                made["url"] = json!("https://hex.example.com/invites?token=t0ken");
                Answer::json(201, made)
            }
            "POST /api/invitations/show" if request.json()["token"] == "t0ken" => {
                Answer::json(200, json!({"organization": "acme", "role": "write", "expires_at": MOMENT}))
            }
            "POST /api/invitations/accept" if request.json()["token"] == "t0ken" => Answer::json(
                200,
                json!({"organization": organization("acme", None), "role": "write", "joined": true}),
            ),
            "GET /api/orgs/acme/policies" => Answer::json(200, json!([policy])),
            "GET /api/orgs/acme/policies/strict" | "PUT /api/orgs/acme/policies/strict" => {
                Answer::json(200, policy)
            }
            "POST /api/orgs/acme/policies" => Answer::json(201, policy),
            "GET /api/repos/acme/packages?page=1" => Answer::json(
                200,
                json!([{"name": "foo", "repository": "acme", "latest_stable_version": "1.0.0",
                        "releases": [{"version": "1.0.0", "has_docs": false, "inserted_at": MOMENT}]}]),
            ),
            "GET /api/orgs/acme/audit-logs?page=1" => {
                let entries = (0..100)
                    .map(|n| entry("key.generate", json!({"key": {"id": n, "name": format!("ci-{n}")}})));
                Answer::json(200, entries.collect())
            }
            "GET /api/orgs/acme/audit-logs?page=2" => Answer::json(
                200,
                json!([entry(
                    "organization.create",
                    json!({"organization": {"id": 1, "name": "acme\u{1b}[2J"}})
                )]),
            ),
            line if line.starts_with("DELETE ") => Answer::new(204, ""),
            _ => Answer::not_found(),
        }
    })
}

fn signed_in(mock: &Mock) -> Machine {
    Machine::at(mock).with("HEX_API_KEY", KEY)
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn what_the_server_tells() {
    let server = server();
    let machine = signed_in(&server);
    let told = |line: &str| machine.skep(&words(line)).ok().to_owned();
    insta::assert_snapshot!(told("organization list --remote"), @r"
    Organization  Role   Seats  Created
    acme          admin  3      2026-01-02 03:04
    ");
    insta::assert_snapshot!(told("organization show acme"), @r"
    Name: acme
    Your role: admin
    Created: 2026-01-02 03:04
    Members: 2 of 3
      eric (admin)
      jürgen (read)
    ");
    insta::assert_snapshot!(told("organization member acme list"), @r"
    Name    Role   Address
    eric    admin  e@x.org
    jürgen  read   e@x.org
    ");
    insta::assert_snapshot!(told("organization member acme role eric"), @"admin");
    insta::assert_snapshot!(told("organization invitation acme list"), @r"
    Number  Address           Role   Expires
    17      fran@example.com  write  2026-01-02 03:04
    ");
    insta::assert_snapshot!(told("organization packages acme"), @r"
    Package  Newest  Published         Releases
    foo      1.0.0   2026-01-02 03:04  1
    ");
    insta::assert_snapshot!(told("organization seats acme"), @"3");
    insta::assert_snapshot!(told("organization policy acme list"), @r"
    Policy  Visibility  Description
    strict  private     What we ship
    ");
    insta::assert_snapshot!(told("organization policy acme show strict"), @r"
    strict (private)
    What we ship
    hexpm:
      releases younger than 7d are refused
      releases with an advisory of severity high or worse are refused
      releases retired as invalid, security are refused
      allow phoenix (~> 1.7)
    acme:
      nothing is refused
    ");
    insta::assert_snapshot!(told("invitation show t0ken"), @"To organization acme, with the role write, until 2026-01-02 03:04");
}

#[test]
fn what_programs_are_told() {
    let server = server();
    let machine = signed_in(&server);
    let told = |line: &str| {
        let outcome = machine.skep(&words(&format!("{line} --json --yes")));
        serde_json::from_str::<Value>(outcome.ok()).unwrap()
    };
    let list =
        json!([{"name": "acme", "role": "admin", "seats": 3, "inserted_at": MOMENT, "updated_at": MOMENT}]);
    assert_eq!(told("organization list --remote"), list);
    assert_eq!(told("organization show acme")["members"][1]["username"], "jürgen");
    assert_eq!(told("organization create acme")["created"]["name"], "acme");
    assert_eq!(told("organization seats acme"), json!({"organization": "acme", "seats": 3}));
    assert_eq!(told("organization seats acme 3")["changed"]["seats"], 3);
    assert_eq!(
        told("organization rename acme acme_labs"),
        json!({"renamed": {"from": "acme", "to": "acme_labs"}})
    );
    assert_eq!(told("organization leave acme"), json!({"left": {"organization": "acme"}}));
    assert_eq!(told("organization delete acme"), json!({"deleted": {"organization": "acme"}}));
    assert_eq!(told("organization member acme add fran --role write")["added"]["role"], "write");
    assert_eq!(told("organization member acme role eric admin")["changed"]["username"], "eric");
    assert_eq!(
        told("organization member acme remove eric"),
        json!({"removed": {"organization": "acme", "username": "eric"}})
    );
    let link = "https://hex.example.com/invites?token=t0ken";
    assert_eq!(told("organization invitation acme create fran@example.com")["created"]["url"], link);
    assert_eq!(told("organization invitation acme revoke 17")["revoked"]["email"], "fran@example.com");
    assert_eq!(told("invitation accept t0ken")["accepted"]["joined"], true);
    assert_eq!(told("organization policy acme delete strict")["deleted"]["name"], "strict");
    let restriction = json!({"cooldown": "7d", "advisory_min_severity": "high", "retirement_reasons": ["invalid", "security"]});
    assert_eq!(told("organization policy acme show strict")["repositories"][0]["restriction"], restriction);
    assert_eq!(told("organization policy acme list")[0]["repositories"][0]["restriction"], restriction);
    let changed = told("organization policy acme update strict --visibility private");
    assert_eq!(changed["changed"]["repositories"][0]["restriction"], restriction);
}

#[test]
fn the_log_comes_in_pages() {
    let server = server();
    let machine = signed_in(&server);
    let count = |arguments: &str| {
        machine.skep(&words(&format!("organization audit-log acme{arguments}"))).ok().lines().count() - 1
    };
    assert_eq!(count(" --limit 3"), 3);
    assert_eq!(count(""), 100);
    assert_eq!(server.lines(), ["GET /api/orgs/acme/audit-logs?page=1"; 2]);
    assert_eq!(count(" --limit 500"), 101);
    let last = machine.skep(&words("organization audit-log acme --page 2"));
    insta::assert_snapshot!(last.ok(), @r"
    When              Who   Action               From      What
    2026-01-02 03:04  eric  organization.create  10.0.0.1  organization.name=acme\u{1b}[2J
    ");
    let json: Value =
        serde_json::from_str(machine.skep(&words("organization audit-log acme --page 2 --json")).ok())
            .unwrap();
    assert_eq!(json[0]["key_id"], 7);
}

#[test]
fn nothing_is_destroyed_unasked() {
    let server = server();
    let machine = signed_in(&server);
    for line in [
        "organization delete acme",
        "organization leave acme",
        "organization rename acme other",
        "organization member acme remove eric",
        "organization policy acme delete strict",
        "instance user deactivate eric",
        "instance user promote eric",
    ] {
        let outcome = machine.skep(&words(line));
        assert!(
            outcome.failed().ends_with("--yes is needed where nobody can be asked"),
            "{}",
            outcome.stderr
        );
    }
    assert_eq!(
        machine.skep(&words("organization member acme remove me --yes")).failed(),
        "to end your own membership: skep organization leave acme"
    );
    for name in [".", ".."] {
        let outcome = machine.skep(&["organization", "policy", "acme", "delete", name, "--yes"]);
        assert_eq!(outcome.failed(), format!("cannot delete policy {name}: {name:?} is not a name"));
    }
    assert_eq!(server.lines(), Vec::<String>::new());
}

#[test]
fn a_link_goes_to_its_own_server_alone() {
    let server = server();
    let machine = signed_in(&server);
    let other = "https://hex.example.com/invites?token=t0ken";
    for command in ["show", "accept"] {
        let outcome = machine.skep(&["invitation", command, other]);
        assert!(outcome.failed().starts_with("this link is of https://hex.example.com, and not of http://"));
    }
    assert_eq!(server.lines(), Vec::<String>::new());
    let own = format!("{}\n", server.url("/invites?token=t0ken"));
    let outcome = machine.skep_with_input(&["invitation", "accept", "-"], &own);
    assert_eq!(outcome.ok(), "You are a member of acme now, with the role write\n");
    assert_eq!(
        machine.skep(&["invitation", "show", "old"]).failed(),
        format!(
            "this link invites to nothing at {}: it was accepted, taken back or has ended",
            server.url("")
        )
    );
}

#[test]
fn a_new_link_stands_alone() {
    let server = server();
    let outcome = signed_in(&server).skep(&words("organization invitation acme create f@x.org --role write"));
    assert_eq!(outcome.ok(), "https://hex.example.com/invites?token=t0ken\n");
    assert_eq!(server.requests()[0].json(), json!({"email": "f@x.org", "role": "write"}));
}

#[test]
fn policies_by_options() {
    let server = server();
    let machine = signed_in(&server);
    let sent = |arguments: &[&str]| {
        machine.skep(&[&["organization", "policy", "acme"], arguments].concat()).ok();
        server.requests().last().unwrap().json()
    };
    let none = Value::Null;
    assert_eq!(
        sent(&[
            "create",
            "strict",
            "--cooldown",
            "7d",
            "--deny",
            "left_pad@< 2.0.0",
            "--visibility",
            "public"
        ]),
        json!({"name": "strict", "visibility": "public", "repositories": [{
            "repository": "hexpm",
            "restriction": {"cooldown": "7d", "advisory_min_severity": none, "retirement_reasons": []},
            "overrides": [{"action": "deny", "package": "left_pad", "requirement": "< 2.0.0"}],
        }]})
    );
    // What is not named stays.
    assert_eq!(
        sent(&["update", "strict", "--advisory-min-severity", "low", "--deny", "phoenix", "--allow", "ecto"]),
        json!({"repositories": [{
            "repository": "hexpm",
            "restriction": {"cooldown": "7d", "advisory_min_severity": 1, "retirement_reasons": [1, 2]},
            "overrides": [{"action": "allow", "package": "ecto", "requirement": none},
                          {"action": "deny", "package": "phoenix", "requirement": none}],
        }]})
    );
    assert_eq!(
        sent(&["update", "strict", "--cooldown", "", "--retirement-reasons", "", "--drop", "phoenix"]),
        json!({"repositories": [{
            "repository": "hexpm",
            "restriction": {"cooldown": none, "advisory_min_severity": 3, "retirement_reasons": []},
            "overrides": [],
        }]})
    );
    assert_eq!(sent(&["update", "strict", "--description", "x"]), json!({"description": "x"}));
    assert_eq!(
        machine.skep(&words("organization policy acme update strict")).failed(),
        "nothing is to be changed: name an option, or --file"
    );
}

#[test]
fn policies_from_files() {
    let server = server();
    let machine = signed_in(&server);
    let shown = machine.skep(&words("organization policy acme show strict --json")).ok().to_owned();
    machine.skep_with_input(&words("organization policy acme update strict --file -"), &shown).ok();
    let sent = server.requests().last().unwrap().json();
    let before: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(sent["repositories"][0]["overrides"], before["repositories"][0]["overrides"]);
    let numbers = json!({"cooldown": "7d", "advisory_min_severity": 3, "retirement_reasons": [1, 2]});
    assert_eq!(sent["repositories"][0]["restriction"], numbers, "words are for people");
    machine.put("policy.toml", "visibility = \"private\"\n[[repositories]]\nrepository = \"acme\"\n");
    machine.skep(&words("organization policy acme create ours --file policy.toml --visibility public")).ok();
    let sent = server.requests().last().unwrap().json();
    assert_eq!((&sent["name"], &sent["visibility"]), (&json!("ours"), &json!("public")));
    machine.put("policy.toml", "cooldown = \"7d\"\n");
    let wrong = machine.skep(&words("organization policy acme create ours --file policy.toml"));
    assert!(wrong.failed().starts_with("policy.toml: this is no policy: "), "{}", wrong.stderr);
}

#[test]
fn what_is_not_there_is_told() {
    let server = server();
    let machine = signed_in(&server);
    let told = |line: &str| machine.skep(&words(line)).failed().to_owned();
    let unknown = "there is no organization nope that you are in";
    let at = server.url("");
    assert_eq!(told("organization show nope"), format!("cannot show organization nope at {at}: {unknown}"));
    assert_eq!(
        told("organization member nope list"),
        format!("cannot list the members of nope at {at}: {unknown}")
    );
    assert_eq!(
        told("organization member acme remove erik --yes"),
        format!(
            "cannot remove erik from acme at {at}: erik is no member of acme, or there is no organization acme that you are in"
        )
    );
    assert!(server.lines().iter().all(|line| !line.starts_with("DELETE ")));
    assert_eq!(
        told("organization policy acme show lax"),
        format!(
            "cannot show policy lax at {at}: there is no policy lax, or there is no organization acme that you are in"
        )
    );
    assert_eq!(
        told("organization invitation acme revoke gus@example.com"),
        "there is no invitation of gus@example.com to acme"
    );
}

#[test]
fn listing_needs_no_server() {
    let machine = Machine::new();
    machine.put(".hex/hex.config", "{'$repos',#{<<\"hexpm:acme\">> => #{auth_key => <<\"k\">>}}}.\n");
    assert!(machine.skep(&words("organization list")).ok().contains("acme"));
    assert!(machine.skep(&words("organization list --remote")).failed().starts_with("not signed in to "));
}
