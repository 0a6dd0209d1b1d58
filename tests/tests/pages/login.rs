//! Sessions: how they begin and end.

use super::*;
use skep_testkit::{Engine, both_engines};

both_engines!(
    a_login_is_a_session,
    a_login_brings_a_session_of_its_own,
    a_wrong_login_tells_nothing,
    guesses_are_counted,
    an_address_has_a_number_of_guesses,
    the_address_has_to_be_verified,
    a_deactivated_account_is_out,
    a_visitor_comes_back_and_goes_nowhere_else,
    a_session_that_was_logged_out_is_over,
    a_session_ends_after_thirty_days,
);

async fn a_login_is_a_session(server: TestServer) {
    let world = World::new(&server).await;
    let mut browser = Browser::new(&server);
    assert_eq!(heading(&browser.visit("/account").await.expect_status(200)), "Log in");
    for name in ["reader", "READER", "reader@example.com"] {
        let mut browser = browser.clone();
        let fields = [("username", name), ("password", PASSWORD)];
        let answer = browser.send("/login", &fields).await.expect_status(303);
        let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
        let session =
            cookies.iter().find(|line| line.as_bytes().starts_with(b"skep_session=")).expect("a session");
        let session = session.to_str().expect("text");
        assert!(session.ends_with("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"), "{session}");
        let page = browser.visit("/account").await.expect_status(200);
        assert_eq!(heading(&page), "reader");
        assert!(page.text().contains("Firefox") && page.text().contains("acme (read)"));
        assert_eq!(browser.visit("/login").await.header("location"), "");
    }
    assert_eq!(audit(&world, "reader").await[0], "session.create");
}

