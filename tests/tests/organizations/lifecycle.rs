//! Making, limiting, renaming and deleting.

use hex_registry::names::Names;
use hex_registry::package::Package as RegistryPackage;
use hex_registry::versions::Versions;
use serde_json::{Value, json};
use skep_testkit::{
    Client, Creators, Options, PASSWORD, Package, TestServer, Who, World, both_engines, docs,
};

use crate::{account, actions, add, column, key_of, organization_key};

both_engines!(
    an_account_makes_an_organization,
    only_administrators_make_organizations,
    seats_limit_members,
    the_last_admin_keeps_the_role,
    everything_follows_a_new_name,
    an_old_name_is_nobody_elses,
    an_organization_ends_with_everything_in_it,
    an_organization_that_others_depend_on_stays,
);

async fn an_account_makes_an_organization(server: TestServer) {
    let world = World::new(&server).await;
    let founder = account(&server, "founder").await;
    let made = founder.post("/api/orgs", &json!({ "name": "my_team" })).await.expect_status(201);
    assert!(made.header("location").ends_with("/api/orgs/my_team"));
    let shown = made.json();
    assert_eq!(shown["name"], "my_team");
    assert_eq!(shown["billing_active"], true);
    assert!(shown["seats"].is_null());
    assert_eq!(founder.get("/api/orgs/my_team/members").await.json()[0]["role"], "admin");
    assert_eq!(actions(&founder, "my_team").await, ["organization.create"]);
    founder.get("/repo/repos/my_team/names").await.expect_status(200);
    let package = Package::new("first", "1.0.0").organization("my_team");
    founder.publish(&package).await.expect_status(201);
    world.by(Who::Stranger).get("/api/orgs/my_team").await.expect_status(404);

    for (name, problem) in [
        (json!({}), "can't be blank"),
        (json!({ "name": "ab" }), "should be at least 3 character(s)"),
        (json!({ "name": "foo-bar" }), "has invalid format"),
        (json!({ "name": "foo.bar" }), "has invalid format"),
        (json!({ "name": "kernel" }), "is reserved"),
        (json!({ "name": "phoenix" }), "is reserved"),
        (json!({ "name": "my_team" }), "has already been taken"),
        (json!({ "name": "My_Team" }), "has already been taken"),
        // Accounts and organizations share their names.
        (json!({ "name": "stranger" }), "has already been taken"),
    ] {
        let refused = founder.post("/api/orgs", &name).await.expect_status(422);
        assert_eq!(refused.errors(), json!({ "name": problem }), "{name}");
    }
    // An organization makes none.
    world.by(Who::Organization).post("/api/orgs", &json!({ "name": "inner" })).await.expect_status(404);
    world.by(Who::ApiRead).post("/api/orgs", &json!({ "name": "inner" })).await.expect_status(401);
    server.anonymous().post("/api/orgs", &json!({ "name": "inner" })).await.expect_status(401);
}

async fn only_administrators_make_organizations(usual: TestServer) {
    let mut options = Options::default();
    options.rules.create_organizations = Creators::Administrators;
    let server = TestServer::start_with(usual.engine(), options).await;
    let user = account(&server, "somebody").await;
    server.create_administrator("boss", PASSWORD).await;
    let boss = key_of(&server, "boss").await;
    let refused = user.post("/api/orgs", &json!({ "name": "my_team" })).await.expect_status(403);
    assert!(refused.message().contains("only administrators"), "{}", refused.message());
    boss.post("/api/orgs", &json!({ "name": "my_team" })).await.expect_status(201);
}

async fn seats_limit_members(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let members = admin.get("/api/orgs/acme/members").await.json().as_array().expect("a list").len();
    let set = async |seats: Value| admin.post("/api/orgs/acme", &json!({ "seats": seats })).await;
    for seats in [json!(members - 1), json!(0), json!(-1), json!("many"), json!(true), json!(1.5)] {
        let refused = set(seats.clone()).await.expect_status(422);
        let text = "number of seats cannot be less than number of members";
        assert_eq!(refused.errors(), text, "{seats}");
    }
    assert_eq!(set(json!(members)).await.expect_status(200).json()["seats"], members);
    assert_eq!(admin.get("/api/orgs/acme").await.json()["seats"], members);
    let member = json!({ "name": "stranger", "role": "read" });
    let refused = admin.post("/api/orgs/acme/members", &member).await.expect_status(422);
    assert_eq!(refused.errors(), "not enough seats to add member");
    // Whoever has a seat is told so, full or not.
    let again = json!({ "name": "reader", "role": "read" });
    let refused = admin.post("/api/orgs/acme/members", &again).await.expect_status(422);
    assert_eq!(refused.errors(), json!({ "user_id": "is already member" }));
    assert!(set(json!(null)).await.expect_status(200).json()["seats"].is_null());
    add(&admin, "acme", "stranger", "read").await;
    assert!(actions(&admin, "acme").await.contains(&"organization.seats".to_owned()));
}

