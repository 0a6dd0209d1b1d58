//! Clients that people log in through a browser, over HTTP: what the tokens open, and that they open nothing
//! once the session has ended, here and at every other server.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};
use skep_core::access::operations::{CreateKey, GrantAccess};
use skep_core::browser::Login;
use skep_core::{Caller, Origin};
use skep_testkit::{Answer, Client, Engine, MIX, PASSWORD, TestServer, Who, World, both_engines};

both_engines!(
    a_device_is_logged_in,
    sessions_are_listed_and_ended,
    a_token_ends_with_its_session,
    a_token_ends_with_the_membership,
    a_token_ends_with_the_account,
    what_was_agreed_to_ends_with_the_sessions,
    who_is_let_in_and_logged_out_at_once_leaves_nothing,
    tokens_are_renewed_once,
);

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const PRIVATE: &str = "/repo/repos/acme/packages/cellar";

/// A client that somebody logged in.
struct Device {
    caller: Client,
    refresh_token: String,
}

impl Device {
    fn new(anonymous: &Client, tokens: &Value) -> Self {
        let token = |name: &str| tokens[name].as_str().expect("both tokens are there").to_owned();
        Self { caller: anonymous.with_token(&token("access_token")), refresh_token: token("refresh_token") }
    }

    async fn log_in(server: &TestServer, username: &str, scope: &str) -> Self {
        let (code, polling) = begin(server, scope).await;
        server.approve_device(username, &code).await;
        let tokens = server.anonymous().post("/api/oauth/token", &polling).await.expect_status(200);
        Self::new(&server.anonymous(), &tokens.json())
    }

    async fn refresh(&self, at: &TestServer) -> Answer {
        let body =
            json!({ "grant_type": "refresh_token", "client_id": MIX, "refresh_token": self.refresh_token });
        at.anonymous().post("/api/oauth/token", &body).await
    }
}

/// The user code, and what to ask with after the answer.
async fn begin(server: &TestServer, scope: &str) -> (String, Value) {
    let body = json!({ "client_id": MIX, "scope": scope, "name": "laptop" });
    let begun = server.anonymous().post("/api/oauth/device_authorization", &body).await.expect_status(200);
    assert_eq!(begun.header("cache-control"), "no-store");
    let begun = begun.json();
    let code = begun["user_code"].as_str().expect("a user code").to_owned();
    assert_eq!(begun["verification_uri"], format!("{}/oauth/device", server.url()));
    assert_eq!(begun["verification_uri_complete"], format!("{}/oauth/device?user_code={code}", server.url()));
    assert_eq!((&begun["expires_in"], &begun["interval"]), (&json!(600), &json!(5)));
    (code, json!({ "grant_type": DEVICE, "client_id": MIX, "device_code": begun["device_code"] }))
}

async fn sessions(caller: &Client) -> Vec<Value> {
    let listed = caller.get("/api/users/me/sessions").await.expect_status(200).json();
    listed.as_array().expect("a list").clone()
}

/// How long it takes until a caller is answered so.
async fn until(caller: &Client, path: &str, status: u16) -> Duration {
    let began = Instant::now();
    let waiting = async {
        while caller.get(path).await.status != status {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("the other server hears of it");
    began.elapsed()
}

async fn a_device_is_logged_in(server: TestServer) {
    let world = World::new(&server).await;
    let anonymous = server.anonymous();
    let (code, polling) = begin(&server, "api:read repositories").await;
    let pending = anonymous.post("/api/oauth/token", &polling).await.expect_status(400).json();
    assert_eq!(
        pending,
        json!({ "error": "authorization_pending", "error_description": "Authorization pending" })
    );
    server.approve_device("reader", &code).await;
    let tokens = anonymous.post("/api/oauth/token", &polling).await.expect_status(200);
    assert_eq!(tokens.header("cache-control"), "no-store");
    let tokens = tokens.json();
    assert_eq!(tokens["scope"], "api:read repository:hexpm repository:acme");
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("bearer"), &json!(1800)));

    let device = Device::new(&anonymous, &tokens).caller;
    assert_eq!(device.get("/api/users/me").await.expect_status(200).json()["username"], "reader");
    device.get("/api/repos/acme/packages/cellar").await.expect_status(200);
    device.get(PRIVATE).await.expect_status(200);
    device.get("/repo/repos/acme/tarballs/cellar-1.0.0.tar").await.expect_status(200);
    // What was not agreed to.
    device.post("/api/keys", &json!({ "name": "more" })).await.expect_status(401);
    device.get("/repo/repos/umbrella/names").await.expect_status(404);
    // A token without `repositories` opens no repository, and one without `api` nothing of the API.
    let reads = Device::log_in(&server, "reader", "api:read").await.caller;
    reads.get("/api/repos/acme/packages/cellar").await.expect_status(200);
    reads.get(PRIVATE).await.expect_status(403);
    let fetches = Device::log_in(&server, "reader", "repositories").await.caller;
    fetches.get(PRIVATE).await.expect_status(200);
    fetches.get("/api/repos/acme/packages/cellar").await.expect_status(401);
    fetches.get("/api/users/me/sessions").await.expect_status(401);
    // The public package can be fetched whatever is shown.
    fetches.get("/repo/packages/tree").await.expect_status(200);
    world.by(Who::Anonymous).get(PRIVATE).await.expect_status(404);
}

