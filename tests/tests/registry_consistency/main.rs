//! The registry shows what was acknowledged, at once and whole, and nothing else: what clients resolve and verify.

mod files;
mod nodes;
mod registry;

use std::collections::BTreeMap;

use hex_registry::package::RetirementReason;
use registry::{Expected, Registry};
use serde_json::json;
use skep_testkit::{Client, ORGANIZATION, Package, TestServer, Who, World, both_engines};

both_engines!(
    every_publish_is_visible_when_it_is_acknowledged,
    callers_who_change_different_packages_do_not_disturb_each_other,
    callers_who_publish_into_one_package_all_succeed,
    dependencies_are_shown_as_clients_expect_them,
    the_last_release_takes_the_package_with_it,
    public_releases_are_final_after_their_time,
    gleam_accepts_what_is_served,
);

async fn every_publish_is_visible_when_it_is_acknowledged(server: TestServer) {
    let world = World::new(&server).await;
    for (who, organization) in [(Who::Owner, None), (Who::Writer, Some(ORGANIZATION))] {
        let client = world.by(who);
        let registry = Registry::new(&server, &client, organization);
        let mut expected = Expected::new();
        for version in ["0.1.0-rc.1", "0.1.0", "0.2.0", "0.10.0", "1.0.0"] {
            let package = in_repository(Package::new("sapling", version), organization);
            // What was asked for before must not be what is answered after.
            registry.warm("sapling").await;
            client.publish(&package).await.expect_status(201);
            expected.insert(version.to_owned(), registry::published(&package));
            registry.expect_package("sapling", &expected).await;
            registry.expect_indexes("sapling", &expected).await;
            assert_eq!(client.get(&package.tarball_path()).await.expect_status(200).body, package.build());
        }
    }
    assert_eq!(server.verify().await, [""; 0]);
}

fn in_repository(package: Package, organization: Option<&str>) -> Package {
    match organization {
        Some(name) => package.organization(name),
        None => package,
    }
}

/// Each caller changes a package of its own in an order of its own, and finds after each change exactly what it made.
async fn callers_who_change_different_packages_do_not_disturb_each_other(server: TestServer) {
    const CALLERS: u64 = 6;
    const CHANGES: usize = 12;
    let world = World::new(&server).await;
    let walks = (0..CALLERS).map(|seed| {
        let organization = (seed % 2 == 0).then_some(ORGANIZATION);
        let client = world.by(if organization.is_some() { Who::Admin } else { Who::Owner });
        let registry = Registry::new(&server, &client, organization);
        walk(client, registry, organization, seed, CHANGES)
    });
    let ends = futures::future::join_all(walks).await;
    for (organization, package) in [(None, &world.public), (Some(ORGANIZATION), &world.private)] {
        let registry = Registry::new(&server, &world.by(Who::Admin), organization);
        let mut all: BTreeMap<String, Expected> = ends
            .iter()
            .filter(|end| end.organization == organization && !end.releases.is_empty())
            .map(|end| (end.name.clone(), end.releases.clone()))
            .collect();
        let own = Expected::from([(package.version().to_owned(), registry::published(package))]);
        all.insert(package.name().to_owned(), own);
        registry.expect_all(&all).await;
    }
    assert_eq!(server.verify().await, [""; 0]);
}

struct End {
    organization: Option<&'static str>,
    name: String,
    releases: Expected,
}

