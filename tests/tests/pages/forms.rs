//! What no form of another site can do, and what no form may be.

use super::*;
use skep_testkit::both_engines;

both_engines!(forms_of_other_sites_do_nothing, forms_have_limits, only_known_pages_are_there);

async fn forms_of_other_sites_do_nothing(server: TestServer) {
    let _world = World::new(&server).await;
    let mut victim = Browser::logged_in(&server, "reader").await;
    victim.visit("/account").await;
    let token = victim.form_token().to_owned();
    let right = [("form_token", token.as_str())];
    let mut stranger = Browser::logged_in(&server, "stranger").await;
    stranger.visit("/account").await;
    let foreign = stranger.form_token().to_owned();
    for fields in
        [&[][..], &[("form_token", "")], &[("form_token", &foreign)], &[("form_token", &token[1..])]]
    {
        let page = victim.send_as_is("/logout", fields).await.expect_status(403);
        assert!(page.text().contains("This page has expired"));
    }
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let page = victim.clone().with_header(name, value).send_as_is("/logout", &right).await;
        assert!(
            page.expect_status(403).text().contains("This form was sent from another site"),
            "{name}: {value}"
        );
    }
    // Before there is a session, too: nobody is logged in to somebody else's account.
    let login = [("username", "stranger"), ("password", PASSWORD)];
    Browser::new(&server).send_as_is("/login", &login).await.expect_status(403);
    let forged = [login[0], login[1], right[0]];
    Browser::new(&server).send_as_is("/login", &forged).await.expect_status(403);
    // A form in the address is none.
    victim.get(&format!("/logout?form_token={token}")).await.expect_status(404);
    assert_eq!(heading(&victim.visit("/account").await), "reader");
    victim
        .with_header("sec-fetch-site", "same-origin")
        .send_as_is("/logout", &right)
        .await
        .expect_status(303);
}

async fn forms_have_limits(server: TestServer) {
    let mut browser = Browser::new(&server);
    browser.visit("/login").await;
    let long = "x".repeat(70_000);
    let page =
        browser.send("/login", &[("username", "reader"), ("password", &long)]).await.expect_status(413);
    assert_eq!(heading(&page), "That is too much");
    let page = browser.get("/login?return=%ff").await.expect_status(400);
    assert_eq!(heading(&page), "That request makes no sense here");
    browser.get("/login?return=%00").await.expect_status(400);
    // Beyond what hashing looks at.
    let long = "x".repeat(5_000);
    browser.send("/login", &[("username", "reader"), ("password", &long)]).await.expect_status(400);
}

async fn only_known_pages_are_there(server: TestServer) {
    let mut browser = Browser::new(&server);
    for path in ["/nothing", "/login/", "/oauth", "/account/sessions", "/assets/skep-0000000000000000.css"] {
        let page = browser.get(path).await.expect_status(404);
        assert_eq!(heading(&page), "There is nothing here", "{path}");
    }
    browser.visit("/login").await;
    let page = browser.send("/nothing", &[]).await.expect_status(404);
    assert_eq!(heading(&page), "There is nothing here");
    // The API and the repository answer for themselves.
    for path in ["/api/nothing", "/api", "//api/nothing", "/repo/nothing"] {
        assert!(!browser.get(path).await.header("content-type").contains("html"), "{path}");
    }
}
