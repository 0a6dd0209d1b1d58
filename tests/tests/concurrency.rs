//! Callers who want the same thing at the same time: one of them gets it, the others are told, and nothing is lost.
//!
//! Each race is run several times, because no single run of it proves anything.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::{join, join_all};
use serde_json::{Value, json};
use skep_testkit::{Answer, Client, ORGANIZATION, PASSWORD, Package, TestServer, Who, World, both_engines};

both_engines!(
    one_of_two_first_publishes_of_a_version_succeeds,
    two_replacements_of_a_version_both_succeed,
    one_of_two_callers_gets_a_new_package,
    a_package_is_not_deleted_under_a_new_dependant,
    a_release_is_published_or_reverted_but_not_torn,
    two_admins_cannot_remove_each_other,
    two_admins_cannot_demote_each_other,
    two_owners_cannot_remove_each_other,
    names_of_keys_are_unique,
    a_name_is_registered_once,
    a_member_is_added_once,
    no_request_passes_after_a_revocation,
);

const ROUNDS: usize = 8;

fn sorted(answers: impl IntoIterator<Item = Answer>) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers.into_iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    statuses
}

async fn one_of_two_first_publishes_of_a_version_succeeds(server: TestServer) {
    let world = World::new(&server).await;
    for (who, organization) in [(Who::Owner, None), (Who::Writer, Some(ORGANIZATION))] {
        let client = world.by(who);
        for round in 0..ROUNDS {
            // At first even the package is new.
            let package = |content: &str| {
                let package = Package::new("sapling", &format!("1.{round}.0")).file("content", content);
                organization.map_or(package.clone(), |name| package.organization(name))
            };
            let packages = [package("a"), package("b"), package("c")];
            let answers = join_all(packages.iter().map(|package| client.publish(package))).await;
            let winner = answers.iter().position(|answer| answer.status == 201).expect("one is published");
            for (index, answer) in answers.iter().enumerate().filter(|(index, _)| *index != winner) {
                assert_eq!(answer.status, 422, "{index}: {}", answer.text());
                let errors = answer.errors();
                let flag = "must include the --replace flag to update an existing release";
                assert!(
                    errors == json!({ "inserted_at": flag })
                        || errors == json!({ "version": "has already been published" }),
                    "{errors}"
                );
            }
            let served = client.get(&packages[0].tarball_path()).await.expect_status(200);
            assert_eq!(
                served.body,
                packages[winner].build(),
                "whoever was told 201 is the one that is served"
            );
        }
    }
    assert_eq!(server.verify().await, [""; 0]);
}

async fn two_replacements_of_a_version_both_succeed(server: TestServer) {
    let world = World::new(&server).await;
    let owner = world.by(Who::Owner);
    for round in 0..ROUNDS {
        let package =
            |content: &str| Package::new("sapling", &format!("1.{round}.0")).file("content", content);
        let (a, b) = (package("a"), package("b"));
        let (first, second) = join(owner.replace(&a), owner.replace(&b)).await;
        assert_eq!(sorted([first, second]), [200, 201]);
        let served = owner.get(&a.tarball_path()).await.expect_status(200).body;
        assert!(served == a.build() || served == b.build());
        let shown = owner.get(&a.release_path()).await.json()["checksum"].take();
        let last = if served == a.build() { a } else { b };
        assert_eq!(shown, last.built().outer.to_string());
    }
    assert_eq!(server.verify().await, [""; 0]);
}

async fn one_of_two_callers_gets_a_new_package(server: TestServer) {
    let world = World::new(&server).await;
    for round in 0..ROUNDS {
        let package = Package::new(&format!("prize{round}"), "1.0.0");
        let contenders = [("stranger", Who::Stranger), ("owner", Who::Owner), ("admin", Who::Admin)];
        let answers = join_all(contenders.map(|(_, who)| {
            let (client, package) = (world.by(who), package.clone());
            async move { client.replace(&package).await }
        }))
        .await;
        assert_eq!(sorted(answers.clone()), [201, 403, 403], "others may not touch it");
        let winner = answers.iter().position(|answer| answer.status == 201).expect("one is published");
        let owners = server.anonymous().get(&format!("{}/owners", package.api_path())).await.json();
        let owners: Vec<&Value> =
            owners.as_array().expect("a list").iter().map(|owner| &owner["username"]).collect();
        assert_eq!(owners, [contenders[winner].0]);
    }
    assert_eq!(server.verify().await, [""; 0]);
}