async fn walk(
    client: Client,
    registry: Registry,
    organization: Option<&'static str>,
    seed: u64,
    changes: usize,
) -> End {
    let name = format!("walk{seed}");
    let mut releases = Expected::new();
    let mut random = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for step in 0..changes {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let version = format!("1.{}.0", random % 4);
        let package = in_repository(Package::new(&name, &version), organization);
        let package = package.file("step", format!("{seed} {step}"));
        let retire = format!("{}/retire", package.release_path());
        let is_there = releases.contains_key(&version);
        match (random >> 8) % 5 {
            0 if is_there => {
                client.delete(&package.release_path()).await.expect_status(204);
                releases.remove(&version);
            }
            1 if is_there => {
                let body = json!({ "reason": "security", "message": format!("step {step}") });
                client.post(&retire, &body).await.expect_status(204);
                let retired = Some((RetirementReason::Security, Some(format!("step {step}"))));
                releases.get_mut(&version).expect("it is there").retirement = retired;
            }
            2 if is_there => {
                client.delete(&retire).await.expect_status(204);
                releases.get_mut(&version).expect("it is there").retirement = None;
            }
            _ => {
                let status = if is_there { 200 } else { 201 };
                client.replace(&package).await.expect_status(status);
                // A replacement stays retired.
                let retirement = releases.get(&version).and_then(|release| release.retirement.clone());
                releases.insert(version, registry::Release { retirement, ..registry::published(&package) });
            }
        }
        registry.expect_package(&name, &releases).await;
        registry.expect_indexes(&name, &releases).await;
    }
    End { organization, name, releases }
}

async fn callers_who_publish_into_one_package_all_succeed(server: TestServer) {
    let world = World::new(&server).await;
    let owner = world.by(Who::Owner);
    let packages: Vec<Package> = (0..12).map(|n| Package::new("tree", &format!("2.{n}.0"))).collect();
    let published = packages.iter().map(async |package| {
        owner.publish(package).await.expect_status(201);
        // Others may be there too, but this one must be.
        let registry = Registry::new(&server, &owner, None);
        let releases = registry.package("tree").await.expect("the package is there");
        assert_eq!(releases[package.version()], registry::published(package));
        assert!(registry.versions().await["tree"].contains_key(package.version()));
    });
    futures::future::join_all(published).await;
    let mut expected: Expected =
        packages.iter().map(|package| (package.version().to_owned(), registry::published(package))).collect();
    expected.insert("1.0.0".to_owned(), registry::published(&world.public));
    Registry::new(&server, &owner, None).expect_package("tree", &expected).await;
    assert_eq!(server.verify().await, [""; 0]);
}

async fn dependencies_are_shown_as_clients_expect_them(server: TestServer) {
    let world = World::new(&server).await;
    let package = Package::new("house", "1.0.0")
        .organization(ORGANIZATION)
        .requires("tree", "~> 1.0")
        .requires_from(ORGANIZATION, "cellar", ">= 1.0.0 and < 2.0.0")
        .metadata(|draft| {
            draft.requirements[0].optional = true;
            draft.requirements[0].app = "oak".to_owned();
        });
    let writer = world.by(Who::Writer);
    writer.publish(&package).await.expect_status(201);
    let file = writer.get(&package.registry_path()).await.expect_status(200);
    let read =
        hex_registry::package::Package::from_signed(&file.body, server.public_key(), ORGANIZATION, "house");
    let read = read.expect("the file is sound");
    let dependencies: Vec<_> = read.releases[0]
        .dependencies
        .iter()
        .map(|it| {
            (
                it.repository.as_str(),
                it.package.as_str(),
                it.requirement.as_str(),
                it.optional,
                it.app.as_str(),
            )
        })
        .collect();
    assert_eq!(
        dependencies,
        [
            ("acme", "cellar", ">= 1.0.0 and < 2.0.0", false, "cellar"),
            ("hexpm", "tree", "~> 1.0", true, "oak"),
        ]
    );
}

async fn the_last_release_takes_the_package_with_it(server: TestServer) {
    let world = World::new(&server).await;
    let owner = world.by(Who::Owner);
    let registry = Registry::new(&server, &owner, None);
    let first = Package::new("sapling", "1.0.0");
    let dependant = Package::new("nest", "1.0.0").requires("sapling", "~> 1.0");
    owner.publish(&first).await.expect_status(201);
    owner.publish(&dependant).await.expect_status(201);
    let refused = owner.delete(&first.release_path()).await.expect_status(422);
    let expected = "you cannot delete this package because other packages depend on it";
    assert_eq!(refused.errors(), json!({ "name": expected }));
    owner.delete(&dependant.release_path()).await.expect_status(204);
    owner.delete(&first.release_path()).await.expect_status(204);

    for path in [first.api_path(), first.registry_path(), first.tarball_path()] {
        owner.get(&path).await.expect_status(404);
    }
    registry.expect_indexes("sapling", &Expected::new()).await;
    // The name is free again, for anybody.
    let other = first.clone().file("other", "other");
    let stranger = world.by(Who::Stranger);
    stranger.publish(&other).await.expect_status(201);
    let expected = Expected::from([("1.0.0".to_owned(), registry::published(&other))]);
    registry.expect_package("sapling", &expected).await;
    owner.replace(&other).await.expect_status(403);
    assert_eq!(server.verify().await, [""; 0]);
}

