//! The pages, through a browser that runs no scripts: logging in and out, second factor, devices and clients that ask to
//! act for an account, and what no page may let happen.

mod account;
mod consent;
mod device;
mod forms;
mod invites;
mod login;
mod looks;
mod mail;
mod second_factor;

use std::time::Duration;

use serde_json::json;
use skep_testkit::{Answer, Browser, MIX, PASSWORD, TestServer, World, one_time_code};

/// What a page tells of something that went wrong.
#[track_caller]
fn problem(answer: &Answer) -> &str {
    between(answer, "<div class=\"problem\" role=\"alert\"><p>", "</p>")
}

/// What a page tells of the one before.
#[track_caller]
fn notice(answer: &Answer) -> &str {
    between(answer, "<p class=\"notice\" role=\"status\">", "</p>")
}

/// The heading of a page.
#[track_caller]
fn heading(answer: &Answer) -> &str {
    between(answer, "<h1>", "</h1>")
}

#[track_caller]
fn between<'a>(answer: &'a Answer, before: &str, after: &str) -> &'a str {
    let Some((_, rest)) = answer.text().split_once(before) else {
        panic!("no {before} in\n{}", answer.text())
    };
    rest.split_once(after).expect("what begins ends").0
}

/// Every test has all windows of time before itself, so that none ends in the middle.
fn to_a_new_window(server: &TestServer) {
    let windows = 30 * 60 * 1_000_000;
    let left = windows - server.clock().now().rem_euclid(windows);
    server.clock().advance(Duration::from_micros(left.unsigned_abs()));
}

/// Enables the second factor of an account of the world over the API: its secret and its recovery codes. The step of
/// the code that was used for it is over.
async fn enroll(server: &TestServer, world: &World, username: &str) -> (String, Vec<String>) {
    to_a_new_window(server);
    let client = world.with_password(username);
    let begun = client.post("/api/users/me/tfa", &json!({})).await.expect_status(201).json();
    let secret = begun["secret"].as_str().expect("a text").to_owned();
    let code = json!({ "code": one_time_code(&secret, server.clock().now()) });
    let codes = client.post("/api/users/me/tfa/confirm", &code).await.expect_status(200).json();
    server.clock().advance(Duration::from_secs(30));
    let codes = codes["recovery_codes"].as_array().expect("a list").iter();
    (secret, codes.map(|code| code.as_str().expect("a text").to_owned()).collect())
}

/// Waits until so many failed logins stand in an account's audit log: they are written apart from the requests.
async fn failed_logins(world: &World, username: &str, count: usize) {
    let until = std::time::Instant::now() + Duration::from_secs(10);
    loop {
        let log = audit(world, username).await;
        let found = log.iter().filter(|action| *action == "session.fail").count();
        if found == count {
            return;
        }
        assert!(found < count && std::time::Instant::now() < until, "{found} failed logins in {log:?}");
    }
}

/// What an account's audit log tells, the newest first.
async fn audit(world: &World, username: &str) -> Vec<String> {
    let log = world.with_password(username).get("/api/users/me/audit-logs").await.expect_status(200).json();
    let entries = log.as_array().expect("a list").iter();
    entries.map(|entry| entry["action"].as_str().expect("a text").to_owned()).collect()
}
