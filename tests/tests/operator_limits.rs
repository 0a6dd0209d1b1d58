//! What an operator sets against those who ask too much, and what he tells everybody.

use std::time::Duration;

use http::Method;
use serde_json::json;
use skep_core::notice::{Notice, NoticeLevel};
use skep_testkit::{Answer, Client, Engine, ORGANIZATION, Options, TestServer, Who, World, both_engines};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

both_engines!(a_notice_is_shown_within_a_second);

/// A request from another machine, by way of a proxy on this one.
async fn get(client: &Client, from: &str, path: &str) -> Answer {
    client.request(Method::GET, path).header("x-forwarded-for", from).send().await
}

/// Moves the clock to the beginning of a minute, which is a window of every limit here.
fn begin_window(server: &TestServer) {
    let minute = 60 * 1_000_000;
    let left = minute - server.clock().now().rem_euclid(minute);
    server.clock().advance(Duration::from_micros(left.unsigned_abs()));
}

#[tokio::test]
async fn blocked_addresses_get_nothing() {
    let api = |settings: &mut skep_server::ApiSettings| {
        settings.blocked =
            ["198.51.100.0/24", "2001:db8:bad::/48"].map(|range| range.parse().unwrap()).to_vec();
    };
    let server = TestServer::start_with(Engine::Sqlite, Options { api, ..Options::default() }).await;
    let client = server.anonymous();
    for from in ["198.51.100.7", "2001:db8:bad::1"] {
        for path in [
            "/",
            "/status",
            "/repo/names",
            "/repo/public_key",
            "/repo/installs/list.csv",
            "/l/aaaaa",
            "/healthz",
        ] {
            let refused = get(&client, from, path).await.expect_status(403);
            assert_eq!(refused.text().trim_end(), "Blocked", "{path}");
        }
        for path in ["/api", "/api/packages", "/api/nothing"] {
            let refused = get(&client, from, path).await.expect_status(403);
            assert_eq!(refused.json(), json!({ "status": 403, "message": "Blocked" }), "{path}");
            assert_eq!(refused.header("x-ratelimit-limit"), "");
        }
    }
    get(&client, "198.51.101.7", "/api/packages").await.expect_status(200);
    get(&client, "198.51.101.7", "/repo/names").await.expect_status(200);
}

