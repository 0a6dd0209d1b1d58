//! The own account and its sessions, and making one.

use super::*;
use skep_testkit::{Engine, Options, both_engines};

both_engines!(
    sessions_are_listed_and_revoked,
    an_account_is_made_on_a_page,
    nobody_signs_up_where_it_is_closed
);

async fn sessions_are_listed_and_revoked(server: TestServer) {
    let _world = World::new(&server).await;
    let mut other = Browser::logged_in(&server, "reader").await;
    let mut browser = Browser::logged_in(&server, "reader").await.with_header("user-agent", "x");
    let page = browser.visit("/account").await.expect_status(200);
    assert_eq!(
        page.text().matches("Browser").count(),
        2 + page.text().matches("the session Browser").count()
    );
    assert_eq!(page.text().matches("this one").count(), 1);
    let id = between(&page, "name=\"id\" value=\"", "\"").to_owned();
    let mut stranger = Browser::logged_in(&server, "stranger").await;
    stranger.visit("/account").await;
    for wrong in [id.as_str(), "", "x", "-1", "99999999999999999999"] {
        stranger.submit("/account/sessions", &[("id", wrong)]).await.expect_status(404);
    }
    assert_eq!(heading(&other.visit("/account").await), "reader");
    let page = browser.submit("/account/sessions", &[("id", &id)]).await.expect_status(200);
    assert_eq!(notice(&page), "The browser session was revoked successfully.");
    assert_eq!(heading(&other.visit("/account").await), "Log in");
    browser.submit("/account/sessions", &[("id", &id)]).await.expect_status(404);
}

async fn an_account_is_made_on_a_page(server: TestServer) {
    let _world = World::new(&server).await;
    let mut browser = Browser::new(&server);
    browser.visit("/signup?return=/oauth/device").await.expect_status(200);
    let mut fields = vec![
        ("username", "reader"),
        ("full_name", "Rosa <Reader>"),
        ("email", "rosa@example.com"),
        ("password", "short"),
        ("password_confirmation", "shorter"),
        ("return", "/oauth/device"),
    ];
    let page = browser.submit("/signup", &fields).await.expect_status(400);
    assert_eq!(problem(&page), "Oops, something went wrong! Please check the errors below.");
    assert!(page.text().contains("Should be at least 8 character(s)."));
    assert!(page.text().contains("Does not match password."));
    assert!(page.text().contains("value=\"Rosa &#60;Reader&#62;\"") && !page.text().contains("short\""));
    fields[3].1 = "correct horse";
    fields[4].1 = "";
    let page = browser.submit("/signup", &fields).await.expect_status(400);
    assert!(page.text().contains("Does not match password."));
    fields[4].1 = "correct horse";
    let page = browser.submit("/signup", &fields).await.expect_status(400);
    assert!(page.text().contains("Has already been taken."));
    fields[0].1 = "rosa";
    let page = browser.submit("/signup", &fields).await.expect_status(200);
    assert_eq!(
        notice(&page),
        "A confirmation email has been sent, you will have access to your account shortly."
    );
    assert_eq!(between(&page, "name=\"return\" value=\"", "\""), "/oauth/device");
    server.anonymous().get("/api/users/rosa").await.expect_status(200);
}

async fn nobody_signs_up_where_it_is_closed(open: TestServer) {
    let mut options = Options::default();
    options.rules.open_registration = false;
    let server = match open.engine() {
        Engine::Sqlite => TestServer::start_with(Engine::Sqlite, options).await,
        Engine::Postgres => TestServer::start_with(Engine::Postgres, options).await,
    };
    let mut browser = Browser::new(&server);
    browser.visit("/signup").await.expect_status(403);
    assert!(!browser.visit("/login").await.text().contains("Sign up"));
    assert!(!browser.visit("/").await.text().contains("Sign up"));
    let fields = [("username", "rosa"), ("email", "rosa@example.com"), ("password", "correct horse")];
    browser.submit("/signup", &fields).await.expect_status(403);
    server.anonymous().get("/api/users/rosa").await.expect_status(404);
}
