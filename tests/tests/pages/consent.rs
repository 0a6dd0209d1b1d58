//! A client sends somebody here, who agrees and is sent back with a code.

use super::*;
use serde_json::Value;
use skep_testkit::{BUILD_SERVICE, both_engines};

both_engines!(
    a_client_gets_a_code,
    a_client_is_refused,
    nobody_is_sent_to_strangers,
    clients_are_told_of_mistakes
);

/// The secret of RFC 7636, appendix B, and its SHA-256.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const BACK: &str = "https://ci.example.com/back";

/// The parameters of a request in order.
fn parameters() -> Vec<(&'static str, &'static str)> {
    vec![
        ("response_type", "code"),
        ("client_id", BUILD_SERVICE),
        ("redirect_uri", BACK),
        ("scope", "api:read repositories"),
        ("state", "st&te"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// The address of a request in which one parameter is another one, or missing.
fn link(name: &str, value: Option<&str>) -> String {
    let parameters = parameters().into_iter().filter_map(|(known, usual)| {
        let value = if known == name { value? } else { usual };
        Some(format!("{known}={}", value.replace('&', "%26").replace(' ', "+")))
    });
    format!("/oauth/authorize?{}", parameters.collect::<Vec<_>>().join("&"))
}

async fn redeem(server: &TestServer, code: &str) -> Value {
    let body = json!({
        "grant_type": "authorization_code",
        "client_id": BUILD_SERVICE,
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    });
    server.anonymous().post("/api/oauth/token", &body).await.expect_status(200).json()
}

async fn a_client_gets_a_code(server: TestServer) {
    let _world = World::new(&server).await;
    let link = link("", None);
    // The visitor logs in first, and comes back with all that the client has sent.
    let mut browser = Browser::new(&server);
    let page = browser.visit(&link).await.expect_status(200);
    assert_eq!(heading(&page), "Log in");
    let back = between(&page, "name=\"return\" value=\"", "\"").replace("&#38;", "&");
    let fields = [("username", "reader"), ("password", PASSWORD), ("return", back.as_str())];
    let page = browser.submit("/login", &fields).await.expect_status(200);
    assert_eq!(heading(&page), "Let Build service use your account?");
    let policy = page.header("content-security-policy");
    assert!(policy.ends_with("form-action 'self' https://ci.example.com"), "{policy}");

    let mut fields = parameters();
    fields.push(("action", "approve"));
    let page = browser.submit("/oauth/authorize", &fields).await.expect_status(400);
    assert_eq!(problem(&page), "At least one permission must be selected");
    fields.push(("scopes[]", "repositories"));
    let answer = browser.send("/oauth/authorize", &fields).await.expect_status(303);
    let location = answer.header("location");
    let code = location.strip_prefix("https://ci.example.com/back?code=").expect("the client's address");
    let code = code.strip_suffix("&state=st%26te").expect("the client's state");
    let token = redeem(&server, code).await;
    assert_eq!(token["scope"], "repository:hexpm repository:acme");
    let client = server.anonymous().with_token(token["access_token"].as_str().expect("a text"));
    client.get("/repo/repos/acme/packages/cellar").await.expect_status(200);
    client.get("/api/users/me").await.expect_status(401);
    // Other pages let no form lead there.
    assert!(
        browser.visit("/account").await.header("content-security-policy").ends_with("form-action 'self'")
    );
}

async fn a_client_is_refused(server: TestServer) {
    let _world = World::new(&server).await;
    let mut browser = Browser::logged_in(&server, "reader").await;
    browser.visit(&link("", None)).await.expect_status(200);
    let mut fields = parameters();
    fields.extend([("scopes[]", "api:read"), ("action", "deny")]);
    let answer = browser.send("/oauth/authorize", &fields).await.expect_status(303);
    let expected = "https://ci.example.com/back?error=access_denied&error_description=";
    assert!(answer.header("location").starts_with(expected), "{}", answer.header("location"));
    // No agreement without a form of this server.
    let mut fields = parameters();
    fields.extend([("scopes[]", "api:read"), ("action", "approve")]);
    browser.send_as_is("/oauth/authorize", &fields).await.expect_status(403);
    let mut anonymous = Browser::new(&server);
    anonymous.visit("/login").await;
    let answer = anonymous.send("/oauth/authorize", &fields).await.expect_status(303);
    assert_eq!(answer.header("location"), "/login");
}

async fn nobody_is_sent_to_strangers(server: TestServer) {
    let _world = World::new(&server).await;
    for (name, value) in [
        ("client_id", None),
        ("client_id", Some("00000000-0000-4000-8000-000000000000")),
        ("client_id", Some("x")),
        ("redirect_uri", None),
        ("redirect_uri", Some("https://evil.example/back")),
        ("redirect_uri", Some("https://ci.example.com/back/")),
        ("redirect_uri", Some("javascript:alert(1)")),
    ] {
        for mut browser in [Browser::new(&server), Browser::logged_in(&server, "reader").await] {
            let page = browser.get(&link(name, value)).await.expect_status(400);
            assert_eq!(page.header("location"), "", "{name}: {value:?}");
            assert_eq!(heading(&page), "That request makes no sense here");
            browser.visit("/login").await;
        }
        let mut browser = Browser::logged_in(&server, "reader").await;
        browser.visit("/account").await;
        let mut fields: Vec<_> = parameters();
        fields.retain(|(known, _)| *known != name);
        fields.extend(value.map(|value| (name, value)));
        fields.extend([("action", "deny")]);
        assert_eq!(browser.send("/oauth/authorize", &fields).await.expect_status(400).header("location"), "");
    }
}

async fn clients_are_told_of_mistakes(server: TestServer) {
    let _world = World::new(&server).await;
    let mut browser = Browser::logged_in(&server, "reader").await;
    for (name, value) in [
        ("state", None),
        ("code_challenge", None),
        ("code_challenge", Some("short")),
        ("code_challenge_method", None),
        ("code_challenge_method", Some("plain")),
        ("scope", Some("everything")),
        ("scope", None),
    ] {
        let answer = browser.get(&link(name, value)).await.expect_status(303);
        let expected = "https://ci.example.com/back?error=invalid_request&error_description=";
        assert!(answer.header("location").starts_with(expected), "{name}: {}", answer.header("location"));
    }
}
