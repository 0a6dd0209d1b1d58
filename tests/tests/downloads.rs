//! Counts of downloads: what counts, when it is shown, and what becomes of it.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use skep_testkit::{Client, Engine, ORGANIZATION, Package, TestServer, Who, World, both_engines};

both_engines!(
    whole_tarballs_are_counted,
    periods_pass,
    a_release_shows_its_days,
    lists_are_sorted_by_downloads,
    nothing_is_lost_with_a_release
);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn fetch(client: &Client, path: &str, times: usize) {
    for _ in 0..times {
        client.get(path).await.expect_status(200);
    }
}

/// Moves the clock to noon, so that no test sees a day end, and on by a minute at least, for which counts are kept.
fn noon(server: &TestServer) {
    let day = 24 * 3600 * 1_000_000;
    let passed = server.clock().now().rem_euclid(day);
    server.clock().advance(Duration::from_micros((day * 3 / 2 - passed).unsigned_abs()));
}

async fn downloads(server: &TestServer, client: &Client, path: &str) -> Value {
    server.write_downloads().await;
    server.clock().advance(Duration::from_secs(60));
    client.get(path).await.expect_status(200).json()["downloads"].take()
}

async fn whole_tarballs_are_counted(server: TestServer) {
    let world = World::new(&server).await;
    noon(&server);
    let (anonymous, member) = (world.by(Who::Anonymous), world.by(Who::Reader));
    let (public, private) =
        ("/repo/tarballs/tree-1.0.0.tar", format!("/repo/repos/{ORGANIZATION}/tarballs/cellar-1.0.0.tar"));
    assert_eq!(downloads(&server, &anonymous, "/api/packages/tree").await, json!({}));
    assert_eq!(downloads(&server, &anonymous, "/api/packages/tree/releases/1.0.0").await, json!([]));

    fetch(&anonymous, public, 3).await;
    fetch(&member, &private, 2).await;
    let tag = anonymous.head(public).await.expect_status(200).header("etag").to_owned();
    let with = |name: &str, value: &str| anonymous.request(Method::GET, public).header(name, value);
    with("if-none-match", &tag).send().await.expect_status(304);
    with("range", "bytes=0-9").send().await.expect_status(206);
    world.by(Who::Stranger).get(&private).await.expect_status(404);
    anonymous.get("/repo/packages/tree").await.expect_status(200);

    let now = |count: i64| json!({ "all": count, "recent": count, "week": count });
    assert_eq!(downloads(&server, &anonymous, "/api/packages/tree").await, now(3));
    assert_eq!(downloads(&server, &anonymous, "/api/packages/tree/releases/1.0.0").await, json!(3));
    let path = format!("/api/repos/{ORGANIZATION}/packages/cellar");
    assert_eq!(downloads(&server, &member, &path).await, now(2));
    let list = member.get(&format!("/api/repos/{ORGANIZATION}/packages")).await.expect_status(200).json();
    assert_eq!(list[0]["downloads"], now(2));
}

async fn periods_pass(server: TestServer) {
    let world = World::new(&server).await;
    let anonymous = world.by(Who::Anonymous);
    noon(&server);
    fetch(&anonymous, "/repo/tarballs/tree-1.0.0.tar", 2).await;
    let shown = async |days: u32| {
        server.clock().advance(DAY * days);
        downloads(&server, &anonymous, "/api/packages/tree").await
    };
    assert_eq!(shown(0).await, json!({ "all": 2, "recent": 2, "week": 2 }));
    assert_eq!(shown(1).await, json!({ "all": 2, "recent": 2, "week": 2, "day": 2 }));
    assert_eq!(shown(1).await, json!({ "all": 2, "recent": 2, "week": 2 }));
    assert_eq!(shown(4).await, json!({ "all": 2, "recent": 2, "week": 2 }));
    assert_eq!(shown(1).await, json!({ "all": 2, "recent": 2 }));
    fetch(&anonymous, "/repo/tarballs/tree-1.0.0.tar", 1).await;
    assert_eq!(shown(82).await, json!({ "all": 3, "recent": 3 }));
    assert_eq!(shown(1).await, json!({ "all": 3, "recent": 1 }));
    // Also when nobody looked for a while.
    assert_eq!(shown(400).await, json!({ "all": 3 }));
}

async fn a_release_shows_its_days(server: TestServer) {
    let world = World::new(&server).await;
    let anonymous = world.by(Who::Anonymous);
    noon(&server);
    let date = |days: u32| server.clock().after(DAY * days)[..10].to_owned();
    let (first, last) = (date(0), date(40));
    fetch(&anonymous, "/repo/tarballs/tree-1.0.0.tar", 2).await;
    server.clock().advance(DAY * 40);
    fetch(&anonymous, "/repo/tarballs/tree-1.0.0.tar", 3).await;
    let shown = async |query: &str| {
        downloads(&server, &anonymous, &format!("/api/packages/tree/releases/1.0.0?{query}")).await
    };
    assert_eq!(shown("downloads=all").await, json!(5));
    assert_eq!(shown("downloads=year").await, json!(5));
    assert_eq!(shown("downloads=day").await, json!([[first, 2], [last, 3]]));
    assert_eq!(shown("downloads=month").await, json!([[&first[..7], 2], [&last[..7], 3]]));
    assert_eq!(shown(&format!("downloads_after={last}")).await, json!(3));
    assert_eq!(shown(&format!("downloads_before={first}")).await, json!(2));
    assert_eq!(
        shown(&format!("downloads=day&downloads_before={first}&downloads_after={last}")).await,
        json!([])
    );
    assert_eq!(shown("downloads_after=soon").await, json!(5));
}

