//! Names that nobody may publish.

use serde_json::json;
use skep_testkit::{PASSWORD, Package, TestServer, Who, World, both_engines};

use crate::key_of;

both_engines!(reserved_names_are_not_published, administrators_reserve_names);

async fn reserved_names_are_not_published(server: TestServer) {
    let world = World::new(&server).await;
    server.create_administrator("boss", PASSWORD).await;
    let boss = key_of(&server, "boss").await;
    let owner = world.by(Who::Owner);
    let names = "/api/admin/reserved-names";
    let name = json!({ "name": "bait", "reason": "looks like plug" });
    let made = boss.post(names, &name).await.expect_status(201).json();
    assert_eq!((&made["repository"], &made["version"]), (&json!("hexpm"), &json!(null)));
    let refused = owner.publish(&Package::new("bait", "1.0.0")).await.expect_status(422);
    assert_eq!(refused.errors(), json!({ "name": "is reserved" }));
    // In that repository only.
    let private = Package::new("bait", "1.0.0").organization("acme");
    world.by(Who::Admin).publish(&private).await.expect_status(201);

    // A single version of a package that is there.
    let version = json!({ "name": "tree", "version": "1.1.0" });
    boss.post(names, &version).await.expect_status(201);
    let refused = owner.publish(&Package::new("tree", "1.1.0")).await.expect_status(422);
    assert_eq!(refused.errors(), json!({ "version": "is reserved" }));
    owner.publish(&Package::new("tree", "1.2.0")).await.expect_status(201);
    // What is published stays, and goes on.
    boss.post(names, &json!({ "name": "tree" })).await.expect_status(201);
    owner.publish(&Package::new("tree", "1.3.0")).await.expect_status(201);
    boss.post(names, &json!({ "name": "bait", "repository": "acme" })).await.expect_status(201);

    let delete = boss.request(reqwest::Method::DELETE, names).json(&json!({ "name": "bait" }));
    delete.send().await.expect_status(204);
    owner.publish(&Package::new("bait", "1.0.0")).await.expect_status(201);
    let again = boss.request(reqwest::Method::DELETE, names).json(&json!({ "name": "bait" }));
    again.send().await.expect_status(404);
    assert_eq!(server.verify().await, [""; 0]);
}

async fn administrators_reserve_names(server: TestServer) {
    let world = World::new(&server).await;
    server.create_administrator("boss", PASSWORD).await;
    let boss = key_of(&server, "boss").await;
    let names = "/api/admin/reserved-names";
    for (name, errors) in [
        (json!({}), json!({ "name": "can't be blank" })),
        (json!({ "name": "No Name" }), json!({ "name": "has invalid format" })),
        (json!({ "name": "bait", "version": "1" }), json!({ "version": "is invalid SemVer" })),
        (json!({ "name": "bait", "repository": "nowhere" }), json!({ "repository": "does not exist" })),
    ] {
        assert_eq!(boss.post(names, &name).await.expect_status(422).errors(), errors, "{name}");
    }
    boss.post(names, &json!({ "name": "bait" })).await.expect_status(201);
    let refused = boss.post(names, &json!({ "name": "bait" })).await.expect_status(422);
    assert_eq!(refused.errors(), json!({ "name": "has already been taken" }));
    let list = boss.get(names).await.expect_status(200).json();
    assert_eq!(list.as_array().map(Vec::len), Some(1));
    for who in [Who::Admin, Who::Stranger, Who::Organization] {
        world.by(who).get(names).await.expect_status(403);
        world.by(who).post(names, &json!({ "name": "other" })).await.expect_status(403);
    }
    server.anonymous().get(names).await.expect_status(401);
    let log = boss.get("/api/users/me/audit-logs").await.json();
    assert_eq!((&log[0]["action"], &log[0]["params"]["name"]), (&json!("name.reserve"), &json!("bait")));
}