#[tokio::test]
async fn limits_are_those_of_the_operator() {
    let api = |settings: &mut skep_server::ApiSettings| {
        settings.limits.address = 2;
        settings.limits.user = 0;
        settings.limits.ipv6_prefix = 48;
        settings.exempt = vec!["192.0.2.9".parse().unwrap()];
    };
    let server = TestServer::start_with(Engine::Sqlite, Options { api, ..Options::default() }).await;
    let client = server.anonymous();
    server.create_user("alice", "correct horse").await;
    begin_window(&server);
    for left in ["1", "0"] {
        let answer = get(&client, "2001:db8:1:1::1", "/api/packages").await.expect_status(200);
        assert_eq!((answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining")), ("2", left));
    }
    get(&client, "2001:db8:1:2::1", "/api/packages").await.expect_status(429);
    get(&client, "2001:db8:2:1::1", "/api/packages").await.expect_status(200);
    let alice = client.with_password("alice", "correct horse");
    for _ in 0..4 {
        let answer = get(&alice, "192.0.2.1", "/api/users/me").await.expect_status(200);
        assert_eq!(answer.header("x-ratelimit-limit"), "");
        get(&client, "192.0.2.9", "/api/packages").await.expect_status(200);
    }
}

#[tokio::test]
async fn bad_credentials_are_counted_before_they_are_looked_up() {
    let server = TestServer::start(Engine::Sqlite).await;
    let world = World::new(&server).await;
    begin_window(&server);
    let (reader, writer) = (world.by(Who::Reader), world.by(Who::Writer));
    let wrong = server.anonymous().with_key("00000000000000000000000000000000");
    let token = server.anonymous().with_token("nonsense");
    let private = format!("/repo/repos/{ORGANIZATION}/packages/cellar");
    for _ in 0..100 {
        // Again and again: what the server remembers of credentials is gone when it hears of a change of anybody's.
        get(&reader, "192.0.2.1", &private).await.expect_status(200);
        let refused = get(&wrong, "192.0.2.1", "/api/users/me").await.expect_status(401);
        assert_eq!(refused.message(), "invalid API key");
        get(&token, "192.0.2.1", "/api/users/me").await.expect_status(401);
        get(&wrong, "192.0.2.1", &private).await.expect_status(403);
    }
    let refused = get(&wrong, "192.0.2.1", "/api/users/me").await.expect_status(429);
    assert_eq!(
        refused.message(),
        "API rate limit exceeded for IP 192.0.2.1: too many bad credentials. \
         Correct the key or password, and try again in a minute"
    );
    get(&wrong, "192.0.2.1", &private).await.expect_status(429);
    // Who was let in a moment ago is not kept out by others behind the same address.
    get(&reader, "192.0.2.1", &private).await.expect_status(200);
    get(&writer, "192.0.2.2", &private).await.expect_status(200);
    get(&wrong, "192.0.2.2", "/api/users/me").await.expect_status(401);
    server.clock().advance(Duration::from_secs(60));
    get(&wrong, "192.0.2.1", "/api/users/me").await.expect_status(401);
}

#[tokio::test]
async fn an_address_has_few_connections() {
    let api = |settings: &mut skep_server::ApiSettings| {
        settings.connections_per_address = 2;
        settings.exempt = Vec::new();
        settings.trusted_proxies = Vec::new();
    };
    let server = TestServer::start_with(Engine::Sqlite, Options { api, ..Options::default() }).await;
    let address = server.url().strip_prefix("http://").expect("an address").to_owned();
    let ask = async |stream: &mut TcpStream| {
        // A connection that is closed at once may refuse to be written to.
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).await.is_ok_and(|_| answer.starts_with(b"HTTP/1.1 200"))
    };
    let mut first = TcpStream::connect(&address).await.unwrap();
    let mut second = TcpStream::connect(&address).await.unwrap();
    assert!(ask(&mut first).await && ask(&mut second).await);
    let mut third = TcpStream::connect(&address).await.unwrap();
    assert!(!ask(&mut third).await);
    drop(first);
    // The server sees the end of a connection when it gets to it.
    let again = async {
        while !ask(&mut TcpStream::connect(&address).await.unwrap()).await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.unwrap();
}

async fn a_notice_is_shown_within_a_second(server: TestServer) {
    let client = server.anonymous();
    let shown = async |agent: &str| {
        let request = client.request(Method::GET, "/api/packages").header("user-agent", agent);
        request.send().await.expect_status(200).header("x-hex-message").to_owned()
    };
    let shows = async |expected: &str| {
        let wait = async {
            while shown("Hex/2.5.0 (Elixir/1.18.4)").await != expected {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(1), wait)
            .await
            .unwrap_or_else(|_| panic!("not shown: {expected}"));
    };
    assert_eq!(shown("Hex/2.5.0 (Elixir/1.18.4)").await, "");
    let until = server.clock().now() + 3600 * 1_000_000;
    let notice = Notice::new("Maintenance at 18:00", NoticeLevel::Warn, Some(until)).expect("a good text");
    server.set_notice_elsewhere(Some(notice)).await;
    shows("\"Maintenance at 18:00\";level=warn").await;
    assert_eq!(shown("Hex/2.3.1 (Elixir/1.18.4)").await, "", "this one would end with an error");
    let refused = client.get("/api/nothing").await.expect_status(404);
    assert_eq!(refused.header("x-hex-message"), "\"Maintenance at 18:00\";level=warn");
    server.clock().advance(Duration::from_secs(3600));
    assert_eq!(shown("Hex/2.5.0 (Elixir/1.18.4)").await, "");

    let notice = Notice::new("Read the handbook", NoticeLevel::Fatal, None).expect("a good text");
    server.set_notice_elsewhere(Some(notice)).await;
    shows("\"Read the handbook\";level=fatal").await;
    server.set_notice_elsewhere(None).await;
    shows("").await;
}
