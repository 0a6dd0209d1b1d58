//! Callers who want the same thing at the same time. Each race is run several times, because no single run of it
//! proves anything.

use futures::future::{join, join_all};
use hex_registry::package::Package as RegistryPackage;
use serde_json::json;
use skep_testkit::{Answer, PASSWORD, Package, TestServer, Who, World, both_engines};

use crate::{account, add};

both_engines!(
    a_name_goes_to_one_of_several,
    a_name_given_up_is_not_taken,
    a_publish_and_a_new_name_do_not_meet,
    an_organization_is_not_deleted_under_a_publish,
    a_public_package_does_not_lose_its_last_owner,
    an_invitation_makes_one_member,
    one_seat_is_for_one_member,
    a_key_is_not_made_while_its_maker_goes,
);

const ROUNDS: usize = 6;

fn sorted(answers: impl IntoIterator<Item = Answer>) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers.into_iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    statuses
}

async fn a_name_goes_to_one_of_several(server: TestServer) {
    let world = World::new(&server).await;
    let other = world.with_password("umbrella_admin");
    let (mut acme, mut umbrella) = ("acme".to_owned(), "umbrella".to_owned());
    for round in 0..ROUNDS {
        let name = json!({ "name": format!("prize{round}") });
        let (admin, stranger) = (world.by(Who::Admin), world.by(Who::Stranger));
        let paths = [format!("/api/orgs/{acme}/rename"), format!("/api/orgs/{umbrella}/rename")];
        let renames = join(admin.post(&paths[0], &name), other.post(&paths[1], &name));
        let ((first, second), made) = join(renames, stranger.post("/api/orgs", &name)).await;
        let won = format!("prize{round}");
        if first.status == 200 {
            acme = won;
        } else if second.status == 200 {
            umbrella = won;
        }
        let winners = [&first, &second, &made].iter().filter(|answer| answer.status < 300).count();
        assert_eq!(winners, 1, "{} {} {}", first.text(), second.text(), made.text());
        for loser in [first, second, made].iter().filter(|answer| answer.status >= 300) {
            assert_eq!(loser.errors(), json!({ "name": "has already been taken" }));
        }
    }
    // Two new names at once: one after the other, or one too late.
    for round in 0..ROUNDS {
        let admin = world.by(Who::Admin);
        let path = format!("/api/orgs/{acme}/rename");
        let names = [format!("left{round}"), format!("right{round}")];
        let bodies = names.clone().map(|name| json!({ "name": name }));
        let answers = join_all(bodies.iter().map(|body| admin.post(&path, body))).await;
        assert_eq!(sorted(answers.clone()), [200, 404]);
        let winner = answers.iter().position(|answer| answer.status == 200).expect("one is renamed");
        acme = names[winner].clone();
        admin.get(&format!("/api/orgs/{acme}")).await.expect_status(200);
    }
    assert_eq!(server.verify().await, [""; 0]);
}

async fn a_name_given_up_is_not_taken(server: TestServer) {
    let world = World::new(&server).await;
    let (admin, stranger) = (world.by(Who::Admin), world.by(Who::Stranger));
    let mut name = "acme".to_owned();
    for round in 0..ROUNDS {
        let path = format!("/api/orgs/{name}/rename");
        let (new, old) = (json!({ "name": format!("next{round}") }), json!({ "name": name }));
        let user =
            json!({ "username": name, "email": format!("x{round}@example.com"), "password": PASSWORD });
        let anonymous = server.anonymous();
        let takers = join(stranger.post("/api/orgs", &old), anonymous.post("/api/users", &user));
        let (renamed, (made, registered)) = join(admin.post(&path, &new), takers).await;
        renamed.expect_status(200);
        made.expect_status(422);
        registered.expect_status(422);
        name = format!("next{round}");
    }
}