async fn public_releases_are_final_after_their_time(server: TestServer) {
    use std::time::Duration;

    let world = World::new(&server).await;
    let (owner, writer) = (world.by(Who::Owner), world.by(Who::Writer));
    let changed = |version: &str| Package::new("tree", version).file("changed", "changed");
    let private =
        changed("1.0.0").organization(ORGANIZATION).metadata(|draft| draft.name = "cellar".to_owned());
    server.clock().advance(Duration::from_secs(23 * 3600));
    owner.replace(&changed("1.0.0")).await.expect_status(200);
    owner.publish(&changed("1.1.0")).await.expect_status(201);
    server.clock().advance(Duration::from_secs(2 * 3600));
    let before = owner.get("/repo/packages/tree").await.body;
    for version in ["1.0.0", "1.1.0"] {
        let refused = owner.replace(&changed(version).file("again", "again")).await.expect_status(422);
        let expected = "can only modify a release up to one hour after publication";
        assert_eq!(refused.errors(), json!({ "inserted_at": expected }));
        let refused = owner.delete(&changed(version).release_path()).await.expect_status(422);
        let expected = "can only delete a release up to one hour after publication";
        assert_eq!(refused.errors(), json!({ "inserted_at": expected }));
    }
    assert_eq!(owner.get("/repo/packages/tree").await.body, before);
    owner.publish(&changed("1.2.0")).await.expect_status(201);
    server.clock().advance(Duration::from_secs(3590));
    owner.replace(&changed("1.2.0").file("again", "again")).await.expect_status(200);
    server.clock().advance(Duration::from_secs(20));
    owner.replace(&changed("1.2.0").file("late", "late")).await.expect_status(422);

    server.clock().advance(Duration::from_secs(400 * 86_400));
    writer.replace(&private).await.expect_status(200);
    writer.delete(&private.release_path()).await.expect_status(204);
    owner.post("/api/packages/tree/retire", &json!({ "reason": "deprecated" })).await.expect_status(204);
    assert_eq!(server.verify().await, [""; 0]);
}

/// The judge that shares no code with the server.
async fn gleam_accepts_what_is_served(server: TestServer) {
    let world = World::new(&server).await;
    let owner = world.by(Who::Owner);
    let package = Package::new("tree", "1.1.0").requires("tree", "~> 1.0");
    owner.publish(&package).await.expect_status(201);
    let retire = json!({ "reason": "invalid", "message": "does not grow" });
    owner.post("/api/packages/tree/releases/1.0.0/retire", &retire).await.expect_status(204);
    let key = owner.get("/repo/public_key").await.expect_status(200);
    let served =
        async |path: &str| http::Response::new(owner.get(path).await.expect_status(200).body.to_vec());

    let file = served("/repo/packages/tree").await;
    let read = hexpm::repository_v2_get_package_response(file, &key.body).expect("Gleam reads the package");
    let versions: Vec<String> = read.releases.iter().map(|release| release.version.to_string()).collect();
    assert_eq!(versions, ["1.0.0", "1.1.0"]);
    assert_eq!(read.releases[0].retirement_status.as_ref().expect("it is retired").message, "does not grow");
    assert_eq!(read.releases[1].outer_checksum, package.built().outer.as_bytes());

    let file = served("/repo/versions").await;
    let read = hexpm::repository_v2_get_versions_response(file, &key.body).expect("Gleam reads the versions");
    assert_eq!(read["tree"].len(), 2);
}
