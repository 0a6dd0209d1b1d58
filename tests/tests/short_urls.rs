//! Short addresses, and the files that installers ask for.

use http::Method;
use serde_json::json;
use skep_testkit::{Client, Engine, TestServer, both_engines};

both_engines!(an_address_has_one_code, strangers_make_few, what_is_no_short_address);

/// From another machine, by way of a proxy on this one.
async fn shorten(client: &Client, from: &str, url: &str) -> skep_testkit::Answer {
    let request = client.request(Method::POST, "/api/short_url").json(&json!({ "url": url }));
    request.header("x-forwarded-for", from).send().await
}

async fn an_address_has_one_code(server: TestServer) {
    let client = server.anonymous();
    let url = format!("{}/packages/tree?x=1#top", server.url());
    let first = client.post("/api/short_url", &json!({ "url": url })).await.expect_status(201).json();
    let second = client.post("/api/short_url", &json!({ "url": url })).await.expect_status(201).json();
    assert_eq!(first, second);
    let short =
        first["url"].as_str().expect("a text").strip_prefix(server.url()).expect("on this server").to_owned();
    assert!(short.starts_with("/l/") && short.len() == "/l/".len() + 5, "{short}");
    let answer = client.get(&short).await.expect_status(301);
    assert_eq!(answer.header("location"), url);
    client.head(&short).await.expect_status(301);
    client.post(&short, &json!({})).await.expect_status(404);
    let other =
        client.post("/api/short_url", &json!({ "url": server.url() })).await.expect_status(201).json();
    assert_ne!(first, other);
}

async fn strangers_make_few(server: TestServer) {
    let client = server.anonymous();
    for page in 0..60 {
        shorten(&client, "192.0.2.1", &format!("{}/{page}", server.url())).await.expect_status(201);
    }
    let url = format!("{}/60", server.url());
    let refused = shorten(&client, "192.0.2.1", &url).await.expect_status(429);
    assert_eq!(refused.message(), "Too many short addresses from this client: try again in an hour");
    // One that is there already costs nothing.
    shorten(&client, "192.0.2.1", &format!("{}/7", server.url())).await.expect_status(201);
    shorten(&client, "192.0.2.2", &url).await.expect_status(201);
}

async fn what_is_no_short_address(server: TestServer) {
    let client = server.anonymous();
    for path in ["/l/zzzzz", "/l/", "/l/x", "/l/aaaaaa", "/l/%00%00%00%00%00", "/l/a/b/c"] {
        client.get(path).await.expect_status(404);
    }
    let refused =
        client.post("/api/short_url", &json!({ "url": "https://evil.example" })).await.expect_status(422);
    assert_eq!(refused.errors(), json!({ "url": "domain must match 127.0.0.1" }));
    let refused = client.post("/api/short_url", &json!({ "url": 7 })).await.expect_status(422);
    assert_eq!(refused.errors(), json!({ "url": "expected type string" }));
}

#[tokio::test]
async fn lists_of_installers_are_empty() {
    let server = TestServer::start(Engine::Sqlite).await;
    let client = server.anonymous();
    for path in ["/repo/installs/list.csv", "/repo/installs/hex-1.x.csv"] {
        let answer = client.get(path).await.expect_status(200);
        assert!(answer.body.is_empty() && answer.header("content-type") == "text/csv", "{path}");
        assert_eq!(answer.header("cache-control"), "public, max-age=604800");
        assert!(!answer.header("etag").is_empty());
    }
    assert!(!client.get("/repo/installs/hex-1.x.csv.signed").await.expect_status(200).body.is_empty());
    for path in [
        "/repo/installs/hex.ez",
        "/repo/installs/../skep.db",
        "/repo/installs/%2e%2e/skep.db",
        "/repo/installs/",
    ] {
        client.get(path).await.expect_status(404);
    }
    let answer = client.get("/installs/hex.ez?elixir=1.18.4").await.expect_status(302);
    assert_eq!(answer.header("location"), format!("{}/repo/installs/hex.ez", server.url()));
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
}