/// What readers can open of a repository: its index and one package, under the name that it was asked by.
async fn opens(server: &TestServer, reader: &Client, organization: &str, package: &str) -> bool {
    let key = server.public_key();
    let base = format!("/repo/repos/{organization}");
    let file = reader.get(&format!("{base}/packages/{package}")).await;
    if file.status == 404 {
        return false;
    }
    RegistryPackage::from_signed(&file.expect_status(200).body, key, organization, package).expect("signed");
    let names = reader.get(&format!("{base}/names")).await.expect_status(200);
    let names = Names::from_signed(&names.body, key, organization).expect("signed for this name");
    let versions = reader.get(&format!("{base}/versions")).await.expect_status(200);
    Versions::from_signed(&versions.body, key, organization).expect("signed for this name");
    names.packages.iter().any(|entry| entry.name == package)
}

async fn the_last_admin_keeps_the_role(server: TestServer) {
    let founder = account(&server, "founder").await;
    founder.post("/api/orgs", &json!({ "name": "my_team" })).await.expect_status(201);
    let second = account(&server, "second").await;
    add(&founder, "my_team", "second", "write").await;
    let role = async |name: &str, role: &str| {
        let path = format!("/api/orgs/my_team/members/{name}");
        founder.post(&path, &json!({ "role": role })).await
    };
    // Clients know this answer for every role, also the one that the member has.
    for given in ["read", "write", "admin"] {
        let refused = role("founder", given).await.expect_status(422);
        assert_eq!(refused.errors(), json!("cannot demote last admin member"));
    }
    role("second", "admin").await.expect_status(200);
    role("founder", "admin").await.expect_status(200);
    role("founder", "read").await.expect_status(200);
    second.get("/api/orgs/my_team/members").await.expect_status(200);
}

async fn everything_follows_a_new_name(server: TestServer) {
    let world = World::new(&server).await;
    let (admin, reader) = (world.by(Who::Admin), world.by(Who::Reader));
    let archive = docs(&[("index.html", "<h1>docs</h1>")]);
    admin.upload(&format!("{}/docs", world.private.release_path()), archive).await.expect_status(201);
    let package =
        Package::new("dependant", "1.0.0").organization("acme").requires_from("acme", "cellar", "~> 1.0");
    admin.publish(&package).await.expect_status(201);
    let policy = json!({ "name": "strict", "repositories": [{ "repository": "acme", "restriction": { "cooldown": "7d" } }] });
    admin.post("/api/orgs/acme/policies", &policy).await.expect_status(201);
    admin.get("/repo/repos/acme/policies/strict").await.expect_status(200);
    assert!(opens(&server, &reader, "acme", "cellar").await);
    let token = world.by(Who::RepositoriesToken);
    token.get("/repo/repos/acme/names").await.expect_status(200);

    let renamed = admin.post("/api/orgs/acme/rename", &json!({ "name": "zenith" })).await.expect_status(200);
    assert_eq!(renamed.json()["name"], "zenith");

    // The old name is gone for everyone, at once.
    for who in [Who::Admin, Who::Reader, Who::Organization, Who::Stranger, Who::RepositoryKey] {
        let caller = world.by(who);
        for path in ["names", "versions", "packages/cellar", "tarballs/cellar-1.0.0.tar", "policies/strict"] {
            let status = caller.get(&format!("/repo/repos/acme/{path}")).await.status;
            assert_eq!(status, 404, "{who:?} {path}");
        }
    }
    admin.get("/api/orgs/acme").await.expect_status(404);
    admin.get("/api/repos/acme/packages/cellar").await.expect_status(404);

    // Everything is there under the new one, signed for it.
    assert!(opens(&server, &reader, "zenith", "cellar").await);
    assert!(opens(&server, &reader, "zenith", "dependant").await);
    reader.get("/repo/repos/zenith/tarballs/cellar-1.0.0.tar").await.expect_status(200);
    reader.get("/repo/repos/zenith/docs/cellar-1.0.0.tar.gz").await.expect_status(200);
    let file = reader.get("/repo/repos/zenith/policies/strict").await.expect_status(200);
    let policy =
        hex_registry::policy::Policy::from_signed(&file.body, server.public_key(), "zenith", "strict");
    assert_eq!(policy.expect("signed for this name").repositories[1].repository, "zenith");
    let shown = reader.get("/api/repos/zenith/packages/cellar").await.expect_status(200).json();
    assert_eq!(shown["repository"], "zenith");
    assert_eq!(column(&reader.get("/api/orgs").await.json(), "name"), ["zenith"]);
    let package = Package::new("cellar", "1.1.0").organization("zenith");
    world.by(Who::Writer).publish(&package).await.expect_status(201);
    assert!(opens(&server, &reader, "zenith", "cellar").await);
    assert!(actions(&admin, "zenith").await.contains(&"organization.rename".to_owned()));

    // Keys follow: limited ones open under the new name what they opened before.
    for who in [Who::RepositoryKey, Who::RepositoriesKey, Who::Organization] {
        world.by(who).get("/repo/repos/zenith/names").await.expect_status(200);
    }
    let package = Package::new("cellar", "1.2.0").organization("zenith");
    world.by(Who::PrivatePackageKey).publish(&package).await.expect_status(201);
    world.by(Who::DocsKey).get("/api/auth?domain=docs&resource=zenith").await.expect_status(200);
    // Tokens end, and are got anew.
    token.get("/repo/repos/zenith/names").await.expect_status(403);
    world.by(Who::OrganizationToken).get("/api/orgs/zenith").await.expect_status(401);
    let issued = admin.exchange("repositories").await.expect_status(200).json();
    assert!(issued["scope"].as_str().expect("a scope").contains("repository:zenith"), "{issued}");
    // Others notice nothing.
    world.by(Who::StrangerToken).get("/api/users/me").await.expect_status(200);
    assert_eq!(server.verify().await, [""; 0]);
}

