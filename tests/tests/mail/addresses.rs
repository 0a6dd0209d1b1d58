//! Proving addresses, and having several.

use std::time::Duration;

use serde_json::json;
use skep_testkit::{Client, Engine, Options, TestServer, both_engines};

use crate::{PASSWORD, actions, lines, new_mails, only_new, problem, sign_up, text};

both_engines!(
    a_new_account_waits_for_its_mail,
    a_link_works_once_and_for_a_day,
    whoever_proves_an_address_first_has_it,
    an_account_may_have_several_addresses,
    strangers_learn_nothing_by_asking_again,
    nobody_has_others_flooded_with_mail,
    an_operator_can_make_the_link,
    api_keys_change_no_addresses,
);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn verify(server: &TestServer, username: &str, address: &str, key: &str) -> skep_testkit::Answer {
    let body = json!({ "email": address, "key": key });
    server.anonymous().post(&format!("/api/users/{username}/verify"), &body).await
}

async fn a_new_account_waits_for_its_mail(server: TestServer) {
    let alice = sign_up(&server, "alice", "Alice+hex@Example.com").await;
    let refused = alice.get("/api/users/me").await.expect_status(403);
    assert_eq!(refused.message(), "email not verified");
    let mail = only_new(&server, &mut 0).await;
    assert_eq!((&*mail.to, &*mail.subject), ("alice+hex@example.com", "Skep - Email verification"));
    let key = mail.key();
    assert_eq!(
        mail.link(),
        format!("/email/verify?username=alice&email=alice%2Bhex%40example.com&key={key}")
    );
    assert!(mail.raw.contains("Auto-Submitted: auto-generated\r\n"));
    verify(&server, "alice", "alice+hex@example.com", &key).await.expect_status(204);
    alice.get("/api/users/me").await.expect_status(200);
}

async fn a_link_works_once_and_for_a_day(server: TestServer) {
    let alice = sign_up(&server, "alice", "alice@example.com").await;
    let mut seen = 0;
    let key = only_new(&server, &mut seen).await.key();
    for (username, address, key) in [
        ("alice", "alice@example.com", "0123456789abcdef0123456789abcdef"),
        ("alice", "other@example.com", &*key),
        ("bob", "alice@example.com", &*key),
    ] {
        let refused = verify(&server, username, address, key).await.expect_status(422).json();
        assert_eq!(problem(&refused, "key"), format!("Your email {address} failed to verify."));
    }
    server.clock().advance(DAY);
    verify(&server, "alice", "alice@example.com", &key).await.expect_status(422);

    // Nothing of the account is open yet but this.
    alice.post("/api/users/me/emails/alice@example.com/verification", &json!({})).await.expect_status(204);
    let key = only_new(&server, &mut seen).await.key();
    verify(&server, "ALICE", "Alice@example.com", &key).await.expect_status(204);
    verify(&server, "alice", "alice@example.com", &key).await.expect_status(422);
    let again = alice.post("/api/users/me/emails/alice@example.com/verification", &json!({})).await;
    assert_eq!(
        problem(&again.expect_status(422).json(), "email"),
        "Email alice@example.com already verified."
    );
}

async fn whoever_proves_an_address_first_has_it(server: TestServer) {
    let mallory = sign_up(&server, "mallory", "shared@example.com").await;
    let mut seen = 0;
    let first = only_new(&server, &mut seen).await.key();
    let alice = sign_up(&server, "alice", "shared@example.com").await;
    let second = only_new(&server, &mut seen).await.key();
    verify(&server, "alice", "shared@example.com", &first).await.expect_status(422);
    verify(&server, "alice", "shared@example.com", &second).await.expect_status(204);
    verify(&server, "mallory", "shared@example.com", &first).await.expect_status(422);
    alice.get("/api/users/me").await.expect_status(200);
    mallory.get("/api/users/me").await.expect_status(403);
    let third = json!({ "username": "carol", "email": "shared@example.com", "password": PASSWORD });
    let refused = server.anonymous().post("/api/users", &third).await.expect_status(422).json();
    assert_eq!(refused["errors"]["emails"]["email"], "already in use");
    assert!(new_mails(&server, &mut seen).await.is_empty());
}

