//! The pages in a real browser, headless Chromium: a device logs in from its first request to a fetch, with scripts and
//! without, with nothing but the keyboard, and without a complaint of the browser.
//!
//! With `SKEP_PICTURES=FOLDER` every page is also written there as a picture, in light and dark and for a phone.

mod driver;

use std::path::Path;

use driver::{Driver, Looks};
use serde_json::{Value, json};
use skep_testkit::{BUILD_SERVICE, Engine, MIX, PASSWORD, TestServer, World, one_time_code};

const DESK: Looks = Looks { width: 1000, height: 900, dark: false, scripts: true };
const NO_SCRIPTS: Looks = Looks { scripts: false, ..DESK };
const DARK: Looks = Looks { dark: true, ..DESK };
const PHONE: Looks = Looks { width: 390, height: 900, ..DESK };

/// Keys.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// What mix sends.
async fn begin(server: &TestServer, scope: &str) -> Value {
    let body = json!({ "client_id": MIX, "scope": scope, "name": "laptop" });
    server.anonymous().post("/api/oauth/device_authorization", &body).await.expect_status(200).json()
}

async fn poll(server: &TestServer, begun: &Value) -> skep_testkit::Answer {
    let body = json!({
        "client_id": MIX,
        "device_code": begun["device_code"],
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
    });
    server.anonymous().post("/api/oauth/token", &body).await
}

async fn log_in(driver: &Driver, username: &str) {
    driver.wait_for("Log in").await;
    driver.type_into("#username", username).await;
    driver.type_into("#password", PASSWORD).await;
    driver.click("main button").await;
}

async fn a_device_logs_in(looks: Looks) {
    let Some(driver) = Driver::start(looks).await else { return };
    let server = TestServer::start(Engine::Sqlite).await;
    let _world = World::new(&server).await;
    let begun = begin(&server, "api repositories").await;
    driver.open(begun["verification_uri_complete"].as_str().expect("an address")).await;
    log_in(&driver, "reader").await;
    driver.wait_for("Log in on a device").await;
    driver.click("main button").await;
    driver.wait_for("Let Hex CLI use your account?").await;
    let code = begun["user_code"].as_str().expect("a text");
    assert_eq!(driver.shown("dl code").await, format!("{}-{}", &code[..4], &code[4..]));
    // Without a second factor there is no writing.
    assert!(!driver.is("[value='api:write']", "enabled").await);
    assert!(driver.is("[value='api:read']", "selected").await);
    poll(&server, &begun).await.expect_status(400);
    driver.click("[value='authorize']").await;
    driver.wait_for("That was all").await;
    assert_eq!(driver.shown(".notice").await, "Device has been successfully authorized!");

    let token = poll(&server, &begun).await.expect_status(200).json();
    assert_eq!(token["scope"], "api:read repository:hexpm repository:acme");
    let client = server.anonymous().with_token(token["access_token"].as_str().expect("a text"));
    client.get("/api/users/me").await.expect_status(200);
    client.get("/repo/repos/acme/tarballs/cellar-1.0.0.tar").await.expect_status(200);
    driver.click("header button").await;
    driver.wait_for("A registry for Hex packages").await;
    assert_eq!(driver.shown(".notice").await, "You have been logged out.");
    client.get("/api/users/me").await.expect_status(200);
}

#[tokio::test]
async fn a_device_logs_in_with_scripts() {
    a_device_logs_in(DESK).await;
}

#[tokio::test]
async fn a_device_logs_in_without_scripts() {
    a_device_logs_in(NO_SCRIPTS).await;
}

#[tokio::test]
async fn the_keyboard_is_enough() {
    let Some(driver) = Driver::start(PHONE).await else { return };
    let server = TestServer::start(Engine::Sqlite).await;
    let _world = World::new(&server).await;
    let begun = begin(&server, "api:read repositories").await;
    driver.open(&format!("{}/oauth/device", server.url())).await;
    driver.wait_for("Log in").await;
    // Every form begins where one types.
    driver.press(&format!("reader{TAB}{PASSWORD}{ENTER}")).await;
    driver.wait_for("Log in on a device").await;
    driver.press(&format!("{}{ENTER}", begun["user_code"].as_str().expect("a text").to_lowercase())).await;
    driver.wait_for("Let Hex CLI use your account?").await;
    // Skip link, Skep, account, log out, then the boxes: the first is taken out.
    driver.press(&format!("{} ", TAB.repeat(5))).await;
    assert!(!driver.is("[value='api:read']", "selected").await);
    driver.press(&format!("{}{ENTER}", TAB.repeat(2))).await;
    driver.wait_for("That was all").await;
    let token = poll(&server, &begun).await.expect_status(200).json();
    assert_eq!(token["scope"], "repository:hexpm repository:acme");
}