async fn sessions_are_listed_and_ended(server: TestServer) {
    let world = World::new(&server).await;
    let (reader, stranger) = (world.by(Who::Reader), world.by(Who::Stranger));
    assert_eq!(sessions(&reader).await, Vec::<Value>::new());
    let (first, second) = (
        Device::log_in(&server, "reader", "api:read").await,
        Device::log_in(&server, "reader", "api:read").await,
    );
    first.caller.get("/api/users/me").await.expect_status(200);

    let listed = sessions(&first.caller).await;
    assert_eq!(listed.len(), 2);
    let current = listed.iter().find(|session| session["current"] == true).expect("it is in the list");
    assert_eq!((&current["type"], &current["name"]), (&json!("oauth"), &json!("laptop")));
    assert_eq!(current["client"], json!({ "id": MIX, "name": "Hex CLI" }));
    assert_eq!(current["last_use"]["user_agent"], "skep-testkit/1.0");
    assert!(sessions(&reader).await.iter().all(|session| session["current"] == false));
    assert_eq!(sessions(&stranger).await, Vec::<Value>::new());

    let path = format!("/api/users/me/sessions/{}", current["id"]);
    stranger.delete(&path).await.expect_status(404);
    first.caller.delete(&path).await.expect_status(401);
    for nothing in ["0", "-1", "x", "99999999999999999999"] {
        reader.delete(&format!("/api/users/me/sessions/{nothing}")).await.expect_status(404);
    }
    reader.delete(&path).await.expect_status(204);
    reader.delete(&path).await.expect_status(404);
    first.caller.get("/api/users/me").await.expect_status(401);
    second.caller.get("/api/users/me").await.expect_status(200);
    reader.delete("/api/users/me/sessions").await.expect_status(204);
    second.caller.get("/api/users/me").await.expect_status(401);
    assert_eq!(sessions(&reader).await, Vec::<Value>::new());

    let logs = reader.get("/api/users/me/audit-logs").await.expect_status(200).json();
    let revoked: Vec<&Value> =
        logs.as_array().expect("a list").iter().filter(|log| log["action"] == "session.revoke").collect();
    // Two browsers logged out, and two devices were.
    assert_eq!(revoked.len(), 4);
    assert_eq!(revoked[0]["params"]["client"], json!({ "id": MIX, "name": "Hex CLI" }));
}

async fn a_token_ends_with_its_session(server: TestServer) {
    let _world = World::new(&server).await;
    let device = Device::log_in(&server, "reader", "api:read repositories").await;
    for _ in 0..3 {
        device.caller.get(PRIVATE).await.expect_status(200);
    }
    let hash = hex_format::checksum::Sha256::of(device.refresh_token.as_bytes()).to_lower_hex();
    let body = json!({ "token_hash": hash });
    server.anonymous().post("/api/oauth/revoke_by_hash", &body).await.expect_status(200);
    let refused = device.caller.get("/api/users/me").await.expect_status(401);
    assert_eq!(refused.message(), "invalid API key");
    assert_eq!(refused.header("www-authenticate"), "Basic realm=hex");
    // Never 401, on which mix opens a prompt.
    let refused = device.caller.get(PRIVATE).await.status;
    assert!([403, 404].contains(&refused), "{refused}");
    let refused = device.refresh(&server).await.expect_status(400).json();
    assert_eq!(
        refused,
        json!({ "error": "invalid_grant", "error_description": "Refresh token has been revoked" })
    );
}

async fn a_token_ends_with_the_membership(server: TestServer) {
    let world = World::new(&server).await;
    let device = Device::log_in(&server, "reader", "api:read repositories").await;
    device.caller.get(PRIVATE).await.expect_status(200);
    world.by(Who::Admin).delete("/api/orgs/acme/members/reader").await.expect_status(204);
    device.caller.get(PRIVATE).await.expect_status(404);
    device.caller.get("/api/repos/acme/packages/cellar").await.expect_status(404);
    device.caller.get("/api/users/me").await.expect_status(200);
    // A newer token names the repository still, and is worth as little.
    let newer = device.refresh(&server).await.expect_status(200).json();
    Device::new(&server.anonymous(), &newer).caller.get(PRIVATE).await.expect_status(404);
}

async fn a_token_ends_with_the_account(server: TestServer) {
    let _world = World::new(&server).await;
    let device = Device::log_in(&server, "reader", "api:read repositories").await;
    device.caller.get(PRIVATE).await.expect_status(200);
    server.deactivate("reader").await;
    device.caller.get("/api/users/me").await.expect_status(400);
    let refused = device.caller.get(PRIVATE).await.status;
    assert!([400, 403, 404].contains(&refused), "{refused}");
    let refused = device.refresh(&server).await.expect_status(400).json();
    assert_eq!(refused["error"], "invalid_grant");
}