async fn a_publish_and_a_new_name_do_not_meet(server: TestServer) {
    let world = World::new(&server).await;
    let (admin, writer) = (world.by(Who::Admin), world.by(Who::Writer));
    let mut name = "acme".to_owned();
    for round in 0..ROUNDS {
        let path = format!("/api/orgs/{name}/rename");
        let new = json!({ "name": format!("next{round}") });
        let packages: Vec<Package> = ["cellar".to_owned(), format!("fresh{round}")]
            .iter()
            .map(|package| Package::new(package, &format!("1.{}.0", round + 1)).organization(&name))
            .collect();
        let publishes = join_all(packages.iter().map(|package| writer.publish(package)));
        let (renamed, published) = join(admin.post(&path, &new), publishes).await;
        renamed.expect_status(200);
        let old = std::mem::replace(&mut name, format!("next{round}"));
        for (package, answer) in packages.iter().zip(published) {
            assert!([201, 404].contains(&answer.status), "{}", answer.text());
            let file = writer.get(&format!("/repo/repos/{name}/packages/{}", package.name())).await;
            writer.get(&format!("/repo/repos/{old}/packages/{}", package.name())).await.expect_status(404);
            if answer.status == 404 && file.status == 404 {
                continue;
            }
            let key = server.public_key();
            let shown =
                RegistryPackage::from_signed(&file.expect_status(200).body, key, &name, package.name());
            let shown = shown.expect("signed for the new name");
            let there = shown.releases.iter().any(|release| release.version == package.version());
            assert_eq!(there, answer.status == 201, "{}", package.name());
        }
    }
    assert_eq!(server.verify().await, [""; 0]);
}

async fn an_organization_is_not_deleted_under_a_publish(server: TestServer) {
    let founder = account(&server, "founder").await;
    for round in 0..ROUNDS {
        let name = format!("brief{round}");
        founder.post("/api/orgs", &json!({ "name": name })).await.expect_status(201);
        let old = Package::new("present", "1.0.0").organization(&name);
        founder.publish(&old).await.expect_status(201);
        let packages = [
            Package::new("present", "1.1.0").organization(&name),
            Package::new("fresh", "1.0.0").organization(&name),
        ];
        let path = format!("/api/orgs/{name}");
        let delete = founder.request(reqwest::Method::DELETE, &path).json(&json!({ "name": name })).send();
        let publishes = join_all(packages.iter().map(|package| founder.publish(package)));
        let (deleted, published) = join(delete, publishes).await;
        deleted.expect_status(204);
        for answer in published {
            assert!([201, 404].contains(&answer.status), "{}", answer.text());
        }
        for package in packages.iter().chain([&old]) {
            founder.get(&package.tarball_path()).await.expect_status(404);
            founder.get(&package.registry_path()).await.expect_status(404);
        }
    }
    assert_eq!(server.verify().await, [""; 0]);
}

async fn a_public_package_does_not_lose_its_last_owner(server: TestServer) {
    let founder = account(&server, "founder").await;
    for round in 0..ROUNDS {
        let name = format!("brief{round}");
        founder.post("/api/orgs", &json!({ "name": name })).await.expect_status(201);
        let package = Package::new(&format!("given{round}"), "1.0.0");
        founder.publish(&package).await.expect_status(201);
        let owner = format!("{}/owners/{name}", package.api_path());
        let transfer = json!({ "level": "full", "transfer": true });
        let path = format!("/api/orgs/{name}");
        let delete = founder.request(reqwest::Method::DELETE, &path).json(&json!({ "name": name })).send();
        let (deleted, given) = join(delete, founder.put(&owner, &transfer)).await;
        match (deleted.status, given.status) {
            (204, 404) | (422, 204) => {}
            other => panic!("{other:?}: {} {}", deleted.text(), given.text()),
        }
        let owners = server.anonymous().get(&format!("{}/owners", package.api_path())).await.json();
        assert_eq!(owners.as_array().map(Vec::len), Some(1), "{owners}");
    }
}

