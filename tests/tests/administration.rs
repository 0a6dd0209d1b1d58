//! Accounts in the hands of administrators: what they see and do, and what nobody else does.

use reqwest::Method;
use serde_json::{Value, json};
use skep_testkit::{Answer, Client, PASSWORD, TestServer, Who, World, both_engines, one_time_code};

both_engines!(
    administrators_see_accounts,
    nobody_else_does_any_of_it,
    a_deactivated_account_is_out_at_once,
    the_last_administrator_stays,
    administrators_cannot_take_each_other_away_at_once,
    a_lost_second_factor_is_reset,
    sessions_are_shown_and_ended,
    what_was_done_stands_in_the_log,
    the_rights_of_an_administrator_end_at_once,
);

async fn administrator(server: &TestServer, world: &World, username: &str) -> Client {
    server.create_administrator(username, PASSWORD).await;
    world.with_password(username)
}

fn of(username: &str, what: &str) -> String {
    format!("/api/admin/users/{username}{what}")
}

fn names(answer: &Answer) -> Vec<String> {
    let users = answer.json();
    let users = users.as_array().expect("a list").iter();
    users.map(|user| user["username"].as_str().expect("a name").to_owned()).collect()
}

async fn administrators_see_accounts(server: TestServer) {
    let world = World::new(&server).await;
    administrator(&server, &world, "root").await;
    let root = world.new_key("root", "all", &json!([{ "domain": "api" }])).await;
    let all = root.get("/api/admin/users").await.expect_status(200);
    let everyone = [
        "admin",
        "deactivated",
        "owner",
        "reader",
        "root",
        "stranger",
        "umbrella_admin",
        "unverified",
        "writer",
    ];
    assert_eq!(names(&all), everyone, "organizations are no accounts");
    for (search, found) in [
        ("OWN", &["owner"][..]),
        ("admin", &["admin", "umbrella_admin"]),
        ("a_a", &["umbrella_admin"]),
        ("reader@example", &["reader"]),
        ("%25", &[]),
        ("acme", &[]),
    ] {
        let answer = root.get(&format!("/api/admin/users?search={search}")).await.expect_status(200);
        assert_eq!(names(&answer), found, "{search}");
    }
    assert_eq!(names(&root.get("/api/admin/users?page=2").await), [""; 0]);

    let shown = root.get(&of("root", "")).await.expect_status(200).json();
    let email = json!({ "email": "root@example.com", "verified": true, "primary": true, "public": true });
    assert_eq!(shown["emails"], json!([email]));
    assert_eq!((&shown["administrator"], &shown["tfa_enabled"]), (&json!(true), &json!(false)));
    assert!(shown["deactivated_at"].is_null() && shown["last_used_at"].is_string(), "{shown}");
    assert_eq!(root.get(&of("root@example.com", "")).await.json(), shown);
    assert!(root.get(&of("deactivated", "")).await.json()["deactivated_at"].is_string());
    assert!(root.get(&of("umbrella_admin", "")).await.json()["last_used_at"].is_null());
    root.get(&of("nobody", "")).await.expect_status(404);
    root.get(&of("acme", "")).await.expect_status(404);
}

