//! Accounts by mail: what is sent to whom, what its links are good for, and that a mail server which fails hurts nobody.

mod addresses;
mod delivery;
mod notices;
mod passwords;

use serde_json::{Value, json};
use skep_testkit::{Client, Mail, TestServer};

/// The password of every account of these tests.
const PASSWORD: &str = "correct horse";

/// An account that has just signed up; its address waits to be verified.
async fn sign_up(server: &TestServer, username: &str, address: &str) -> Client {
    let account = json!({ "username": username, "email": address, "password": PASSWORD });
    server.anonymous().post("/api/users", &account).await.expect_status(201);
    server.anonymous().with_password(username, PASSWORD)
}

/// The only mail that came since the last look.
async fn only_new(server: &TestServer, seen: &mut usize) -> Mail {
    let mut new = new_mails(server, seen).await;
    assert_eq!(new.len(), 1, "{new:#?}");
    new.remove(0)
}

/// What came since the last look.
async fn new_mails(server: &TestServer, seen: &mut usize) -> Vec<Mail> {
    let new = server.mails().await.split_off(*seen);
    *seen += new.len();
    new
}

/// Recipients and subjects, sorted.
fn lines(mails: &[Mail]) -> Vec<String> {
    let mut lines: Vec<String> = mails.iter().map(|mail| format!("{}: {}", mail.to, mail.subject)).collect();
    lines.sort();
    lines
}

/// The one thing wrong with a field.
fn problem(body: &Value, field: &str) -> String {
    body["errors"][field].as_str().unwrap_or_else(|| panic!("{field} in {body}")).to_owned()
}

/// A text in an answer.
fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Entries of an audit log.
fn entries(log: &Value) -> &[Value] {
    log.as_array().expect("a list of entries")
}

/// What was done, the newest first.
fn actions(log: &Value) -> Vec<&str> {
    entries(log).iter().map(|entry| text(&entry["action"])).collect()
}
