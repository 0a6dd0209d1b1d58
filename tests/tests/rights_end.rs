//! Rights end when they are taken away, also those of a request that is under way, and nobody makes more of
//! them than was given.

use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use skep_testkit::{Answer, Client, Engine, Package, TestServer, Who, World, both_engines};
use tokio::sync::mpsc;

both_engines!(
    an_upload_ends_with_the_key,
    an_upload_ends_with_the_membership,
    an_upload_of_documentation_ends_with_the_membership,
    a_writer_is_no_admin_by_a_key_of_the_organization,
    a_key_made_by_a_key_is_no_stronger,
    a_setup_code_makes_one_administrator,
    text_with_a_nul_is_refused_and_no_failure,
    keys_cannot_be_named_like_folders,
    whoever_was_let_in_by_the_operator_is_in_at_once,
);

/// An upload of which all but the last byte is sent.
struct Pending {
    sender: mpsc::Sender<Bytes>,
    rest: Bytes,
    answer: tokio::task::JoinHandle<Answer>,
}

impl Pending {
    async fn begin(client: &Client, path: &str, mut first: Bytes) -> Self {
        let rest = first.split_off(first.len() - 1);
        let (sender, receiver) = mpsc::channel::<Bytes>(1);
        let parts = futures::stream::unfold(receiver, |mut receiver| async {
            Some((Ok::<_, std::io::Error>(receiver.recv().await?), receiver))
        });
        let request = client.request(Method::POST, path).header("content-type", "application/octet-stream");
        let request = request.stream(reqwest::Body::wrap_stream(parts));
        let answer = tokio::spawn(request.send());
        sender.send(first).await.expect("the request is under way");
        // The channel holds one part: when another fits, the first has been taken for sending.
        drop(sender.reserve().await.expect("the request is under way"));
        Self { sender, rest, answer }
    }

    async fn end(self) -> Answer {
        self.sender.send(self.rest).await.expect("the request is under way");
        drop(self.sender);
        self.answer.await.expect("the request ends")
    }
}

async fn an_upload_ends_with_the_key(server: TestServer) {
    let world = World::new(&server).await;
    let key = world.new_key("writer", "slow", &json!([{ "domain": "api" }])).await;
    let package = Package::new("slow", "1.0.0").organization("acme");
    let pending = Pending::begin(&key, &format!("{}/releases", package.api_path()), package.build()).await;
    world.with_password("writer").delete("/api/keys/slow").await.expect_status(200);
    assert_eq!(pending.end().await.expect_status(401).message(), "API key revoked");
    world.by(Who::Admin).get(&package.api_path()).await.expect_status(404);
}

async fn an_upload_ends_with_the_membership(server: TestServer) {
    let world = World::new(&server).await;
    let package = Package::new("slow", "1.0.0").organization("acme");
    let path = format!("{}/releases", package.api_path());
    let pending = Pending::begin(&world.by(Who::Writer), &path, package.build()).await;
    world.by(Who::Admin).delete("/api/orgs/acme/members/writer").await.expect_status(204);
    pending.end().await.expect_status(404);
    world.by(Who::Admin).get(&package.api_path()).await.expect_status(404);
}

async fn an_upload_of_documentation_ends_with_the_membership(server: TestServer) {
    let world = World::new(&server).await;
    let package = Package::new("slow", "1.0.0").organization("acme");
    let writer = world.by(Who::Writer);
    writer.publish(&package).await.expect_status(201);
    let docs = skep_testkit::docs(&[("index.html", "x")]);
    let pending = Pending::begin(&writer, &format!("{}/docs", package.release_path()), docs).await;
    world.by(Who::Admin).delete("/api/orgs/acme/members/writer").await.expect_status(204);
    pending.end().await.expect_status(404);
    world.by(Who::Admin).get(&package.docs_path()).await.expect_status(404);
}

async fn organization_key(client: &Client, server: &TestServer, name: &str) -> Client {
    let made = client.post("/api/orgs/acme/keys", &json!({ "name": name })).await.expect_status(201).json();
    server.anonymous().with_key(made["secret"].as_str().expect("a secret"))
}

