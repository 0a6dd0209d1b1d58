//! What the audit logs tell, and to whom.

use std::time::Duration;

use serde_json::{Value, json};
use skep_testkit::{Client, ORGANIZATION, Package, TestServer, Who, World, both_engines};

both_engines!(
    an_organization_sees_what_is_done_to_its_packages,
    who_is_told_from_where,
    failed_logins_stand_in_the_log_of_the_account,
    exchanges_of_a_key_are_told_once_an_hour,
    pages_hold_a_hundred
);

async fn log(client: &Client, path: &str) -> Vec<Value> {
    let answer = client.get(path).await.expect_status(200).json();
    answer.as_array().expect("a list").clone()
}

fn organization() -> String {
    format!("/api/orgs/{ORGANIZATION}/audit-logs")
}

fn actions(log: &[Value]) -> Vec<(&str, &str)> {
    log.iter()
        .map(|line| (line["action"].as_str().unwrap_or_default(), line["actor"].as_str().unwrap_or_default()))
        .collect()
}

/// Moves the clock to the beginning of an hour, in which entries are counted.
fn begin_hour(server: &TestServer) {
    let hour = 3600 * 1_000_000;
    let left = hour - server.clock().now().rem_euclid(hour);
    server.clock().advance(Duration::from_micros(left.unsigned_abs()));
}

async fn an_organization_sees_what_is_done_to_its_packages(server: TestServer) {
    let world = World::new(&server).await;
    let (admin, writer, key) = (world.by(Who::Admin), world.by(Who::Writer), world.by(Who::Organization));
    let before = log(&admin, &organization()).await.len();
    let package = Package::new("cellar", "1.1.0").organization(ORGANIZATION);
    writer.publish(&package).await.expect_status(201);
    let release = format!("/api/repos/{ORGANIZATION}/packages/cellar/releases/1.1.0");
    let retirement = json!({ "reason": "security", "message": "a hole" });
    admin.post(&format!("{release}/retire"), &retirement).await.expect_status(204);
    key.upload(&format!("{release}/docs"), skep_testkit::docs(&[("index.html", "x")]))
        .await
        .expect_status(201);
    let owner = format!("/api/repos/{ORGANIZATION}/packages/cellar/owners/reader");
    admin.put(&owner, &json!({ "level": "maintainer" })).await.expect_status(204);
    admin.delete(&owner).await.expect_status(204);
    key.delete(&release).await.expect_status(204);

    let entries = log(&admin, &organization()).await;
    let new = &entries[..entries.len() - before];
    assert_eq!(
        actions(new),
        [
            ("release.revert", ORGANIZATION),
            ("owner.remove", "admin"),
            ("owner.add", "admin"),
            ("docs.publish", ORGANIZATION),
            ("release.retire", "admin"),
            ("release.publish", "writer"),
        ]
    );
    assert_eq!(new[4]["params"]["release"]["retirement"], retirement);
    // The package's own log tells the same, to those who may see the package.
    let path = format!("/api/repos/{ORGANIZATION}/packages/cellar/audit-logs");
    assert_eq!(actions(&log(&world.by(Who::Reader), &path).await[..6]), actions(new));
    for who in [Who::Anonymous, Who::Stranger, Who::OtherOrganization] {
        world.by(who).get(&path).await.expect_status(404);
        world.by(who).get(&organization()).await.expect_status(404);
    }
}

async fn who_is_told_from_where(server: TestServer) {
    let world = World::new(&server).await;
    let told = |entry: &Value| (entry.get("remote_ip").cloned(), entry.get("key_id").is_some());
    let here = (Some(json!("127.0.0.1")), true);
    let owner = world.by(Who::Owner);
    assert_eq!(told(&log(&owner, "/api/users/me/audit-logs").await[0]), here);
    assert_eq!(told(&log(&world.by(Who::Admin), &organization()).await[0]), here);
    for (who, path) in [
        (Who::Reader, organization()),
        (Who::Writer, organization()),
        (Who::Reader, format!("/api/repos/{ORGANIZATION}/packages/cellar/audit-logs")),
        (Who::Anonymous, "/api/packages/tree/audit-logs".to_owned()),
        (Who::Owner, "/api/packages/tree/audit-logs".to_owned()),
    ] {
        let entries = log(&world.by(who), &path).await;
        assert!(!entries.is_empty());
        for entry in entries {
            assert_eq!(told(&entry), (None, false), "{who:?} {path}");
            assert!(entry["inserted_at"].is_string(), "{entry}");
        }
    }
}

