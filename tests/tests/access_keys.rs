//! Keys of callers over their lives: made, used, revoked, expired.

use std::time::Duration;

use serde_json::json;
use skep_testkit::{ORGANIZATION, TestServer, Who, World, both_engines};

both_engines!(
    a_revoked_key_is_refused_from_the_next_request_on,
    all_keys_can_be_revoked_with_one_of_them,
    a_key_ends_at_its_time,
    the_last_use_is_recorded,
    the_last_use_is_recorded_again_after_five_minutes,
    fetching_is_a_use_too,
    rights_of_a_key_end_with_those_of_its_owner,
    a_new_role_counts_from_the_next_request_on,
    a_secret_is_shown_once,
    a_token_ends_with_its_key,
    a_token_ends_at_its_time,
    a_key_can_be_shown_as_a_password,
    the_address_of_a_key_leads_to_it,
);

/// Paths that answer 200 to a good key of a member.
const API: &str = "/api/users/me";
const REPOSITORY: &str = "/repo/repos/acme/packages/cellar";

async fn a_revoked_key_is_refused_from_the_next_request_on(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.with_password("admin");
    for round in 0..10 {
        let name = format!("short-lived-{round}");
        let permissions = json!([{ "domain": "api" }, { "domain": "repositories" }]);
        let key = world.new_key("admin", &name, &permissions).await;
        // Warm caches are what a revocation has to reach.
        for _ in 0..2 {
            key.get(API).await.expect_status(200);
            key.get(REPOSITORY).await.expect_status(200);
        }
        admin.delete(&format!("/api/keys/{name}")).await.expect_status(200);
        let refused = key.get(API).await.expect_status(401);
        assert_eq!(refused.message(), "API key revoked");
        assert_eq!(refused.header("www-authenticate"), "Basic realm=hex");
        key.get(REPOSITORY).await.expect_status(403);
        // Even where no key is needed, a bad one is told.
        key.get("/api/packages/tree").await.expect_status(401);
        key.get("/repo/packages/tree").await.expect_status(200);
    }
}

async fn all_keys_can_be_revoked_with_one_of_them(server: TestServer) {
    let world = World::new(&server).await;
    let (first, second) = (world.by(Who::Admin), world.by(Who::ApiWrite));
    second.get(API).await.expect_status(200);
    let shown = first.delete("/api/keys").await.expect_status(200).json();
    assert_eq!(shown["name"], "Admin");
    assert_eq!(shown["authing_key"], true);
    for key in [first, second, world.by(Who::RepositoriesKey)] {
        assert_eq!(key.get(API).await.expect_status(401).message(), "API key revoked");
        key.get(REPOSITORY).await.expect_status(403);
    }
    // Others are not touched.
    world.by(Who::Writer).get(API).await.expect_status(200);
    world.by(Who::Organization).get(REPOSITORY).await.expect_status(200);
    assert_eq!(world.with_password("admin").get("/api/keys").await.json(), json!([]));
}

async fn a_key_ends_at_its_time(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.with_password("admin");
    let hour = Duration::from_secs(3600);
    let body = json!({
        "name": "for an hour",
        "permissions": [{ "domain": "api" }, { "domain": "repositories" }],
        "revoke_at": server.clock().after(hour),
    });
    let made = admin.post("/api/keys", &body).await.expect_status(201).json();
    let key = server.anonymous().with_key(made["secret"].as_str().expect("a string"));
    key.get(API).await.expect_status(200);
    server.clock().advance(hour - Duration::from_secs(60));
    key.get(API).await.expect_status(200);
    key.get(REPOSITORY).await.expect_status(200);
    server.clock().advance(Duration::from_secs(61));
    assert_eq!(key.get(API).await.expect_status(401).message(), "API key revoked");
    key.get(REPOSITORY).await.expect_status(403);
    admin.get("/api/keys/for%20an%20hour").await.expect_status(404);

    let past = json!({ "name": "past", "revoke_at": server.clock().after(Duration::ZERO) });
    let refused = admin.post("/api/keys", &past).await.expect_status(422);
    assert_eq!(refused.errors(), json!({ "revoke_at": "must be in the future" }));
}