async fn an_account_may_have_several_addresses(server: TestServer) {
    server.create_user("alice", PASSWORD).await;
    server.create_user("bob", PASSWORD).await;
    let alice = server.anonymous().with_password("alice", PASSWORD);
    let emails = "/api/users/me/emails";
    let add = |address: &'static str| {
        let alice = alice.clone();
        async move { alice.post(emails, &json!({ "email": address })).await }
    };
    for (address, expected) in [
        ("", "can't be blank"),
        ("alice", "has invalid format"),
        ("a@example.com\r\nBcc: b@example.com", "has invalid format"),
        ("ALICE@example.com", "has already been taken"),
        ("bob@example.com", "already in use"),
    ] {
        assert_eq!(problem(&add(address).await.expect_status(422).json(), "email"), expected, "{address:?}");
    }
    let mut seen = 0;
    assert_eq!(new_mails(&server, &mut seen).await, []);
    add("Second@example.com").await.expect_status(201);
    let mails = new_mails(&server, &mut seen).await;
    assert_eq!(
        lines(&mails),
        [
            "alice@example.com: Skep - A new email address was added to your account",
            "second@example.com: Skep - Email verification",
        ]
    );
    let second = format!("{emails}/second@example.com");
    for choice in ["primary", "public"] {
        let refused = alice.post(&format!("{second}/{choice}"), &json!({})).await.expect_status(422).json();
        assert_eq!(problem(&refused, "email"), "Email second@example.com not verified.");
    }
    let key = mails
        .iter()
        .find(|mail| mail.to == "second@example.com")
        .map(skep_testkit::Mail::key)
        .expect("it was mailed");
    verify(&server, "alice", "second@example.com", &key).await.expect_status(204);
    alice.post(&format!("{second}/primary"), &json!({})).await.expect_status(204);
    let mail = only_new(&server, &mut seen).await;
    assert_eq!(lines(&[mail]), ["alice@example.com: Skep - Your primary email address has changed"]);
    alice.post(&format!("{second}/public"), &json!({})).await.expect_status(204);
    let shown = server.anonymous().get("/api/users/alice").await.json();
    assert_eq!(shown["email"], "second@example.com");
    assert_eq!(
        alice.get(emails).await.json(),
        json!([
            { "email": "second@example.com", "verified": true, "primary": true, "public": true },
            { "email": "alice@example.com", "verified": true, "primary": false, "public": false },
        ])
    );
    let refused = alice.delete(&second).await.expect_status(422).json();
    assert_eq!(problem(&refused, "email"), "Cannot remove primary email second@example.com.");
    let refused = alice.delete(&format!("{emails}/third@example.com")).await.expect_status(422).json();
    assert_eq!(problem(&refused, "email"), "Unknown email third@example.com.");
    alice.delete(&format!("{second}/public")).await.expect_status(204);
    alice.delete(&format!("{emails}/alice@example.com")).await.expect_status(204);
    let shown = server.anonymous().get("/api/users/alice").await.json();
    assert_eq!(shown.get("email"), None);
    let log = alice.get("/api/users/me/audit-logs").await.json();
    let actions = actions(&log);
    let newest =
        ["email.remove", "email.public", "email.public", "email.primary", "email.verify", "email.add"];
    assert_eq!(actions[..6], newest);
}

async fn strangers_learn_nothing_by_asking_again(server: TestServer) {
    sign_up(&server, "alice", "alice@example.com").await;
    server.create_user("bob", PASSWORD).await;
    let mut seen = 0;
    only_new(&server, &mut seen).await;
    let ask = |address: &'static str| {
        server.operate(move |core| async move { core.resend_verification(address).await.is_ok() })
    };
    for address in ["bob@example.com", "nobody@example.com", "nonsense"] {
        assert!(ask(address).await);
    }
    assert!(new_mails(&server, &mut seen).await.is_empty());
    // With the first mail, three within a quarter of an hour.
    for expected in [1, 1, 0] {
        assert!(ask("Alice@example.com").await);
        assert_eq!(new_mails(&server, &mut seen).await.len(), expected);
    }
    server.clock().advance(Duration::from_secs(15 * 60));
    assert!(ask("alice@example.com").await);
    let key = only_new(&server, &mut seen).await.key();
    verify(&server, "alice", "alice@example.com", &key).await.expect_status(204);
}

