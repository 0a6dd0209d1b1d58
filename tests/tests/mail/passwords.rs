//! New passwords: by a mailed link, and by those who know the old one.

use std::time::Duration;

use serde_json::{Value, json};
use skep_testkit::{Answer, Client, TestServer, both_engines};

use crate::{PASSWORD, actions, lines, new_mails, only_new, problem, text};

both_engines!(
    a_link_sets_a_new_password_once,
    keys_stay_if_they_are_to,
    every_other_link_ends_too,
    nobody_is_told_which_accounts_there_are,
    a_password_is_changed_by_those_who_know_it,
    an_operator_can_make_the_link,
);

const NEW: &str = "another horse";
const STALE: &str = "This password reset link has expired or already been used. Ask for a new one.";

async fn ask(server: &TestServer, name: &str) {
    let answer = server.anonymous().post(&format!("/api/users/{name}/password/reset"), &json!({})).await;
    assert!(answer.expect_status(204).body.is_empty());
}

async fn finish(server: &TestServer, name: &str, key: &str, more: Value) -> Answer {
    let mut body = json!({ "key": key, "password": NEW });
    for (name, value) in more.as_object().expect("more parameters") {
        body[name] = value.clone();
    }
    server.anonymous().post(&format!("/api/users/{name}/password"), &body).await
}

async fn user(server: &TestServer, name: &str) -> Client {
    server.create_user(name, PASSWORD).await;
    server.anonymous().with_password(name, PASSWORD)
}

async fn a_link_sets_a_new_password_once(server: TestServer) {
    let alice = user(&server, "alice").await;
    let made = alice.post("/api/keys", &json!({ "name": "ci" })).await.expect_status(201).json();
    let key = server.anonymous().with_key(text(&made["secret"]));
    let issued = key.exchange("api").await.expect_status(200).json();
    let token = server.anonymous().with_token(text(&issued["access_token"]));
    token.get("/api/users/me").await.expect_status(200);
    let mut seen = 0;
    new_mails(&server, &mut seen).await;

    ask(&server, "Alice@example.com").await;
    let mail = only_new(&server, &mut seen).await;
    assert_eq!((&*mail.to, &*mail.subject), ("alice@example.com", "Skep - Password reset request"));
    let link = mail.key();
    assert_eq!(mail.link(), format!("/password/new?username=alice&key={link}"));
    let short = finish(&server, "alice", &link, json!({ "password": "short" })).await.expect_status(422);
    assert_eq!(problem(&short.json(), "password"), "should be at least 8 character(s)");
    let confirmation = json!({ "password_confirmation": "other" });
    let other = finish(&server, "alice", &link, confirmation).await.expect_status(422);
    assert_eq!(problem(&other.json(), "password_confirmation"), "does not match password");
    alice.get("/api/users/me").await.expect_status(200);

    finish(&server, "alice", &link, json!({})).await.expect_status(204);
    alice.get("/api/users/me").await.expect_status(401);
    key.get("/api/users/me").await.expect_status(401);
    token.get("/api/users/me").await.expect_status(401);
    let alice = server.anonymous().with_password("alice", NEW);
    alice.get("/api/users/me").await.expect_status(200);
    let again = finish(&server, "alice", &link, json!({})).await.expect_status(422);
    assert_eq!(problem(&again.json(), "key"), STALE);
    let mail = only_new(&server, &mut seen).await;
    assert_eq!(lines(&[mail]), ["alice@example.com: Skep - Your password has changed"]);
    let log = alice.get("/api/users/me/audit-logs").await.json();
    // Failed logins are written apart from their requests, at any moment.
    let mut actions = actions(&log);
    actions.retain(|action| *action != "session.fail");
    assert_eq!(actions[..2], ["key.remove", "password.reset.finish"]);
}

async fn keys_stay_if_they_are_to(server: TestServer) {
    let alice = user(&server, "alice").await;
    let made = alice.post("/api/keys", &json!({ "name": "ci" })).await.expect_status(201).json();
    let key = server.anonymous().with_key(text(&made["secret"]));
    let issued = key.exchange("api").await.expect_status(200).json();
    let token = server.anonymous().with_token(text(&issued["access_token"]));
    let mut seen = 0;
    new_mails(&server, &mut seen).await;
    ask(&server, "alice").await;
    let link = only_new(&server, &mut seen).await.key();
    finish(&server, "alice", &link, json!({ "revoke_all": false })).await.expect_status(204);
    key.get("/api/users/me").await.expect_status(200);
    token.get("/api/users/me").await.expect_status(401);
}