/// Every route; the matrix of access has the same for callers of all kinds.
async fn nobody_else_does_any_of_it(server: TestServer) {
    let world = World::new(&server).await;
    for (method, path) in [
        (Method::GET, "/api/admin/users".to_owned()),
        (Method::GET, of("reader", "")),
        (Method::GET, of("nobody", "")),
        (Method::POST, of("reader", "/deactivate")),
        (Method::POST, of("reader", "/reactivate")),
        (Method::POST, of("admin", "/administrator")),
        (Method::DELETE, of("reader", "/administrator")),
        (Method::DELETE, of("reader", "/tfa")),
        (Method::GET, of("reader", "/sessions")),
        (Method::DELETE, of("reader", "/sessions")),
    ] {
        for who in [Who::Admin, Who::AdminPassword, Who::Organization, Who::OrganizationToken] {
            let answer = world.by(who).request(method.clone(), &path).send().await;
            let (status, what) = match method == Method::GET || who == Who::AdminPassword {
                true => (403, "account"),
                false => (401, "key"),
            };
            let answer = answer.expect_status(status);
            assert_eq!(answer.message(), format!("{what} not authorized for this action"));
        }
        world.by(Who::Anonymous).request(method, &path).send().await.expect_status(401);
    }
    let root = administrator(&server, &world, "root").await;
    assert_eq!(root.get(&of("admin", "")).await.json()["administrator"], false);
    // Whoever finds a key of an administrator must not become one, and stay one when the key is revoked.
    let key = world.new_key("root", "all", &json!([{ "domain": "api" }])).await;
    let issued = key.exchange("api").await.expect_status(200).json();
    let token = key.with_token(issued["access_token"].as_str().expect("a text"));
    for finder in [key, token] {
        finder.get(&of("reader", "")).await.expect_status(200);
        finder.post(&of("reader", "/administrator"), &Value::Null).await.expect_status(401);
        finder.delete(&of("reader", "/tfa")).await.expect_status(401);
        finder.post(&of("reader", "/deactivate"), &Value::Null).await.expect_status(401);
    }
    assert_eq!(root.get(&of("reader", "")).await.json()["administrator"], false);
}

async fn a_deactivated_account_is_out_at_once(server: TestServer) {
    let world = World::new(&server).await;
    let root = administrator(&server, &world, "root").await;
    let (key, token) = (world.by(Who::Admin), world.by(Who::Token));
    let callers = [key.clone(), token.clone(), world.by(Who::AdminPassword)];
    for caller in &callers {
        caller.get("/api/users/me").await.expect_status(200);
    }
    let done = root.post(&of("admin", "/deactivate"), &Value::Null).await.expect_status(200).json();
    assert!(done["deactivated_at"].is_string());
    for caller in &callers {
        let refused = caller.get("/api/users/me").await.expect_status(400);
        assert_eq!(refused.message(), "Bad request");
    }
    // Again changes nothing.
    let again = root.post(&of("admin", "/deactivate"), &Value::Null).await.expect_status(200).json();
    assert_eq!(again, done);
    root.post(&of("admin", "/reactivate"), &Value::Null).await.expect_status(200);
    for caller in &callers {
        caller.get("/api/users/me").await.expect_status(200);
    }
}

async fn the_last_administrator_stays(server: TestServer) {
    let world = World::new(&server).await;
    let root = administrator(&server, &world, "root").await;
    let demote = async |client: &Client, name: &str| client.delete(&of(name, "/administrator")).await;
    let deactivate = async |name: &str| root.post(&of(name, "/deactivate"), &Value::Null).await;
    let text = "root is the last active administrator; make another account an administrator first";
    assert_eq!(demote(&root, "root").await.expect_status(422).errors(), json!({ "administrator": text }));
    assert_eq!(deactivate("root").await.expect_status(422).errors(), json!({ "administrator": text }));

    // One who is deactivated does not count.
    root.post(&of("reader", "/administrator"), &Value::Null).await.expect_status(200);
    deactivate("reader").await.expect_status(200);
    demote(&root, "root").await.expect_status(422);
    demote(&root, "reader").await.expect_status(204);
    root.post(&of("reader", "/reactivate"), &Value::Null).await.expect_status(200);
    assert_eq!(root.get(&of("reader", "")).await.json()["administrator"], false);

    root.post(&of("writer", "/administrator"), &Value::Null).await.expect_status(200);
    demote(&root, "root").await.expect_status(204);
    root.get("/api/admin/users").await.expect_status(403);
    let writer = world.with_password("writer");
    demote(&writer, "writer").await.expect_status(422);
    writer.get("/api/admin/users").await.expect_status(200);
}

