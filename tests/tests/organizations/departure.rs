//! Leaving, and what ends with a membership.

use serde_json::json;
use skep_testkit::{TestServer, Who, World, both_engines};

use crate::{account, actions, add, organization_key};

both_engines!(
    members_leave_by_themselves,
    keys_of_a_former_member_end,
    keys_of_a_demoted_member_are_no_stronger,
    links_of_a_former_admin_end,
    owners_of_private_packages_are_members,
);

async fn members_leave_by_themselves(server: TestServer) {
    let world = World::new(&server).await;
    for who in [Who::Reader, Who::Writer] {
        world.by(who).delete("/api/orgs/acme/members/me").await.expect_status(204);
        world.by(who).get("/api/orgs/acme").await.expect_status(404);
        world.by(who).get("/repo/repos/acme/names").await.expect_status(404);
    }
    world.by(Who::Stranger).delete("/api/orgs/acme/members/me").await.expect_status(404);
    server.anonymous().delete("/api/orgs/acme/members/me").await.expect_status(404);
    // An organization is not its own member.
    world.by(Who::Organization).delete("/api/orgs/acme/members/me").await.expect_status(404);
    let admin = world.by(Who::Admin);
    for other in ["unverified", "deactivated"] {
        let role = json!({ "role": "read" });
        admin.post(&format!("/api/orgs/acme/members/{other}"), &role).await.expect_status(200);
    }
    let refused = admin.delete("/api/orgs/acme/members/me").await.expect_status(422);
    assert_eq!(refused.errors(), "cannot remove last admin member");
    for other in ["unverified", "deactivated"] {
        admin.delete(&format!("/api/orgs/acme/members/{other}")).await.expect_status(204);
    }
    let refused = admin.delete("/api/orgs/acme/members/me").await.expect_status(422);
    assert_eq!(refused.errors(), "cannot remove last member");
}

async fn keys_of_a_former_member_end(server: TestServer) {
    let world = World::new(&server).await;
    let (admin, writer) = (world.by(Who::Admin), world.by(Who::Writer));
    let made = organization_key(&server, &writer, "acme", "made").await;
    // What is made with a key counts as made by its maker.
    let by_key = organization_key(&server, &made, "acme", "by-key").await;
    let token = by_key.exchange("api").await.expect_status(200).json();
    let token = server.anonymous().with_token(token["access_token"].as_str().expect("a token"));
    let others = organization_key(&server, &admin, "acme", "others").await;
    for key in [&made, &by_key, &token, &others] {
        key.get("/api/orgs/acme").await.expect_status(200);
    }
    admin.delete("/api/orgs/acme/members/writer").await.expect_status(204);
    for key in [&made, &by_key] {
        assert_eq!(key.get("/api/orgs/acme").await.expect_status(401).message(), "API key revoked");
        key.get("/repo/repos/acme/names").await.expect_status(403);
    }
    token.get("/api/orgs/acme").await.expect_status(401);
    let mails = server.mails().await;
    let told = |mail: &&skep_testkit::Mail| mail.to == "admin@example.com" && mail.text.contains("by-key");
    assert!(mails.iter().filter(told).count() >= 2, "made, and ended");
    others.get("/api/orgs/acme").await.expect_status(200);
    let actions = actions(&admin, "acme").await;
    let removed = actions.iter().filter(|action| *action == "key.remove").count();
    assert_eq!(removed, 2, "{actions:?}");
}

async fn keys_of_a_demoted_member_are_no_stronger(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let second = account(&server, "second").await;
    add(&admin, "acme", "second", "admin").await;
    let key = organization_key(&server, &second, "acme", "made").await;
    let member = json!({ "name": "stranger", "role": "read" });
    key.post("/api/orgs/acme/members", &member).await.expect_status(200);
    let role = async |role: &str| admin.post("/api/orgs/acme/members/second", &json!({ "role": role })).await;
    role("write").await.expect_status(200);
    let back = json!({ "role": "admin" });
    key.post("/api/orgs/acme/members/second", &back).await.expect_status(404);
    key.post("/api/orgs/acme/keys", &json!({ "name": "still" })).await.expect_status(201);
    role("read").await.expect_status(200);
    key.post("/api/orgs/acme/keys", &json!({ "name": "no more" })).await.expect_status(404);
    key.get("/repo/repos/acme/names").await.expect_status(200);
    // A key does not grow again by itself.
    role("admin").await.expect_status(200);
    key.post("/api/orgs/acme/keys", &json!({ "name": "no more" })).await.expect_status(404);
}

async fn links_of_a_former_admin_end(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let second = account(&server, "second").await;
    add(&admin, "acme", "second", "admin").await;
    let key = organization_key(&server, &second, "acme", "made").await;
    let mut links = Vec::new();
    for (inviter, email) in [(&second, "a@example.com"), (&key, "b@example.com"), (&admin, "c@example.com")] {
        let body = json!({ "email": email, "role": "admin" });
        let made = inviter.post("/api/orgs/acme/invitations", &body).await.expect_status(201).json();
        links.push(
            made["url"].as_str().and_then(|url| url.split_once("token=")).expect("a link").1.to_owned(),
        );
    }
    admin.post("/api/orgs/acme/members/second", &json!({ "role": "write" })).await.expect_status(200);
    let stranger = world.by(Who::Stranger);
    for (token, status) in links.iter().zip([404, 404, 200]) {
        stranger.post("/api/invitations/accept", &json!({ "token": token })).await.expect_status(status);
    }
}

async fn owners_of_private_packages_are_members(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let owners = format!("{}/owners", world.private.api_path());
    admin.put(&format!("{owners}/reader"), &json!({ "level": "full" })).await.expect_status(204);
    world.by(Who::Reader).delete("/api/orgs/acme/members/me").await.expect_status(204);
    assert_eq!(admin.get(&owners).await.json(), json!([]));
    // A rejoined reader starts anew.
    add(&admin, "acme", "reader", "read").await;
    world.by(Who::Reader).delete(&world.private.release_path()).await.expect_status(404);
}