async fn a_package_is_not_deleted_under_a_new_dependant(server: TestServer) {
    let world = World::new(&server).await;
    let owner = world.by(Who::Owner);
    for round in 0..ROUNDS {
        let needed = Package::new(&format!("needed{round}"), "1.0.0");
        let dependant = Package::new(&format!("dependant{round}"), "1.0.0").requires(needed.name(), "~> 1.0");
        owner.publish(&needed).await.expect_status(201);
        let needed_path = needed.release_path();
        let (reverted, published) = join(owner.delete(&needed_path), owner.publish(&dependant)).await;
        match (reverted.status, published.status) {
            (204, 422) => assert!(published.errors()["requirements"].is_object(), "{}", published.text()),
            (422, 201) => assert!(reverted.errors()["name"].is_string(), "{}", reverted.text()),
            other => panic!("{other:?}: {} {}", reverted.text(), published.text()),
        }
    }
    assert_eq!(server.verify().await, [""; 0]);
}

async fn a_release_is_published_or_reverted_but_not_torn(server: TestServer) {
    let world = World::new(&server).await;
    let owner = world.by(Who::Owner);
    for round in 0..ROUNDS {
        // Of a single release and of several: the package goes with the last one.
        let name = format!("torn{}", round % 2);
        let old = Package::new(&name, "1.0.0");
        owner.replace(&old).await;
        let new = Package::new(&name, &format!("1.1.{round}"));
        let old_path = old.release_path();
        let (reverted, published) = join(owner.delete(&old_path), owner.publish(&new)).await;
        assert_eq!((reverted.status, published.status), (204, 201), "{}", published.text());
        owner.get(&old.tarball_path()).await.expect_status(404);
        owner.get(&new.tarball_path()).await.expect_status(200);
        if round % 2 == 0 {
            owner.delete(&new.release_path()).await.expect_status(204);
            owner.get(&new.registry_path()).await.expect_status(404);
        }
    }
    assert_eq!(server.verify().await, [""; 0]);
}

/// Two admins of an organization of their own.
async fn two_admins(server: &TestServer, round: usize) -> (String, [(String, Client); 2]) {
    let organization = format!("duo{round}");
    let names = [format!("castor{round}"), format!("pollux{round}")];
    for name in &names {
        server.create_user(name, PASSWORD).await;
    }
    server.create_organization(&organization, &names[0]).await;
    let admins = names.map(|name| (name.clone(), server.anonymous().with_password(&name, PASSWORD)));
    let member = json!({ "name": admins[1].0, "role": "admin" });
    admins[0].1.post(&format!("/api/orgs/{organization}/members"), &member).await.expect_status(200);
    (organization, admins)
}

async fn admins_of(organization: &str, admins: &[(String, Client); 2]) -> usize {
    for (_, client) in admins {
        let members = client.get(&format!("/api/orgs/{organization}/members")).await;
        if members.status == 200 {
            let members = members.json();
            let members = members.as_array().expect("a list");
            return members.iter().filter(|member| member["role"] == "admin").count();
        }
    }
    0
}

async fn two_admins_cannot_remove_each_other(server: TestServer) {
    for round in 0..ROUNDS {
        let (organization, admins) = two_admins(&server, round).await;
        let path = |name: &str| format!("/api/orgs/{organization}/members/{name}");
        let (first, second) = (path(&admins[1].0), path(&admins[0].0));
        let (first, second) = join(admins[0].1.delete(&first), admins[1].1.delete(&second)).await;
        let statuses = sorted([first, second]);
        // The other is either no member any more or the last admin.
        assert!(statuses == [204, 404] || statuses == [204, 422], "{statuses:?}");
        assert_eq!(admins_of(&organization, &admins).await, 1);
    }
}

async fn two_admins_cannot_demote_each_other(server: TestServer) {
    for round in 0..ROUNDS {
        let (organization, admins) = two_admins(&server, round).await;
        let path = |name: &str| format!("/api/orgs/{organization}/members/{name}");
        let (first, second) = (path(&admins[1].0), path(&admins[0].0));
        let role = json!({ "role": "read" });
        let (first, second) = join(admins[0].1.post(&first, &role), admins[1].1.post(&second, &role)).await;
        let statuses = sorted([first, second]);
        assert!(statuses == [200, 404] || statuses == [200, 422], "{statuses:?}");
        assert_eq!(admins_of(&organization, &admins).await, 1);
    }
}

