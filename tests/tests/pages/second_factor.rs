//! Logging in with a code, proving again who one is, and switching the second factor on and off.

use super::*;
use skep_testkit::both_engines;

both_engines!(
    a_password_alone_is_not_enough,
    codes_cannot_be_guessed,
    a_half_login_is_over_in_time_and_elsewhere,
    a_new_password_ends_half_logins,
    a_proof_holds_an_hour,
    a_proof_is_a_code_where_there_is_one,
    it_is_switched_on_and_off_on_a_page,
);

/// A browser at which the password of an account was shown.
async fn half(server: &TestServer, username: &str) -> Browser {
    let mut browser = Browser::new(server);
    browser.visit("/login?return=/oauth/device").await;
    let fields = [("username", username), ("password", PASSWORD), ("return", "/oauth/device")];
    let page = browser.submit("/login", &fields).await.expect_status(200);
    assert_eq!(heading(&page), "Two-factor authentication");
    browser
}

async fn a_password_alone_is_not_enough(server: TestServer) {
    let world = World::new(&server).await;
    let (secret, codes) = enroll(&server, &world, "owner").await;
    let mut browser = half(&server, "owner").await;
    assert_eq!(browser.cookie("skep_session"), None);
    assert_eq!(heading(&browser.clone().visit("/account").await), "Log in");
    let page = browser.submit("/tfa", &[("code", "000 00")]).await.expect_status(400);
    assert_eq!(problem(&page), "Incorrect authentication code.");
    let code = one_time_code(&secret, server.clock().now());
    let mut again = browser.clone();
    let fields = [("code", code.as_str()), ("return", "/oauth/device")];
    let answer = browser.send("/tfa", &fields).await.expect_status(303);
    assert_eq!(answer.header("location"), "/oauth/device");
    assert_eq!(heading(&browser.visit("/account").await), "owner");
    // A code is used up.
    let page = again.submit("/tfa", &fields).await.expect_status(400);
    assert_eq!(problem(&page), "Incorrect authentication code.");
    failed_logins(&world, "owner", 2).await;
    // And so is a recovery code.
    let recovery = [("code", codes[0].as_str())];
    again.clone().send("/tfa/recovery", &recovery).await.expect_status(303);
    let page = again.submit("/tfa/recovery", &recovery).await.expect_status(400);
    assert_eq!(problem(&page), "Incorrect recovery code.");
    assert_eq!(again.cookie("skep_session"), None);
}

async fn codes_cannot_be_guessed(server: TestServer) {
    let world = World::new(&server).await;
    let (secret, codes) = enroll(&server, &world, "owner").await;
    to_a_new_window(&server);
    for guess in 0..5 {
        // A new login brings no new guesses.
        let mut browser = half(&server, "owner").await;
        let page = if guess % 2 == 0 { "/tfa" } else { "/tfa/recovery" };
        browser.submit(page, &[("code", "x")]).await.expect_status(400);
    }
    let mut browser = half(&server, "owner").await;
    let code = one_time_code(&secret, server.clock().now());
    let page = browser.submit("/tfa", &[("code", &code)]).await.expect_status(429);
    assert_eq!(problem(&page), "Too many incorrect codes. Please try again later.");
    browser.submit("/tfa/recovery", &[("code", &codes[0])]).await.expect_status(429);
    server.clock().advance(Duration::from_secs(10 * 60));
    let code = one_time_code(&secret, server.clock().now());
    browser.send("/tfa", &[("code", &code)]).await.expect_status(303);
}

async fn a_half_login_is_over_in_time_and_elsewhere(server: TestServer) {
    let world = World::new(&server).await;
    let (secret, _) = enroll(&server, &world, "owner").await;
    let browser = half(&server, "owner").await;
    let note = browser.cookie("skep_second_factor").expect("a note").to_owned();
    let code = one_time_code(&secret, server.clock().now());
    // In another browser it is nothing, and neither is one that was made up.
    let mut other = Browser::new(&server);
    other.visit("/login").await;
    let (expires, rest) = note.split_once('.').expect("a note has parts");
    let later = format!("{}.{rest}", expires.parse::<i64>().expect("a number") + 9999);
    for forged in [note.as_str(), &later, "", "x.y.z"] {
        other.set_cookie("skep_second_factor", forged);
        let page = other.submit("/tfa", &[("code", &code)]).await.expect_status(200);
        assert_eq!(heading(&page), "Log in", "{forged}");
    }
    server.clock().advance(Duration::from_secs(15 * 60));
    let code = one_time_code(&secret, server.clock().now());
    let page = browser.clone().submit("/tfa", &[("code", &code)]).await.expect_status(200);
    assert_eq!(notice(&page), "Your login took too long. Please log in again.");
}

async fn a_new_password_ends_half_logins(server: TestServer) {
    let world = World::new(&server).await;
    let (secret, _) = enroll(&server, &world, "owner").await;
    let mut browser = half(&server, "owner").await;
    server
        .operate(|core| async move {
            core.operator_reset_password("owner", "another horse".to_owned()).await.expect("it is accepted");
        })
        .await;
    let code = one_time_code(&secret, server.clock().now());
    let page = browser.submit("/tfa", &[("code", &code)]).await.expect_status(200);
    assert_eq!(heading(&page), "Log in");
}

