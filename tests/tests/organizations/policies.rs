//! Dependency policies: what the API takes and shows, and what clients fetch.

use std::fs;
use std::process::Command;

use hex_registry::policy::{OverrideAction, Policy, Visibility};
use serde_json::{Value, json};
use skep_testkit::{TestServer, Who, World, both_engines};

use crate::actions;

both_engines!(
    a_policy_is_published_signed,
    a_public_policy_tells_of_public_packages_only,
    what_is_not_given_stays,
    mistakes_are_told_by_field,
    members_see_and_admins_change,
);

fn strict() -> Value {
    json!({
        "name": "strict",
        "description": "What production may use",
        "repositories": [
            {
                "repository": "acme",
                "restriction": { "retirement_reasons": [2, 1] },
                "overrides": [{ "action": "allow", "package": "cellar" }],
            },
            {
                "repository": "hexpm",
                "restriction": { "cooldown": "7d", "advisory_min_severity": 3 },
                "overrides": [{ "action": "deny", "package": "tree", "requirement": "~> 1.0" }],
            },
        ],
    })
}

async fn a_policy_is_published_signed(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let made = admin.post("/api/orgs/acme/policies", &strict()).await.expect_status(201);
    assert!(made.header("location").ends_with("/api/orgs/acme/policies/strict"));
    let shown = made.json();
    // The public repository first, whatever the order.
    assert_eq!(
        shown["repositories"],
        json!([
            {
                "repository": "hexpm",
                "restriction": { "cooldown": "7d", "advisory_min_severity": 3, "retirement_reasons": [] },
                "overrides": [{ "action": "deny", "package": "tree", "requirement": "~> 1.0" }],
            },
            {
                "repository": "acme",
                "restriction": { "cooldown": null, "advisory_min_severity": null, "retirement_reasons": [1, 2] },
                "overrides": [{ "action": "allow", "package": "cellar", "requirement": null }],
            },
        ])
    );
    assert_eq!(shown["visibility"], "private");
    assert_eq!(admin.get("/api/orgs/acme/policies/strict").await.json(), shown);
    assert_eq!(admin.get("/api/orgs/acme/policies").await.json(), json!([shown]));

    let path = "/repo/repos/acme/policies/strict";
    let file = world.by(Who::Reader).get(path).await.expect_status(200);
    assert_eq!(file.header("cache-control"), "private, max-age=60");
    assert!(!file.headers.contains_key("content-encoding"));
    let policy = Policy::from_signed(&file.body, server.public_key(), "acme", "strict").expect("signed");
    assert_eq!(policy.visibility, Visibility::Private);
    assert_eq!(policy.description.as_deref(), Some("What production may use"));
    assert_eq!(policy.repositories[0].restriction.cooldown.as_deref(), Some("7d"));
    assert_eq!(policy.repositories[0].overrides[0].action, OverrideAction::Deny);
    assert_eq!(policy.repositories[1].restriction.retirement_reasons.len(), 2);
    let again = world.by(Who::Reader).request(reqwest::Method::GET, path);
    again.header("if-none-match", file.header("etag")).send().await.expect_status(304);
    // Whoever may fetch from the repository, and nobody else.
    for who in [Who::Admin, Who::Organization, Who::RepositoryKey, Who::Token] {
        world.by(who).get(path).await.expect_status(200);
    }
    for who in [Who::Anonymous, Who::Stranger, Who::OtherOrganization] {
        world.by(who).get(path).await.expect_status(404);
    }
    for who in [Who::ApiRead, Who::Unknown] {
        world.by(who).get(path).await.expect_status(403);
    }
    decode_elsewhere(&server, &file.body);

    admin.delete("/api/orgs/acme/policies/strict").await.expect_status(204);
    admin.get(path).await.expect_status(404);
    admin.get("/api/orgs/acme/policies/strict").await.expect_status(404);
    admin.delete("/api/orgs/acme/policies/strict").await.expect_status(404);
    assert_eq!(actions(&admin, "acme").await[..2], ["policy.delete", "policy.create"]);
    let log = admin.get("/api/orgs/acme/audit-logs").await.json();
    assert_eq!(log[0]["params"]["repositories"], shown["repositories"]);
    // The name is free again.
    admin.post("/api/orgs/acme/policies", &strict()).await.expect_status(201);
    assert_eq!(server.verify().await, [""; 0]);
}

