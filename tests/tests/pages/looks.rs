//! What every page looks like, as HTML, and the headers that each one has.

use super::*;
use reqwest::Method;
use skep_testkit::Engine;

/// Everything that changes from run to run is made the same.
fn tidy(server: &TestServer, page: &Answer) -> String {
    let host = server.url().strip_prefix("http://").expect("an address");
    let mut text = page.text().replace(server.url(), "http://skep.example").replace(host, "skep.example");
    for (before, after) in [
        ("name=\"form_token\" value=\"", "\""),
        ("/assets/skep-", "."),
        ("SHA256:", "<"),
        ("--fingerprint SHA256:", "<"),
        ("last used ", " ·"),
        ("since ", " ·"),
        ("ends ", "<"),
        ("name=\"token\" value=\"", "\""),
        ("Secret: <code>", "<"),
        ("<path d=\"", "\""),
        ("number of the request: <code>", "<"),
        ("<dt>Code</dt><dd><code>", "<"),
    ] {
        let parts: Vec<&str> = text.split(before).collect();
        let rest = parts[1..].iter().map(|part| part.split_once(after).map_or("", |(_, rest)| rest));
        let rest: String = rest.map(|rest| format!("{before}[…]{after}{rest}")).collect();
        text = format!("{}{rest}", parts[0]);
    }
    text
}

#[tokio::test]
async fn every_page() {
    let server = TestServer::start(Engine::Sqlite).await;
    let world = World::new(&server).await;
    let mut pages = Vec::new();
    let mut anonymous = Browser::new(&server);
    for (name, path) in [("home", "/"), ("login", "/login"), ("signup", "/signup"), ("not_found", "/nothing")]
    {
        pages.push((name, anonymous.visit(path).await));
    }
    for (name, path) in [
        ("email_verify", "/email/verify?username=rosa&email=rosa%40example.com&key=0123"),
        ("email_verification", "/email/verification"),
        ("password_reset", "/password/reset"),
        ("password_new", "/password/new?username=rosa&key=0123"),
    ] {
        pages.push((name, anonymous.visit(path).await));
    }
    pages.push(("password_sent", anonymous.submit("/password/reset", &[("username", "rosa")]).await));
    pages.push(("password_stale", Browser::new(&server).visit("/password/new").await));
    let mut browser = Browser::logged_in(&server, "reader").await;
    for (name, path) in [("account", "/account"), ("two_factor", "/account/two-factor"), ("sudo", "/sudo")] {
        pages.push((name, browser.visit(path).await));
    }
    pages.push((
        "two_factor_secret",
        browser.submit("/account/two-factor/begin", &[("password", PASSWORD)]).await,
    ));
    let body = json!({ "client_id": MIX, "scope": "api repositories", "name": "laptop" });
    let begun = server.anonymous().post("/api/oauth/device_authorization", &body).await.json();
    pages.push(("device", browser.visit("/oauth/device?user_code=ABCD-1234").await));
    let code = begun["user_code"].as_str().expect("a text");
    pages.push(("device_authorize", browser.submit("/oauth/device", &[("user_code", code)]).await));
    let fields = [("action", "authorize"), ("scopes[]", "api:read")];
    pages.push(("device_done", browser.submit("/oauth/device/authorize", &fields).await));
    enroll(&server, &world, "owner").await;
    let mut owner = Browser::new(&server);
    owner.visit("/login").await;
    let fields = [("username", "owner"), ("password", PASSWORD)];
    pages.push(("second_factor", owner.submit("/login", &fields).await));
    pages.push(("second_factor_recovery", owner.visit("/tfa/recovery").await));
    let invited = json!({ "email": "rosa@example.com", "role": "write" });
    let invited = world.with_password("admin").post("/api/orgs/acme/invitations", &invited).await.json();
    let link = invited["url"].as_str().and_then(|url| url.strip_prefix(server.url())).expect("a link");
    pages.push(("invite", browser.visit(link).await));
    for (name, page) in &pages {
        insta::assert_snapshot!(*name, tidy(&server, page));
    }
    for (name, page) in pages {
        let text = page.text();
        for word in ["<script", "<style", " style=\"", "javascript:", "onclick", "onload", "onsubmit"] {
            assert!(!text.contains(word), "{name} has {word}");
        }
        let policy = page.header("content-security-policy");
        for rule in ["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(rule), "{name}: {policy}");
        }
        for (header, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("content-type", "text/html; charset=utf-8"),
        ] {
            assert_eq!(page.header(header), value, "{name}");
        }
        assert!(!page.header("x-request-id").is_empty());
    }
}

#[tokio::test]
async fn files_are_kept_for_good() {
    let server = TestServer::start(Engine::Sqlite).await;
    let client = server.anonymous();
    let page = client.get("/").await.expect_status(200);
    for (before, kind) in
        [("rel=\"stylesheet\" href=\"", "text/css; charset=utf-8"), ("rel=\"icon\" href=\"", "image/svg+xml")]
    {
        let path = between(&page, before, "\"");
        let file = client.get(path).await.expect_status(200);
        assert_eq!(file.header("content-type"), kind);
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(!file.body.is_empty());
        let head = client.request(Method::HEAD, path).send().await.expect_status(200);
        assert!(head.body.is_empty());
    }
    let head = client.head("/login").await.expect_status(200);
    assert!(head.body.is_empty() && !head.header("content-security-policy").is_empty());
}
