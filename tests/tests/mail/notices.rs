//! Who is told what.

use serde_json::json;
use skep_testkit::{Package, TestServer, Who, World, both_engines};

use crate::{PASSWORD, entries, lines, new_mails};

both_engines!(
    keys_are_told_of,
    owners_are_told_of_owners_and_releases,
    members_are_told,
    what_is_not_wanted_is_not_sent,
    names_from_outside_stay_inside,
);

async fn keys_are_told_of(server: TestServer) {
    let world = World::new(&server).await;
    let mut seen = 0;
    new_mails(&server, &mut seen).await;
    let owner = world.with_password("owner");
    owner.post("/api/keys", &json!({ "name": "ci" })).await.expect_status(201);
    owner.delete("/api/keys/ci").await.expect_status(200);
    owner.delete("/api/keys").await.expect_status(204);
    let mails = new_mails(&server, &mut seen).await;
    assert_eq!(
        lines(&mails),
        [
            "owner@example.com: Skep - A new API key was created on your account",
            "owner@example.com: Skep - All API keys have been revoked on your account",
            "owner@example.com: Skep - An API key was revoked on your account",
        ]
    );
    assert!(mails[0].text.contains("Name: ci\n"), "{}", mails[0].text);
    // The organization's other admins have no verified address, or no account any more.
    world.by(Who::Writer).post("/api/orgs/acme/keys", &json!({ "name": "ci" })).await.expect_status(201);
    let mails = new_mails(&server, &mut seen).await;
    assert_eq!(lines(&mails), ["admin@example.com: Skep - A new API key was created on your account"]);
    assert!(mails[0].text.contains("An API key was created for acme."), "{}", mails[0].text);
}

async fn owners_are_told_of_owners_and_releases(server: TestServer) {
    let world = World::new(&server).await;
    let mut seen = 0;
    new_mails(&server, &mut seen).await;
    let owner = world.by(Who::Owner);
    owner.put("/api/packages/tree/owners/reader", &json!({})).await.expect_status(204);
    owner.put("/api/packages/tree/owners/reader", &json!({ "level": "maintainer" })).await.expect_status(204);
    assert_eq!(
        lines(&new_mails(&server, &mut seen).await),
        [
            "owner@example.com: Skep - Owner added to package tree",
            "reader@example.com: Skep - Owner added to package tree",
        ]
    );
    owner.publish(&Package::new("tree", "1.1.0")).await.expect_status(201);
    let mails = new_mails(&server, &mut seen).await;
    assert_eq!(
        lines(&mails),
        [
            "owner@example.com: Skep - Package tree v1.1.0 published",
            "reader@example.com: Skep - Package tree v1.1.0 published",
        ]
    );
    assert_eq!(mails[0].link(), "/packages/tree/1.1.0");
    owner.delete("/api/packages/tree/owners/reader").await.expect_status(204);
    assert_eq!(
        lines(&new_mails(&server, &mut seen).await),
        [
            "owner@example.com: Skep - Owner removed from package tree",
            "reader@example.com: Skep - Owner removed from package tree",
        ]
    );
    // For an organization, its admins are told.
    let transfer = json!({ "transfer": true });
    owner.put("/api/packages/tree/owners/acme", &transfer).await.expect_status(204);
    assert_eq!(
        lines(&new_mails(&server, &mut seen).await),
        [
            "admin@example.com: Skep - Owner added to package tree",
            "owner@example.com: Skep - Owner added to package tree",
        ]
    );
    world.by(Who::Writer).publish(&Package::new("tree", "1.2.0")).await.expect_status(201);
    let mails = new_mails(&server, &mut seen).await;
    assert_eq!(lines(&mails), ["admin@example.com: Skep - Package tree v1.2.0 published"]);
    // Nobody owns a private package by a row.
    let private = Package::new("cellar", "1.1.0").organization("acme");
    world.by(Who::Writer).publish(&private).await.expect_status(201);
    assert!(new_mails(&server, &mut seen).await.is_empty());
}