/// gzip and protobuf read by hand, and the signature checked by OpenSSL.
fn decode_elsewhere(server: &TestServer, file: &[u8]) {
    const SCRIPT: &str = r#"
import gzip, subprocess, sys

def fields(data):
    found, at = {}, 0
    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]; at += 1
            value |= (byte & 127) << shift; shift += 7
            if byte < 128: return value
    while at < len(data):
        key = varint()
        if key & 7 == 0: value = varint()
        else:
            length = varint(); value = data[at:at + length]; at += length
        found.setdefault(key >> 3, []).append(value)
    return found

folder = sys.argv[1]
signed = fields(gzip.decompress(open(folder + "/policy", "rb").read()))
open(folder + "/payload", "wb").write(signed[1][0])
open(folder + "/signature", "wb").write(signed[2][0])
subprocess.run(["openssl", "dgst", "-sha512", "-verify", folder + "/key.pem", "-signature", folder + "/signature",
                folder + "/payload"], check=True, stdout=subprocess.DEVNULL)
policy = fields(signed[1][0])
assert policy[1] == [b"acme"] and policy[2] == [b"strict"], policy
assert policy[3] == [b"What production may use"] and policy[4] == [0], policy
hexpm, own = map(fields, policy[5])
assert hexpm[1] == [b"hexpm"] and own[1] == [b"acme"]
limits = fields(hexpm[2][0])
assert limits == {1: [3], 3: [b"7d"]}, limits
assert fields(own[2][0]) == {2: [b"\x01\x02"]}, own
deny, allow = fields(hexpm[3][0]), fields(own[3][0])
assert deny[1] == [1] and fields(deny[2][0]) == {1: [b"tree"], 2: [b"~> 1.0"]}, deny
assert allow[1] == [0] and fields(allow[2][0]) == {1: [b"cellar"]}, allow
"#;
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("policy"), file).expect("a file can be written");
    fs::write(folder.path().join("key.pem"), server.public_key().to_pem()).expect("a file can be written");
    let done =
        Command::new("python3").arg("-c").arg(SCRIPT).arg(folder.path()).output().expect("python3 runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

async fn a_public_policy_tells_of_public_packages_only(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let mut policy = strict();
    policy["visibility"] = json!("public");
    admin.post("/api/orgs/acme/policies", &policy).await.expect_status(201);
    let path = "/repo/repos/acme/policies/strict";
    // Also for those whose key is no good.
    for who in [Who::Anonymous, Who::Stranger, Who::Unknown, Who::Revoked, Who::Reader, Who::ApiRead] {
        let file = world.by(who).get(path).await.expect_status(200);
        assert_eq!(file.header("cache-control"), "public, max-age=600");
        let policy = Policy::from_signed(&file.body, server.public_key(), "acme", "strict").expect("signed");
        assert_eq!(policy.visibility, Visibility::Public);
        assert_eq!(policy.repositories.len(), 1);
        assert_eq!(policy.repositories[0].repository, "hexpm");
    }
    // The rest of the repository stays closed.
    server.anonymous().get("/repo/repos/acme/names").await.expect_status(404);
    server.anonymous().get("/repo/repos/acme/policies/other").await.expect_status(404);
    // What members see of it is all of it.
    let shown = world.by(Who::Reader).get("/api/orgs/acme/policies/strict").await.json();
    assert_eq!(shown["repositories"][1]["overrides"][0]["package"], "cellar");
    let private = json!({ "visibility": "private" });
    admin.put("/api/orgs/acme/policies/strict", &private).await.expect_status(200);
    server.anonymous().get(path).await.expect_status(404);
    let file = admin.get(path).await.expect_status(200);
    let policy = Policy::from_signed(&file.body, server.public_key(), "acme", "strict").expect("signed");
    assert_eq!(policy.repositories.len(), 2);
}

async fn what_is_not_given_stays(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    let before = admin.post("/api/orgs/acme/policies", &strict()).await.expect_status(201).json();
    let path = "/api/orgs/acme/policies/strict";
    // A policy keeps its name.
    let after = admin.put(path, &json!({ "name": "other" })).await.expect_status(200).json();
    assert_eq!((&after["name"], &after["repositories"]), (&json!("strict"), &before["repositories"]));
    assert_eq!(after["description"], before["description"]);
    let tab = json!({ "description": null, "repositories": [{ "repository": "hexpm", "restriction": { "cooldown": "1mo" } }] });
    let after = admin.put(path, &tab).await.expect_status(200).json();
    assert_eq!(
        after["repositories"][0],
        json!({
            "repository": "hexpm",
            "restriction": { "cooldown": "1mo", "advisory_min_severity": null, "retirement_reasons": [] },
            "overrides": [],
        })
    );
    assert_eq!(after["repositories"][1], before["repositories"][1]);
    assert!(after["description"].is_null());
    // What was taken away is gone from the file too, for those who had it in memory.
    let file = admin.get("/repo/repos/acme/policies/strict").await.expect_status(200);
    let policy = Policy::from_signed(&file.body, server.public_key(), "acme", "strict").expect("signed");
    assert!(policy.repositories[0].overrides.is_empty());
    assert_eq!(policy.description, None);
    let empty = json!({ "repositories": [{ "repository": "hexpm" }, { "repository": "acme" }] });
    admin.put(path, &empty).await.expect_status(200);
    let file = admin.get("/repo/repos/acme/policies/strict").await.expect_status(200);
    let policy = Policy::from_signed(&file.body, server.public_key(), "acme", "strict").expect("signed");
    assert_eq!(policy.repositories.len(), 2, "both tabs are there, without limits");
    admin.put("/api/orgs/acme/policies/other", &empty).await.expect_status(404);
    assert_eq!(actions(&admin, "acme").await.iter().filter(|action| *action == "policy.update").count(), 3);
}

async fn mistakes_are_told_by_field(server: TestServer) {
    let world = World::new(&server).await;
    let admin = world.by(Who::Admin);
    admin.post("/api/orgs/acme/policies", &json!({ "name": "taken" })).await.expect_status(201);
    let with = |tab: Value| json!({ "name": "new-one", "repositories": [tab] });
    for (policy, errors) in [
        (json!({}), json!({ "name": "can't be blank" })),
        (json!({ "name": "taken" }), json!({ "name": "has already been taken" })),
        (json!({ "name": "new" }), json!({ "name": "is reserved" })),
        (json!({ "name": "new-one", "visibility": "open" }), json!({ "visibility": "is invalid" })),
        (
            json!({ "name": "new-one", "repositories": "hexpm" }),
            json!({ "repositories": "expected type list(map)" }),
        ),
        (
            with(json!({ "repository": "umbrella" })),
            json!({ "repositories": { "repository": "is invalid" } }),
        ),
        (
            json!({ "name": "new-one", "repositories": [{ "repository": "hexpm" }, { "repository": "hexpm" }] }),
            json!({ "repositories": { "repository": "is listed more than once" } }),
        ),
        (
            with(json!({ "repository": "hexpm", "restriction": { "retirement_reasons": ["x"] } })),
            json!({ "repositories": { "restriction": { "retirement_reasons": "expected type list(integer)" } } }),
        ),
        (
            with(
                json!({ "repository": "hexpm", "restriction": { "cooldown": "5x", "advisory_min_severity": 9 } }),
            ),
            json!({ "repositories": { "restriction": { "cooldown": "is invalid", "advisory_min_severity": "is invalid" } } }),
        ),
        (
            with(
                json!({ "repository": "hexpm", "overrides": [{ "action": "deny", "package": "plug", "requirement": "?" }] }),
            ),
            json!({ "repositories": { "overrides": { "requirement": "is invalid" } } }),
        ),
    ] {
        let refused = admin.post("/api/orgs/acme/policies", &policy).await.expect_status(422);
        assert_eq!(refused.errors(), errors, "{policy}");
    }
    // Blank is none.
    let blank = with(json!({
        "repository": "hexpm",
        "restriction": { "cooldown": "" },
        "overrides": [{ "action": "deny", "package": "plug", "requirement": "" }],
    }));
    let made = admin.post("/api/orgs/acme/policies", &blank).await.expect_status(201).json();
    assert!(made["repositories"][0]["restriction"]["cooldown"].is_null());
    assert!(made["repositories"][0]["overrides"][0]["requirement"].is_null());
}

async fn members_see_and_admins_change(server: TestServer) {
    let world = World::new(&server).await;
    world.by(Who::Admin).post("/api/orgs/acme/policies", &strict()).await.expect_status(201);
    let path = "/api/orgs/acme/policies/strict";
    for who in [Who::Reader, Who::Writer] {
        world.by(who).get(path).await.expect_status(200);
        world.by(who).put(path, &json!({})).await.expect_status(404);
        world.by(who).delete(path).await.expect_status(404);
        world.by(who).post("/api/orgs/acme/policies", &json!({ "name": "other" })).await.expect_status(404);
    }
    // An organization's key changes them too.
    world.by(Who::Organization).put(path, &json!({ "visibility": "public" })).await.expect_status(200);
    // The public repository has none.
    server.anonymous().get("/repo/policies/strict").await.expect_status(404);
    world.by(Who::Admin).post("/api/orgs/hexpm/policies", &strict()).await.expect_status(403);
}
