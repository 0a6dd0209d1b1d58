//! The second factor of accounts: switching it on and off, and what it is asked for.

mod gate;
mod pages;
mod set_up;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use skep_testkit::{Answer, Client, TestServer, Who, World, one_time_code};

/// Length of what one code is for.
const STEP: Duration = Duration::from_secs(30);

/// An account with a second factor.
struct Enrolled {
    /// By name and password.
    client: Client,
    secret: String,
    recovery_codes: Vec<String>,
}

impl Enrolled {
    /// Enables it for an account of the world, and lets the code that was used for it pass.
    async fn new(server: &TestServer, world: &World, username: &str) -> Self {
        to_a_new_window(server);
        let client = world.with_password(username);
        let begun = client.post("/api/users/me/tfa", &json!({})).await.expect_status(201).json();
        let secret = begun["secret"].as_str().expect("a text").to_owned();
        let code = json!({ "code": one_time_code(&secret, server.clock().now()) });
        let answer = client.post("/api/users/me/tfa/confirm", &code).await.expect_status(200);
        server.clock().advance(STEP);
        Self { client, secret, recovery_codes: recovery_codes(&answer) }
    }

    fn code(&self, server: &TestServer) -> String {
        one_time_code(&self.secret, server.clock().now())
    }

    /// One that is not right for any step that counts.
    fn wrong_code(&self, server: &TestServer) -> String {
        let now = server.clock().now();
        let right: Vec<_> =
            (-2..6).map(|step| one_time_code(&self.secret, now + step * 30_000_000)).collect();
        (0..).map(|n| format!("{n:06}")).find(|code| !right.contains(code)).expect("there are more")
    }
}

fn recovery_codes(answer: &Answer) -> Vec<String> {
    let codes = answer.json()["recovery_codes"].take();
    codes.as_array().expect("a list").iter().map(|code| code.as_str().expect("a text").to_owned()).collect()
}

/// Every test has all windows of time before itself, so that none ends in the middle.
fn to_a_new_window(server: &TestServer) {
    let windows = 30 * 60 * 1_000_000;
    let left = windows - server.clock().now().rem_euclid(windows);
    server.clock().advance(Duration::from_micros(left.unsigned_abs()));
}

/// A write with a code, from an address that a proxy on this machine tells.
async fn write(client: &Client, code: Option<&str>, from: &str) -> Answer {
    let request = client.request(Method::POST, "/api/keys").header("x-forwarded-for", from);
    let request = match code {
        Some(code) => request.header("x-hex-otp", code),
        None => request,
    };
    // Refused by the rules once it is through the gate, so that it can be sent again and again.
    request.json(&json!({ "name": " " })).send().await
}

/// Whether the gate let it through.
#[track_caller]
fn is_through(answer: &Answer) {
    assert_eq!((answer.status, &answer.errors()["name"]), (422, &json!("can't be blank")));
}

#[track_caller]
fn refused(answer: &Answer, status: u16, challenge: &str, message: &str) {
    assert_eq!((answer.status, answer.message().as_str()), (status, message));
    assert_eq!(answer.header("www-authenticate"), challenge);
}

#[track_caller]
fn is_wrong_code(answer: &Answer) {
    let challenge = "Bearer realm=\"hex\", error=\"invalid_totp\"";
    refused(answer, 401, challenge, "Invalid two-factor authentication code");
}

#[track_caller]
fn is_throttled(answer: &Answer) {
    let text = "Too many failed two-factor authentication attempts. Please try again later.";
    refused(answer, 429, "", text);
}

/// A token of the account that may do everything.
async fn token(world: &World, username: &str) -> Client {
    let whole: Value = json!([{ "domain": "api" }]);
    let key = world.new_key(username, "exchanged", &whole).await;
    let issued = key.exchange("api").await.expect_status(200).json();
    world.by(Who::Anonymous).with_token(issued["access_token"].as_str().expect("a text"))
}
