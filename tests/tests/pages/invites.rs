//! Joining an organization by the link in a mail.

use super::*;
use skep_testkit::{Who, both_engines};

both_engines!(a_stranger_joins, an_invitation_that_is_over_leads_nowhere, seats_are_needed);

/// Invites an address, and gives the link.
async fn invite(server: &TestServer, world: &World, role: &str) -> String {
    let body = json!({ "email": format!("new-{role}@example.com"), "role": role });
    let made = world.by(Who::Admin).post("/api/orgs/acme/invitations", &body).await.expect_status(201).json();
    let link = made["url"].as_str().and_then(|url| url.strip_prefix(server.url()));
    link.expect("an address here").to_owned()
}

async fn a_stranger_joins(server: TestServer) {
    let world = World::new(&server).await;
    let link = invite(&server, &world, "write").await;
    // Who is not logged in does that first, and comes back.
    let mut browser = Browser::new(&server);
    let page = browser.visit(&link).await.expect_status(200);
    assert_eq!(heading(&page), "Log in");
    let back = between(&page, "name=\"return\" value=\"", "\"").to_owned();
    let fields = [("username", "stranger"), ("password", PASSWORD), ("return", back.as_str())];
    let page = browser.submit("/login", &fields).await.expect_status(200);
    assert_eq!(heading(&page), "Join acme?");
    assert!(page.text().contains("<dd>write</dd>") && page.text().contains("<dd>stranger</dd>"));
    let token = between(&page, "name=\"token\" value=\"", "\"").to_owned();
    // Looking is not joining, and neither is a form of another site.
    world.by(Who::Stranger).get("/api/orgs/acme").await.expect_status(404);
    browser.send_as_is("/invites", &[("token", &token)]).await.expect_status(403);
    world.by(Who::Stranger).get("/api/orgs/acme").await.expect_status(404);
    let page = browser.clone().submit("/invites", &[("token", &token)]).await.expect_status(200);
    assert_eq!(notice(&page), "You have joined the acme organization.");
    assert!(page.text().contains("acme (write)"));
    world.by(Who::Stranger).get("/repo/repos/acme/packages/cellar").await.expect_status(200);
    let page = browser.submit("/invites", &[("token", &token)]).await.expect_status(200);
    assert_eq!(notice(&page), "This invitation is no longer valid. Ask for a new one.");

    // A member keeps what he is, and the invitation is used up.
    let link = invite(&server, &world, "admin").await;
    let mut reader = Browser::logged_in(&server, "reader").await;
    let page = reader.visit(&link).await.expect_status(200);
    let token = between(&page, "name=\"token\" value=\"", "\"").to_owned();
    let page = reader.submit("/invites", &[("token", &token)]).await.expect_status(200);
    assert_eq!(notice(&page), "You are already a member of acme.");
    assert!(page.text().contains("acme (read)"));
}

async fn an_invitation_that_is_over_leads_nowhere(server: TestServer) {
    let world = World::new(&server).await;
    let link = invite(&server, &world, "read").await;
    let mut browser = Browser::logged_in(&server, "stranger").await;
    for wrong in
        ["/invites", "/invites?token=", "/invites?token=x", &format!("/invites?token={}", "x".repeat(5000))]
    {
        let page = browser.visit(wrong).await.expect_status(200);
        assert_eq!(notice(&page), "This invitation is no longer valid. Ask for a new one.", "{wrong}");
    }
    assert_eq!(heading(&browser.visit(&link).await), "Join acme?");
    server.clock().advance(Duration::from_secs(7 * 24 * 3600 + 1));
    let page = browser.visit(&link).await.expect_status(200);
    assert_eq!(notice(&page), "This invitation is no longer valid. Ask for a new one.");
}

async fn seats_are_needed(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let members = admin.get("/api/orgs/acme/members").await.json().as_array().expect("a list").len();
    let link = invite(&server, &world, "read").await;
    admin.post("/api/orgs/acme", &json!({ "seats": members })).await.expect_status(200);
    let mut browser = Browser::logged_in(&server, "stranger").await;
    let page = browser.visit(&link).await.expect_status(200);
    let token = between(&page, "name=\"token\" value=\"", "\"").to_owned();
    let page = browser.submit("/invites", &[("token", &token)]).await.expect_status(400);
    assert_eq!(problem(&page), "The organization acme has no seats left.");
    admin.post("/api/orgs/acme", &json!({ "seats": members + 1 })).await.expect_status(200);
    let page = browser.submit("/invites", &[("token", &token)]).await.expect_status(200);
    assert_eq!(notice(&page), "You have joined the acme organization.");
}
