//! Uploads with something wrong, over real HTTP: each is refused with 422 and a word about why, and leaves nothing
//! behind. The words are a snapshot, because clients show them.

mod cases;

use std::fmt::Write;

use cases::{Case, Refusal};
use serde_json::{Value, json};
use skep_testkit::{Client, Package, TestServer, Who, World, both_engines, docs};

both_engines!(
    malformed_tarballs_are_refused,
    malformed_documentation_is_refused,
    uploads_that_are_too_big_are_refused,
    a_tarball_is_judged_before_its_sender_where_it_names_the_package,
    refused_replacements_change_nothing,
);

/// What a client can see of a server's stores.
#[derive(Debug, PartialEq)]
struct Seen {
    blobs: Vec<String>,
    files: Vec<(String, String)>,
    package: Value,
}

async fn look(server: &TestServer) -> Seen {
    let client = server.anonymous();
    let mut files = Vec::new();
    for path in ["/repo/names", "/repo/versions", "/repo/packages/tree", "/repo/packages/sapling"] {
        let answer = client.get(path).await;
        files.push((path.to_owned(), format!("{} {}", answer.status, answer.header("etag"))));
    }
    let package = client.get("/api/packages/tree").await.json();
    Seen { blobs: server.blobs(), files, package }
}

async fn malformed_tarballs_are_refused(server: TestServer) {
    let world = World::new(&server).await;
    let owner = world.by(Who::Owner);
    let before = look(&server).await;
    let cases = cases::all();
    assert!(cases.len() >= 50, "{} cases", cases.len());
    let mut told = String::new();
    for Case { title, package, tarball, refusal } in cases {
        let path = format!("/api/packages/{package}/releases?replace=true");
        let answer = owner.upload(&path, tarball.clone()).await;
        assert_eq!(answer.status, 422, "{title}: {:?}", answer.body);
        assert_eq!(answer.message(), "Validation error(s)", "{title}");
        let errors = answer.errors();
        match refusal {
            Refusal::Tar => {
                let text = errors["tar"].as_str().unwrap_or_else(|| panic!("{title}: {errors}"));
                assert!(!text.is_empty() && text.len() < 1500 && !text.contains('\0'), "{title}: {text}");
                assert_eq!(errors.as_object().expect("errors are an object").len(), 1, "{title}: {errors}");
                assert_eq!(server.blobs(), before.blobs, "{title}: a blob was stored");
            }
            Refusal::Field => assert_leaves_are_text(title, &errors),
        }
        writeln!(told, "{title}\n    {}", without_digest(&errors)).expect("a string takes everything");
        owner.get(&format!("/api/packages/{package}")).await.expect_status(404);
    }
    let after = look(&server).await;
    assert_eq!((&after.files, &after.package), (&before.files, &before.package));
    assert_eq!(server.verify().await, [""; 0]);
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, { insta::assert_snapshot!("refusals", told) });
}

/// The digest of compressed bytes is another one with every version of the compressor.
fn without_digest(errors: &Value) -> String {
    let text = errors.to_string();
    match text.split_once(", the files have ") {
        Some((before, _digest)) => format!("{before}, the files have [sha256]\"}}"),
        None => text,
    }
}

/// mix crashes on anything else.
fn assert_leaves_are_text(title: &str, errors: &Value) {
    match errors {
        Value::String(text) => assert!(!text.is_empty(), "{title}"),
        Value::Object(fields) => {
            assert!(!fields.is_empty(), "{title}: no field is named");
            fields.values().for_each(|inner| assert_leaves_are_text(title, inner));
        }
        other => panic!("{title}: {other} is no text"),
    }
}

async fn malformed_documentation_is_refused(server: TestServer) {
    let world = World::new(&server).await;
    let owner = world.by(Who::Owner);
    let before = look(&server).await;
    let path = "/api/packages/tree/releases/1.0.0/docs";
    let mut told = String::new();
    for (title, archive) in cases::docs() {
        let answer = owner.upload(path, archive).await;
        assert_eq!(answer.status, 422, "{title}: {:?}", answer.body);
        let errors = answer.errors();
        assert!(errors["tar"].is_string(), "{title}: {errors}");
        writeln!(told, "{title}\n    {errors}").expect("a string takes everything");
    }
    assert_eq!(look(&server).await, before);
    owner.get("/repo/docs/tree-1.0.0.tar.gz").await.expect_status(404);
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, { insta::assert_snapshot!("documentation", told) });
}

