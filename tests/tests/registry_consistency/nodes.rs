//! Two servers that share one database and one folder of blobs: what happens at one is seen at the other within a
//! second. SQLite has no such pair: only one server may use its data folder.

use std::time::{Duration, Instant};

use serde_json::json;
use skep_testkit::{Client, Engine, Package, TestServer, Who, World};

use crate::registry::{self, Expected, Registry};

/// How late another server may be.
const BOUND: Duration = Duration::from_secs(1);

async fn pair() -> Option<(TestServer, TestServer, World)> {
    if Engine::Postgres.is_left_out() {
        return None;
    }
    let first = TestServer::start(Engine::Postgres).await;
    let world = World::new(&first).await;
    let second = first.beside().await;
    Some((first, second, world))
}

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

/// Asks until this status is the answer.
async fn soon_status(client: &Client, path: &str, status: u16) {
    soon(path, async || client.get(path).await.status == status).await;
}

/// Until everything that a client can see of a package is as it must be.
async fn soon_shown(registry: &Registry, there: &Client, last: &Package, expected: &Expected) {
    let name = last.name();
    let newest = expected.keys().last();
    soon("packages/NAME", async || registry.package(name).await.unwrap_or_default() == *expected).await;
    soon("names", async || registry.names().await.contains(&name.to_owned()) != expected.is_empty()).await;
    soon("versions", async || {
        let versions = registry.versions().await.remove(name).unwrap_or_default();
        versions.keys().eq(expected.keys())
    })
    .await;
    soon("the API", async || {
        let answer = there.get(&last.api_path()).await;
        match newest {
            Some(newest) => answer.status == 200 && answer.json()["latest_version"] == newest.as_str(),
            None => answer.status == 404,
        }
    })
    .await;
    let is_there = expected.contains_key(last.version());
    soon_status(there, &last.tarball_path(), if is_there { 200 } else { 404 }).await;
    soon_status(there, &last.release_path(), if is_there { 200 } else { 404 }).await;
}

#[tokio::test]
async fn a_publish_is_seen_by_the_other() {
    let Some((first, second, world)) = pair().await else { return };
    for (who, organization) in [(Who::Owner, None), (Who::Admin, Some("acme"))] {
        let here = world.by(who);
        let there = here.at(&second.anonymous());
        let registry = Registry::new(&second, &there, organization);
        let package = |version: &str| {
            let package = Package::new("sapling", version);
            organization.map_or(package.clone(), |name| package.organization(name))
        };
        let mut expected = Expected::new();
        let versions = ["1.0.0", "1.1.0", "1.2.0"];
        for version in versions {
            let package = package(version);
            // What it holds in memory must not be what it answers.
            registry.warm("sapling").await;
            there.get(&package.api_path()).await;
            here.publish(&package).await.expect_status(201);
            expected.insert(version.to_owned(), registry::published(&package));
            soon_shown(&registry, &there, &package, &expected).await;
        }
        for version in versions.into_iter().rev() {
            let package = package(version);
            registry.warm("sapling").await;
            here.delete(&package.release_path()).await.expect_status(204);
            expected.remove(version);
            soon_shown(&registry, &there, &package, &expected).await;
        }
    }
    assert_eq!(first.verify().await, [""; 0]);
}

#[tokio::test]
async fn a_revocation_is_seen_by_the_other() {
    let Some((_first, second, world)) = pair().await else { return };
    let admin = world.with_password("admin");
    let permissions = json!([{ "domain": "api" }, { "domain": "repositories" }]);
    let here = world.new_key("admin", "short-lived", &permissions).await;
    let there = here.at(&second.anonymous());
    // A new key is good everywhere at once.
    there.get("/api/users/me").await.expect_status(200);
    there.get("/repo/repos/acme/names").await.expect_status(200);
    admin.delete("/api/keys/short-lived").await.expect_status(200);
    here.get("/api/users/me").await.expect_status(401);
    soon_status(&there, "/repo/repos/acme/names", 403).await;
    there.get("/api/users/me").await.expect_status(401);
}

#[tokio::test]
async fn the_end_of_a_membership_is_seen_by_the_other() {
    let Some((first, second, world)) = pair().await else { return };
    let there = world.by(Who::Reader).at(&second.anonymous());
    there.get("/repo/repos/acme/packages/cellar").await.expect_status(200);
    there.get("/api/repos/acme/packages/cellar").await.expect_status(200);
    world.by(Who::Admin).delete("/api/orgs/acme/members/reader").await.expect_status(204);
    soon_status(&there, "/repo/repos/acme/packages/cellar", 404).await;
    there.get("/api/repos/acme/packages/cellar").await.expect_status(404);

    let there = world.by(Who::Writer).at(&second.anonymous());
    there.get("/api/users/me").await.expect_status(200);
    first.deactivate("writer").await;
    soon_status(&there, "/api/users/me", 400).await;
}

/// Publishers at both servers at once: nothing is lost, and both show the same bytes.
#[tokio::test]
async fn publishers_at_both_do_not_disturb_each_other() {
    let Some((first, second, world)) = pair().await else { return };
    let owner = world.by(Who::Owner);
    let packages: Vec<Package> = (0..10).map(|n| Package::new("tree", &format!("2.{n}.0"))).collect();
    let publishing =
        packages.iter().zip([&first, &second].into_iter().cycle()).map(async |(package, server)| {
            let client = owner.at(&server.anonymous());
            client.publish(package).await.expect_status(201);
            // At once on the server that took it, whatever the other one is doing.
            let registry = Registry::new(server, &client, None);
            let shown = registry.package("tree").await.expect("the package is there");
            assert_eq!(shown[package.version()], registry::published(package));
            assert!(registry.versions().await["tree"].contains_key(package.version()));
        });
    futures::future::join_all(publishing).await;
    let mut expected: Expected =
        packages.iter().map(|package| (package.version().to_owned(), registry::published(package))).collect();
    expected.insert("1.0.0".to_owned(), registry::published(&world.public));
    let there = owner.at(&second.anonymous());
    for server in [&first, &second] {
        let client = owner.at(&server.anonymous());
        let newest = Package::new("tree", "2.9.0");
        soon_shown(&Registry::new(server, &client, None), &client, &newest, &expected).await;
    }
    assert_eq!(
        owner.get("/repo/packages/tree").await.body,
        there.get("/repo/packages/tree").await.body,
        "the same bytes on both"
    );
    assert_eq!(first.verify().await, [""; 0]);
}

#[tokio::test]
async fn one_of_two_publishes_at_both_succeeds() {
    let Some((first, second, world)) = pair().await else { return };
    let here = world.by(Who::Owner);
    let there = here.at(&second.anonymous());
    for round in 0..8 {
        let package =
            |content: &str| Package::new("sapling", &format!("1.{round}.0")).file("content", content);
        let (a, b) = (package("a"), package("b"));
        let (a, b) = futures::future::join(here.publish(&a), there.publish(&b)).await;
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422], "{} {}", a.text(), b.text());
    }
    assert_eq!(first.verify().await, [""; 0]);
}