async fn lists_are_sorted_by_downloads(server: TestServer) {
    let world = World::new(&server).await;
    let (owner, member) = (world.by(Who::Owner), world.by(Who::Admin));
    noon(&server);
    for name in ["ash", "birch", "cedar"] {
        owner.publish(&Package::new(name, "1.0.0")).await.expect_status(201);
    }
    let private = format!("/repo/repos/{ORGANIZATION}/tarballs/cellar-1.0.0.tar");
    fetch(&member, "/repo/tarballs/birch-1.0.0.tar", 4).await;
    fetch(&member, "/repo/tarballs/tree-1.0.0.tar", 1).await;
    server.write_downloads().await;
    server.clock().advance(DAY * 100);
    fetch(&member, "/repo/tarballs/cedar-1.0.0.tar", 3).await;
    fetch(&member, &private, 1).await;
    fetch(&member, "/repo/tarballs/ash-1.0.0.tar", 1).await;
    server.write_downloads().await;

    let names = async |client: &Client, path: &str| -> Vec<String> {
        let list = client.get(path).await.expect_status(200).json();
        let packages = list.as_array().expect("a list of packages").iter();
        packages.map(|package| package["name"].as_str().expect("a name").to_owned()).collect()
    };
    // Equal ones: the newest first. What nobody fetched comes last.
    let known = |list: Vec<String>| -> Vec<String> {
        let known = ["ash", "birch", "cedar", "tree", "cellar"];
        list.into_iter().filter(|name| known.contains(&name.as_str())).collect()
    };
    let total = known(names(&member, "/api/packages?sort=total_downloads").await);
    assert_eq!(total, ["birch", "cedar", "ash", "cellar", "tree"]);
    assert_eq!(known(names(&member, "/api/packages?sort=downloads").await), total);
    let recent = known(names(&member, "/api/packages?sort=recent_downloads").await);
    assert_eq!(recent, ["cedar", "ash", "cellar", "birch", "tree"]);
    assert_eq!(
        known(names(&world.by(Who::Anonymous), "/api/packages?sort=downloads").await),
        ["birch", "cedar", "ash", "tree"]
    );
    let path = format!("/api/repos/{ORGANIZATION}/packages?sort=downloads");
    assert_eq!(names(&member, &path).await[0], "cellar");
    assert_eq!(names(&member, "/api/packages?sort=downloads&search=name:*a*").await[..2], ["cedar", "ash"]);

    // Pages neither overlap nor leave anything out, also where the fetched ones end.
    let all = names(&member, "/api/packages?sort=name").await;
    for sort in ["downloads", "recent_downloads"] {
        let whole = names(&member, &format!("/api/packages?sort={sort}")).await;
        assert_eq!(whole.iter().collect::<std::collections::BTreeSet<_>>(), all.iter().collect());
        let mut paged = Vec::new();
        for page in 1..=all.len() {
            let path = format!("/api/packages?sort={sort}&per_page=2&page={page}");
            paged.extend(names(&member, &path).await);
        }
        assert_eq!(paged, whole);
    }
}

async fn nothing_is_lost_with_a_release(server: TestServer) {
    let world = World::new(&server).await;
    let (anonymous, owner) = (world.by(Who::Anonymous), world.by(Who::Owner));
    owner.publish(&Package::new("tree", "1.1.0")).await.expect_status(201);
    fetch(&anonymous, "/repo/tarballs/tree-1.1.0.tar", 2).await;
    server.write_downloads().await;
    fetch(&anonymous, "/repo/tarballs/tree-1.0.0.tar", 1).await;
    // Nobody can tell any more what this one belongs to.
    fetch(&anonymous, "/repo/tarballs/tree-1.1.0.tar", 1).await;
    owner.delete("/api/packages/tree/releases/1.1.0").await.expect_status(204);
    assert_eq!(downloads(&server, &anonymous, "/api/packages/tree").await["all"], json!(3));
}

#[tokio::test]
async fn several_servers_add_up_and_write_when_they_end() {
    if Engine::Postgres.is_left_out() {
        return;
    }
    let server = TestServer::start(Engine::Postgres).await;
    let world = World::new(&server).await;
    let anonymous = world.by(Who::Anonymous);
    let other = server.beside().await;
    fetch(&anonymous, "/repo/tarballs/tree-1.0.0.tar", 2).await;
    fetch(&other.anonymous(), "/repo/tarballs/tree-1.0.0.tar", 3).await;
    drop(other);
    assert_eq!(downloads(&server, &anonymous, "/api/packages/tree").await["all"], json!(5));
}
