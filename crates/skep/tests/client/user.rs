//! `skep user …`, and where credentials go.

use serde_json::json;

use crate::mock::{Answer, Mock, Request};
use crate::support::{KEY, Machine};

const PASSWORD: &str = "correct horse battery staple";

/// A server that knows `eric` by password and gives out numbered keys.
fn server() -> Mock {
    Mock::start(|request: &Request| {
        let basic = request.authorization().is_some_and(|value| value.starts_with("Basic "));
        let own = request.authorization().is_some_and(|value| value.starts_with("secret-"));
        match request.line().as_str() {
            "GET /api/users/me" if basic || own => Answer::json(200, json!({"username": "eric"})),
            "POST /api/keys" if basic => {
                let name = request.json()["name"].as_str().unwrap().to_owned();
                Answer::json(201, json!({"name": name, "secret": format!("secret-{name}")}))
            }
            "POST /api/users" => Answer::json(201, json!({"username": "eric"})),
            line if line.starts_with("DELETE /api/keys/") && own => Answer::json(200, json!({})),
            _ => Answer::refusal(401, "invalid username and password combination"),
        }
    })
}

fn sign_in(machine: &Machine) {
    machine
        .skep_with_input(
            &["user", "auth", "--username", "eric", "--password-stdin"],
            &format!("{PASSWORD}\n"),
        )
        .ok();
}

#[test]
fn signing_in_stores_keys_and_no_password() {
    let server = server();
    let machine = Machine::at(&server);
    sign_in(&machine);
    assert_eq!(machine.files(), [".hex/skep/credentials.toml"]);
    let text = machine.text(".hex/skep/credentials.toml");
    assert!(text.contains("api_key = \"secret-laptop-api\""), "{text}");
    assert!(text.contains("repository_key = \"secret-laptop-repositories\""), "{text}");
    assert!(!machine.holds(PASSWORD) && !text.contains("Basic"), "{text}");
    let made: Vec<_> =
        server.requests().iter().filter(|request| request.method == "POST").map(Request::json).collect();
    assert_eq!(
        made,
        [
            json!({"name": "laptop-api", "permissions": [{"domain": "api", "resource": null}]}),
            json!({"name": "laptop-repositories", "permissions": [{"domain": "repositories", "resource": null}]}),
        ]
    );
    assert_eq!(machine.skep(&["user", "whoami"]).ok(), "eric\n");
    assert_eq!(server.requests().last().unwrap().authorization(), Some("secret-laptop-api"));
}

#[test]
fn signing_in_again_revokes_what_the_last_time_left_and_nothing_else() {
    let server = server();
    let machine = Machine::at(&server);
    sign_in(&machine);
    let deleted = || server.lines().into_iter().filter(|line| line.starts_with("DELETE")).collect::<Vec<_>>();
    // The old keys were revoked by somebody and the new ones got their names: they must stay.
    sign_in(&machine);
    assert_eq!(deleted(), Vec::<String>::new());
    let text = machine.text(".hex/skep/credentials.toml").replace("\"laptop-", "\"old-");
    machine.put(".hex/skep/credentials.toml", &text);
    sign_in(&machine);
    assert_eq!(deleted(), ["DELETE /api/keys/old-repositories", "DELETE /api/keys/old-api"]);
}

#[test]
fn a_credential_never_goes_to_another_server() {
    let (ours, other) = (server(), server());
    let machine = Machine::at(&ours);
    sign_in(&machine);
    let whoami = machine.skep(&["user", "whoami", "--api-url", &other.url("/api")]);
    assert!(whoami.failed().starts_with(&format!("not signed in to {}", other.url("/api"))));
    machine.skep(&["organization", "key", "acme", "list", "--api-url", &other.url("/api")]).failed();
    assert!(other.requests().is_empty());
}

#[test]
fn a_wrong_password_stores_nothing() {
    let server = Mock::start(|_| Answer::refusal(401, "invalid username and password combination"));
    let machine = Machine::at(&server);
    let outcome =
        machine.skep_with_input(&["user", "auth", "--username", "eric", "--password-stdin"], "wrong\n");
    assert_eq!(outcome.failed(), "invalid username and password combination (401)");
    assert!(machine.files().is_empty());
}

#[test]
fn signing_out_revokes_and_forgets() {
    let server = server();
    let machine = Machine::at(&server);
    sign_in(&machine);
    machine.skep(&["user", "deauth"]).ok();
    assert!(!machine.holds("secret-"));
    let lines = server.lines();
    assert_eq!(
        lines[lines.len() - 2..],
        ["DELETE /api/keys/laptop-repositories", "DELETE /api/keys/laptop-api"]
    );
    machine.skep(&["user", "deauth"]).ok();
    machine.skep(&["user", "whoami"]).failed();
}

#[test]
fn signing_out_forgets_even_if_the_server_fails() {
    let server = server();
    let machine = Machine::at(&server);
    sign_in(&machine);
    drop(server);
    assert!(machine.skep(&["user", "deauth"]).failed().starts_with("signed out on this machine, but key "));
    assert!(!machine.holds("secret-"));
}

#[test]
fn registering() {
    let server = server();
    let machine = Machine::at(&server);
    let arguments = [
        "user",
        "register",
        "--username",
        "eric",
        "--email",
        "e@example.com",
        "--password-stdin",
        "--setup-code",
        "c0de",
    ];
    machine.skep_with_input(&arguments, &format!("{PASSWORD}\n")).ok();
    let body = server.requests()[0].json();
    assert_eq!(
        body,
        json!({"username": "eric", "email": "e@example.com", "password": PASSWORD, "setup_code": "c0de"})
    );
    assert!(machine.files().is_empty());
}

#[test]
fn nothing_hangs_where_nobody_can_answer() {
    let machine = Machine::new();
    let told = machine.skep(&["user", "auth"]);
    assert!(
        told.failed().starts_with("nobody can be asked here: sign in with --key-stdin"),
        "{}",
        told.stderr
    );
    assert_eq!(
        machine.skep_with_input(&["user", "auth", "--password-stdin"], "x\n").failed(),
        "--username is needed where nobody can be asked"
    );
    assert_eq!(
        machine.skep(&["user", "auth", "--username", "eric"]).failed(),
        "--password-stdin is needed where nobody can be asked"
    );
}

#[test]
fn which_server_is_meant() {
    let [option, first, second, file] =
        ["option", "first", "second", "file"].map(|name| format!("https://{name}.invalid/api"));
    let told = |machine: &Machine, arguments: &[&str]| {
        machine.skep(&[&["user", "whoami"], arguments].concat()).failed().to_owned()
    };
    let machine = Machine::new();
    assert!(told(&machine, &[]).contains("not signed in to https://hex.pm/api:"));
    machine.put(".hex/hex.config", &format!("{{api_url,<<\"{file}\">>}}.\n"));
    assert!(told(&machine, &[]).contains(&file));
    let machine = machine.with("HEX_API", &second);
    assert!(told(&machine, &[]).contains(&second));
    let machine = machine.with("HEX_API_URL", &first);
    assert!(told(&machine, &[]).contains(&first));
    assert!(told(&machine, &["--api-url", &option]).contains(&option));
}

#[test]
fn a_malformed_key_in_the_environment() {
    let machine = Machine::new().with("HEX_API_KEY", "two words");
    assert_eq!(
        machine.skep(&["user", "whoami"]).failed(),
        "HEX_API_KEY: the key has white space or unprintable characters in it"
    );
    assert!(!machine.holds(KEY));
}