async fn an_old_name_is_nobody_elses(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let rename = async |from: &str, to: &str| {
        admin.post(&format!("/api/orgs/{from}/rename"), &json!({ "name": to })).await
    };
    for (name, problem) in [
        ("umbrella", "has already been taken"),
        ("stranger", "has already been taken"),
        ("hex", "is reserved"),
        ("a-b", "has invalid format"),
    ] {
        assert_eq!(
            rename("acme", name).await.expect_status(422).errors(),
            json!({ "name": problem }),
            "{name}"
        );
    }
    // To what it is called already.
    rename("acme", "acme").await.expect_status(200);
    rename("acme", "zenith").await.expect_status(200);
    let taken = json!({ "name": "has already been taken" });
    let stranger = world.by(Who::Stranger);
    rename("zenith", "nadir").await.expect_status(200);
    let refused = stranger.post("/api/orgs", &json!({ "name": "zenith" })).await.expect_status(422);
    assert_eq!(refused.errors(), taken);
    let other = world.with_password("umbrella_admin");
    let refused =
        other.post("/api/orgs/umbrella/rename", &json!({ "name": "zenith" })).await.expect_status(422);
    assert_eq!(refused.errors(), taken);
    let user = json!({ "username": "zenith", "email": "zenith@example.com", "password": PASSWORD });
    let refused = server.anonymous().post("/api/users", &user).await.expect_status(422);
    assert_eq!(refused.errors(), json!({ "username": "has already been taken" }));
    // Only the organization itself may have it back.
    rename("nadir", "zenith").await.expect_status(200);
    assert!(opens(&server, &admin, "zenith", "cellar").await);
    admin.get("/api/orgs/nadir").await.expect_status(404);
    // Whoever may not even see it cannot rename it; whoever may not change it neither.
    for who in [Who::Stranger, Who::Reader, Who::Writer, Who::OtherOrganization] {
        let refused = world.by(who).post("/api/orgs/zenith/rename", &json!({ "name": "mine" })).await;
        refused.expect_status(404);
    }
    assert_eq!(server.verify().await, [""; 0]);
}

/// Removes everybody but the admin.
async fn empty(admin: &Client, organization: &str) {
    let members = admin.get(&format!("/api/orgs/{organization}/members")).await.json();
    for name in column(&members, "username").iter().filter(|name| *name != "admin") {
        admin.delete(&format!("/api/orgs/{organization}/members/{name}")).await.expect_status(204);
    }
}