async fn every_other_link_ends_too(server: TestServer) {
    let alice = user(&server, "alice").await;
    user(&server, "bob").await;
    let mut seen = 0;
    let mut links = Vec::new();
    for _ in 0..3 {
        ask(&server, "alice").await;
        links.push(only_new(&server, &mut seen).await.key());
    }
    // Enough for a quarter of an hour.
    ask(&server, "alice").await;
    assert!(new_mails(&server, &mut seen).await.is_empty());
    let foreign = finish(&server, "bob", &links[0], json!({})).await.expect_status(422);
    assert_eq!(problem(&foreign.json(), "key"), STALE);
    finish(&server, "alice", &links[1], json!({})).await.expect_status(204);
    for link in &links {
        finish(&server, "alice", link, json!({})).await.expect_status(422);
    }
    new_mails(&server, &mut seen).await;

    // A link that was sent to an address counts as long as it is the primary one, and for a day.
    let alice = alice.with_password("alice", NEW);
    server.clock().advance(Duration::from_secs(15 * 60));
    ask(&server, "alice").await;
    let link = only_new(&server, &mut seen).await.key();
    alice.post("/api/users/me/emails", &json!({ "email": "second@example.com" })).await.expect_status(201);
    let mails = new_mails(&server, &mut seen).await;
    let proof = mails.iter().find(|mail| mail.to == "second@example.com").expect("it was mailed").key();
    let body = json!({ "email": "second@example.com", "key": proof });
    server.anonymous().post("/api/users/alice/verify", &body).await.expect_status(204);
    let path = "/api/users/me/emails/second@example.com/primary";
    alice.post(path, &json!({})).await.expect_status(204);
    finish(&server, "alice", &link, json!({})).await.expect_status(422);
    new_mails(&server, &mut seen).await;
    ask(&server, "alice").await;
    let mail = only_new(&server, &mut seen).await;
    assert_eq!(mail.to, "second@example.com");
    server.clock().advance(Duration::from_secs(24 * 60 * 60));
    finish(&server, "alice", &mail.key(), json!({})).await.expect_status(422);
}

async fn nobody_is_told_which_accounts_there_are(server: TestServer) {
    user(&server, "alice").await;
    server.create_organization("acme", "alice").await;
    user(&server, "gone").await;
    server.deactivate("gone").await;
    for name in ["nobody", "nobody@example.com", "acme", "gone"] {
        ask(&server, name).await;
    }
    assert!(server.mails().await.is_empty());
    let stale = finish(&server, "nobody", "0123456789abcdef0123456789abcdef", json!({})).await;
    assert_eq!(problem(&stale.expect_status(422).json(), "key"), STALE);
    // One address may not ask for ever.
    for number in 0..21 {
        let request = server
            .anonymous()
            .request(http::Method::POST, &format!("/api/users/user{number}/password/reset"));
        let answer = request.header("x-forwarded-for", "192.0.2.1").json(&json!({})).send().await;
        answer.expect_status(if number < 20 { 204 } else { 429 });
    }
}

async fn a_password_is_changed_by_those_who_know_it(server: TestServer) {
    let alice = user(&server, "alice").await;
    let path = "/api/users/me/password";
    for (body, field, expected) in [
        (json!({}), "current", "can't be blank"),
        (json!({ "current": PASSWORD }), "new", "can't be blank"),
        (json!({ "current": PASSWORD, "new": "short" }), "new", "should be at least 8 character(s)"),
        (json!({ "current": "wrong", "new": NEW }), "current", "is not your password"),
    ] {
        assert_eq!(problem(&alice.post(path, &body).await.expect_status(422).json(), field), expected);
    }
    ask(&server, "alice").await;
    let mut seen = 0;
    let link = only_new(&server, &mut seen).await.key();
    alice.post(path, &json!({ "current": PASSWORD, "new": NEW })).await.expect_status(204);
    alice.get("/api/users/me").await.expect_status(401);
    server.anonymous().with_password("alice", NEW).get("/api/users/me").await.expect_status(200);
    let mail = only_new(&server, &mut seen).await;
    assert_eq!(lines(&[mail]), ["alice@example.com: Skep - Your password has changed"]);
    finish(&server, "alice", &link, json!({})).await.expect_status(422);
}

async fn an_operator_can_make_the_link(server: TestServer) {
    user(&server, "alice").await;
    let made = server
        .operate(|core| async move { core.operator_password_link("alice").await.map_err(|e| e.to_string()) });
    let link = made.await.expect("it is there");
    let start = format!("{}/password/new?username=alice&key=", server.url());
    let key = link.strip_prefix(&start).unwrap_or_else(|| panic!("{link}"));
    finish(&server, "alice", key, json!({})).await.expect_status(204);
    server.anonymous().with_password("alice", NEW).get("/api/users/me").await.expect_status(200);
    assert_eq!(lines(&server.mails().await), ["alice@example.com: Skep - Your password has changed"]);
}
