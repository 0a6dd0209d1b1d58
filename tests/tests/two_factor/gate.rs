//! Codes on the API: writes with a token of an account, and nothing else, ask for one.

use std::time::Duration;

use serde_json::json;
use skep_testkit::{Package, TestServer, Who, World, both_engines};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::*;

both_engines!(
    a_token_writes_with_a_code,
    refusals_come_in_order,
    what_asks_for_no_code,
    a_password_alone_does_not_take_an_account_over,
    the_same_code_is_good_again,
    codes_of_other_times,
    no_code_is_tried_after_too_many_wrong_ones,
    an_address_has_twenty_wrong_codes,
    a_code_outlasts_the_upload_that_it_came_with,
);

async fn a_token_writes_with_a_code(server: TestServer) {
    let world = World::new(&server).await;
    let token = token(&world, "owner").await;
    let text = "Two-factor authentication must be enabled for API write access";
    refused(&write(&token, None, "192.0.2.1").await, 403, "", text);
    refused(&write(&token, Some("000000"), "192.0.2.1").await, 403, "", text);

    let owner = Enrolled::new(&server, &world, "owner").await;
    let required = "Two-factor authentication required. Include X-Hex-OTP header with your TOTP code.";
    let challenge = "Bearer realm=\"hex\", error=\"totp_required\"";
    refused(&write(&token, None, "192.0.2.1").await, 401, challenge, required);
    for wrong in [owner.wrong_code(&server).as_str(), "abc", ""] {
        is_wrong_code(&write(&token, Some(wrong), "192.0.2.1").await);
    }
    is_through(&write(&token, Some(&owner.code(&server)), "192.0.2.1").await);
    // An upload is refused before it is sent.
    let next = Package::new("tree", "1.0.1");
    refused(&token.publish(&next).await, 401, challenge, required);
    token.get("/api/users/me").await.expect_status(200);
}

/// Credentials, verified address, permission, code, and only then what is asked for.
async fn refusals_come_in_order(server: TestServer) {
    let world = World::new(&server).await;
    let unverified = token_of(&world.by(Who::Unverified), "api").await;
    refused(
        &write(&world.by(Who::Anonymous), Some("000000"), "192.0.2.1").await,
        401,
        "Basic realm=hex",
        "missing authentication information",
    );
    let missing = format!("{}/releases/9.9.9", Package::new("nothing", "1.0.0").api_path());
    let answer = unverified.delete(&missing).await;
    refused(&answer, 403, "", "email not verified");
    let reading = token_of(&world.by(Who::Admin), "api:read").await;
    refused(&reading.delete(&missing).await, 401, "Basic realm=hex", "key not authorized for this action");
    let admin = Enrolled::new(&server, &world, "admin").await;
    refused(&reading.delete(&missing).await, 401, "Basic realm=hex", "key not authorized for this action");
    let writing = token_of(&world.by(Who::Admin), "api").await;
    assert_eq!(
        writing.delete(&missing).await.header("www-authenticate"),
        "Bearer realm=\"hex\", error=\"totp_required\""
    );
    let with_code = writing.request(Method::DELETE, &missing).header("x-hex-otp", admin.code(&server));
    with_code.send().await.expect_status(404);
}

async fn token_of(key: &Client, scope: &str) -> Client {
    let issued = key.exchange(scope).await.expect_status(200).json();
    key.with_token(issued["access_token"].as_str().expect("a text"))
}

/// With another password or address its owner would be locked out, by somebody who has no second factor to show.
async fn a_password_alone_does_not_take_an_account_over(server: TestServer) {
    let world = World::new(&server).await;
    let owner = Enrolled::new(&server, &world, "owner").await;
    let password = json!({ "current": skep_testkit::PASSWORD, "new": "another horse" });
    let address = json!({ "email": "thief@example.com" });
    for (path, body) in [("/api/users/me/emails", address), ("/api/users/me/password", password)] {
        let refused = owner.client.post(path, &body).await.expect_status(401);
        assert_eq!(
            refused.header("www-authenticate"),
            "Bearer realm=\"hex\", error=\"totp_required\"",
            "{path}"
        );
        let with_code = owner.client.request(Method::POST, path).header("x-hex-otp", owner.code(&server));
        let done = with_code.json(&body).send().await.status;
        assert!([201, 204].contains(&done), "{path}: {done}");
    }
}

async fn what_asks_for_no_code(server: TestServer) {
    let world = World::new(&server).await;
    Enrolled::new(&server, &world, "admin").await;
    for who in [Who::Admin, Who::AdminPassword, Who::ApiWrite] {
        is_through(&write(&world.by(who), None, "192.0.2.1").await);
        // Nor is one looked at.
        is_through(&write(&world.by(who), Some("000000"), "192.0.2.1").await);
    }
    for who in [Who::Organization, Who::OrganizationToken] {
        let next = Package::new("cellar", &format!("2.0.{}", who as u8)).organization("acme");
        world.by(who).publish(&next).await.expect_status(201);
    }
    let token = token(&world, "admin").await;
    token.get("/api/packages/tree").await.expect_status(200);
    token.get("/api/auth?domain=api&resource=write").await.expect_status(204);
}

