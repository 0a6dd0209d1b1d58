//! What happens to an organization at one server is seen at another within a second. SQLite has no such pair: only
//! one server may use its data folder.

use std::time::{Duration, Instant};

use hex_registry::names::Names;
use hex_registry::package::Package as RegistryPackage;
use hex_registry::versions::Versions;
use serde_json::json;
use skep_testkit::{Engine, PASSWORD, Package, TestServer, Who, World};

/// How late another server may be.
const BOUND: Duration = Duration::from_secs(1);

/// Asks until it is right, at most for as long as another server may be late.
async fn soon(what: &str, is_right: impl AsyncFn() -> bool) {
    let begin = Instant::now();
    loop {
        let asked = begin.elapsed();
        if is_right().await {
            return;
        }
        assert!(asked <= BOUND, "{what}: still not after {asked:?}");
    }
}

#[tokio::test]
async fn a_new_name_is_known_everywhere() {
    if Engine::Postgres.is_left_out() {
        return;
    }
    let first = TestServer::start(Engine::Postgres).await;
    let world = World::new(&first).await;
    let second = first.beside().await;
    let admin = world.by(Who::Admin);
    let there = world.by(Who::Reader).at(&second.anonymous());
    let files = ["names", "versions", "packages/cellar"];
    let mut name = "acme".to_owned();
    for round in 0..4 {
        // In the memory of the other server.
        for file in files {
            there.get(&format!("/repo/repos/{name}/{file}")).await.expect_status(200);
        }
        there.get(&format!("/api/repos/{name}/packages/cellar")).await.expect_status(200);
        let new = format!("next{round}");
        let path = format!("/api/orgs/{name}/rename");
        admin.post(&path, &json!({ "name": new })).await.expect_status(200);
        // Until the other server knows it may show the old name, and never the one under the other.
        let key = second.public_key();
        let check = async |file: &str, name: &str| {
            let answer = there.get(&format!("/repo/repos/{name}/{file}")).await;
            if answer.status == 200 {
                match file {
                    "names" => Names::from_signed(&answer.body, key, name).map(drop).expect("its own name"),
                    "versions" => {
                        Versions::from_signed(&answer.body, key, name).map(drop).expect("its own name")
                    }
                    _ => RegistryPackage::from_signed(&answer.body, key, name, "cellar")
                        .map(drop)
                        .expect("its own name"),
                }
            }
            answer.status
        };
        soon("the new name", async || {
            let api = there.get(&format!("/api/repos/{name}/packages/cellar")).await;
            let mut right = api.status == 404;
            for file in files {
                right &= check(file, &name).await == 404;
                right &= check(file, &new).await == 200;
            }
            right
        })
        .await;
        let shown = there.get(&format!("/api/repos/{new}/packages/cellar")).await.expect_status(200).json();
        assert_eq!(shown["repository"], new.as_str());
        name = new;
    }
    // A server that still knows the old name writes nothing under it.
    let stale = world.by(Who::Writer).at(&second.anonymous());
    there.get(&format!("/api/repos/{name}")).await.expect_status(200);
    let path = format!("/api/orgs/{name}/rename");
    admin.post(&path, &json!({ "name": "last" })).await.expect_status(200);
    let package = Package::new("cellar", "9.0.0").organization(&name);
    stale.publish(&package).await.expect_status(404);
    assert_eq!(first.verify().await, [""; 0]);
}

#[tokio::test]
async fn an_end_is_known_everywhere() {
    if Engine::Postgres.is_left_out() {
        return;
    }
    let first = TestServer::start(Engine::Postgres).await;
    first.create_user("founder", PASSWORD).await;
    let founder = first.anonymous().with_password("founder", PASSWORD);
    let second = first.beside().await;
    founder.post("/api/orgs", &json!({ "name": "brief" })).await.expect_status(201);
    let permissions = json!([{ "domain": "api" }, { "domain": "repositories" }]);
    let made = founder.post("/api/keys", &json!({ "name": "all", "permissions": permissions })).await;
    let here = first.anonymous().with_key(made.json()["secret"].as_str().expect("a secret"));
    let there = here.at(&second.anonymous());
    let package = Package::new("present", "1.0.0").organization("brief");
    here.publish(&package).await.expect_status(201);
    let policy = json!({ "name": "open-to-all", "visibility": "public" });
    here.post("/api/orgs/brief/policies", &policy).await.expect_status(201);
    let policy = "/repo/repos/brief/policies/open-to-all";
    let anonymous = second.anonymous();
    anonymous.get(policy).await.expect_status(200);
    here.put("/api/orgs/brief/policies/open-to-all", &json!({ "visibility": "private" }))
        .await
        .expect_status(200);
    soon("the policy is private", async || anonymous.get(policy).await.status == 404).await;
    for path in [&package.registry_path(), &package.tarball_path(), policy, "/repo/repos/brief/names"] {
        there.get(path).await.expect_status(200);
    }
    let delete = here.request(reqwest::Method::DELETE, "/api/orgs/brief");
    delete.json(&json!({ "name": "brief" })).send().await.expect_status(204);
    soon("the end", async || {
        let mut gone = true;
        for path in [&package.registry_path(), &package.tarball_path(), policy, "/repo/repos/brief/names"] {
            gone &= there.get(path).await.status == 404;
        }
        gone
    })
    .await;
    let again = Package::new("present", "2.0.0").organization("brief");
    there.publish(&again).await.expect_status(404);
    assert_eq!(first.verify().await, [""; 0]);
}