async fn an_invitation_makes_one_member(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    for round in 0..ROUNDS {
        let body = json!({ "email": format!("new{round}@example.com"), "role": "read" });
        let made = admin.post("/api/orgs/acme/invitations", &body).await.expect_status(201).json();
        let token = made["url"].as_str().and_then(|url| url.split_once("token=")).expect("a link").1;
        let body = json!({ "token": token });
        let callers = [Who::Stranger, Who::Owner].map(|who| world.by(who));
        let path = "/api/invitations/accept";
        let (first, second) = join(callers[0].post(path, &body), callers[1].post(path, &body)).await;
        assert_eq!(sorted([first, second]), [200, 404]);
        // The same account twice.
        for name in ["stranger", "owner"] {
            admin.delete(&format!("/api/orgs/acme/members/{name}")).await.expect_status(204);
        }
        let body = json!({ "email": format!("again{round}@example.com"), "role": "read" });
        let made = admin.post("/api/orgs/acme/invitations", &body).await.expect_status(201).json();
        let token = made["url"].as_str().and_then(|url| url.split_once("token=")).expect("a link").1;
        let body = json!({ "token": token });
        let (first, second) = join(callers[0].post(path, &body), callers[0].post(path, &body)).await;
        assert_eq!(sorted([first, second]), [200, 404]);
        admin.delete("/api/orgs/acme/members/stranger").await.expect_status(204);
        // Two invitations of one address at once.
        let body = json!({ "email": format!("twice{round}@example.com"), "role": "read" });
        let path = "/api/orgs/acme/invitations";
        let (first, second) = join(admin.post(path, &body), admin.post(path, &body)).await;
        assert_eq!(sorted([first, second]), [201, 422]);
    }
}

async fn one_seat_is_for_one_member(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let members = admin.get("/api/orgs/acme/members").await.json().as_array().expect("a list").len();
    for round in 0..ROUNDS {
        admin.post("/api/orgs/acme", &json!({ "seats": members + 1 })).await.expect_status(200);
        let body = json!({ "email": format!("new{round}@example.com"), "role": "read" });
        let made = admin.post("/api/orgs/acme/invitations", &body).await.expect_status(201).json();
        let token = made["url"].as_str().and_then(|url| url.split_once("token=")).expect("a link").1;
        let (member, token) = (json!({ "name": "stranger", "role": "read" }), json!({ "token": token }));
        let owner = world.by(Who::Owner);
        let add = admin.post("/api/orgs/acme/members", &member);
        let (added, accepted) = join(add, owner.post("/api/invitations/accept", &token)).await;
        assert_eq!(sorted([added, accepted]), [200, 422]);
        for name in ["stranger", "owner"] {
            admin.delete(&format!("/api/orgs/acme/members/{name}")).await.expect_status(204);
        }
        // A new member against fewer seats.
        let seats = json!({ "seats": members });
        let add = admin.post("/api/orgs/acme/members", &member);
        let (added, limited) = join(add, admin.post("/api/orgs/acme", &seats)).await;
        assert_eq!(sorted([added, limited]), [200, 422]);
        admin.delete("/api/orgs/acme/members/stranger").await.expect_status(204);
    }
}

async fn a_key_is_not_made_while_its_maker_goes(server: TestServer) {
    let world = World::new(&server).await;
    let (admin, stranger) = (world.by(Who::Admin), world.by(Who::Stranger));
    for round in 0..ROUNDS {
        add(&admin, "acme", "stranger", "write").await;
        let body = json!({ "name": format!("made{round}") });
        let removal = admin.delete("/api/orgs/acme/members/stranger");
        let (made, removed) = join(stranger.post("/api/orgs/acme/keys", &body), removal).await;
        removed.expect_status(204);
        if made.status == 201 {
            let key = server.anonymous().with_key(made.json()["secret"].as_str().expect("a secret"));
            key.get("/api/orgs/acme").await.expect_status(401);
        } else {
            made.expect_status(404);
        }
    }
}