async fn the_same_code_is_good_again(server: TestServer) {
    let world = World::new(&server).await;
    let owner = Enrolled::new(&server, &world, "owner").await;
    let (token, code) = (token(&world, "owner").await, owner.code(&server));
    // More often than codes may be wrong, and many at once: right ones do not count.
    let writes = (0..25).map(|_| write(&token, Some(&code), "192.0.2.1"));
    futures::future::join_all(writes).await.iter().for_each(is_through);
}

async fn codes_of_other_times(server: TestServer) {
    let world = World::new(&server).await;
    let owner = Enrolled::new(&server, &world, "owner").await;
    let token = token(&world, "owner").await;
    for (steps, accepted) in [(-2, false), (-1, true), (0, true), (3, true), (4, false)] {
        let code = one_time_code(&owner.secret, server.clock().now() + steps * 30_000_000);
        let answer = write(&token, Some(&code), "192.0.2.1").await;
        if accepted { is_through(&answer) } else { is_wrong_code(&answer) }
    }
}

async fn no_code_is_tried_after_too_many_wrong_ones(server: TestServer) {
    let world = World::new(&server).await;
    let owner = Enrolled::new(&server, &world, "owner").await;
    let token = token(&world, "owner").await;
    let wrong = owner.wrong_code(&server);
    let guesses = (0..30).map(|_| write(&token, Some(&wrong), "192.0.2.1"));
    let answers = futures::future::join_all(guesses).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 5, "tried at once");
    is_throttled(&write(&token, Some(&owner.code(&server)), "192.0.2.1").await);
    is_throttled(&write(&token, Some(&owner.code(&server)), "192.0.2.2").await);
    server.clock().advance(Duration::from_secs(10 * 60));
    let token = token_again(&world).await;
    is_through(&write(&token, Some(&owner.code(&server)), "192.0.2.1").await);
}

async fn token_again(world: &World) -> Client {
    token_of(&world.new_key("owner", "again", &json!([{ "domain": "api" }])).await, "api").await
}

async fn an_address_has_twenty_wrong_codes(server: TestServer) {
    let world = World::new(&server).await;
    let (from, neighbour, elsewhere) = ("2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1");
    let mut all = Vec::new();
    for username in ["owner", "stranger", "reader", "writer", "admin"] {
        all.push((Enrolled::new(&server, &world, username).await, token(&world, username).await));
    }
    to_a_new_window(&server);
    let mut fresh = Vec::new();
    for (n, username) in ["owner", "stranger", "reader", "writer", "admin"].into_iter().enumerate() {
        let key = world.new_key(username, "fresh", &json!([{ "domain": "api" }])).await;
        fresh.push(token_of(&key, "api").await);
        for _ in 0..4 {
            is_wrong_code(&write(&fresh[n], Some(&all[n].0.wrong_code(&server)), from).await);
        }
    }
    is_throttled(&write(&fresh[0], Some(&all[0].0.code(&server)), neighbour).await);
    is_through(&write(&fresh[0], Some(&all[0].0.code(&server)), elsewhere).await);
}

async fn a_code_outlasts_the_upload_that_it_came_with(server: TestServer) {
    let world = World::new(&server).await;
    let owner = Enrolled::new(&server, &world, "owner").await;
    let (token, code) = (token(&world, "owner").await, owner.code(&server));
    let (host, tarball) = (server.url().trim_start_matches("http://"), Package::new("tree", "1.0.1").build());
    let head = format!(
        "POST /api/packages/tree/releases HTTP/1.1\r\nhost: {host}\r\nuser-agent: test\r\nauthorization: {}\r\n\
         x-hex-otp: {code}\r\ncontent-length: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n",
        token.authorization().expect("it shows a token"),
        tarball.len()
    );
    let mut socket = BufReader::new(TcpStream::connect(host).await.expect("the server is there"));
    socket.write_all(head.as_bytes()).await.expect("the server is there");
    let mut answer = String::new();
    socket.read_line(&mut answer).await.expect("the server is there");
    assert_eq!(answer, "HTTP/1.1 100 Continue\r\n", "the head was judged");
    server.clock().advance(Duration::from_secs(300));
    socket.write_all(&tarball).await.expect("the server is there");
    socket.read_to_string(&mut answer).await.expect("the server is there");
    assert!(answer.contains("HTTP/1.1 201 Created"), "{answer}");
    is_wrong_code(&write(&token, Some(&code), "192.0.2.1").await);
}
