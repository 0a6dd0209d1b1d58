//! Logging in with a browser, to several servers at once, against real servers.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};
use skep_testkit::{Engine, TestServer, World, one_time_code};

use crate::support::{Machine, Outcome};

const CREDENTIALS: &str = ".hex/skep/credentials.toml";

fn parse(outcome: &Outcome) -> Value {
    serde_json::from_str(outcome.ok()).unwrap()
}

/// Signs in, agreeing as `username` to the code that is shown.
async fn sign_in(machine: &Machine, server: &TestServer, username: &str) {
    let arguments = ["user", "auth", "--no-browser", "--json", "--server", server.url()];
    let mut child = machine
        .command(&arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = BufReader::new(child.stderr.take().unwrap()).lines();
    let code = shown.find_map(|line| Some(line.unwrap().split_once("?user_code=")?.1.to_owned())).unwrap();
    server.approve_device(username, &code).await;
    let shown: Vec<String> = shown.map(Result::unwrap).collect();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{shown:?}");
    let halves = format!("  {}-{}", &code[..4], &code[4..]);
    assert!(shown.contains(&halves), "{shown:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["signed_in"]["username"], username);
    assert_eq!(told["signed_in"]["method"], "session");
}

/// What stands in the file of credentials about the server.
fn stored(machine: &Machine, server: &TestServer, key: &str) -> String {
    let file: toml::Table = machine.text(CREDENTIALS).parse().unwrap();
    file["servers"][&format!("{}/api", server.url())][key].as_str().unwrap().to_owned()
}

async fn status(server: &TestServer, token: &str) -> u16 {
    server.anonymous().with_token(token).get("/api/users/me").await.status
}

#[tokio::test]
async fn two_servers_at_once() {
    let (one, two) = (TestServer::start(Engine::Sqlite).await, TestServer::start(Engine::Sqlite).await);
    let _world = World::new(&one).await;
    two.create_user("jane", "correct horse").await;
    let machine = Machine::new();
    sign_in(&machine, &one, "reader").await;
    sign_in(&machine, &two, "jane").await;
    let who =
        |server: &TestServer| parse(&machine.skep(&["user", "whoami", "--json", "--server", server.url()]));
    assert_eq!(who(&one)["username"], "reader");
    assert_eq!(who(&one)["organizations"][0]["name"], "acme");
    assert_eq!((&who(&two)["username"], &who(&two)["method"]), (&"jane".into(), &"session".into()));
    let listed = parse(&machine.skep(&["server", "list", "--json"]));
    let listed: Vec<_> =
        listed.as_array().unwrap().iter().map(|row| (&row["username"], &row["default"])).collect();
    assert_eq!(listed[0], (&Value::Null, &true.into()), "hex.pm, where nobody is signed in");
    assert_eq!(listed.len(), 3);

    // A session opens the private repositories of its own server.
    let fetch = ["package", "fetch", "cellar", "--organization", "acme", "--server", one.url(), "--yes"];
    machine.skep(&fetch).ok();
    assert!(machine.path("cellar-1.0.0.tar").exists());

    // Tokens whose time is over are renewed, and those before them are of no use any more.
    let before = stored(&machine, &one, "access_token");
    let other = stored(&machine, &two, "access_token");
    let expires_at = stored(&machine, &one, "expires_at");
    machine.put(CREDENTIALS, &machine.text(CREDENTIALS).replace(&expires_at, "2020-01-01T00:00:00Z"));
    assert_eq!(who(&one)["username"], "reader");
    let after = stored(&machine, &one, "access_token");
    assert_ne!(before, after);
    assert_eq!((status(&one, &before).await, status(&one, &after).await), (401, 200));
    assert_eq!(stored(&machine, &two, "access_token"), other, "the other session is not touched");

    let sessions = parse(&machine.skep(&["session", "list", "--json", "--server", one.url()]));
    let current: Vec<_> =
        sessions.as_array().unwrap().iter().filter(|session| session["current"] == true).collect();
    assert_eq!((current.len(), &current[0]["name"]), (1, &"laptop".into()));

    machine.skep(&["user", "deauth", "--all-servers"]).ok();
    assert_eq!((status(&one, &after).await, status(&two, &other).await), (401, 401));
    assert!(!machine.holds(&after) && !machine.holds(&other));
    machine.skep(&["user", "whoami", "--server", one.url()]).failed();
}

#[tokio::test]
async fn signing_out_everywhere() {
    let server = TestServer::start(Engine::Sqlite).await;
    server.create_user("eric", "correct horse").await;
    let (here, there) = (Machine::new(), Machine::new());
    sign_in(&there, &server, "eric").await;
    let token = stored(&there, &server, "access_token");
    let sign_in_here = ["user", "auth", "--username", "eric", "--password-stdin", "--server", server.url()];
    here.skep_with_input(&sign_in_here, "correct horse\n").ok();
    here.skep(&["user", "deauth", "--server", server.url()]).ok();
    assert_eq!(status(&server, &token).await, 200);

    here.skep_with_input(&sign_in_here, "correct horse\n").ok();
    here.skep(&["user", "deauth", "--everywhere", "--yes", "--server", server.url()]).ok();
    assert_eq!(status(&server, &token).await, 401);
    assert!(
        here.skep(&["user", "whoami", "--server", server.url()]).failed().starts_with("not signed in to ")
    );
    let not_here = here.skep(&["user", "deauth", "--everywhere", "--yes", "--server", server.url()]);
    assert_eq!(not_here.ok(), "");

    // A session that may only read ends no other, and the user learns that this is undone.
    sign_in(&here, &server, "eric").await;
    let refused = here.skep(&["user", "deauth", "--everywhere", "--yes", "--server", server.url()]);
    let told =
        format!("cannot end the other sessions at {}/api, and so you are still signed in: ", server.url());
    assert!(refused.failed().starts_with(&told), "{}", refused.stderr);
    here.skep(&["user", "whoami", "--server", server.url()]).ok();
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_says_how_to_go_on() {
    let server = TestServer::start(Engine::Sqlite).await;
    server.create_user("eric", "correct horse").await;
    let machine = Machine::new();
    sign_in(&machine, &server, "eric").await;
    let token = stored(&machine, &server, "access_token");
    let client = server.anonymous().with_password("eric", "correct horse");
    client.delete("/api/users/me/sessions").await.expect_status(204);
    assert_eq!(status(&server, &token).await, 401);
    let told = machine.skep(&["user", "whoami", "--server", server.url()]);
    let url = server.url();
    assert_eq!(
        told.failed(),
        format!(
            "cannot tell who is signed in: the session with {url}/api has ended: sign in again with \
             `skep user auth --server {url}/api`"
        )
    );
    // Without a second factor a session reads and doesn't write, and it is said what does.
    sign_in(&machine, &server, "eric").await;
    let told = machine.skep(&["key", "generate", "--server", url]);
    assert!(told.failed().contains("or sign in with `skep user auth --username NAME`"), "{}", told.stderr);
}

#[tokio::test]
async fn with_a_second_factor_writing_takes_a_code() {
    let server = TestServer::start(Engine::Sqlite).await;
    server.create_user("eric", "correct horse").await;
    let machine = Machine::new();
    sign_in(&machine, &server, "eric").await;
    let with_password = |arguments: &[&str]| {
        machine.skep_with_input(&[arguments, &["--server", server.url()]].concat(), "correct horse\n")
    };
    // Setting one up is not yet writing.
    let client = server.anonymous().with_password("eric", "correct horse");
    let begun = client.post("/api/users/me/tfa", &json!({ "password": "correct horse" })).await;
    let secret = begun.expect_status(201).json()["secret"].as_str().unwrap().to_owned();
    let code = one_time_code(&secret, server.clock().now());
    client.post("/api/users/me/tfa/confirm", &json!({ "code": code })).await.expect_status(200);
    sign_in(&machine, &server, "eric").await;
    let generate = ["key", "generate", "--expires", "30d", "--json"];
    assert!(with_password(&generate[..2]).failed().contains("HEX_OTP"));
    let machine = machine.with("HEX_OTP", &code);
    let made = parse(&machine.skep(&[&generate[..], &["--server", server.url()]].concat()));
    assert_eq!(made["name"], "laptop");
    let shown = parse(&machine.skep(&["key", "list", "--json", "--server", server.url()]));
    let revoke_at = shown[0]["revoke_at"].as_str().unwrap();
    assert_eq!(revoke_at[..10], made["revoke_at"].as_str().unwrap()[..10]);
    // No password is needed to change addresses, because there is a code.
    machine.skep(&["user", "email", "add", "eric@example.org", "--server", server.url()]).ok();
}
