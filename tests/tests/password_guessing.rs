//! Guessing passwords: how often it may be tried, from one address and for one account.

use std::time::Duration;

use skep_testkit::{Answer, Client, Engine, TestServer};

/// A login from this address, by way of a proxy on this machine.
async fn login(client: &Client, from: &str, username: &str, password: &str) -> Answer {
    let client = client.with_password(username, password);
    client.request(http::Method::GET, "/api/users/me").header("x-forwarded-for", from).send().await
}

/// A server whose clock stands at the beginning of the windows that failures are counted in.
async fn start() -> TestServer {
    let server = TestServer::start(Engine::Sqlite).await;
    let windows = 30 * 60 * 1_000_000;
    let left = windows - server.clock().now().rem_euclid(windows);
    server.clock().advance(Duration::from_micros(left.unsigned_abs()));
    server
}

#[tokio::test]
async fn passwords_cannot_be_guessed_from_one_address() {
    let server = start().await;
    let client = server.anonymous();
    server.create_user("alice", "correct horse").await;
    for guess in 0..20 {
        let refused = login(&client, "192.0.2.1", &format!("user{guess}"), "wrong").await.expect_status(401);
        assert_eq!(refused.message(), "invalid username and password combination");
    }
    for (username, password) in [("alice", "correct horse"), ("alice", "wrong"), ("nobody", "wrong")] {
        let refused = login(&client, "192.0.2.1", username, password).await.expect_status(429);
        assert_eq!(
            refused.message(),
            "API rate limit exceeded for IP 192.0.2.1: too many wrong passwords. \
             Try again in 15 minutes, or use an API key"
        );
        assert!(!refused.headers.contains_key("x-ratelimit-limit"));
    }
    login(&client, "192.0.2.2", "alice", "correct horse").await.expect_status(200);
    server.clock().advance(Duration::from_secs(15 * 60));
    login(&client, "192.0.2.1", "alice", "correct horse").await.expect_status(200);
}

#[tokio::test]
async fn a_password_cannot_be_guessed_from_many_addresses() {
    let server = start().await;
    let client = server.anonymous();
    server.create_user("alice", "correct horse").await;
    server.create_user("bob", "correct horse").await;
    for username in ["alice", "nobody"] {
        for guess in 0..10 {
            let username = if guess % 2 == 0 { username.to_owned() } else { username.to_uppercase() };
            login(&client, &format!("192.0.2.{guess}"), &username, "wrong").await.expect_status(401);
        }
        let refused = login(&client, "192.0.2.77", username, "correct horse").await.expect_status(429);
        assert_eq!(
            refused.message(),
            "API rate limit exceeded for this account: too many wrong passwords. \
             Try again in 10 minutes, or use an API key"
        );
    }
    login(&client, "192.0.2.77", "bob", "correct horse").await.expect_status(200);
    // This machine itself is not counted, so that its operator is never locked out.
    client.with_password("alice", "correct horse").get("/api/users/me").await.expect_status(200);
    server.clock().advance(Duration::from_secs(10 * 60));
    login(&client, "192.0.2.77", "alice", "correct horse").await.expect_status(200);
}

#[tokio::test]
async fn right_passwords_are_not_counted() {
    let server = start().await;
    server.create_user("alice", "correct horse").await;
    let client = server.anonymous();
    let logins = (0..40).map(|_| login(&client, "192.0.2.1", "alice", "correct horse"));
    for answer in futures::future::join_all(logins).await {
        answer.expect_status(200);
    }
}