/// The policy of a page lets its form lead to the client, which is not there: what counts is that the browser goes.
#[tokio::test]
async fn a_client_gets_its_visitor_back() {
    let Some(driver) = Driver::start(DESK).await else { return };
    let server = TestServer::start(Engine::Sqlite).await;
    let _world = World::new(&server).await;
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let link = format!(
        "{}/oauth/authorize?client_id={BUILD_SERVICE}&redirect_uri=https://ci.example.com/back&scope=repositories\
         &state=s&code_challenge={challenge}&code_challenge_method=S256",
        server.url()
    );
    driver.open(&link).await;
    log_in(&driver, "reader").await;
    driver.wait_for("Let Build service use your account?").await;
    driver.click("[value='approve']").await;
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !driver.address().await.starts_with("https://ci.example.com/back?code=") {
        assert!(std::time::Instant::now() < until, "the browser is at {}", driver.address().await);
    }
}

/// Not a test of anything that a machine could judge, but every page is at least drawn.
#[tokio::test]
async fn pictures() {
    for (suffix, looks) in [("", DESK), ("-dark", DARK), ("-phone", PHONE)] {
        let Some(driver) = Driver::start(looks).await else { return };
        let server = TestServer::start(Engine::Sqlite).await;
        let world = World::new(&server).await;
        let at = |path: &str| format!("{}{path}", server.url());
        let show = async |name: &str, path: &str, heading: &str| {
            if !path.is_empty() {
                driver.open(&at(path)).await;
            }
            driver.wait_for(heading).await;
            keep(&format!("{name}{suffix}"), &driver.picture().await);
        };
        show("home", "/", "A registry for Hex packages").await;
        show("signup", "/signup", "Sign up").await;
        show("missing", "/nothing", "There is nothing here").await;
        show(
            "email-verify",
            "/email/verify?username=rosa&email=rosa@example.com&key=0",
            "Verify your email address",
        )
        .await;
        show("password-reset", "/password/reset", "Reset your password").await;
        show("password-new", "/password/new?username=rosa&key=0", "Choose a new password").await;
        driver.open(&at("/login")).await;
        driver.type_into("#username", "reader").await;
        driver.type_into("#password", "wrong").await;
        driver.click("main button").await;
        show("login", "", "Log in").await;
        let begun = begin(&server, "api repositories").await;
        driver.open(begun["verification_uri_complete"].as_str().expect("an address")).await;
        log_in(&driver, "reader").await;
        show("device", "", "Log in on a device").await;
        driver.click("main button").await;
        show("device-authorize", "", "Let Hex CLI use your account?").await;
        driver.click("[value='authorize']").await;
        show("device-done", "", "That was all").await;
        poll(&server, &begun).await.expect_status(200);
        show("account", "/account", "reader").await;
        show("sudo", "/sudo", "Confirm that it is you").await;
        driver.open(&at("/account/two-factor")).await;
        driver.type_into("#password", PASSWORD).await;
        show("two-factor", "", "Two-factor authentication").await;
        driver.click("main button").await;
        show("two-factor-secret", "", "Set up an app").await;
        let secret = driver.shown("main code").await;
        driver.type_into("#code", &one_time_code(&secret, server.clock().now())).await;
        driver.click("main button").await;
        show("two-factor-codes", "", "Recovery codes").await;
        show("two-factor-enabled", "/account/two-factor", "Two-factor authentication").await;
        driver.click("header button").await;
        driver.wait_for("A registry for Hex packages").await;
        driver.open(&at("/login")).await;
        log_in(&driver, "reader").await;
        show("second-factor", "", "Two-factor authentication").await;
        show("second-factor-recovery", "/tfa/recovery", "Two-factor authentication").await;
        drop(world);
    }
}

fn keep(name: &str, picture: &str) {
    let Some(folder) = std::env::var_os("SKEP_PICTURES") else { return };
    let bytes = data_encoding::BASE64.decode(picture.as_bytes()).expect("pictures come in base64");
    assert!(bytes.starts_with(b"\x89PNG"));
    std::fs::write(Path::new(&folder).join(format!("{name}.png")), bytes)
        .expect("the folder can be written to");
}