async fn an_operator_can_make_the_link(server: TestServer) {
    let alice = sign_up(&server, "alice", "alice@example.com").await;
    let link = server
        .operate(|core| async move {
            core.operator_verification_link("alice", None).await.map_err(|e| e.to_string())
        })
        .await
        .expect("it is there");
    let start = format!("{}/email/verify?username=alice&email=alice%40example.com&key=", server.url());
    let key = link.strip_prefix(&start).unwrap_or_else(|| panic!("{link}"));
    verify(&server, "alice", "alice@example.com", key).await.expect_status(204);
    alice.get("/api/users/me").await.expect_status(200);
    for (user, address) in [("alice", None), ("alice", Some("other@example.com")), ("bob", None)] {
        let refused = server.operate(move |core| async move {
            core.operator_verification_link(user, address).await.is_err()
        });
        assert!(refused.await, "{user} {address:?}");
    }
}

async fn api_keys_change_no_addresses(server: TestServer) {
    server.create_user("alice", PASSWORD).await;
    let alice = server.anonymous().with_password("alice", PASSWORD);
    let made = alice.post("/api/keys", &json!({ "name": "ci" })).await.expect_status(201).json();
    let key = server.anonymous().with_key(text(&made["secret"]));
    key.get("/api/users/me/emails").await.expect_status(200);
    let issued = key.exchange("api").await.expect_status(200).json();
    let token = server.anonymous().with_token(text(&issued["access_token"]));
    let passwords = json!({ "current": PASSWORD, "new": "another horse" });
    for caller in [&key, &token] {
        let attempts: [(&str, &serde_json::Value); 3] = [
            ("/api/users/me/emails", &json!({ "email": "mallory@example.com" })),
            ("/api/users/me/emails/alice@example.com/primary", &json!({})),
            ("/api/users/me/password", &passwords),
        ];
        for (path, body) in attempts {
            let refused = caller.post(path, body).await.expect_status(401);
            assert_eq!(refused.message(), "key not authorized for this action", "{path}");
        }
    }
}

/// Without a mail server, addresses count as verified at once.
#[tokio::test]
async fn without_a_mail_server_nobody_waits() {
    let mut options = Options::default();
    options.rules.trust_addresses = true;
    let server = TestServer::start_with(Engine::Sqlite, options).await;
    let alice: Client = sign_up(&server, "alice", "alice@example.com").await;
    alice.get("/api/users/me").await.expect_status(200);
    let added = alice.post("/api/users/me/emails", &json!({ "email": "second@example.com" })).await;
    assert_eq!(added.expect_status(201).json()["verified"], true);
    let mails = server.mails().await;
    assert_eq!(lines(&mails), ["alice@example.com: Skep - A new email address was added to your account"]);
}

/// Whoever signs up or adds an address has mail sent to an address that may be anybody's.
async fn nobody_has_others_flooded_with_mail(server: TestServer) {
    let windows = 30 * 60 * 1_000_000;
    let left = windows - server.clock().now().rem_euclid(windows);
    server.clock().advance(Duration::from_micros(left.unsigned_abs()));
    server.create_user("alice", PASSWORD).await;
    let send = async |caller: &Client, path: &str, from: &str, body: &serde_json::Value| {
        let request = caller.request(reqwest::Method::POST, path).header("x-forwarded-for", from);
        request.json(body).send().await
    };
    let sign_up = async |number: u32, from: &str| {
        let body = json!({ "username": format!("user{number}"), "email": "victim@example.com" });
        send(&server.anonymous(), "/api/users", from, &body).await
    };
    for number in 0..20 {
        sign_up(number, "192.0.2.1").await.expect_status(201);
    }
    let text =
        "API rate limit exceeded for IP 192.0.2.1: too many requests for mail. Try again in 15 minutes";
    assert_eq!(sign_up(20, "192.0.2.1").await.expect_status(429).message(), text);
    let alice = server.anonymous().with_password("alice", PASSWORD);
    let body = json!({ "email": "victim@example.com" });
    let refused = send(&alice, "/api/users/me/emails", "192.0.2.1", &body).await.expect_status(429);
    assert_eq!(refused.message(), text);
    assert_eq!(server.mails().await.len(), 20);
    sign_up(21, "192.0.2.2").await.expect_status(201);
}