async fn a_login_brings_a_session_of_its_own(server: TestServer) {
    let _world = World::new(&server).await;
    // Somebody has put a cookie of his own into the browser of his victim.
    let planted = Browser::logged_in(&server, "stranger").await;
    let planted = planted.cookie("skep_session").expect("a session").to_owned();
    for cookie in [planted.as_str(), "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"] {
        let mut victim = Browser::new(&server);
        victim.visit("/login").await;
        let before = victim.form_token().to_owned();
        victim.send("/login", &[("username", "reader"), ("password", PASSWORD)]).await.expect_status(303);
        let own = victim.cookie("skep_session").expect("a session").to_owned();
        assert_ne!(own, cookie);
        assert_eq!(victim.cookie("skep_visit"), None);
        // What was shown before the login is worth nothing after it.
        let fields = [("form_token", before.as_str())];
        victim.send_as_is("/logout", &fields).await.expect_status(403);
        assert_eq!(heading(&victim.visit("/account").await), "reader");
    }
    // Logging in at a browser with a session ends nobody's rights and takes nobody's over.
    let mut browser = Browser::new(&server);
    browser.set_cookie("skep_session", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG");
    assert_eq!(heading(&browser.visit("/account").await), "Log in");
    assert_eq!(browser.cookie("skep_session"), None);
}

async fn a_wrong_login_tells_nothing(server: TestServer) {
    let world = World::new(&server).await;
    let mut pages = Vec::new();
    for (name, password) in [
        ("reader", "wrong"),
        ("nobody", "wrong"),
        ("acme", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("reader", ""),
    ] {
        let mut browser = Browser::new(&server);
        browser.visit("/login").await;
        let page = browser.submit("/login", &[("username", name), ("password", password)]).await;
        let page = page.expect_status(400);
        assert_eq!(problem(&page), "Invalid username, email or password.");
        pages.push(page.text().replace(name, "NAME").replace(browser.form_token(), "TOKEN"));
        assert_eq!(browser.cookie("skep_session"), None);
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    failed_logins(&world, "reader", 2).await;
}

async fn guesses_are_counted(server: TestServer) {
    let _world = World::new(&server).await;
    to_a_new_window(&server);
    let mut browser = Browser::new(&server);
    browser.visit("/login").await;
    for name in ["reader", "nobody"] {
        for _ in 0..10 {
            browser.submit("/login", &[("username", name), ("password", "wrong")]).await.expect_status(400);
        }
        // Also the right one is not looked at.
        for password in ["wrong", PASSWORD] {
            let page = browser.submit("/login", &[("username", name), ("password", password)]).await;
            let page = page.expect_status(429);
            assert_eq!(problem(&page), "Too many login attempts. Please try again later.");
        }
    }
    // The API counts the same logins.
    let client = server.anonymous().with_password("reader", PASSWORD);
    let request =
        client.request(reqwest::Method::GET, "/api/users/me").header("x-forwarded-for", "192.0.2.9");
    request.send().await.expect_status(429);
    server.clock().advance(Duration::from_secs(10 * 60));
    browser.send("/login", &[("username", "reader"), ("password", PASSWORD)]).await.expect_status(303);
}

async fn an_address_has_a_number_of_guesses(server: TestServer) {
    let _world = World::new(&server).await;
    to_a_new_window(&server);
    let from = |address| Browser::new(&server).with_header("x-forwarded-for", address);
    let mut guesser = from("2001:db8:0:1::1");
    guesser.visit("/login").await;
    for guess in 0..20 {
        let name = format!("user{guess}");
        guesser.submit("/login", &[("username", &name), ("password", "wrong")]).await.expect_status(400);
    }
    let right = [("username", "reader"), ("password", PASSWORD)];
    guesser.submit("/login", &right).await.expect_status(429);
    let mut neighbour = from("2001:db8:0:1:ffff::2");
    neighbour.visit("/login").await;
    neighbour.submit("/login", &right).await.expect_status(429);
    let mut other = from("2001:db8:0:2::1");
    other.visit("/login").await;
    other.send("/login", &right).await.expect_status(303);
}

async fn the_address_has_to_be_verified(server: TestServer) {
    let _world = World::new(&server).await;
    let mut browser = Browser::new(&server);
    browser.visit("/login").await;
    let page = browser.submit("/login", &[("username", "unverified"), ("password", PASSWORD)]).await;
    assert!(problem(&page.expect_status(400)).starts_with("Email has not been verified yet."));
    // That there is such an account is told to nobody who does not have its password.
    let page = browser.submit("/login", &[("username", "unverified"), ("password", "wrong")]).await;
    assert_eq!(problem(&page.expect_status(400)), "Invalid username, email or password.");
}

async fn a_deactivated_account_is_out(server: TestServer) {
    let _world = World::new(&server).await;
    let mut browser = Browser::logged_in(&server, "reader").await;
    browser.visit("/account").await.expect_status(200);
    server.deactivate("reader").await;
    let page = browser.visit("/account").await.expect_status(200);
    assert_eq!(heading(&page), "Log in");
    assert_eq!(browser.cookie("skep_session"), None);
    let page = browser.submit("/login", &[("username", "reader"), ("password", PASSWORD)]).await;
    assert!(problem(&page.expect_status(400)).starts_with("This account is deactivated."));
}

async fn a_visitor_comes_back_and_goes_nowhere_else(server: TestServer) {
    let _world = World::new(&server).await;
    let mut browser = Browser::new(&server);
    let answer = browser.get("/oauth/device?user_code=BCDF-2345").await.expect_status(303);
    let login = answer.header("location").to_owned();
    assert_eq!(login, "/login?return=%2Foauth%2Fdevice%3Fuser%5Fcode%3DBCDF%2D2345");
    let page = browser.get(&login).await.expect_status(200);
    let back = between(&page, "name=\"return\" value=\"", "\"");
    assert_eq!(back, "/oauth/device?user_code=BCDF-2345");
    let fields = [("username", "reader"), ("password", PASSWORD), ("return", back)];
    let answer = browser.clone().send("/login", &fields).await.expect_status(303);
    assert_eq!(answer.header("location"), back);
    for elsewhere in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        " /x",
        "/a\r\nx: y",
    ] {
        let mut browser = browser.clone();
        let fields = [("username", "reader"), ("password", PASSWORD), ("return", elsewhere)];
        let answer = browser.send("/login", &fields).await.expect_status(303);
        assert_eq!(answer.header("location"), "/account", "{elsewhere}");
        let encoded = elsewhere.replace(['\r', '\n', ' '], "%0D").replace('\\', "%5C");
        let answer = browser.get(&format!("/login?return={encoded}")).await.expect_status(303);
        assert_eq!(answer.header("location"), "/account", "{elsewhere}");
    }
}

async fn a_session_that_was_logged_out_is_over(server: TestServer) {
    let world = World::new(&server).await;
    let beside = if server.engine() == Engine::Postgres { Some(server.beside().await) } else { None };
    let mut browser = Browser::logged_in(&server, "reader").await;
    let mut thief = browser.clone();
    let mut elsewhere = beside.as_ref().map(|beside| browser.at(beside));
    assert_eq!(heading(&thief.visit("/account").await), "reader");
    if let Some(elsewhere) = &mut elsewhere {
        assert_eq!(heading(&elsewhere.clone().visit("/account").await), "reader");
    }
    browser.visit("/account").await.expect_status(200);
    let page = browser.submit("/logout", &[]).await.expect_status(200);
    let logged_out = std::time::Instant::now();
    assert_eq!(notice(&page), "You have been logged out.");
    assert_eq!(browser.cookie("skep_session"), None);
    assert_eq!(heading(&thief.visit("/account").await), "Log in");
    if let Some(elsewhere) = elsewhere {
        while heading(&elsewhere.clone().visit("/account").await) == "reader" {
            assert!(logged_out.elapsed() < Duration::from_secs(1), "the session is still good elsewhere");
        }
    }
    assert_eq!(audit(&world, "reader").await[0], "session.revoke");
    // Told once.
    assert!(!browser.visit("/").await.text().contains("logged out"));
}

async fn a_session_ends_after_thirty_days(server: TestServer) {
    let _world = World::new(&server).await;
    let mut browser = Browser::logged_in(&server, "reader").await;
    server.clock().advance(Duration::from_secs(30 * 24 * 3600 - 60));
    assert_eq!(heading(&browser.visit("/account").await), "reader");
    server.clock().advance(Duration::from_secs(120));
    assert_eq!(heading(&browser.visit("/account").await), "Log in");
}