async fn a_proof_holds_an_hour(server: TestServer) {
    let _world = World::new(&server).await;
    let mut browser = Browser::logged_in(&server, "reader").await;
    let ask = "/oauth/device/authorize";
    server.clock().advance(Duration::from_secs(3599));
    assert_eq!(browser.get(ask).await.header("location"), "/oauth/device");
    server.clock().advance(Duration::from_secs(1));
    let page = browser.visit(ask).await.expect_status(200);
    assert_eq!(heading(&page), "Confirm that it is you");
    let back = between(&page, "name=\"return\" value=\"", "\"");
    assert_eq!(back, ask);
    let page = browser.submit("/sudo", &[("password", "wrong"), ("return", back)]).await.expect_status(400);
    assert_eq!(problem(&page), "Incorrect password.");
    assert_eq!(heading(&browser.visit(ask).await), "Confirm that it is you");
    let fields = [("password", PASSWORD), ("return", back)];
    assert_eq!(browser.send("/sudo", &fields).await.expect_status(303).header("location"), ask);
    assert_eq!(browser.get(ask).await.header("location"), "/oauth/device");
    // It is counted with the logins of the account.
    to_a_new_window(&server);
    browser.visit("/sudo").await;
    for _ in 0..10 {
        browser.submit("/sudo", &[("password", "wrong")]).await.expect_status(400);
    }
    let page = browser.submit("/sudo", &[("password", PASSWORD)]).await.expect_status(429);
    assert_eq!(problem(&page), "Too many incorrect passwords. Please try again later.");
}

async fn a_proof_is_a_code_where_there_is_one(server: TestServer) {
    let world = World::new(&server).await;
    let (secret, codes) = enroll(&server, &world, "owner").await;
    let mut browser = half(&server, "owner").await;
    let code = one_time_code(&secret, server.clock().now());
    browser.send("/tfa", &[("code", &code)]).await.expect_status(303);
    server.clock().advance(Duration::from_secs(3600));
    let ask = "/oauth/device/authorize";
    assert_eq!(heading(&browser.visit(ask).await), "Confirm that it is you");
    // The password is no proof.
    browser.submit("/sudo", &[("password", PASSWORD)]).await.expect_status(400);
    assert_eq!(heading(&browser.clone().visit(ask).await), "Confirm that it is you");
    let page = browser.submit("/sudo/recovery", &[("code", "0000-0000-0000-0000")]).await.expect_status(400);
    assert_eq!(problem(&page), "Incorrect recovery code.");
    browser.clone().send("/sudo/recovery", &[("code", &codes[0])]).await.expect_status(303);
    assert_eq!(browser.get(ask).await.header("location"), "/oauth/device");
    server.clock().advance(Duration::from_secs(3600));
    browser.visit(ask).await;
    let code = one_time_code(&secret, server.clock().now());
    browser.send("/sudo", &[("code", &code)]).await.expect_status(303);
    assert_eq!(browser.get(ask).await.header("location"), "/oauth/device");
}

async fn it_is_switched_on_and_off_on_a_page(server: TestServer) {
    let world = World::new(&server).await;
    to_a_new_window(&server);
    let mut browser = Browser::logged_in(&server, "reader").await;
    let begin = "/account/two-factor/begin";
    browser.visit("/account/two-factor").await.expect_status(200);
    let page = browser.submit(begin, &[("password", "wrong")]).await.expect_status(400);
    assert_eq!(problem(&page), "The password is wrong.");
    let page = browser.submit(begin, &[("password", PASSWORD)]).await.expect_status(200);
    assert!(page.text().contains("<svg "));
    let secret = between(&page, "Secret: <code>", "</code>").to_owned();
    let enable = "/account/two-factor/enable";
    let page = browser.submit(enable, &[("code", "x")]).await.expect_status(400);
    assert!(problem(&page).starts_with("The code is wrong"));
    assert!(!page.text().contains(&secret), "a secret is shown once");
    let code = one_time_code(&secret, server.clock().now());
    let page = browser.submit(enable, &[("code", &code)]).await.expect_status(200);
    assert_eq!(notice(&page), "Two-factor authentication has been successfully enabled!");
    let codes: Vec<_> = page.text().split("<li>").skip(1).map(|rest| rest[..19].to_owned()).collect();
    assert_eq!(codes.len(), 10);
    assert!(browser.visit("/account").await.text().contains("Enabled"));

    let rotate = "/account/two-factor/recovery-codes";
    server.clock().advance(Duration::from_secs(30));
    let code = one_time_code(&secret, server.clock().now());
    browser.visit("/account/two-factor").await;
    let page = browser.submit(rotate, &[("password", "wrong"), ("code", &code)]).await.expect_status(400);
    assert_eq!(problem(&page), "The password is wrong.");
    let page = browser.submit(rotate, &[("password", PASSWORD), ("code", &code)]).await.expect_status(200);
    let new = page.text().split("<li>").nth(1).map(|rest| rest[..19].to_owned()).expect("codes");

    let disable = "/account/two-factor/disable";
    browser.visit("/account/two-factor").await;
    let page =
        browser.submit(disable, &[("password", PASSWORD), ("code", &codes[0])]).await.expect_status(400);
    assert!(problem(&page).starts_with("The recovery code is wrong"), "{}", problem(&page));
    let page = browser.submit(disable, &[("password", PASSWORD), ("code", &new)]).await.expect_status(200);
    assert_eq!(notice(&page), "Two-factor authentication has been disabled.");
    let status = world.with_password("reader").get("/api/users/me/tfa").await.json();
    assert_eq!(status["enabled"], false);
}
