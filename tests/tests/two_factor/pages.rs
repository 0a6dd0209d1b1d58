//! Codes on pages, where they are used up.

use serde_json::json;
use skep_testkit::{TestServer, Who, World, both_engines};

use super::*;

both_engines!(a_code_is_used_up, a_recovery_code_is_used_up, recovery_codes_are_counted_with_the_others,);

async fn a_code_is_used_up(server: TestServer) {
    let world = World::new(&server).await;
    let owner = Enrolled::new(&server, &world, "owner").await;
    let code = owner.code(&server);
    let all = (0..4).map(|_| server.check_code_on_page("owner", &code));
    let mut answers = futures::future::join_all(all).await;
    answers.sort_by_key(Result::is_err);
    assert_eq!(answers, [Ok(()), Err(401), Err(401), Err(401)]);
    // Those before it are used up with it, and the API takes it still.
    let earlier = one_time_code(&owner.secret, server.clock().now() - 30_000_000);
    assert_eq!(server.check_code_on_page("owner", &earlier).await, Err(401));
    to_a_new_window(&server);
    assert_eq!(server.check_code_on_page("owner", &owner.code(&server)).await, Ok(()));
    let token = token(&world, "owner").await;
    is_through(&write(&token, Some(&owner.code(&server)), "192.0.2.1").await);
    assert_eq!(server.check_code_on_page("stranger", &code).await, Err(403));
}

async fn a_recovery_code_is_used_up(server: TestServer) {
    let world = World::new(&server).await;
    let owner = Enrolled::new(&server, &world, "owner").await;
    Enrolled::new(&server, &world, "stranger").await;
    let [first, second, ..] = owner.recovery_codes.as_slice() else { panic!("there are ten") };
    let all = (0..4).map(|_| server.use_recovery_code("owner", first));
    let mut answers = futures::future::join_all(all).await;
    answers.sort_by_key(Result::is_err);
    assert_eq!(answers, [Ok(()), Err(401), Err(401), Err(401)]);
    assert_eq!(server.use_recovery_code("stranger", second).await, Err(401));
    let typed = second.to_uppercase().replace('-', " ");
    assert_eq!(server.use_recovery_code("owner", &typed).await, Ok(()));
    let left = owner.client.get("/api/users/me/tfa").await.json();
    assert_eq!(left, json!({ "enabled": true, "recovery_codes_left": 8 }));
}

async fn recovery_codes_are_counted_with_the_others(server: TestServer) {
    let world = World::new(&server).await;
    let owner = Enrolled::new(&server, &world, "owner").await;
    let wrong = owner.wrong_code(&server);
    for _ in 0..3 {
        assert_eq!(server.use_recovery_code("owner", "0000-0000-0000-0000").await, Err(401));
    }
    for _ in 0..2 {
        assert_eq!(server.check_code_on_page("owner", &wrong).await, Err(401));
    }
    assert_eq!(server.use_recovery_code("owner", &owner.recovery_codes[0]).await, Err(429));
    assert_eq!(server.check_code_on_page("owner", &owner.code(&server)).await, Err(429));
    let token = world.by(Who::Owner).exchange("api").await.expect_status(200).json();
    let token = owner.client.with_token(token["access_token"].as_str().expect("a text"));
    is_throttled(&write(&token, Some(&owner.code(&server)), "192.0.2.1").await);
    to_a_new_window(&server);
    assert_eq!(server.use_recovery_code("owner", &owner.recovery_codes[0]).await, Ok(()));
}
