//! `skep user tfa …`: with a real server from a script, and with canned answers at a terminal.

use std::time::Duration;

use serde_json::{Value, json};
use skep_testkit::{Engine, TestServer, one_time_code};

use crate::mock::{Answer, Mock, Request};
use crate::support::{KEY, Machine, Outcome};

const PASSWORD: &str = "correct horse";

async fn signed_in() -> (TestServer, Machine) {
    let server = TestServer::start(Engine::Sqlite).await;
    server.create_user("eric", PASSWORD).await;
    let client = server.anonymous().with_password("eric", PASSWORD);
    let made = client.post("/api/keys", &json!({ "name": "laptop" })).await.expect_status(201).json();
    let machine = Machine::new()
        .with("HEX_API_URL", &format!("{}/api", server.url()))
        .with("HEX_API_KEY", made["secret"].as_str().unwrap());
    (server, machine)
}

fn tfa(machine: &Machine, arguments: &[&str]) -> Outcome {
    machine.skep_with_input(&[&["user", "tfa"], arguments].concat(), &format!("{PASSWORD}\n"))
}

fn parse(outcome: &Outcome) -> Value {
    serde_json::from_str(outcome.ok()).unwrap()
}

#[tokio::test]
async fn from_the_first_code_to_the_last() {
    let (server, machine) = signed_in().await;
    assert_eq!(tfa(&machine, &["status"]).ok(), "off\n");
    let begun = parse(&tfa(&machine, &["enable", "--password-stdin", "--json"]));
    let secret = begun["secret"].as_str().unwrap();
    assert!(begun["uri"].as_str().unwrap().contains(secret));
    let code = || one_time_code(secret, server.clock().now());
    let enabled = tfa(&machine, &["enable", "--code", &code()]);
    let codes: Vec<&str> = enabled.ok().lines().collect();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 19), "{codes:?}");
    assert!(enabled.stderr.contains("Keep these recovery codes"), "{}", enabled.stderr);
    assert_eq!(tfa(&machine, &["status"]).ok(), "on, 10 recovery codes left\n");

    server.clock().advance(Duration::from_secs(30));
    let rotated = parse(&tfa(&machine, &["recovery-codes", "--password-stdin", "--code", &code(), "--json"]));
    let new: Vec<&str> =
        rotated["recovery_codes"].as_array().unwrap().iter().flat_map(Value::as_str).collect();
    assert!(new.len() == 10 && !codes.contains(&new[0]), "{new:?}");
    let status = parse(&tfa(&machine, &["status", "--json"]));
    assert_eq!(status, json!({ "enabled": true, "recovery_codes_left": 10 }));

    let disable = |code: &str| tfa(&machine, &["disable", "--password-stdin", "--recovery-code", code]);
    assert_eq!(
        disable(codes[0]).failed(),
        "cannot disable two-factor authentication: Validation error(s) (422): recovery_code: is wrong, or was used before"
    );
    assert_eq!(disable(new[0]).stderr, "Two-factor authentication is off.\n");
    assert_eq!(tfa(&machine, &["status"]).ok(), "off\n");
    assert!(!machine.holds(secret) && !machine.holds(new[1]), "secrets are not kept");
}

#[tokio::test]
async fn a_script_is_told_what_it_has_to_give() {
    let (server, machine) = signed_in().await;
    assert_eq!(tfa(&machine, &["enable"]).failed(), "--password-stdin is needed where nobody can be asked");
    let begun = tfa(&machine, &["enable", "--password-stdin"]);
    assert!(begun.ok().starts_with("otpauth://totp/127.0.0.1"), "{}", begun.stdout());
    assert_eq!(
        begun.stderr,
        "Two-factor authentication is not on yet. To finish: skep user tfa enable --code CODE\n"
    );
    let disable = tfa(&machine, &["disable", "--password-stdin"]);
    assert_eq!(disable.failed(), "--code is needed where nobody can be asked");
    let wrong = machine.skep_with_input(&["user", "tfa", "enable", "--password-stdin"], "wrong\n");
    assert_eq!(
        wrong.failed(),
        "cannot enable two-factor authentication: Validation error(s) (422): password: is wrong"
    );
    drop(server);
}

#[test]
fn at_a_terminal() {
    let server = Mock::start(|request: &Request| match request.line().as_str() {
        "POST /api/users/me/tfa" if request.json() == json!({ "password": PASSWORD }) => {
            let uri = "otpauth://totp/hex.example.com:eric?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=hex.example.com";
            Answer::json(201, json!({ "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "uri": uri }))
        }
        "POST /api/users/me/tfa/confirm" if request.json() == json!({ "code": "123456" }) => {
            let codes = ["aaaa-bbbb-cccc-dddd", "eeee-ffff-0000-1111"];
            Answer::json(200, json!({ "recovery_codes": codes }))
        }
        _ => Answer::refusal(401, "no"),
    });
    let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
    let answers = json!({ "Password": format!("{PASSWORD}\r"), "Code of the app": "123456\r" });
    let (code, shown) = machine.at_a_terminal("user tfa enable", &answers);
    assert_eq!(code, 0, "{shown}");
    insta::assert_snapshot!("enable-at-a-terminal", shown);
}
