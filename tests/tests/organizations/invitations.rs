//! Invitations by mail.

use std::time::Duration;

use serde_json::{Value, json};
use skep_testkit::{Client, TestServer, Who, World, both_engines};

use crate::{account, actions, column};

both_engines!(
    whoever_has_the_link_becomes_a_member,
    an_address_is_invited_once,
    links_die,
    seats_are_taken_on_acceptance,
    a_member_keeps_its_role,
    what_is_refused,
    the_operator_makes_a_fresh_link,
);

async fn invite(admin: &Client, email: &str, role: &str) -> (Value, String) {
    let body = json!({ "email": email, "role": role });
    let made = admin.post("/api/orgs/acme/invitations", &body).await.expect_status(201);
    let shown = made.json();
    let token = shown["url"].as_str().and_then(|url| url.split_once("/invites?token=")).expect("a link").1;
    let token = token.to_owned();
    assert!(made.header("location").ends_with(&format!("/api/orgs/acme/invitations/{}", shown["id"])));
    (shown, token)
}

async fn accept(client: &Client, token: &str) -> skep_testkit::Answer {
    client.post("/api/invitations/accept", &json!({ "token": token })).await
}

async fn whoever_has_the_link_becomes_a_member(server: TestServer) {
    let world = World::new(&server).await;
    let (admin, stranger) = (world.by(Who::Admin), world.by(Who::Stranger));
    let (made, token) = invite(&admin, " New.Member@Example.COM ", "write").await;
    assert_eq!((&made["email"], &made["role"]), (&json!("new.member@example.com"), &json!("write")));
    assert_eq!(token.len(), 32);
    let mails = server.mails().await;
    let mail = mails.iter().find(|mail| mail.to == "new.member@example.com").expect("the address is told");
    assert!(mail.link().ends_with(&format!("/invites?token={token}")), "{}", mail.text);
    let list = admin.get("/api/orgs/acme/invitations").await.expect_status(200).json();
    assert_eq!(column(&list, "email"), ["new.member@example.com"]);
    assert!(list[0]["url"].is_null(), "the link is shown once");
    let offer =
        stranger.post("/api/invitations/show", &json!({ "token": token })).await.expect_status(200).json();
    assert_eq!((&offer["organization"], &offer["role"]), (&json!("acme"), &json!("write")));
    // Looking takes nothing.
    stranger.get("/api/orgs/acme").await.expect_status(404);
    let accepted = accept(&stranger, &token).await.expect_status(200).json();
    assert_eq!((&accepted["role"], &accepted["joined"]), (&json!("write"), &json!(true)));
    assert_eq!(accepted["organization"]["name"], "acme");
    assert_eq!(admin.get("/api/orgs/acme/members/stranger").await.json()["role"], "write");
    stranger.get("/repo/repos/acme/names").await.expect_status(200);
    let gone = "This invitation is no longer valid. Ask for a new one.";
    assert_eq!(accept(&world.by(Who::Owner), &token).await.expect_status(404).message(), gone);
    assert_eq!(admin.get("/api/orgs/acme/invitations").await.json(), json!([]));
    let log = admin.get("/api/orgs/acme/audit-logs").await;
    let actions = actions(&admin, "acme").await;
    assert_eq!(actions[..2], ["organization.invitation.accept", "organization.invitation.create"]);
    assert!(!log.text().contains(&token));
    assert_eq!(
        log.json()[0]["params"]["invitation"],
        json!({
            "id": made["id"], "email": "new.member@example.com", "role": "write",
        })
    );
}

async fn an_address_is_invited_once(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let (made, old) = invite(&admin, "new@example.com", "read").await;
    let body = json!({ "email": "NEW@example.com", "role": "admin" });
    let refused = admin.post("/api/orgs/acme/invitations", &body).await.expect_status(422);
    assert_eq!(refused.errors(), json!({ "email": "has already been invited" }));
    // An expired one is made anew, and its old link is dead.
    server.clock().advance(Duration::from_secs(7 * 24 * 3600 + 1));
    let (again, new) = invite(&admin, "new@example.com", "write").await;
    assert_eq!(again["id"], made["id"]);
    let owner = world.by(Who::Owner);
    accept(&owner, &old).await.expect_status(404);
    assert_eq!(accept(&owner, &new).await.expect_status(200).json()["role"], "write");
    // After one that was taken back there may be another.
    let (revoked, token) = invite(&admin, "second@example.com", "read").await;
    let path = format!("/api/orgs/acme/invitations/{}", revoked["id"]);
    admin.delete(&path).await.expect_status(204);
    let refused = admin.delete(&path).await.expect_status(422);
    assert_eq!(refused.errors(), "That invitation is no longer pending.");
    accept(&world.by(Who::Stranger), &token).await.expect_status(404);
    let (another, _) = invite(&admin, "second@example.com", "read").await;
    assert_ne!(another["id"], revoked["id"]);
}