async fn an_organization_ends_with_everything_in_it(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let archive = docs(&[("index.html", "<h1>docs</h1>")]);
    admin.upload(&format!("{}/docs", world.private.release_path()), archive).await.expect_status(201);
    let package =
        Package::new("dependant", "1.0.0").organization("acme").requires_from("acme", "cellar", "~> 1.0");
    admin.publish(&package).await.expect_status(201);
    let policy = json!({ "name": "strict", "visibility": "public" });
    admin.post("/api/orgs/acme/policies", &policy).await.expect_status(201);
    server.anonymous().get("/repo/repos/acme/policies/strict").await.expect_status(200);
    let invitation = json!({ "email": "new@example.com", "role": "read" });
    let made = admin.post("/api/orgs/acme/invitations", &invitation).await.expect_status(201).json();
    let token = made["url"].as_str().and_then(|url| url.split_once("token=")).expect("a link").1.to_owned();
    // A public package that it made, which has another owner by now.
    let public = Package::new("shared", "1.0.0");
    world.by(Who::Organization).publish(&public).await.expect_status(201);
    admin.put("/api/packages/shared/owners/owner", &json!({ "level": "full" })).await.expect_status(204);
    empty(&admin, "acme").await;
    admin.get("/repo/repos/acme/packages/cellar").await.expect_status(200);

    let delete =
        |name: &str| admin.request(reqwest::Method::DELETE, "/api/orgs/acme").json(&json!({ "name": name }));
    let refused = admin.delete("/api/orgs/acme").await.expect_status(422);
    assert_eq!(refused.errors(), json!({ "name": "can't be blank" }));
    let refused = delete("ACME").send().await.expect_status(422);
    assert_eq!(refused.errors(), json!({ "name": "is not the name of the organization" }));
    delete("acme").send().await.expect_status(204);

    for path in [
        "names",
        "packages/cellar",
        "tarballs/cellar-1.0.0.tar",
        "docs/cellar-1.0.0.tar.gz",
        "policies/strict",
    ] {
        admin.get(&format!("/repo/repos/acme/{path}")).await.expect_status(404);
    }
    admin.get("/api/orgs/acme").await.expect_status(404);
    admin.get("/api/repos/acme/packages/cellar").await.expect_status(404);
    assert_eq!(admin.get("/api/orgs").await.json(), json!([]));
    world.by(Who::Organization).get("/api/orgs").await.expect_status(401);
    world.by(Who::OrganizationToken).get("/api/orgs").await.expect_status(401);
    let package = Package::new("cellar", "2.0.0").organization("acme");
    admin.publish(&package).await.expect_status(404);
    let stranger = world.by(Who::Stranger);
    stranger.post("/api/invitations/accept", &json!({ "token": token })).await.expect_status(404);

    // What it shared stays, its name is nobody's, and administrators read its log.
    let shared =
        server.anonymous().get("/api/packages/shared/releases/1.0.0").await.expect_status(200).json();
    assert!(shared["publisher"].is_null(), "{shared}");
    let user = json!({ "username": "acme", "email": "acme@example.com", "password": PASSWORD });
    server.anonymous().post("/api/users", &user).await.expect_status(422);
    server.create_administrator("boss", PASSWORD).await;
    let boss = key_of(&server, "boss").await;
    let log = boss.get("/api/admin/orgs/acme/audit-logs").await.expect_status(200).json();
    assert_eq!(column(&log, "action")[0], "organization.delete");
    assert!(column(&log, "action").contains(&"release.publish".to_owned()));
    stranger.get("/api/admin/orgs/acme/audit-logs").await.expect_status(403);
    assert_eq!(server.verify().await, [""; 0]);
    // Blobs that nobody refers to any more are collected.
    let before = server.blobs().len();
    server.clock().advance(std::time::Duration::from_secs(2 * 3600));
    assert_eq!(server.collect_garbage().await, 3, "of {before}: two tarballs and documentation");
}

async fn an_organization_that_others_depend_on_stays(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let public = Package::new("shared", "1.0.0");
    world.by(Who::Organization).publish(&public).await.expect_status(201);
    let delete = || admin.request(reqwest::Method::DELETE, "/api/orgs/acme").json(&json!({ "name": "acme" }));
    let refused = delete().send().await.expect_status(422).errors();
    assert!(refused["members"].as_str().expect("others").contains("remove them first"), "{refused}");
    assert!(refused["packages"].as_str().expect("a package").ends_with(": shared"), "{refused}");
    empty(&admin, "acme").await;
    let refused = delete().send().await.expect_status(422).errors();
    assert!(refused["members"].is_null());
    // A maintainer is not enough: nobody could change owners any more.
    let owner = "/api/packages/shared/owners/owner";
    admin.put(owner, &json!({ "level": "maintainer" })).await.expect_status(204);
    delete().send().await.expect_status(422);
    // Its own key is nobody's member: then the admin is another one.
    let key = organization_key(&server, &admin, "acme", "robot").await;
    let by_key = key.request(reqwest::Method::DELETE, "/api/orgs/acme").json(&json!({ "name": "acme" }));
    assert!(by_key.send().await.expect_status(422).errors()["members"].is_string());
    admin.put(owner, &json!({ "level": "full" })).await.expect_status(204);
    for who in [Who::Stranger, Who::OtherOrganization] {
        let request = world.by(who).request(reqwest::Method::DELETE, "/api/orgs/acme");
        request.json(&json!({ "name": "acme" })).send().await.expect_status(404);
    }
    delete().send().await.expect_status(204);
    assert_eq!(server.verify().await, [""; 0]);
}