async fn two_owners_cannot_remove_each_other(server: TestServer) {
    let world = World::new(&server).await;
    let (owner, stranger) = (world.by(Who::Owner), world.by(Who::Stranger));
    for round in 0..ROUNDS {
        let package = Package::new(&format!("shared{round}"), "1.0.0");
        owner.publish(&package).await.expect_status(201);
        let path = |name: &str| format!("{}/owners/{name}", package.api_path());
        owner.put(&path("stranger"), &json!({})).await.expect_status(204);
        let (first, second) = (path("stranger"), path("owner"));
        let (first, second) = join(owner.delete(&first), stranger.delete(&second)).await;
        let statuses = sorted([first, second]);
        assert!(statuses == [204, 403] || statuses == [204, 422], "{statuses:?}");
        let owners = owner.get(&format!("{}/owners", package.api_path())).await.json();
        assert_eq!(owners.as_array().expect("a list").len(), 1);
    }
}

async fn names_of_keys_are_unique(server: TestServer) {
    let world = World::new(&server).await;
    let (admin, writer) = (world.with_password("admin"), world.by(Who::Writer));
    for (client, path) in [(&admin, "/api/keys"), (&writer, "/api/orgs/acme/keys")] {
        let body = json!({ "name": "laptop" });
        let made = join_all((0..10).map(|_| client.post(path, &body))).await;
        let mut names: Vec<String> = made
            .into_iter()
            .map(|answer| answer.expect_status(201).json()["name"].as_str().expect("a name").to_owned())
            .collect();
        names.sort_by_key(|name| (name.len(), name.clone()));
        let mut expected = vec!["laptop".to_owned()];
        expected.extend((2..=10).map(|n| format!("laptop-{n}")));
        assert_eq!(names, expected, "{path}");
    }
}

async fn a_name_is_registered_once(server: TestServer) {
    let client = server.anonymous();
    for round in 0..ROUNDS {
        let bodies: Vec<Value> = (0..4)
            .map(|n| {
                let email = format!("{round}-{n}@example.com");
                json!({ "username": format!("popular{round}"), "email": email, "password": PASSWORD })
            })
            .collect();
        let answers = join_all(bodies.iter().map(|body| client.post("/api/users", body))).await;
        for refused in answers.iter().filter(|answer| answer.status == 422) {
            assert_eq!(refused.errors(), json!({ "username": "has already been taken" }));
        }
        assert_eq!(sorted(answers), [201, 422, 422, 422]);
    }
}

async fn a_member_is_added_once(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    for round in 0..ROUNDS {
        let name = format!("guest{round}");
        server.create_user(&name, PASSWORD).await;
        let body = json!({ "name": name, "role": "read" });
        let answers = join_all((0..3).map(|_| admin.post("/api/orgs/acme/members", &body))).await;
        for refused in answers.iter().filter(|answer| answer.status == 422) {
            assert_eq!(refused.errors(), json!({ "user_id": "is already member" }));
        }
        assert_eq!(sorted(answers), [200, 422, 422]);
    }
}

/// Caches are filled all the time while the key is revoked; none of them may bring it back.
async fn no_request_passes_after_a_revocation(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.with_password("admin");
    let permissions = json!([{ "domain": "api" }, { "domain": "repositories" }]);
    for round in 0..ROUNDS {
        let name = format!("hammer{round}");
        let key = world.new_key("admin", &name, &permissions).await;
        let is_revoked = AtomicBool::new(false);
        let hammer = async |path: &str| {
            loop {
                let asked_after = is_revoked.load(Ordering::SeqCst);
                let status = key.get(path).await.status;
                match (asked_after, status) {
                    (true, 401 | 403) => return,
                    (true, other) => panic!("{path} answers {other} to a revoked key"),
                    (false, 200 | 401 | 403) => {}
                    (false, other) => panic!("{path} answers {other}"),
                }
            }
        };
        let revoke = async {
            // Another change of rights right before it, as it could come from anybody.
            let (_, path) =
                (world.new_key("admin", "noise", &permissions).await, format!("/api/keys/{name}"));
            admin.delete("/api/keys/noise").await.expect_status(200);
            admin.delete(&path).await.expect_status(200);
            is_revoked.store(true, Ordering::SeqCst);
        };
        let paths = ["/api/users/me", "/repo/repos/acme/names", "/repo/repos/acme/packages/cellar"];
        join(revoke, join_all(paths.map(&hammer))).await;
    }
}
