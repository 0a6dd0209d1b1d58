//! A device logs in by a code that somebody types in.

use super::*;
use serde_json::Value;
use skep_testkit::both_engines;

both_engines!(
    a_device_is_authorized,
    a_device_is_refused,
    writing_needs_a_second_factor,
    a_link_alone_leads_nowhere,
    codes_are_told_from_each_other,
);

const ASK: &str = "/oauth/device/authorize";

/// What a device asks for, as mix does.
async fn begin(server: &TestServer, scope: &str) -> Value {
    let body = json!({ "client_id": MIX, "scope": scope, "name": "laptop" });
    server.anonymous().post("/api/oauth/device_authorization", &body).await.expect_status(200).json()
}

/// Asks after the answer, as mix does.
async fn poll(server: &TestServer, begun: &Value) -> Answer {
    let body = json!({
        "client_id": MIX,
        "device_code": begun["device_code"],
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
    });
    server.anonymous().post("/api/oauth/token", &body).await
}

fn text<'a>(begun: &'a Value, name: &str) -> &'a str {
    begun[name].as_str().expect("a text")
}

async fn a_device_is_authorized(server: TestServer) {
    let world = World::new(&server).await;
    let begun = begin(&server, "api:read repositories").await;
    let link = text(&begun, "verification_uri_complete").strip_prefix(server.url()).expect("an address here");
    let mut browser = Browser::logged_in(&server, "reader").await;
    let page = browser.visit(link).await.expect_status(200);
    let code = between(&page, "name=\"user_code\" type=\"text\" value=\"", "\"").to_owned();
    assert_eq!(code, text(&begun, "user_code"));
    // As people type it.
    let typed = format!(" {}-{}", &code[..4].to_lowercase(), &code[4..]);
    let page = browser.submit("/oauth/device", &[("user_code", &typed)]).await.expect_status(200);
    assert_eq!(heading(&page), "Let Hex CLI use your account?");
    assert!(
        page.text().contains("laptop") && page.text().contains(&format!("{}-{}", &code[..4], &code[4..]))
    );
    assert_eq!(poll(&server, &begun).await.expect_status(400).json()["error"], "authorization_pending");
    let page = browser.submit(ASK, &[("action", "authorize")]).await.expect_status(400);
    assert_eq!(problem(&page), "At least one permission must be selected");
    let fields = [("action", "authorize"), ("scopes[]", "api:write")];
    browser.submit(ASK, &fields).await.expect_status(400);
    let fields = [("action", "authorize"), ("scopes[]", "api:read"), ("scopes[]", "repositories")];
    let page = browser.submit(ASK, &fields).await.expect_status(200);
    assert_eq!(notice(&page), "Device has been successfully authorized!");
    let token = poll(&server, &begun).await.expect_status(200).json();
    assert_eq!(token["scope"], "api:read repository:hexpm repository:acme");
    let client = server.anonymous().with_token(text(&token, "access_token"));
    client.get("/api/users/me").await.expect_status(200);
    client.get("/repo/repos/acme/packages/cellar").await.expect_status(200);
    // It is among the sessions, and ends with its own.
    let page = browser.visit("/account").await.expect_status(200);
    assert!(page.text().contains("Hex CLI, laptop"));
    let id = between(&page, "name=\"id\" value=\"", "\"").to_owned();
    let page = browser.submit("/account/sessions", &[("id", &id)]).await.expect_status(200);
    assert_eq!(notice(&page), "The client session was revoked successfully.");
    client.get("/api/users/me").await.expect_status(401);
    assert!(audit(&world, "reader").await.contains(&"session.revoke".to_owned()));
}

async fn a_device_is_refused(server: TestServer) {
    let _world = World::new(&server).await;
    let begun = begin(&server, "api repositories").await;
    let mut browser = Browser::logged_in(&server, "reader").await;
    browser.visit("/oauth/device").await;
    browser.submit("/oauth/device", &[("user_code", text(&begun, "user_code"))]).await.expect_status(200);
    let mut later = browser.clone();
    let page = browser.submit(ASK, &[("action", "deny"), ("scopes[]", "api:read")]).await.expect_status(200);
    assert_eq!(notice(&page), "Device authorization has been denied.");
    assert_eq!(poll(&server, &begun).await.expect_status(403).json()["error"], "access_denied");
    // Nobody changes his mind afterwards.
    let page =
        later.submit(ASK, &[("action", "authorize"), ("scopes[]", "api:read")]).await.expect_status(400);
    assert_eq!(problem(&page), "This application has already been processed");
}

