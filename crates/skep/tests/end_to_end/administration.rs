//! `skep admin user …` while the server runs: what the operator does to accounts.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use skep_testkit::{Client, Engine, one_time_code};

use crate::support::{Instance, Server};

const PASSWORD: &str = "correct horse";

/// A server hears of another process within this time.
const PATIENCE: Duration = Duration::from_secs(5);

async fn key(server: &Server, username: &str) -> Client {
    let made = server.anonymous().with_password(username, PASSWORD);
    let made = made.post("/api/keys", &json!({ "name": "laptop" })).await.expect_status(201).json();
    server.anonymous().with_key(made["secret"].as_str().expect("a new key shows its secret"))
}

/// Asks until the answer has this status.
async fn becomes(client: &Client, status: u16) {
    let begin = Instant::now();
    while client.get("/api/users/me").await.status != status {
        assert!(begin.elapsed() < PATIENCE, "still not {status}");
    }
}

#[tokio::test]
async fn the_operator_looks_after_accounts() {
    let instance = Instance::new(Engine::Sqlite);
    let server = instance.serve();
    let create = ["user", "create", "root", "--email", "root@example.com", "--password-stdin", "--admin"];
    instance.admin(&create, PASSWORD).await.succeeds();
    instance.create_user("eric", PASSWORD).await;
    let eric = key(&server, "eric").await;

    let done = instance.admin(&["user", "deactivate", "eric@example.com"], "").await;
    let text = "account eric is deactivated: its keys, tokens and password are refused";
    assert_eq!(done.succeeds(), text);
    becomes(&eric, 400).await;
    assert_eq!(
        instance.admin(&["user", "reactivate", "eric"], "").await.succeeds(),
        "account eric is active"
    );
    becomes(&eric, 200).await;

    let last = instance.admin(&["user", "deactivate", "root"], "").await;
    assert!(
        last.fails().contains("root is the last active administrator; make another account"),
        "{}",
        last.stderr
    );
    let unknown = instance.admin(&["user", "deactivate", "nobody"], "").await;
    assert!(unknown.fails().contains("there is no account nobody"), "{}", unknown.stderr);
}

#[tokio::test]
async fn the_operator_resets_a_second_factor_and_lists_accounts() {
    let instance = Instance::new(Engine::Sqlite);
    let server = instance.serve();
    instance.create_user("eric", PASSWORD).await;
    instance.create_user("fran", PASSWORD).await;
    let eric = key(&server, "eric").await;
    let begun = eric.post("/api/users/me/tfa", &json!({ "password": PASSWORD })).await.expect_status(201);
    let begun = begun.json();
    let now = jiff::Timestamp::now().as_microsecond();
    let code = one_time_code(begun["secret"].as_str().expect("a text"), now);
    eric.post("/api/users/me/tfa/confirm", &json!({ "code": code })).await.expect_status(200);

    let list = async |arguments: &[&str]| -> Value {
        let run = instance.admin(&[&["user", "list", "--json"], arguments].concat(), "").await;
        serde_json::from_str(run.succeeds()).expect("it prints JSON")
    };
    let all = list(&[]).await;
    let name = |n: usize| (all[n]["username"].clone(), all[n]["tfa_enabled"].clone());
    assert_eq!([name(0), name(1)], [("eric".into(), true.into()), ("fran".into(), false.into())]);
    assert_eq!(list(&["--search", "fran@"]).await, json!([all[1]]));
    let table = instance.admin(&["user", "list"], "").await;
    let table: Vec<&str> = table.succeeds().lines().collect();
    assert!(table[0].starts_with("Name  Address           Administrator"), "{table:?}");
    assert!(table[1].starts_with("eric  eric@example.com") && table[1].ends_with("active"), "{table:?}");

    let reset = instance.admin(&["user", "reset-two-factor", "eric"], "").await;
    assert_eq!(reset.succeeds(), "account eric has no second factor");
    assert_eq!(list(&["--search", "eric"]).await[0]["tfa_enabled"], false);
}

#[tokio::test]
async fn the_operator_reserves_names() {
    let instance = Instance::new(Engine::Sqlite);
    drop(instance.serve());
    let run = async |line: &str| instance.admin(&line.split(' ').collect::<Vec<_>>(), "").await;
    assert_eq!(run("reserve bait").await.succeeds(), "bait is reserved");
    assert_eq!(run("reserve plug --release 6.6.6").await.succeeds(), "plug 6.6.6 is reserved");
    // The version is, the name is not.
    let unknown = run("unreserve plug").await;
    assert!(unknown.fails().contains("plug is not reserved"), "{}", unknown.stderr);
    assert_eq!(run("unreserve plug --release 6.6.6").await.succeeds(), "plug 6.6.6 is free again");
    assert_eq!(run("unreserve bait").await.succeeds(), "bait is free again");
}