async fn uploads_that_are_too_big_are_refused(server: TestServer) {
    const LIMIT: usize = 16 * 1024 * 1024;
    let world = World::new(&server).await;
    let owner = world.by(Who::Owner);
    let before = look(&server).await;
    let releases = "/api/packages/sapling/releases";
    for path in [releases, "/api/publish", "/api/packages/tree/releases/1.0.0/docs"] {
        let refused = owner.upload(path, vec![0; LIMIT + 1]).await.expect_status(422);
        assert!(refused.errors()["tar"].is_string(), "{path}: {}", refused.text());
        let absurd = owner.upload(path, vec![0; 40 * 1024 * 1024 + 1]).await.expect_status(413);
        assert_eq!(absurd.message(), "Payload too large");
    }
    // A body whose length is not known beforehand.
    let chunks = (0..17).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 1024 * 1024]));
    let body = reqwest::Body::wrap_stream(futures::stream::iter(chunks));
    let refused = owner.request(reqwest::Method::POST, releases).stream(body).send().await.expect_status(422);
    assert!(refused.errors()["tar"].is_string(), "{}", refused.text());
    assert_eq!(look(&server).await, before);

    // The limit itself is not too big: random bytes, which do not compress.
    let mut word = 1_u64;
    let noise: Vec<u8> = (0..LIMIT - 20 * 1024)
        .map(|_| {
            word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (word >> 56) as u8
        })
        .collect();
    let large = Package::new("sapling", "1.0.0").file("noise", noise);
    assert!(large.build().len() <= LIMIT, "{}", large.build().len());
    owner.publish(&large).await.expect_status(201);
    assert_eq!(owner.get(&large.tarball_path()).await.expect_status(200).body, large.build());
}

async fn a_tarball_is_judged_before_its_sender_where_it_names_the_package(server: TestServer) {
    let world = World::new(&server).await;
    let broken = |client: Client, path: &'static str| async move { client.upload(path, "nonsense").await };
    let anonymous = world.by(Who::Anonymous);
    let refused = broken(anonymous.clone(), "/api/publish").await.expect_status(422);
    assert!(refused.errors()["tar"].is_string());
    broken(anonymous, "/api/packages/tree/releases").await.expect_status(401);
    broken(world.by(Who::Stranger), "/api/packages/tree/releases").await.expect_status(403);
    broken(world.by(Who::Stranger), "/api/repos/acme/packages/cellar/releases").await.expect_status(404);
    // A bad credential comes before everything.
    broken(world.by(Who::Revoked), "/api/publish").await.expect_status(401);
}

async fn refused_replacements_change_nothing(server: TestServer) {
    let world = World::new(&server).await;
    let owner = world.by(Who::Owner);
    let archive = docs(&[("index.html", "<h1>tree</h1>")]);
    owner.upload("/api/packages/tree/releases/1.0.0/docs", archive).await.expect_status(201);
    let before = look(&server).await;
    let log = owner.get("/api/packages/tree/audit-logs").await.json();
    let path = "/api/packages/tree/releases?replace=true";

    let good = Package::new("tree", "1.0.0").file("lib/tree.ex", "defmodule Tree do\nend\n");
    let unknown = good.clone().requires("nobody", "~> 1.0");
    let refused = owner.upload(path, unknown.build()).await.expect_status(422);
    let expected = json!({ "requirements": { "nobody": "package does not exist in repository \"hexpm\"" } });
    assert_eq!(refused.errors(), expected);
    let nameless = good.clone().metadata(|draft| draft.app = String::new());
    owner.upload(path, nameless.build()).await.expect_status(422);
    owner.upload(path, good.build().slice(..1000)).await.expect_status(422);
    let refused = owner.publish(&good).await.expect_status(422);
    let expected = "must include the --replace flag to update an existing release";
    assert_eq!(refused.errors(), json!({ "inserted_at": expected }));

    let after = look(&server).await;
    assert_eq!((&after.files, &after.package), (&before.files, &before.package));
    assert_eq!(owner.get("/api/packages/tree/audit-logs").await.json(), log);
    assert_eq!(owner.get("/repo/tarballs/tree-1.0.0.tar").await.body, Package::new("tree", "1.0.0").build());
    assert_eq!(server.verify().await, [""; 0]);
}