async fn the_last_use_is_recorded(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.with_password("admin");
    let key = world.new_key("admin", "observed", &json!([{ "domain": "api" }])).await;
    let unused = admin.get("/api/keys/observed").await.expect_status(200).json();
    assert_eq!(unused.get("last_use"), None, "a key that nobody used says nothing");

    let before = server.clock().after(Duration::ZERO);
    key.get(API).await.expect_status(200);
    let used = admin.get("/api/keys/observed").await.json();
    let last = &used["last_use"];
    assert_eq!(last["ip"], "127.0.0.1");
    assert_eq!(last["user_agent"], "skep-testkit/1.0");
    let used_at = last["used_at"].as_str().expect("a string");
    assert!(
        used_at >= before.as_str() && used_at <= server.clock().after(Duration::ZERO).as_str(),
        "{used_at}"
    );

    // A refused request is a use of the key too: it is the key that was shown.
    let limited = world.new_key("admin", "limited", &json!([{ "domain": "repositories" }])).await;
    limited.get(API).await.expect_status(401);
    let shown = admin.get("/api/keys/limited").await.json();
    assert_eq!(shown["last_use"]["ip"], "127.0.0.1");
}

async fn the_last_use_is_recorded_again_after_five_minutes(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.with_password("admin");
    let key = world.new_key("admin", "observed", &json!([{ "domain": "api" }])).await;
    let used_at = async || admin.get("/api/keys/observed").await.json()["last_use"]["used_at"].take();
    key.get(API).await.expect_status(200);
    let first = used_at().await;
    server.clock().advance(Duration::from_secs(200));
    key.get(API).await.expect_status(200);
    assert_eq!(used_at().await, first, "not written at every use");
    server.clock().advance(Duration::from_secs(101));
    key.get(API).await.expect_status(200);
    assert!(used_at().await.as_str() > first.as_str());
}

async fn fetching_is_a_use_too(server: TestServer) {
    let world = World::new(&server).await;
    let key = world.new_key("reader", "fetching", &json!([{ "domain": "repositories" }])).await;
    key.get(REPOSITORY).await.expect_status(200);
    let shown = world.with_password("reader").get("/api/keys/fetching").await.json();
    assert_eq!(shown["last_use"]["user_agent"], "skep-testkit/1.0");
}

async fn rights_of_a_key_end_with_those_of_its_owner(server: TestServer) {
    let world = World::new(&server).await;
    let reader = world.by(Who::Reader);
    reader.get(REPOSITORY).await.expect_status(200);
    reader.get("/api/orgs/acme").await.expect_status(200);
    let members = format!("/api/orgs/{ORGANIZATION}/members/reader");
    world.by(Who::Admin).delete(&members).await.expect_status(204);
    // No word that would tell there is an organization.
    reader.get(REPOSITORY).await.expect_status(404);
    reader.get("/api/orgs/acme").await.expect_status(404);
    reader.get("/api/repos/acme/packages/cellar").await.expect_status(404);
    reader.get(API).await.expect_status(200);

    world.by(Who::Writer).get(API).await.expect_status(200);
    server.deactivate("writer").await;
    world.by(Who::Writer).get(API).await.expect_status(400);
    let fetched = world.by(Who::Writer).get(REPOSITORY).await;
    assert!([403, 404].contains(&fetched.status), "{}", fetched.status);
}

async fn a_new_role_counts_from_the_next_request_on(server: TestServer) {
    let world = World::new(&server).await;
    let (reader, admin) = (world.by(Who::Reader), world.by(Who::Admin));
    let retire = "/api/repos/acme/packages/cellar/releases/1.0.0/retire";
    let reason = json!({ "reason": "other" });
    let member = format!("/api/orgs/{ORGANIZATION}/members/reader");
    for _ in 0..3 {
        reader.post(retire, &reason).await.expect_status(404);
        admin.post(&member, &json!({ "role": "write" })).await.expect_status(200);
        reader.post(retire, &reason).await.expect_status(204);
        admin.post(&member, &json!({ "role": "read" })).await.expect_status(200);
    }
}

