//! What the links in mails lead to.

use super::*;
use skep_testkit::both_engines;

both_engines!(
    an_address_is_verified_by_a_button,
    another_mail_is_sent_without_telling_for_whom,
    a_password_is_reset,
    keys_stay_if_that_is_wanted,
    a_link_is_for_one_browser_and_one_time,
);

/// The path that the newest mail links to.
async fn link(server: &TestServer) -> String {
    let mails = server.mails().await;
    mails.last().expect("a mail").link()
}

/// The fields that a page hides in its form.
fn hidden<'a>(page: &'a Answer, names: &[&'static str]) -> Vec<(&'static str, &'a str)> {
    names.iter().map(|name| (*name, between(page, &format!("name=\"{name}\" value=\""), "\""))).collect()
}

async fn an_address_is_verified_by_a_button(server: TestServer) {
    let mut browser = Browser::new(&server);
    browser.visit("/signup").await;
    let fields = [
        ("username", "rosa"),
        ("email", "Rosa@Example.com"),
        ("password", PASSWORD),
        ("password_confirmation", PASSWORD),
    ];
    browser.submit("/signup", &fields).await.expect_status(200);
    let login = [("username", "rosa"), ("password", PASSWORD)];
    let page = browser.submit("/login", &login).await.expect_status(400);
    assert!(page.text().contains("href=\"/email/verification\""));
    let link = link(&server).await;
    assert!(link.starts_with("/email/verify?"), "{link}");
    let page = browser.visit(&link).await.expect_status(200);
    assert_eq!(heading(&page), "Verify your email address");
    assert!(page.text().contains("<dd>rosa@example.com</dd>"));
    // Looking at the link, as programs do that look through mail, has verified nothing.
    browser.clone().submit("/login", &login).await.expect_status(400);
    let fields = hidden(&page, &["username", "email", "key"]);
    let mut wrong = fields.clone();
    wrong[2].1 = "0123456789abcdef0123456789abcdef";
    let refused = browser.submit("/email/verify", &wrong).await.expect_status(400);
    assert_eq!(problem(&refused), "Your email rosa@example.com failed to verify.");
    let done = browser.submit("/email/verify", &fields).await.expect_status(200);
    assert_eq!(notice(&done), "Your email rosa@example.com has been verified.");
    assert_eq!(heading(&done), "Log in");
    browser.clone().submit("/email/verify", &fields).await.expect_status(400);
    browser.send("/login", &login).await.expect_status(303);
}

async fn another_mail_is_sent_without_telling_for_whom(server: TestServer) {
    let _world = World::new(&server).await;
    let mut pages = Vec::new();
    let mut sent = vec![server.mails().await.len()];
    for address in ["unverified@example.com", "reader@example.com", "nobody@example.com", "x"] {
        let mut browser = Browser::new(&server);
        browser.visit("/email/verification").await.expect_status(200);
        let page = browser.submit("/email/verification", &[("email", address)]).await.expect_status(200);
        pages.push(page.text().replace(browser.form_token(), "TOKEN"));
        sent.push(server.mails().await.len());
    }
    assert!(pages.iter().all(|page| *page == pages[0] && page.contains("a mail is on its way to it")));
    assert_eq!(sent, [sent[0], sent[0] + 1, sent[0] + 1, sent[0] + 1, sent[0] + 1]);
}

/// Asks for a link for a new password, and opens it.
async fn open_link(server: &TestServer, username: &str) -> Browser {
    let mut browser = Browser::new(server);
    browser.visit("/password/reset").await.expect_status(200);
    let page = browser.submit("/password/reset", &[("username", username)]).await.expect_status(200);
    assert_eq!(heading(&page), "Check your email");
    let link = link(server).await;
    let answer = browser.get(&link).await.expect_status(303);
    assert_eq!(answer.header("location"), "/password/new", "the key leaves the address line");
    let page = browser.visit("/password/new").await.expect_status(200);
    assert_eq!(heading(&page), "Choose a new password");
    assert!(page.text().contains(&format!("New password of {username}")));
    assert!(page.text().contains("name=\"revoke_keys\" value=\"1\" checked"));
    let key = link.rsplit_once("key=").expect("a key").1;
    assert!(!page.text().contains(key));
    browser
}