async fn members_are_told(server: TestServer) {
    let world = World::new(&server).await;
    let mut seen = 0;
    new_mails(&server, &mut seen).await;
    let body = json!({ "name": "stranger", "role": "write" });
    world.by(Who::Admin).post("/api/orgs/acme/members", &body).await.expect_status(200);
    let mails = new_mails(&server, &mut seen).await;
    assert_eq!(lines(&mails), ["stranger@example.com: Skep - You have been added to the acme organization"]);
    assert!(mails[0].text.contains("with the role write"), "{}", mails[0].text);
}

async fn what_is_not_wanted_is_not_sent(server: TestServer) {
    let world = World::new(&server).await;
    let mut seen = 0;
    new_mails(&server, &mut seen).await;
    let owner = world.with_password("owner");
    let path = "/api/users/me/emails/preferences";
    let all = json!({
        "organization_invite": true, "owner_add": true, "owner_remove": true, "package_published": true,
    });
    assert_eq!(owner.get(path).await.json(), all);
    let wrong = json!({ "preferences": { "everything": false, "owner_add": "maybe" } });
    let refused = owner.put(path, &wrong).await.expect_status(422).json();
    assert_eq!(refused["errors"]["preferences"]["everything"], "is invalid");
    assert_eq!(refused["errors"]["preferences"]["owner_add"], "expected type boolean");
    // Without the wrapper nothing would be changed, so that it is not taken.
    let bare = owner.put(path, &json!({ "owner_add": false })).await.expect_status(422).json();
    assert_eq!(bare["errors"]["preferences"], "can't be blank");
    let less = json!({ "preferences": { "package_published": false, "owner_add": false } });
    let mut expected = all.clone();
    expected["package_published"] = json!(false);
    expected["owner_add"] = json!(false);
    assert_eq!(owner.put(path, &less).await.expect_status(200).json(), expected);
    assert_eq!(owner.get(path).await.json(), expected);

    owner.publish(&Package::new("tree", "1.1.0")).await.expect_status(201);
    owner.put("/api/packages/tree/owners/reader", &json!({})).await.expect_status(204);
    owner.delete("/api/packages/tree/owners/reader").await.expect_status(204);
    assert_eq!(
        lines(&new_mails(&server, &mut seen).await),
        [
            "owner@example.com: Skep - Owner removed from package tree",
            "reader@example.com: Skep - Owner added to package tree",
            "reader@example.com: Skep - Owner removed from package tree",
        ]
    );
    let log = owner.get("/api/users/me/audit-logs").await.json();
    let options =
        entries(&log).iter().find(|entry| entry["action"] == "email.options").expect("it is recorded");
    assert_eq!(options["params"]["changes"], less["preferences"]);
}

async fn names_from_outside_stay_inside(server: TestServer) {
    server.create_user("alice", PASSWORD).await;
    let alice = server.anonymous().with_password("alice", PASSWORD);
    let name = "<b>x\u{202e}</b>\u{85}Bcc: mallory@example.com";
    for name in [name, "\u{2028}Bcc: mallory@example.com", "=?utf-8?q?x?= \"'&"] {
        // Control characters are refused before; others are let in.
        let made = alice.post("/api/keys", &json!({ "name": name })).await;
        assert!([201, 422].contains(&made.status));
    }
    let full = json!({
        "username": "mallory", "password": PASSWORD, "email": "a@example.com",
        "full_name": "x\r\nBcc: mallory@example.com",
    });
    server.anonymous().post("/api/users", &full).await.expect_status(201);
    for address in ["a@example.com\nBcc: b@example.com", "a@example.com, b@example.com", "a b@example.com"] {
        let body = json!({ "username": "eve", "password": PASSWORD, "email": address });
        server.anonymous().post("/api/users", &body).await.expect_status(422);
    }
    let mails = server.mails().await;
    assert!(mails.len() >= 3, "{mails:#?}");
    for mail in &mails {
        assert!(!mail.raw.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{}", mail.raw);
        assert!(!mail.raw.contains("<b>"), "{}", mail.raw);
    }
}
