//! Which server sees which credential: a login its own, `HEX_API_KEY` the one that it is for.

use serde_json::{Value, json};

use crate::completion::offered;
use crate::mock::{Answer, Mock, Request};
use crate::support::{KEY, Machine, answer};

/// A key that another server gave.
const FOREIGN: &str = "ffffffffffffffffffffffffffffffff";

/// A server with sessions to end and keys to list, for [`KEY`].
fn server() -> Mock {
    Mock::start(|request: &Request| match request.line().as_str() {
        "DELETE /api/users/me/sessions" if request.authorization() == Some(KEY) => Answer::new(204, ""),
        "GET /api/keys" => Answer::json(200, json!([{ "name": request.authorization() }])),
        _ => answer(request),
    })
}

/// A machine with a login, a key, at each server.
fn signed_in(servers: &[&Mock]) -> Machine {
    let machine = Machine::new();
    let login = |server: &&Mock| format!("[servers.\"{}\"]\napi_key = \"{KEY}\"\n", server.url("/api"));
    machine.put(".hex/skep/credentials.toml", &servers.iter().map(login).collect::<String>());
    machine
}

fn saw(server: &Mock, key: &str) -> bool {
    server.requests().iter().any(|request| request.authorization() == Some(key))
}

fn set_to(machine: &Machine, server: &Mock) {
    machine.put(".hex/hex.config", &format!("{{api_url,<<\"{}\">>}}.\n", server.url("/api")));
}

#[test]
fn sessions_are_ended_with_the_login_and_no_other_key() {
    let (one, two) = (server(), server());
    let machine = signed_in(&[&one, &two]).with("HEX_API_KEY", FOREIGN);
    let outcome = machine.skep(&["user", "deauth", "--everywhere", "--all-servers", "--yes", "--json"]);
    let told: Value = serde_json::from_str(outcome.ok()).unwrap();
    assert_eq!(told["signed_out"].as_array().unwrap().len(), 2);
    for server in [&one, &two] {
        assert!(!saw(server, FOREIGN));
        assert_eq!(server.lines(), ["DELETE /api/users/me/sessions"]);
    }
}

#[test]
fn a_server_that_refuses_keeps_no_other_from_being_signed_out_of() {
    let (refusing, good) = (Mock::start(|_| Answer::refusal(403, "No")), server());
    let machine = signed_in(&[&refusing, &good]);
    let everywhere = ["user", "deauth", "--everywhere", "--all-servers", "--yes", "--json"];
    let outcome = machine.skep(&everywhere);
    assert_eq!(outcome.code, 1);
    let told: Value = serde_json::from_str(outcome.stdout()).unwrap();
    assert_eq!(told["signed_out"], json!([{ "server": good.url("/api"), "username": null }]));
    let still = format!("cannot end the other sessions at {}, and so you are still", refusing.url("/api"));
    assert!(outcome.stderr.contains(&still), "{}", outcome.stderr);
    assert_eq!(good.lines(), ["DELETE /api/users/me/sessions"]);
}

#[test]
fn sessions_are_not_ended_where_nobody_can_be_asked() {
    let server = server();
    let machine = signed_in(&[&server]);
    let outcome = machine.skep(&["user", "deauth", "--everywhere", "--all-servers"]);
    assert!(outcome.failed().contains("--yes is needed where nobody can be asked"), "{}", outcome.stderr);
    assert!(server.requests().is_empty() && machine.holds(KEY));
}

#[test]
fn the_key_in_the_environment_is_for_the_server_that_mix_is_set_to() {
    let (usual, other) = (server(), server());
    let at = |server: &Mock| server.url("");
    let machine = signed_in(&[&other]).with("HEX_API_KEY", FOREIGN);
    set_to(&machine, &usual);
    let whoami = machine.skep(&["user", "whoami", "--json", "--server", &at(&other)]);
    let told: Value = serde_json::from_str(whoami.ok()).unwrap();
    assert_eq!((&told["username"], &told["method"]), (&json!("eric"), &json!("key")));
    assert!(!saw(&other, FOREIGN));
    // Without a login there is nothing to show, and it is said why.
    let machine = Machine::new().with("HEX_API_KEY", FOREIGN);
    set_to(&machine, &usual);
    let before = other.requests().len();
    let refused = machine.skep(&["user", "whoami", "--server", &at(&other)]);
    let told = format!("HEX_API_KEY is for {}", usual.url("/api"));
    assert!(refused.failed().contains(&told), "{}", refused.stderr);
    assert_eq!(other.requests().len(), before);
    // Its own server sees it.
    let machine = Machine::new().with("HEX_API_KEY", KEY);
    set_to(&machine, &usual);
    let whoami = machine.skep(&["user", "whoami", "--json"]);
    let told: Value = serde_json::from_str(whoami.ok()).unwrap();
    assert_eq!(told["method"], "environment");
}

#[test]
fn where_nothing_says_whose_the_key_is_a_login_goes_before_it() {
    let server = server();
    let whoami = ["user", "whoami", "--server", &server.url("")];
    assert_eq!(signed_in(&[&server]).with("HEX_API_KEY", FOREIGN).skep(&whoami).ok(), "eric\n");
    assert!(!saw(&server, FOREIGN));
    // A build has no login, but says where to.
    assert_eq!(Machine::new().with("HEX_API_KEY", KEY).skep(&whoami).ok(), "eric\n");
    // Where it is said, the key is what is meant.
    let machine = signed_in(&[&server]).with("HEX_API_KEY", FOREIGN).with("HEX_API_URL", &server.url("/api"));
    assert!(machine.skep(&whoami).failed().contains("it is the one in HEX_API_KEY"));
}

#[test]
fn nobody_sees_a_key_because_of_a_completion() {
    let server = server();
    let revoke = ["key", "revoke", "--server", &server.url(""), "0"];
    assert_eq!(offered(&Machine::new().with("HEX_API_KEY", KEY), &revoke), [""; 0]);
    assert!(server.requests().is_empty());
    let machine = signed_in(&[&server]).with("HEX_API_KEY", FOREIGN);
    assert_eq!(offered(&machine, &revoke), [KEY]);
    assert!(!saw(&server, FOREIGN));
    let machine = Machine::new().with("HEX_API_KEY", KEY);
    set_to(&machine, &server);
    assert_eq!(offered(&machine, &revoke), [KEY]);
}

#[test]
fn what_was_completed_with_one_key_is_not_offered_with_another() {
    let server = server();
    let machine = signed_in(&[&server]).with("HEX_API_URL", &server.url("/api"));
    assert_eq!(offered(&machine, &["key", "revoke", ""]), [KEY]);
    let machine = machine.with("HEX_API_KEY", FOREIGN);
    assert_eq!(offered(&machine, &["key", "revoke", ""]), [FOREIGN]);
    let machine = machine.with("HEX_API_KEY", "0123456789abcdef0123456789abcdee");
    assert_eq!(offered(&machine, &["key", "revoke", ""]), ["0123456789abcdef0123456789abcdee"]);
    assert!(!machine.holds(FOREIGN));
}