async fn a_password_is_reset(server: TestServer) {
    let world = World::new(&server).await;
    let mut pages = Vec::new();
    for name in ["reader", "reader@example.com", "nobody", "unverified@example.com"] {
        let mut browser = Browser::new(&server);
        browser.visit("/password/reset").await;
        let page = browser.submit("/password/reset", &[("username", name)]).await.expect_status(200);
        pages.push(page.text().replace(browser.form_token(), "TOKEN"));
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    let mut thief = Browser::logged_in(&server, "reader").await;
    let mut browser = open_link(&server, "reader").await;
    for (password, again, told) in [
        ("short", "short", "The password should be at least 8 character(s)."),
        ("another horse", "another mouse", "Does not match password."),
        ("another horse", "", "Does not match password."),
        ("", "", "The password can't be blank."),
    ] {
        let fields = [("password", password), ("password_confirmation", again)];
        let page = browser.submit("/password/new", &fields).await.expect_status(400);
        assert_eq!(problem(&page).replace("&#39;", "'"), told);
        assert!(!page.text().contains("checked"), "what was chosen stays chosen");
    }
    let fields =
        [("password", "another horse"), ("password_confirmation", "another horse"), ("revoke_keys", "1")];
    let page = browser.submit("/password/new", &fields).await.expect_status(200);
    assert_eq!(notice(&page), "Your account password has been changed to your new password.");
    assert_eq!(heading(&thief.visit("/account").await), "Log in");
    assert_eq!(world.by(skep_testkit::Who::Reader).get("/api/users/me").await.status, 401);
    let old = [("username", "reader"), ("password", PASSWORD)];
    browser.submit("/login", &old).await.expect_status(400);
    browser.send("/login", &[("username", "reader"), ("password", "another horse")]).await.expect_status(303);
}

async fn keys_stay_if_that_is_wanted(server: TestServer) {
    let world = World::new(&server).await;
    let mut thief = Browser::logged_in(&server, "reader").await;
    let mut browser = open_link(&server, "reader").await;
    let fields = [("password", "another horse"), ("password_confirmation", "another horse")];
    browser.submit("/password/new", &fields).await.expect_status(200);
    world.by(skep_testkit::Who::Reader).get("/api/users/me").await.expect_status(200);
    assert_eq!(heading(&thief.visit("/account").await), "Log in");
}

async fn a_link_is_for_one_browser_and_one_time(server: TestServer) {
    let _world = World::new(&server).await;
    let mut browser = open_link(&server, "reader").await;
    let note = browser.cookie("skep_reset").expect("a note").to_owned();
    let fields = [("password", "another horse"), ("password_confirmation", "another horse")];
    let mut other = Browser::new(&server);
    other.visit("/login").await;
    other.set_cookie("skep_reset", &note);
    let page = other.submit("/password/new", &fields).await.expect_status(400);
    assert_eq!(heading(&page), "That link is over");
    let mut later = browser.clone();
    browser.submit("/password/new", &fields).await.expect_status(200);
    let page = later.submit("/password/new", &fields).await.expect_status(400);
    assert_eq!(heading(&page), "That link is over");
    assert_eq!(later.cookie("skep_reset"), None);
    // Before a day is over, but an hour after it was opened.
    let mut slow = open_link(&server, "reader").await;
    server.clock().advance(Duration::from_secs(3600));
    slow.submit("/password/new", &fields).await.expect_status(400);
    // Mails of one account have a limit; its window is over by now.
    let mut browser = Browser::new(&server);
    for path in ["/password/new", "/password/new?key=", "/password/new?username=reader"] {
        assert_eq!(heading(&browser.visit(path).await.expect_status(400)), "That link is over");
    }
}