/// Somebody agreed for a stranger, whose device has not asked yet: there is no session to end, but one must not begin.
async fn what_was_agreed_to_ends_with_the_sessions(server: TestServer) {
    let world = World::new(&server).await;
    let reader = world.with_password("reader");
    let refused = async |polling: &Value| {
        let answer = server.anonymous().post("/api/oauth/token", polling).await.expect_status(400).json();
        assert_eq!(answer["error"], "invalid_grant");
    };
    let (code, polling) = begin(&server, "api:read").await;
    server.approve_device("reader", &code).await;
    reader.delete("/api/users/me/sessions").await.expect_status(204);
    refused(&polling).await;

    let (code, polling) = begin(&server, "api:read").await;
    server.approve_device("reader", &code).await;
    let new = json!({ "current": PASSWORD, "new": "another horse" });
    reader.post("/api/users/me/password", &new).await.expect_status(204);
    refused(&polling).await;

    // What nobody agreed to before can be agreed to now.
    Device::log_in(&server, "reader", "api:read").await;
    assert_eq!(sessions(&server.anonymous().with_password("reader", "another horse")).await.len(), 1);
}

/// Between the question whether somebody may and the answer all sessions end.
async fn who_is_let_in_and_logged_out_at_once_leaves_nothing(server: TestServer) {
    let _world = World::new(&server).await;
    let (code, polling) = begin(&server, "api:read").await;
    let refused = server.operate(move |core| async move {
        let origin = Origin::default();
        let begun = core.log_in("browser", "reader", PASSWORD.to_owned(), &origin).await;
        let Ok(Login::Session(cookie)) = begun else { panic!("a session begins") };
        let principal = core.browser(cookie.reveal(), &origin).await.expect("the database is there");
        let browser = Caller { principal, ..Caller::default() };
        let agrees = core.allow::<GrantAccess>(&browser, ()).await.expect("it may agree");
        let makes = core.allow::<CreateKey>(&browser, None).await.expect("it may make keys");
        core.end_browser_session(&browser).await.expect("it is logged out");
        let agreed = core.authorize_device(&agrees, &code, &["api:read".to_owned()]).await;
        let made = core.create_key(&makes, Ok(Some("late".to_owned())), Ok(None), Ok(None)).await;
        (agreed.map_err(|error| error.status), made.map(drop).map_err(|error| error.status))
    });
    assert_eq!(refused.await, (Err(401), Err(401)));
    let answer = server.anonymous().post("/api/oauth/token", &polling).await.expect_status(400).json();
    assert_eq!(answer["error"], "authorization_pending");
}

async fn tokens_are_renewed_once(server: TestServer) {
    let _world = World::new(&server).await;
    // On PostgreSQL also at two servers, which no lock of a process keeps apart.
    let other = if server.engine() == Engine::Postgres { Some(server.beside().await) } else { None };
    let mut device = Device::log_in(&server, "reader", "api:read").await;
    for _ in 0..5 {
        let tries = (0..6).map(|number| {
            let server = other.as_ref().filter(|_| number % 2 == 1).unwrap_or(&server);
            device.refresh(server)
        });
        let (won, lost): (Vec<_>, Vec<_>) =
            join_all(tries).await.into_iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 5));
        for answer in lost {
            let refused = answer.expect_status(400).json();
            assert_eq!(refused["error_description"], "Refresh token has been revoked");
        }
        device = Device::new(&server.anonymous(), &won[0].json());
        device.caller.get("/api/users/me").await.expect_status(200);
    }
}

/// What ends at one server ends within a second at the others, be they warm or not.
#[tokio::test]
async fn a_session_ends_at_every_server() {
    if std::env::var_os("SKEP_TEST_SKIP_POSTGRES").is_some() {
        eprintln!("SKIPPED: without PostgreSQL there is no other server");
        return;
    }
    let server = TestServer::start(Engine::Postgres).await;
    let other = server.beside().await;
    let world = World::new(&server).await;
    let reader = world.by(Who::Reader);
    for _ in 0..4 {
        let device = Device::log_in(&server, "reader", "api:read repositories").await;
        let there = device.caller.at(&other.anonymous());
        there.get(PRIVATE).await.expect_status(200);
        there.get("/api/users/me").await.expect_status(200);
        reader.delete("/api/users/me/sessions").await.expect_status(204);
        device.caller.get("/api/users/me").await.expect_status(401);
        device.refresh(&other).await.expect_status(400);
        let ended = until(&there, "/api/users/me", 401).await;
        assert!(ended < Duration::from_secs(2), "{ended:?}");
        assert_ne!(there.get(PRIVATE).await.status, 200);
    }
}
