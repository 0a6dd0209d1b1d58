//! Switching the second factor on and off over the API.

use std::time::Duration;

use serde_json::{Value, json};
use skep_testkit::{PASSWORD, TestServer, Who, World, both_engines};

use super::*;

both_engines!(
    it_is_switched_on_and_off,
    a_key_alone_changes_nothing,
    a_secret_waits_a_quarter_of_an_hour,
    a_code_changes_one_thing,
    organizations_have_none,
    guesses_of_the_password_are_counted,
);

const TFA: &str = "/api/users/me/tfa";

async fn status(client: &Client) -> (bool, i64) {
    let status = client.get(TFA).await.expect_status(200).json();
    (
        status["enabled"].as_bool().expect("yes or no"),
        status["recovery_codes_left"].as_i64().expect("a number"),
    )
}

async fn disable(client: &Client, body: &Value) -> Answer {
    client.request(Method::DELETE, TFA).json(body).send().await
}

#[track_caller]
fn problem(answer: &Answer, field: &str, text: &str) {
    assert_eq!((answer.status, answer.errors()), (422, json!({ field: text })));
}

async fn it_is_switched_on_and_off(server: TestServer) {
    let world = World::new(&server).await;
    let key = world.by(Who::Owner);
    assert_eq!(status(&key).await, (false, 0));
    let confirm = |code: String| {
        let key = key.clone();
        async move { key.post(&format!("{TFA}/confirm"), &json!({ "code": code })).await }
    };
    let begin_again = "was not begun, or too long ago; begin again to get a new secret";
    problem(&confirm("000000".into()).await, "two_factor", begin_again);

    let password = json!({ "password": PASSWORD });
    let first = key.post(TFA, &password).await.expect_status(201);
    let begun = key.post(TFA, &password).await.expect_status(201);
    assert_eq!(begun.header("cache-control"), "no-store");
    let begun = begun.json();
    let secret = begun["secret"].as_str().expect("a text").to_owned();
    assert_eq!(secret.len(), 32);
    let host = server.url().trim_start_matches("http://").replace(':', "%3A");
    let uri = format!("otpauth://totp/{host}:owner?secret={secret}&issuer={host}");
    assert_eq!(begun, json!({ "secret": secret, "uri": uri }));
    assert_eq!(status(&key).await, (false, 0));
    let now = server.clock().now();
    // The secret that was replaced.
    let old = one_time_code(first.json()["secret"].as_str().expect("a text"), now);
    let wrong = "is wrong; check that the clock of the device with the app is right";
    problem(&confirm(old).await, "code", wrong);
    let code = one_time_code(&secret, now);
    let answer = confirm(code.clone()).await.expect_status(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let codes = recovery_codes(&answer);
    assert_eq!((codes.len(), status(&key).await), (10, (true, 10)));
    for code in &codes {
        assert!(code.len() == 19 && code.split('-').all(|group| group.len() == 4), "{code}");
    }

    let already = "is enabled already; disable it first to set up another device";
    problem(&key.post(TFA, &password).await, "two_factor", already);
    problem(&confirm(code.clone()).await, "two_factor", already);

    let proof = json!({ "password": PASSWORD, "code": code });
    problem(&disable(&key, &proof).await, "code", "is wrong, or was used before");
    server.clock().advance(STEP);
    let proof = json!({ "password": PASSWORD, "code": one_time_code(&secret, server.clock().now()) });
    disable(&key, &proof).await.expect_status(204);
    assert_eq!(status(&key).await, (false, 0));
    problem(&disable(&key, &proof).await, "two_factor", "is not enabled");

    let log = key.get("/api/users/me/audit-logs").await.json();
    let log: Vec<_> = log.as_array().expect("a list").iter().map(|entry| &entry["action"]).collect();
    assert_eq!(log[..2], ["security.update", "security.update"]);
}

/// Neither of an account without a second factor, which a thief could lock out, nor of one with it.
async fn a_key_alone_changes_nothing(server: TestServer) {
    let world = World::new(&server).await;
    let (key, token) = (world.by(Who::Admin), world.by(Who::Token));
    for client in [&key, &token] {
        problem(&client.post(TFA, &json!({})).await, "password", "can't be blank");
        problem(&client.post(TFA, &json!({ "password": "wrong horse" })).await, "password", "is wrong");
    }
    let admin = Enrolled::new(&server, &world, "admin").await;
    let rotate = format!("{TFA}/recovery-codes");
    let token = super::token(&world, "admin").await;
    for client in [&key, &token] {
        let code = json!({ "code": admin.code(&server) });
        problem(&disable(client, &code).await, "password", "can't be blank");
        problem(&client.post(&rotate, &code).await, "password", "can't be blank");
        let password = json!({ "password": PASSWORD });
        problem(&disable(client, &password).await, "code", "can't be blank");
        problem(&client.post(&rotate, &password).await, "code", "can't be blank");
    }
    assert_eq!(status(&key).await, (true, 10));
    // Who logged in with it has shown the password, but no code.
    problem(&disable(&admin.client, &json!({})).await, "code", "can't be blank");
    let wrong = json!({ "code": admin.wrong_code(&server) });
    problem(&disable(&admin.client, &wrong).await, "code", "is wrong, or was used before");
    let code = json!({ "code": admin.code(&server) });
    disable(&admin.client, &code).await.expect_status(204);
}

async fn a_secret_waits_a_quarter_of_an_hour(server: TestServer) {
    let world = World::new(&server).await;
    let owner = world.with_password("owner");
    let begun = owner.post(TFA, &json!({})).await.expect_status(201).json();
    server.clock().advance(Duration::from_secs(15 * 60));
    let code = one_time_code(begun["secret"].as_str().expect("a text"), server.clock().now());
    let answer = owner.post(&format!("{TFA}/confirm"), &json!({ "code": code })).await;
    let text = "was not begun, or too long ago; begin again to get a new secret";
    problem(&answer, "two_factor", text);
    assert_eq!(status(&owner).await, (false, 0));
}

async fn a_code_changes_one_thing(server: TestServer) {
    let world = World::new(&server).await;
    let owner = Enrolled::new(&server, &world, "owner").await;
    let rotate = format!("{TFA}/recovery-codes");
    let code = json!({ "code": owner.code(&server) });
    let answers = futures::future::join_all((0..4).map(|_| owner.client.post(&rotate, &code))).await;
    let (rotated, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(rotated.len(), 1);
    refused.iter().for_each(|answer| problem(answer, "code", "is wrong, or was used before"));
    let codes = recovery_codes(rotated[0]);

    to_a_new_window(&server);
    // Recovery codes make no new ones.
    problem(
        &owner.client.post(&rotate, &json!({ "recovery_code": codes[0] })).await,
        "code",
        "can't be blank",
    );
    let old = json!({ "recovery_code": owner.recovery_codes[0] });
    problem(&disable(&owner.client, &old).await, "recovery_code", "is wrong, or was used before");
    disable(&owner.client, &json!({ "recovery_code": codes[0] })).await.expect_status(204);
    assert_eq!(status(&owner.client).await, (false, 0));
}

async fn organizations_have_none(server: TestServer) {
    let world = World::new(&server).await;
    let body = json!({ "password": PASSWORD, "code": "000000" });
    for who in [Who::Organization, Who::OrganizationToken] {
        let caller = world.by(who);
        caller.get(TFA).await.expect_status(404);
        caller.post(TFA, &body).await.expect_status(404);
        caller.post(&format!("{TFA}/confirm"), &body).await.expect_status(404);
        caller.post(&format!("{TFA}/recovery-codes"), &body).await.expect_status(404);
        disable(&caller, &body).await.expect_status(404);
    }
}

async fn guesses_of_the_password_are_counted(server: TestServer) {
    let world = World::new(&server).await;
    to_a_new_window(&server);
    let key = world.by(Who::Owner);
    for _ in 0..10 {
        problem(&key.post(TFA, &json!({ "password": "wrong horse" })).await, "password", "is wrong");
    }
    let answer = key.post(TFA, &json!({ "password": PASSWORD })).await.expect_status(429);
    assert!(answer.message().contains("for this account: too many wrong passwords"), "{}", answer.message());
    server.clock().advance(Duration::from_secs(10 * 60));
    key.post(TFA, &json!({ "password": PASSWORD })).await.expect_status(201);
}