async fn a_secret_is_shown_once(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.with_password("admin");
    let made = admin.post("/api/keys", &json!({ "name": "once" })).await.expect_status(201).json();
    let secret = made["secret"].as_str().expect("a string");
    assert!(
        secret.len() == 32 && secret.bytes().all(|digit| b"0123456789abcdef".contains(&digit)),
        "{secret}"
    );
    for path in ["/api/keys/once", "/api/keys", "/api/users/me/audit-logs"] {
        let shown = admin.get(path).await.expect_status(200);
        assert!(!shown.text().contains(secret), "{path}");
    }
    let revoked = admin.delete("/api/keys/once").await.expect_status(200).json();
    assert_eq!(revoked["secret"], json!(null));
}

/// What a key was exchanged for is worth no more than the key.
async fn a_token_ends_with_its_key(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.with_password("admin");
    for round in 0..5 {
        let name = format!("exchanged-{round}");
        let permissions = json!([{ "domain": "api" }, { "domain": "repositories" }]);
        let key = world.new_key("admin", &name, &permissions).await;
        let issued = key.exchange("api:read repositories").await.expect_status(200).json();
        let token = server.anonymous().with_token(issued["access_token"].as_str().expect("a token"));
        for _ in 0..2 {
            token.get(API).await.expect_status(200);
            token.get(REPOSITORY).await.expect_status(200);
        }
        admin.delete(&format!("/api/keys/{name}")).await.expect_status(200);
        assert_eq!(token.get(API).await.expect_status(401).message(), "invalid API key");
        token.get(REPOSITORY).await.expect_status(403);
        key.exchange("repositories").await.expect_status(401);
    }
}

async fn a_token_ends_at_its_time(server: TestServer) {
    let world = World::new(&server).await;
    let issued = world.by(Who::Admin).exchange("api:read repositories").await.expect_status(200).json();
    let life = Duration::from_secs(issued["expires_in"].as_u64().expect("seconds"));
    let token = server.anonymous().with_token(issued["access_token"].as_str().expect("a token"));
    server.clock().advance(life - Duration::from_secs(60));
    token.get(API).await.expect_status(200);
    token.get(REPOSITORY).await.expect_status(200);
    server.clock().advance(Duration::from_secs(61));
    token.get(API).await.expect_status(401);
    token.get(REPOSITORY).await.expect_status(403);
}

/// Tools that know nothing but netrc have no other way.
async fn a_key_can_be_shown_as_a_password(server: TestServer) {
    let world = World::new(&server).await;
    let permissions = json!([{ "domain": "api", "resource": "read" }, { "domain": "repositories" }]);
    let made = json!({ "name": "netrc", "permissions": permissions });
    let made = world.with_password("reader").post("/api/keys", &made).await.expect_status(201).json();
    let secret = made["secret"].as_str().expect("a string");
    let key = server.anonymous().with_password("whoever", secret);
    assert_eq!(key.get(API).await.expect_status(200).json()["username"], "reader");
    key.get(REPOSITORY).await.expect_status(200);
    // It is a key, with no more rights than that.
    key.post("/api/keys", &json!({ "name": "more" })).await.expect_status(401);
    world.with_password("reader").delete("/api/keys/netrc").await.expect_status(200);
    assert_eq!(key.get(API).await.expect_status(401).message(), "API key revoked");
}

async fn the_address_of_a_key_leads_to_it(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.with_password("admin");
    for name in ["a?b", "a%", "a b", "é", "a/b", "a%2Fb"] {
        let made = admin.post("/api/keys", &json!({ "name": name })).await.expect_status(201);
        let url = made.json()["url"].as_str().expect("a string").to_owned();
        assert_eq!(made.header("location"), url);
        let path = url.strip_prefix(server.url()).expect("an address of the server");
        assert_eq!(admin.get(path).await.expect_status(200).json()["name"], name);
        assert_eq!(admin.delete(path).await.expect_status(200).json()["name"], name);
    }
}