async fn links_die(server: TestServer) {
    let world = World::new(&server).await;
    let (admin, stranger) = (world.by(Who::Admin), world.by(Who::Stranger));
    let (_, token) = invite(&admin, "new@example.com", "read").await;
    for unknown in [json!("unknown"), json!("x".repeat(10_000)), json!(token[1..])] {
        let body = json!({ "token": unknown });
        stranger.post("/api/invitations/show", &body).await.expect_status(404);
        stranger.post("/api/invitations/accept", &body).await.expect_status(404);
    }
    for missing in [json!({}), json!({ "token": 1 })] {
        stranger.post("/api/invitations/accept", &missing).await.expect_status(422);
    }
    server.anonymous().post("/api/invitations/show", &json!({ "token": token })).await.expect_status(401);
    // An organization, a key that only reads, and an unverified address accept nothing.
    accept(&world.by(Who::OtherOrganization), &token).await.expect_status(404);
    accept(&world.by(Who::ApiRead), &token).await.expect_status(401);
    accept(&world.by(Who::Unverified), &token).await.expect_status(403);
    server.clock().advance(Duration::from_secs(7 * 24 * 3600 - 1));
    stranger.post("/api/invitations/show", &json!({ "token": token })).await.expect_status(200);
    server.clock().advance(Duration::from_secs(1));
    stranger.post("/api/invitations/show", &json!({ "token": token })).await.expect_status(404);
    accept(&stranger, &token).await.expect_status(404);
}

async fn seats_are_taken_on_acceptance(server: TestServer) {
    let world = World::new(&server).await;
    let (admin, stranger) = (world.by(Who::Admin), world.by(Who::Stranger));
    let members = admin.get("/api/orgs/acme/members").await.json().as_array().expect("a list").len();
    admin.post("/api/orgs/acme", &json!({ "seats": members })).await.expect_status(200);
    let (_, token) = invite(&admin, "new@example.com", "read").await;
    let refused = accept(&stranger, &token).await.expect_status(422);
    assert_eq!(refused.errors(), "The organization acme has no seats left.");
    admin.post("/api/orgs/acme", &json!({ "seats": members + 1 })).await.expect_status(200);
    accept(&stranger, &token).await.expect_status(200);
}

async fn a_member_keeps_its_role(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let members = admin.get("/api/orgs/acme/members").await.json().as_array().expect("a list").len();
    admin.post("/api/orgs/acme", &json!({ "seats": members })).await.expect_status(200);
    let (_, token) = invite(&admin, "new@example.com", "admin").await;
    let accepted = accept(&world.by(Who::Reader), &token).await.expect_status(200).json();
    assert_eq!((&accepted["role"], &accepted["joined"]), (&json!("read"), &json!(false)));
    assert_eq!(admin.get("/api/orgs/acme/members/reader").await.json()["role"], "read");
    accept(&world.by(Who::Stranger), &token).await.expect_status(404);
}

async fn what_is_refused(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    account(&server, "bystander").await;
    for (body, errors) in [
        (json!({ "role": "read" }), json!({ "email": "can't be blank" })),
        (json!({ "email": "no address", "role": "read" }), json!({ "email": "is not a valid email" })),
        (json!({ "email": "a@example.com" }), json!({ "role": "can't be blank" })),
        (json!({ "email": "a@example.com", "role": "owner" }), json!({ "role": "is invalid" })),
        (
            json!({ "email": "reader@example.com", "role": "read" }),
            json!({ "email": "already belongs to a member of this organization" }),
        ),
    ] {
        let refused = admin.post("/api/orgs/acme/invitations", &body).await.expect_status(422);
        assert_eq!(refused.errors(), errors, "{body}");
    }
    // The address of somebody who is no member may be invited.
    let (made, _) = invite(&admin, "bystander@example.com", "read").await;
    let path = format!("/api/orgs/acme/invitations/{}", made["id"]);
    for who in [Who::Reader, Who::Writer, Who::Stranger, Who::OtherOrganization] {
        world.by(who).get("/api/orgs/acme/invitations").await.expect_status(404);
        world.by(who).delete(&path).await.expect_status(404);
    }
    // An admin of another organization cannot take it back, by whichever path.
    let other = world.with_password("umbrella_admin");
    other.delete(&format!("/api/orgs/umbrella/invitations/{}", made["id"])).await.expect_status(404);
    admin.delete("/api/orgs/acme/invitations/nonsense").await.expect_status(404);
    assert_eq!(admin.get("/api/orgs/acme/invitations").await.json().as_array().map(Vec::len), Some(1));
}

async fn the_operator_makes_a_fresh_link(server: TestServer) {
    let world = World::new(&server).await;
    let (admin, stranger) = (world.by(Who::Admin), world.by(Who::Stranger));
    let (_, old) = invite(&admin, "new.member@example.com", "write").await;
    let link = |organization: &'static str, address: &'static str| {
        server.operate(move |core| async move { core.operator_invitation_link(organization, address).await })
    };
    let fresh = link("acme", " New.Member@example.com").await.expect("the address is invited");
    let (page, fresh) = fresh.split_once("/invites?token=").expect("it leads to the page of invitations");
    assert_eq!(page, server.url());
    accept(&stranger, &old).await.expect_status(404);
    accept(&stranger, fresh).await.expect_status(200);
    for (organization, address) in
        [("acme", "new.member@example.com"), ("acme", "other@example.com"), ("nowhere", "a@b.c")]
    {
        assert_eq!(
            link(organization, address).await.expect_err("nobody is invited").status,
            422,
            "{address}"
        );
    }
}