async fn administrators_cannot_take_each_other_away_at_once(server: TestServer) {
    let world = World::new(&server).await;
    let mut keys = Vec::new();
    let all = ["ann", "ben", "cem", "dee"];
    for username in all {
        keys.push(administrator(&server, &world, username).await);
    }
    // Everyone the next, by one way or the other.
    let changes = keys.iter().enumerate().map(|(n, key)| {
        let next = all[(n + 1) % all.len()];
        let path = of(next, if n % 2 == 0 { "/deactivate" } else { "/administrator" });
        key.request(if n % 2 == 0 { Method::POST } else { Method::DELETE }, &path).send()
    });
    let answers = futures::future::join_all(changes).await;
    assert!(answers.iter().all(|answer| answer.status < 500));
    let mut left = 0;
    for key in &keys {
        left += usize::from(key.get("/api/admin/users").await.status == 200);
    }
    assert!(
        left >= 1,
        "nobody is left: {:?}",
        answers.iter().map(|answer| answer.status).collect::<Vec<_>>()
    );
}

async fn a_lost_second_factor_is_reset(server: TestServer) {
    let world = World::new(&server).await;
    let root = administrator(&server, &world, "root").await;
    let owner = world.with_password("owner");
    let begun = owner.post("/api/users/me/tfa", &json!({})).await.expect_status(201).json();
    let code = one_time_code(begun["secret"].as_str().expect("a text"), server.clock().now());
    owner.post("/api/users/me/tfa/confirm", &json!({ "code": code })).await.expect_status(200);
    assert_eq!(root.get(&of("owner", "")).await.json()["tfa_enabled"], true);
    root.delete(&of("owner", "/tfa")).await.expect_status(204);
    let status = owner.get("/api/users/me/tfa").await.json();
    assert_eq!(status, json!({ "enabled": false, "recovery_codes_left": 0 }));
    root.delete(&of("owner", "/tfa")).await.expect_status(204);
}

async fn sessions_are_shown_and_ended(server: TestServer) {
    let world = World::new(&server).await;
    let root = administrator(&server, &world, "root").await;
    for username in ["reader", "reader", "writer"] {
        server.log_in(username).await;
    }
    let sessions = root.get(&of("reader", "/sessions")).await.expect_status(200).json();
    let sessions = sessions.as_array().expect("a list");
    let shown = |key: &str| sessions.iter().map(|session| session[key].clone()).collect::<Vec<_>>();
    assert_eq!(shown("type"), ["browser", "browser"]);
    assert_eq!(shown("name"), ["Firefox", "Firefox"]);
    assert_eq!(shown("current"), [false, false]);
    root.delete(&of("reader", "/sessions")).await.expect_status(204);
    assert_eq!(root.get(&of("reader", "/sessions")).await.json(), json!([]));
    let own = world.by(Who::Writer).get("/api/users/me/sessions").await.expect_status(200).json();
    assert_eq!(own.as_array().expect("a list").len(), 1, "those of others go on");
    root.get(&of("nobody", "/sessions")).await.expect_status(404);
    root.delete(&of("nobody", "/sessions")).await.expect_status(404);
}

async fn what_was_done_stands_in_the_log(server: TestServer) {
    let world = World::new(&server).await;
    let root = administrator(&server, &world, "root").await;
    for what in ["deactivate", "deactivate", "reactivate", "administrator"] {
        root.post(&of("reader", &format!("/{what}")), &Value::Null).await.expect_status(200);
    }
    root.delete(&of("reader", "/administrator")).await.expect_status(204);
    let log = root.get("/api/users/me/audit-logs").await.json();
    let mut log: Vec<_> = log.as_array().expect("a list").iter().take(4).collect();
    log.reverse();
    let actions: Vec<_> = log.iter().map(|entry| entry["action"].as_str().expect("a text")).collect();
    assert_eq!(
        actions,
        ["user.deactivate", "user.reactivate", "user.administrator.add", "user.administrator.remove"]
    );
    assert!(log.iter().all(|entry| entry["params"]["username"] == "reader"));
}

async fn the_rights_of_an_administrator_end_at_once(server: TestServer) {
    let world = World::new(&server).await;
    let root = administrator(&server, &world, "root").await;
    let other = administrator(&server, &world, "other").await;
    other.get("/api/admin/users").await.expect_status(200);
    root.delete(&of("other", "/administrator")).await.expect_status(204);
    other.get("/api/admin/users").await.expect_status(403);
    other.post(&of("root", "/deactivate"), &Value::Null).await.expect_status(403);
}