async fn failed_logins_stand_in_the_log_of_the_account(server: TestServer) {
    begin_hour(&server);
    server.create_user("alice", "correct horse").await;
    let client = server.anonymous();
    let alice = client.with_password("alice", "correct horse");
    let before = log(&alice, "/api/users/me/audit-logs").await.len();
    client.with_password("nobody", "wrong").get("/api/users/me").await.expect_status(401);
    let failed = async |times: usize| {
        for _ in 0..times {
            client.with_password("alice", "wrong").get("/api/users/me").await.expect_status(401);
        }
    };
    let counted = async |expected: usize| {
        // They are written apart from the answer.
        let wait = async {
            while log(&alice, "/api/users/me/audit-logs").await.len() - before < expected {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.expect("the entry is written");
        let entries = log(&alice, "/api/users/me/audit-logs").await;
        assert_eq!(entries.len() - before, expected);
        entries
    };
    failed(1).await;
    let entries = counted(1).await;
    assert_eq!(entries[0]["action"], "session.fail");
    assert_eq!(entries[0]["params"], json!({ "type": "password" }));
    assert_eq!((&entries[0]["actor"], &entries[0]["remote_ip"]), (&Value::Null, &json!("127.0.0.1")));
    failed(9).await;
    counted(6).await;
    server.clock().advance(Duration::from_secs(3600));
    failed(1).await;
    counted(7).await;
}

async fn exchanges_of_a_key_are_told_once_an_hour(server: TestServer) {
    let world = World::new(&server).await;
    begin_hour(&server);
    let exchanged = async |client: &Client, path: &str| {
        let entries = log(client, path).await;
        entries.iter().filter(|entry| entry["action"] == "key.exchange").count()
    };
    for (who, path) in
        [(Who::Owner, "/api/users/me/audit-logs".to_owned()), (Who::Organization, organization())]
    {
        let caller = world.by(who);
        let reader = if who == Who::Organization { world.by(Who::Admin) } else { world.by(who) };
        let before = exchanged(&reader, &path).await;
        for _ in 0..3 {
            caller.exchange("api:read").await.expect_status(200);
        }
        assert_eq!(exchanged(&reader, &path).await, before + 1);
        let newest = &log(&reader, &path).await[0];
        assert_eq!(newest["action"], "key.exchange");
        assert!(
            newest["params"]["name"].is_string() && newest["params"]["permissions"].is_array(),
            "{newest}"
        );
    }
    server.clock().advance(Duration::from_secs(3600));
    let owner = world.by(Who::Owner);
    let before = exchanged(&owner, "/api/users/me/audit-logs").await;
    owner.exchange("api:read").await.expect_status(200);
    assert_eq!(exchanged(&owner, "/api/users/me/audit-logs").await, before + 1);
}

async fn pages_hold_a_hundred(server: TestServer) {
    let world = World::new(&server).await;
    let owner = world.by(Who::Owner);
    let path = "/api/packages/tree/releases/1.0.0/retire";
    for _ in 0..51 {
        owner.post(path, &json!({ "reason": "other" })).await.expect_status(204);
        owner.delete(path).await.expect_status(204);
    }
    let first = log(&owner, "/api/packages/tree/audit-logs").await;
    let second = log(&owner, "/api/packages/tree/audit-logs?page=2").await;
    assert_eq!((first.len(), first[0]["action"].as_str()), (100, Some("release.unretire")));
    assert_eq!((second.len(), second[2]["action"].as_str()), (3, Some("release.publish")));
    assert_eq!(log(&owner, "/api/packages/tree/audit-logs?page=3").await, Vec::<Value>::new());
    assert_eq!(log(&owner, "/api/packages/tree/audit-logs?page=x").await, first);
}