async fn writing_needs_a_second_factor(server: TestServer) {
    let world = World::new(&server).await;
    let begun = begin(&server, "api").await;
    let mut browser = Browser::logged_in(&server, "owner").await;
    browser.visit("/oauth/device").await;
    let page = browser.submit("/oauth/device", &[("user_code", text(&begun, "user_code"))]).await;
    assert!(page.text().contains("value=\"api:read\" checked aria"));
    assert!(page.text().contains("value=\"api:write\" disabled aria"));
    assert!(page.text().contains("href=\"/account/two-factor\""));
    let both = [("action", "authorize"), ("scopes[]", "api:read"), ("scopes[]", "api:write")];
    let page = browser.submit(ASK, &both).await.expect_status(403);
    assert_eq!(problem(&page), "Two-factor authentication must be enabled for API write access");
    enroll(&server, &world, "owner").await;
    let begun = begin(&server, "api").await;
    browser.visit("/oauth/device").await;
    let page = browser.submit("/oauth/device", &[("user_code", text(&begun, "user_code"))]).await;
    // Time has passed, so it is asked again who sits there, by a recovery code now.
    let page = if heading(&page) == "Confirm that it is you" { page } else { browser.visit(ASK).await };
    assert!(page.text().contains("api:write\" checked") || heading(&page) == "Confirm that it is you");
}

async fn a_link_alone_leads_nowhere(server: TestServer) {
    let _world = World::new(&server).await;
    let begun = begin(&server, "api:read").await;
    let code = text(&begun, "user_code");
    let mut browser = Browser::logged_in(&server, "reader").await;
    for link in [ASK.to_owned(), format!("{ASK}?user_code={code}")] {
        assert_eq!(browser.get(&link).await.expect_status(303).header("location"), "/oauth/device");
    }
    browser.visit("/oauth/device").await;
    let fields = [("action", "authorize"), ("scopes[]", "api:read"), ("user_code", code)];
    assert_eq!(browser.send(ASK, &fields).await.expect_status(303).header("location"), "/oauth/device");
    // What was typed is forgotten after five minutes, and is of no use at another browser.
    browser.submit("/oauth/device", &[("user_code", code)]).await.expect_status(200);
    let note = browser.cookie("skep_device").expect("a note").to_owned();
    let mut other = Browser::logged_in(&server, "stranger").await;
    other.set_cookie("skep_device", &note);
    assert_eq!(other.get(ASK).await.header("location"), "/oauth/device");
    server.clock().advance(Duration::from_secs(5 * 60));
    assert_eq!(browser.get(ASK).await.header("location"), "/oauth/device");
}

async fn codes_are_told_from_each_other(server: TestServer) {
    let _world = World::new(&server).await;
    to_a_new_window(&server);
    let begun = begin(&server, "api:read").await;
    let mut browser = Browser::logged_in(&server, "reader").await;
    browser.visit("/oauth/device").await;
    for wrong in ["", "BCDF-234", "BCDF-2345", "<script>"] {
        let page = browser.submit("/oauth/device", &[("user_code", wrong)]).await.expect_status(400);
        assert_eq!(problem(&page), "Invalid verification code");
        assert!(!page.text().contains("<script"));
    }
    server.clock().advance(Duration::from_secs(600));
    let fields = [("user_code", text(&begun, "user_code"))];
    let page = browser.submit("/oauth/device", &fields).await.expect_status(400);
    assert_eq!(problem(&page), "Verification code has expired");
    for _ in 0..5 {
        browser.submit("/oauth/device", &fields).await.expect_status(400);
    }
    let page = browser.submit("/oauth/device", &fields).await.expect_status(429);
    assert_eq!(problem(&page), "Too many verification attempts. Please try again later.");
}
