//! Everything that can be done with the own account, against a real server.

use serde_json::{Value, json};
use skep_testkit::{Engine, TestServer};

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, Outcome};

const PASSWORD: &str = "correct horse";

fn parse(outcome: &Outcome) -> Value {
    serde_json::from_str(outcome.ok()).unwrap()
}

/// A server with `eric`, who is signed in by a key that came from standard input.
async fn signed_in() -> (TestServer, Machine) {
    let server = TestServer::start(Engine::Sqlite).await;
    server.create_user("eric", PASSWORD).await;
    let client = server.anonymous().with_password("eric", PASSWORD);
    let made = client.post("/api/keys", &json!({ "name": "by hand" })).await.expect_status(201).json();
    let machine = Machine::new().with("HEX_API_URL", &format!("{}/api", server.url()));
    let secret = made["secret"].as_str().unwrap();
    machine.skep_with_input(&["user", "auth", "--key-stdin"], &format!("{secret}\n")).ok();
    assert!(machine.holds(secret));
    (server, machine)
}

#[tokio::test]
async fn addresses() {
    let (_server, machine) = signed_in().await;
    let email = |arguments: &[&str]| {
        machine.skep_with_input(&[&["user", "email"], arguments].concat(), &format!("{PASSWORD}\n"))
    };
    let listed = || parse(&email(&["list", "--json"]));
    assert_eq!(
        listed(),
        json!([{ "email": "eric@example.com", "verified": true, "primary": true, "public": true }])
    );
    // A key alone changes no account.
    assert_eq!(
        machine.skep(&["user", "email", "add", "eric@example.org"]).failed(),
        "--password-stdin is needed where nobody can be asked"
    );
    let added = parse(&email(&["add", "eric@example.org", "--password-stdin", "--json"]));
    assert_eq!(added["added"]["email"], "eric@example.org");
    let shown = || parse(&machine.skep(&["user", "show", "eric", "--json"]))["email"].clone();
    assert_eq!(shown(), "eric@example.com");
    email(&["hide", "eric@example.com", "--password-stdin"]).ok();
    assert_eq!((&listed()[0]["public"], shown()), (&json!(false), Value::Null));
    email(&["public", "eric@example.com", "--password-stdin"]).ok();
    assert_eq!(listed()[0]["public"], true);
    email(&["resend", "eric@example.org"]).ok();
    let refused = email(&["primary", "eric@example.org", "--password-stdin"]);
    assert!(refused.failed().starts_with("cannot send mail to eric@example.org: "), "{}", refused.stderr);
    let wrong = email(&["verify", "eric@example.org", "--key", "0123"]);
    assert!(wrong.failed().starts_with("cannot verify eric@example.org: "), "{}", wrong.stderr);
    email(&["remove", "eric@example.org", "--password-stdin"]).ok();
    assert_eq!(listed().as_array().unwrap().len(), 1);
    // What is no address must not become another request.
    for odd in ["..", "preferences", "@"] {
        let told = email(&["remove", odd, "--password-stdin"]);
        assert_eq!(told.failed(), format!("{odd:?} is not an e-mail address"));
    }
}

#[tokio::test]
async fn mails() {
    let (_server, machine) = signed_in().await;
    let all = parse(&machine.skep(&["user", "email", "preferences", "--json"]));
    assert_eq!(all["owner_add"], true);
    let choose = |kind| {
        let arguments = ["user", "email", "preferences", "--off", kind, "--password-stdin"];
        machine.skep_with_input(&arguments, &format!("{PASSWORD}\n"))
    };
    assert!(
        choose("owner_add").ok().contains("owner_add            off"),
        "{}",
        choose("owner_add").stdout()
    );
    assert!(choose("gossip").failed().contains("gossip: is invalid"));
}

#[tokio::test]
async fn passwords() {
    let (server, machine) = signed_in().await;
    let change =
        |input: &str| machine.skep_with_input(&["user", "password", "change", "--password-stdin"], input);
    assert!(change("wrong\nbattery staple\n").failed().starts_with("cannot change the password: "));
    assert_eq!(change(&format!("{PASSWORD}\nbattery staple\n")).ok(), "Changed the password of eric\n");
    let me = |password| server.anonymous().with_password("eric", password);
    me("battery staple").get("/api/users/me").await.expect_status(200);
    me(PASSWORD).get("/api/users/me").await.expect_status(401);
    let told = machine.skep(&["user", "password", "reset", "eric"]);
    assert_eq!(told.ok(), "If there is an account eric, a link to set a new password was mailed to it\n");
    let arguments = ["user", "password", "reset", "eric", "--key", "0123", "--password-stdin"];
    assert!(
        machine.skep_with_input(&arguments, "a new one\n").failed().starts_with("cannot set the password: ")
    );
}

#[tokio::test]
async fn sessions_and_who_that_is() {
    let (_server, machine) = signed_in().await;
    let whoami = parse(&machine.skep(&["user", "whoami", "--json"]));
    assert_eq!((&whoami["username"], &whoami["method"]), (&json!("eric"), &json!("key")));
    assert_eq!(
        machine.skep(&["session", "list"]).stderr,
        "No sessions. Keys are listed by `skep key list`\n"
    );
    let unknown = machine.skep(&["session", "revoke", "1"]);
    assert!(unknown.failed().starts_with("cannot end session 1 at http://127.0.0.1:"), "{}", unknown.stderr);
    let which = ": you have no session 1; `skep session list` shows which there are";
    assert!(unknown.failed().ends_with(which), "{}", unknown.stderr);
    assert_eq!(machine.skep(&["user", "session", "revoke", "--others"]).ok(), "Ended all other sessions\n");
    assert_eq!(machine.skep(&["session", "revoke", ".."]).code, 2);
    // A key that the user brought stays at the server.
    machine.skep(&["user", "deauth"]).ok();
    assert!(machine.skep(&["user", "whoami"]).failed().starts_with("not signed in to"));
}

#[test]
fn a_key_that_is_refused_is_not_stored() {
    let server = Mock::start(|_| Answer::refusal(401, "invalid API key"));
    let machine = Machine::at(&server);
    let outcome = machine.skep_with_input(&["user", "auth", "--key", "-"], &format!("{KEY}\n"));
    assert_eq!(outcome.failed(), "the key was not accepted: invalid API key (401)");
    assert!(machine.files().is_empty());
}

#[test]
fn a_key_of_an_organization_signs_in_without_a_name() {
    let server = Mock::start(|request| match request.line().as_str() {
        "GET /api/users/me" => Answer::not_found(),
        "GET /api/auth?domain=api" => Answer::new(204, ""),
        _ => Answer::refusal(401, "no"),
    });
    let machine = Machine::at(&server);
    let outcome = machine.skep_with_input(&["user", "auth", "--key-stdin", "--json"], &format!("{KEY}\n"));
    assert_eq!(parse(&outcome)["signed_in"]["username"], Value::Null);
}