async fn a_writer_is_no_admin_by_a_key_of_the_organization(server: TestServer) {
    let world = World::new(&server).await;
    let key = organization_key(&world.by(Who::Writer), &server, "by-writer").await;
    let admin = json!({ "role": "admin" });
    key.post("/api/orgs/acme/members/writer", &admin).await.expect_status(404);
    key.delete("/api/orgs/acme/members/reader").await.expect_status(404);
    // What the writer may do, the key may.
    let package = Package::new("by_key", "1.0.0").organization("acme");
    key.publish(&package).await.expect_status(201);
    let path = format!("{}/owners/reader", package.api_path());
    key.put(&path, &json!({})).await.expect_status(404);
    // A key of an admin is as strong as before.
    let key = organization_key(&world.by(Who::Admin), &server, "by-admin").await;
    key.put(&path, &json!({})).await.expect_status(204);
    key.post("/api/orgs/acme/members/writer", &json!({ "role": "read" })).await.expect_status(200);
}

async fn a_key_made_by_a_key_is_no_stronger(server: TestServer) {
    let world = World::new(&server).await;
    let first = organization_key(&world.by(Who::Writer), &server, "first").await;
    let second = organization_key(&first, &server, "second").await;
    second.post("/api/orgs/acme/members/writer", &json!({ "role": "admin" })).await.expect_status(404);
    second.get("/api/orgs/acme/members").await.expect_status(200);
}

async fn a_setup_code_makes_one_administrator(server: TestServer) {
    // On PostgreSQL also at two servers, which no lock of a process keeps apart.
    let other = if server.engine() == Engine::Postgres { Some(server.beside().await) } else { None };
    let code = server.setup_code().await;
    let tries = (0..12).map(|number| {
        let server = other.as_ref().filter(|_| number % 2 == 1).unwrap_or(&server);
        let (client, code) = (server.anonymous(), code.clone());
        async move {
            let body = json!({
                "username": format!("first{number}"),
                "email": format!("first{number}@example.com"),
                "password": "correct-horse",
                "setup_code": code,
            });
            client.post("/api/users", &body).await.status
        }
    });
    let mut statuses = join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [&[201][..], &[422; 11]].concat());
}

async fn text_with_a_nul_is_refused_and_no_failure(server: TestServer) {
    let world = World::new(&server).await;
    let nul = server.anonymous().with_password("al\0ice", "x");
    nul.get("/api/users/me").await.expect_status(401);
    let nul = server.anonymous().with_password("al\0ice@example.com", "x");
    nul.get("/api/users/me").await.expect_status(401);
    world.by(Who::Owner).delete("/api/packages/tree/owners/a%2500").await.expect_status(400);
}

async fn keys_cannot_be_named_like_folders(server: TestServer) {
    let world = World::new(&server).await;
    for name in [".", "..", "a\nb"] {
        let refused =
            world.by(Who::Admin).post("/api/keys", &json!({ "name": name })).await.expect_status(422);
        assert_eq!(refused.errors(), json!({ "name": "has invalid format" }));
    }
}

/// The operator's commands run beside the server, which hears of them a moment later.
async fn whoever_was_let_in_by_the_operator_is_in_at_once(server: TestServer) {
    let world = World::new(&server).await;
    let stranger = world.by(Who::Stranger);
    for round in 0..10 {
        // A warm cache says that there is nothing for the stranger.
        let name = format!("guild{round}");
        stranger.get(&format!("/api/orgs/{name}")).await.expect_status(404);
        server.create_organization_elsewhere(&name, "stranger").await;
        stranger.get(&format!("/api/orgs/{name}")).await.expect_status(200);
    }
}

/// Changes are judged by the database and not by what another server knew a second ago.
#[tokio::test]
async fn a_removed_member_changes_nothing_at_another_server() {
    if std::env::var_os("SKEP_TEST_SKIP_POSTGRES").is_some() {
        eprintln!("SKIPPED: without PostgreSQL there is no other server");
        return;
    }
    let server = TestServer::start(Engine::Postgres).await;
    let other = server.beside().await;
    let world = World::new(&server).await;
    let writer = world.by(Who::Writer);
    let there = writer.at(&other.anonymous());
    for round in 0..5 {
        there.get("/api/orgs/acme").await.expect_status(200);
        world.by(Who::Admin).delete("/api/orgs/acme/members/writer").await.expect_status(204);
        let body = json!({ "name": format!("late{round}") });
        there.post("/api/orgs/acme/keys", &body).await.expect_status(404);
        let body = json!({ "name": "writer", "role": "write" });
        world.by(Who::Admin).post("/api/orgs/acme/members", &body).await.expect_status(200);
        // The other server hears of it within a second.
        let heard = async {
            while there.get("/api/orgs/acme").await.status != 200 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), heard).await.expect("the other server hears of it");
    }
}
