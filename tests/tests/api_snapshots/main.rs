//! Every answer of the API, written down: a change of an answer is a change of a snapshot.
//!
//! Both engines must give the same.

mod transcript;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use skep_testkit::{MIX, Options, PASSWORD, Package, TestServer, Who, World, both_engines, docs};
use transcript::Transcript;

both_engines!(
    accounts,
    closed_registration,
    keys,
    keys_of_organizations,
    authorization,
    tokens,
    organizations,
    members,
    repositories,
    packages,
    lists_of_packages,
    releases,
    retirement,
    documentation,
    owners,
    owners_of_private_packages,
    audit_logs,
    refusals,
    conditions,
    erlang_terms,
);

async fn accounts(server: TestServer) {
    let mut t = Transcript::new(server.url());
    let anonymous = server.anonymous();
    let register = |username: &str, email: &str, password: &str| json!({ "username": username, "email": email, "password": password });
    t.get(&anonymous, "/api").await;
    t.post(&anonymous, "/api/users", register("Eric", "Eric@Example.com", PASSWORD)).await;
    t.post(&anonymous, "/api/users", register("eric", "eric2@example.com", PASSWORD)).await;
    t.post(&anonymous, "/api/users", register("me", "me@example.com", PASSWORD)).await;
    t.post(&anonymous, "/api/users", register("a b", "none", "short")).await;
    t.post(&anonymous, "/api/users", json!({})).await;
    t.post(&anonymous, "/api/users", json!({ "username": 1, "email": [], "password": {} })).await;
    let full = json!({
        "username": "jose",
        "full_name": "José Valim",
        "emails": [{ "email": "jose@example.com" }],
        "password": PASSWORD,
        "password_confirmation": "another",
    });
    t.post(&anonymous, "/api/users", full.clone()).await;
    let confirmed = json!({ "password_confirmation": PASSWORD });
    let mut full = full;
    full["password_confirmation"] = confirmed["password_confirmation"].clone();
    t.post(&anonymous, "/api/users", full).await;

    let eric = anonymous.with_password("eric", PASSWORD);
    t.get(&eric, "/api/users/me").await;
    let world = World::new(&server).await;
    t.get(&world.by(Who::Owner), "/api/users/me").await;
    t.get(&world.by(Who::Admin), "/api/users/me").await;
    t.get(&world.by(Who::Organization), "/api/users/me").await;
    t.get(&anonymous, "/api/users/me").await;
    t.get(&anonymous, "/api/users/owner").await;
    t.get(&anonymous, "/api/users/OWNER").await;
    t.get(&anonymous, "/api/users/owner@example.com").await;
    t.get(&anonymous, "/api/users/unverified@example.com").await;
    t.get(&anonymous, "/api/users/acme").await;
    t.get(&anonymous, "/api/users/nobody").await;
    t.get(&world.by(Who::Reader), "/api/users/owner/test").await;
    // Private packages are shown to those who may see them.
    let path = "/api/repos/acme/packages/cellar/owners/reader";
    world.by(Who::Admin).put(path, &json!({})).await.expect_status(204);
    t.get(&world.by(Who::Stranger), "/api/users/reader").await;
    t.get(&world.by(Who::Writer), "/api/users/reader").await;
    t.finish("accounts");
}

async fn closed_registration(server: TestServer) {
    let mut rules = Options::default().rules;
    rules.open_registration = false;
    rules.basic_auth = false;
    let options = Options { rules, ..Options::default() };
    let closed = TestServer::start_with(server.engine(), options).await;
    closed.create_user("eric", PASSWORD).await;
    let mut t = Transcript::new(closed.url());
    let body = json!({ "username": "jose", "email": "jose@example.com", "password": PASSWORD });
    t.post(&closed.anonymous(), "/api/users", body.clone()).await;
    let mut with_code = body;
    with_code["setup_code"] = "wrong".into();
    t.post(&closed.anonymous(), "/api/users", with_code).await;
    t.get(&closed.anonymous().with_password("eric", PASSWORD), "/api/users/me").await;
    t.finish("closed_registration");
}

async fn keys(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let (stranger, password) = (world.by(Who::Stranger), world.with_password("stranger"));
    t.get(&stranger, "/api/keys").await;
    t.post(&stranger, "/api/keys", json!({ "name": "laptop" })).await;
    t.post(&stranger, "/api/keys", json!({ "name": "laptop", "permissions": [] })).await;
    let ends = json!({ "name": "ends", "revoke_at": "2100-01-01T00:00:00Z", "permissions": [{ "domain": "repositories" }] });
    t.post(&password, "/api/keys", ends).await;
    t.post(&stranger, "/api/keys", json!({})).await;
    t.post(&stranger, "/api/keys", json!({ "name": 1, "permissions": "api", "revoke_at": "tomorrow" })).await;
    t.post(&stranger, "/api/keys", json!({ "name": "a", "revoke_at": "2000-01-01T00:00:00Z" })).await;
    for permission in [
        json!({}),
        json!({ "domain": "world" }),
        json!({ "domain": "api", "resource": "admin" }),
        json!({ "domain": "repositories", "resource": "acme" }),
        json!({ "domain": "repository", "resource": "acme" }),
        json!({ "domain": "docs", "resource": "nowhere" }),
        json!({ "domain": "package", "resource": "tree" }),
        json!({ "domain": "package", "resource": "acme/cellar" }),
        json!({ "domain": 1, "resource": [] }),
    ] {
        t.post(&stranger, "/api/keys", json!({ "name": "limited", "permissions": [permission] })).await;
    }
    let (name, owner) =
        (json!({ "name": "tree", "permissions": [{ "domain": "package", "resource": "tree" }] }), Who::Owner);
    t.post(&world.by(owner), "/api/keys", name).await;
    t.get(&stranger, "/api/keys/laptop").await;
    t.get(&stranger, "/api/keys/Stranger").await;
    t.get(&stranger, "/api/keys/nothing").await;
    t.delete(&stranger, "/api/keys/laptop").await;
    t.delete(&stranger, "/api/keys/laptop").await;
    t.get(&world.by(Who::Organization), "/api/keys").await;
    t.delete(&stranger, "/api/keys").await;
    t.delete(&password, "/api/keys").await;
    t.get(&stranger, "/api/keys").await;
    t.finish("keys");
}

async fn keys_of_organizations(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let (writer, machine) = (world.by(Who::Writer), world.by(Who::Organization));
    t.get(&writer, "/api/orgs/acme/keys").await;
    let deploy = json!({ "name": "deploy", "permissions": [{ "domain": "repository", "resource": "acme" }] });
    t.post(&writer, "/api/orgs/acme/keys", deploy).await;
    let other =
        json!({ "name": "other", "permissions": [{ "domain": "repository", "resource": "umbrella" }] });
    t.post(&writer, "/api/orgs/acme/keys", other).await;
    let public = json!({ "name": "public", "permissions": [{ "domain": "package", "resource": "tree" }] });
    t.post(&writer, "/api/orgs/acme/keys", public).await;
    t.get(&machine, "/api/orgs/acme/keys/machine").await;
    t.get(&machine, "/api/orgs/umbrella/keys").await;
    t.delete(&writer, "/api/orgs/acme/keys/deploy").await;
    t.delete(&machine, "/api/orgs/acme/keys").await;
    t.get(&machine, "/api/orgs/acme/keys").await;
    t.finish("keys_of_organizations");
}

async fn authorization(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    t.get(&world.by(Who::RepositoryKey), "/api/auth?domain=repository&resource=acme").await;
    t.get(&world.by(Who::Organization), "/api/auth?domain=repository&resource=acme").await;
    t.get(&world.by(Who::Stranger), "/api/auth?domain=repository&resource=acme").await;
    t.get(&world.by(Who::ApiRead), "/api/auth?domain=repository&resource=acme").await;
    t.get(&world.by(Who::AdminPassword), "/api/auth?domain=repository&resource=acme").await;
    t.get(&world.by(Who::Anonymous), "/api/auth?domain=repository&resource=acme").await;
    t.get(&world.by(Who::Unverified), "/api/auth?domain=repository&resource=acme").await;
    t.get(&world.by(Who::Anonymous), "/api/auth").await;
    t.get(&world.by(Who::Admin), "/api/auth?domain=world").await;
    t.get(&world.by(Who::Admin), "/api/auth?domain=api&resource=admin").await;
    t.get(&world.by(Who::ApiWrite), "/api/auth?domain=api&resource=").await;
    t.get(&world.by(Who::Admin), "/api/auth?domain=repositories&resource=").await;
    t.get(&world.by(Who::Revoked), "/api/auth?domain=api").await;
    t.get(&world.by(Who::Unknown), "/api/auth?domain=api").await;
    t.get(&world.by(Who::Deactivated), "/api/auth?domain=api").await;
    let wrong = server.anonymous().with_password("admin", "wrong");
    t.get(&wrong, "/api/auth?domain=api").await;
    for malformed in ["Basic", "Basic ", "Basic !", "Basic YQ==", "Bearer token", ""] {
        let request =
            server.anonymous().request(Method::GET, "/api/users/me").header("authorization", malformed);
        t.send(request, &format!("GET /api/users/me (authorization: {malformed:?})")).await;
    }
    let request = server.anonymous().request(Method::GET, "/api/users/me");
    let request = request.header("authorization", "one").header("authorization", "two");
    t.send(request, "GET /api/users/me (two authorizations)").await;
    t.finish("authorization");
}

async fn tokens(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let anonymous = server.anonymous();
    let exchange = |who: Who, scope: &str| {
        let key = world.by(who).authorization().expect("it shows a key").to_owned();
        json!({ "grant_type": "client_credentials", "client_id": MIX, "client_secret": key, "scope": scope })
    };
    for (who, scope) in [
        (Who::Admin, "repositories"),
        (Who::Admin, "api repository:acme"),
        (Who::RepositoryKey, "repository:acme"),
        (Who::RepositoryKey, "repositories"),
        (Who::Stranger, "repositories"),
        (Who::Organization, "api:read"),
        (Who::Admin, ""),
        (Who::ApiRead, "api:write"),
        (Who::RepositoryKey, "repository:umbrella"),
        (Who::Admin, "world"),
        (Who::Revoked, "api"),
        (Who::Unknown, "api"),
        (Who::Deactivated, "api"),
        (Who::Unverified, "api"),
    ] {
        t.post(&anonymous, "/api/oauth/token", exchange(who, scope)).await;
    }
    for (key, value) in [
        ("grant_type", json!("password")),
        ("grant_type", json!(null)),
        ("client_id", json!(null)),
        ("client_id", json!("mix")),
        ("client_id", json!("00000000-0000-4000-8000-000000000000")),
        ("client_id", json!("877731e8-cb88-45e1-9b84-9214de7da421")),
        ("client_secret", json!(null)),
        ("scope", json!(["api"])),
    ] {
        let mut body = exchange(Who::Admin, "api");
        body[key] = value;
        t.post(&anonymous, "/api/oauth/token", body).await;
    }
    let token = world.by(Who::Token);
    t.get(&token, "/api/auth?domain=repository&resource=acme").await;
    t.get(&token, "/api/users/me").await;
    t.get(&token, "/api/keys/Admin").await;
    t.finish("tokens");
}

async fn organizations(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    t.get(&world.by(Who::Admin), "/api/orgs").await;
    t.get(&world.by(Who::Organization), "/api/orgs").await;
    t.get(&world.by(Who::Anonymous), "/api/orgs").await;
    t.get(&world.by(Who::Reader), "/api/orgs/acme").await;
    t.get(&world.by(Who::Reader), "/api/orgs/umbrella").await;
    t.get(&world.by(Who::Reader), "/api/orgs/nowhere").await;
    t.get(&world.by(Who::Anonymous), "/api/orgs/hexpm").await;
    t.finish("organizations");
}

async fn members(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let (admin, path) = (world.by(Who::Admin), "/api/orgs/acme/members");
    t.get(&world.by(Who::Reader), path).await;
    t.post(&admin, path, json!({ "name": "stranger", "role": "read" })).await;
    t.post(&admin, path, json!({ "name": "stranger", "role": "read" })).await;
    t.post(&admin, path, json!({ "name": "nobody", "role": "read" })).await;
    t.post(&admin, path, json!({ "name": "umbrella", "role": "read" })).await;
    t.post(&admin, path, json!({ "name": "owner" })).await;
    t.post(&admin, path, json!({ "name": "owner", "role": "king" })).await;
    t.post(&admin, path, json!({ "name": "owner", "role": 1 })).await;
    t.post(&admin, path, json!({ "role": "read" })).await;
    t.post(&admin, path, json!({ "name": "owner@example.com", "role": "write" })).await;
    t.get(&admin, &format!("{path}/stranger")).await;
    t.get(&admin, &format!("{path}/umbrella_admin")).await;
    t.get(&admin, &format!("{path}/nobody")).await;
    t.post(&admin, &format!("{path}/stranger"), json!({ "role": "write" })).await;
    t.post(&admin, &format!("{path}/stranger"), json!({ "role": "king" })).await;
    t.post(&admin, &format!("{path}/umbrella_admin"), json!({ "role": "read" })).await;
    t.post(&admin, &format!("{path}/nobody"), json!({ "role": "read" })).await;
    t.delete(&admin, &format!("{path}/stranger")).await;
    t.delete(&admin, &format!("{path}/stranger")).await;
    t.delete(&admin, &format!("{path}/nobody")).await;
    for name in ["unverified", "deactivated"] {
        admin.delete(&format!("{path}/{name}")).await.expect_status(204);
    }
    t.post(&admin, &format!("{path}/admin"), json!({ "role": "read" })).await;
    t.delete(&admin, &format!("{path}/admin")).await;
    for name in ["reader", "writer", "owner"] {
        admin.delete(&format!("{path}/{name}")).await.expect_status(204);
    }
    t.delete(&admin, &format!("{path}/admin")).await;
    t.finish("members");
}

async fn repositories(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    for who in [Who::Anonymous, Who::Admin, Who::Organization] {
        t.get(&world.by(who), "/api/repos").await;
    }
    t.get(&world.by(Who::Anonymous), "/api/repos/hexpm").await;
    t.get(&world.by(Who::Reader), "/api/repos/acme").await;
    t.get(&world.by(Who::Stranger), "/api/repos/acme").await;
    t.finish("repositories");
}

async fn packages(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let owner = world.by(Who::Owner);
    t.get(&world.by(Who::Anonymous), "/api/packages/tree").await;
    t.get(&world.by(Who::Anonymous), "/api/repos/hexpm/packages/tree").await;
    t.get(&world.by(Who::Reader), "/api/repos/acme/packages/cellar").await;
    t.get(&world.by(Who::Reader), "/api/packages/cellar?repository=acme").await;
    t.get(&world.by(Who::Stranger), "/api/repos/acme/packages/cellar").await;
    t.get(&world.by(Who::Anonymous), "/api/packages/nothing").await;
    t.get(&world.by(Who::Anonymous), "/api/packages/TREE").await;

    for version in ["0.9.0", "1.10.0", "1.9.0", "2.0.0-rc.1"] {
        owner.publish(&Package::new("tree", version)).await.expect_status(201);
    }
    let retired = json!({ "reason": "security", "message": "falls over" });
    owner.post("/api/packages/tree/releases/1.9.0/retire", &retired).await.expect_status(204);
    owner
        .upload("/api/packages/tree/releases/1.10.0/docs", docs(&[("index.html", "x")]))
        .await
        .expect_status(201);
    owner
        .put("/api/packages/tree/owners/stranger", &json!({ "level": "maintainer" }))
        .await
        .expect_status(204);
    t.get(&world.by(Who::Anonymous), "/api/packages/tree").await;
    let odd = Package::new("odd_name", "0.1.0-dev").metadata(|draft| {
        draft.app = "odd-app".to_owned();
        draft.description = Some("Ümläute und „Anführung“ <script>".to_owned());
        draft.licenses = Some(Vec::new());
        draft.links = None;
        draft.elixir = None;
        draft.build_tools = vec!["rebar3".to_owned(), "make".to_owned(), "rebar3".to_owned()];
    });
    owner.publish(&odd).await.expect_status(201);
    t.get(&world.by(Who::Anonymous), "/api/packages/odd_name").await;
    t.finish("packages");
}

async fn lists_of_packages(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let owner = world.by(Who::Owner);
    for name in ["ash", "birch", "cedar"] {
        server.clock().advance(Duration::from_secs(1));
        owner.publish(&Package::new(name, "1.0.0").requires("tree", "~> 1.0")).await.expect_status(201);
    }
    t.get(&world.by(Who::Reader), "/api/packages?search=cellar").await;
    t.get(&world.by(Who::Anonymous), "/api/packages?per_page=1").await;
    let mut names = String::new();
    for (who, query) in [
        (Who::Anonymous, ""),
        (Who::Reader, ""),
        (Who::Stranger, ""),
        (Who::Organization, ""),
        (Who::OtherOrganization, ""),
        (Who::Anonymous, "?per_page=2"),
        (Who::Anonymous, "?per_page=2&page=2"),
        (Who::Anonymous, "?per_page=0"),
        (Who::Anonymous, "?page=0"),
        (Who::Anonymous, "?page=9"),
        (Who::Anonymous, "?page=x&per_page=x"),
        (Who::Anonymous, "?sort=name"),
        (Who::Anonymous, "?sort=inserted_at"),
        (Who::Anonymous, "?sort=updated_at"),
        (Who::Anonymous, "?sort=downloads"),
        (Who::Anonymous, "?sort=recent_downloads"),
        (Who::Anonymous, "?search=birch"),
        (Who::Anonymous, "?search=irc"),
        (Who::Anonymous, "?search=name:c*"),
        (Who::Anonymous, "?search=name:*sh"),
        (Who::Anonymous, "?search=hexpm/ash"),
        (Who::Anonymous, "?search=acme/cellar"),
        (Who::Reader, "?search=acme/cellar"),
        (Who::Anonymous, "?search=depends:tree"),
        (Who::Anonymous, "?search=depends:hexpm:tree"),
        (Who::Anonymous, "?search=build_tool:mix"),
        (Who::Anonymous, "?search=build_tool:rebar3"),
        (Who::Anonymous, "?search=description:package"),
        (Who::Anonymous, "?search=updated_after:2000-01-01T00:00:00Z"),
        (Who::Anonymous, "?search=updated_after:2100-01-01T00:00:00Z"),
        (Who::Anonymous, "?search=%25"),
        (Who::Anonymous, "?search=_"),
        (Who::Anonymous, "?search=%27%22%3B--"),
        (Who::Anonymous, "?search=nothing"),
    ] {
        let answer = world.by(who).get(&format!("/api/packages{query}")).await.expect_status(200);
        let list = answer.json();
        let list = list.as_array().expect("a list").iter().map(|package| {
            format!(
                "{}/{}",
                package["repository"].as_str().unwrap_or_default(),
                package["name"].as_str().unwrap_or_default()
            )
        });
        names.push_str(&format!(
            "{who:?} {query}\n    {:?} {}\n",
            list.collect::<Vec<_>>(),
            answer.header("cache-control")
        ));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, { insta::assert_snapshot!("lists_of_names", names) });
    t.get(&world.by(Who::Reader), "/api/repos/acme/packages").await;
    t.finish("lists_of_packages");
}

async fn releases(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let (owner, writer) = (world.by(Who::Owner), world.by(Who::Writer));
    let path = "/api/packages/tree/releases";
    let next = Package::new("tree", "1.1.0").requires("tree", "~> 1.0");
    t.upload(&owner, path, "tree 1.1.0", next.build()).await;
    t.upload(&owner, &format!("{path}?replace=false"), "tree 1.1.0", next.build()).await;
    t.upload(&owner, &format!("{path}?replace=true"), "tree 1.1.0", next.build()).await;
    t.upload(&owner, path, "tree 1.1.0 without a word about replacing", next.build()).await;
    t.upload(&owner, "/api/publish", "tree 1.2.0", Package::new("tree", "1.2.0").build()).await;
    let private = Package::new("cellar", "1.1.0").organization("acme");
    let private = private.requires("tree", "~> 1.0").requires_from("acme", "cellar", "~> 1.0");
    t.upload(&writer, "/api/repos/acme/publish", "cellar 1.1.0", private.build()).await;
    let machine = world.by(Who::Organization);
    t.upload(&machine, "/api/repos/acme/publish", "cellar 1.2.0", Package::new("cellar", "1.2.0").build())
        .await;
    t.upload(&machine, "/api/publish", "acorn 1.0.0", Package::new("acorn", "1.0.0").build()).await;
    t.upload(&owner, "/api/packages/other/releases", "tree 1.3.0", Package::new("tree", "1.3.0").build())
        .await;
    t.upload(&owner, "/api/repos/nowhere/publish", "tree 1.3.0", Package::new("tree", "1.3.0").build()).await;
    t.upload(&world.by(Who::Anonymous), path, "tree 1.3.0", Package::new("tree", "1.3.0").build()).await;
    t.upload(&world.by(Who::Stranger), path, "tree 1.3.0", Package::new("tree", "1.3.0").build()).await;
    t.upload(
        &world.by(Who::Reader),
        "/api/repos/acme/publish",
        "attic 1.0.0",
        Package::new("attic", "1.0.0").build(),
    )
    .await;
    t.upload(&owner, path, "nothing", "").await;

    t.get(&world.by(Who::Anonymous), &format!("{path}/1.1.0")).await;
    t.get(&world.by(Who::Reader), "/api/repos/acme/packages/cellar/releases/1.2.0").await;
    t.get(&world.by(Who::Anonymous), &format!("{path}/9.0.0")).await;
    t.get(&world.by(Who::Anonymous), &format!("{path}/1.0")).await;
    t.delete(&owner, &format!("{path}/1.2.0")).await;
    t.delete(&owner, &format!("{path}/1.2.0")).await;
    t.delete(&owner, &format!("{path}/latest")).await;
    server.clock().advance(Duration::from_secs(2 * 86_400));
    t.upload(&owner, path, "tree 1.1.0, two days later", next.build()).await;
    t.delete(&owner, &format!("{path}/1.1.0")).await;
    t.delete(&writer, "/api/repos/acme/packages/cellar/releases/1.1.0").await;
    t.finish("releases");
}

async fn retirement(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let owner = world.by(Who::Owner);
    owner.publish(&Package::new("tree", "1.1.0")).await.expect_status(201);
    let path = "/api/packages/tree/releases/1.0.0/retire";
    t.post(&owner, path, json!({ "reason": "security", "message": "falls over" })).await;
    t.get(&owner, "/api/packages/tree/releases/1.0.0").await;
    t.post(&owner, path, json!({ "reason": "renamed" })).await;
    for body in [
        json!({}),
        json!({ "reason": "boring" }),
        json!({ "reason": "other", "message": "ab" }),
        json!({ "reason": "other", "message": "a".repeat(141) }),
        json!({ "reason": 1, "message": [] }),
    ] {
        t.post(&owner, path, body).await;
    }
    t.post(&owner, "/api/packages/tree/releases/9.0.0/retire", json!({ "reason": "other" })).await;
    t.post(&owner, "/api/packages/tree/releases/9/retire", json!({ "reason": "other" })).await;
    t.post(&owner, "/api/packages/tree/retire", json!({ "reason": "deprecated" })).await;
    t.post(&owner, "/api/packages/tree/retire", json!({ "reason": "boring" })).await;
    let shown = owner.get("/api/packages/tree").await.json()["retirements"].take();
    assert_eq!(
        shown,
        json!({ "1.0.0": { "reason": "renamed", "message": null }, "1.1.0": { "reason": "deprecated", "message": null } })
    );
    let all = json!({ "reason": "invalid", "message": "all of them", "replace": true });
    t.post(&owner, "/api/packages/tree/retire", all).await;
    let shown = owner.get("/api/packages/tree").await.json()["retirements"].take();
    let one = json!({ "reason": "invalid", "message": "all of them" });
    assert_eq!(shown, json!({ "1.0.0": one, "1.1.0": one }));
    t.delete(&owner, path).await;
    t.delete(&owner, path).await;
    t.delete(&owner, "/api/packages/tree/releases/9.0.0/retire").await;
    t.post(&world.by(Who::Anonymous), path, json!({ "reason": "other" })).await;
    t.finish("retirement");
}

async fn documentation(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let (owner, writer) = (world.by(Who::Owner), world.by(Who::Writer));
    let archive = || docs(&[("index.html", "<h1>docs</h1>")]);
    let path = "/api/packages/tree/releases/1.0.0/docs";
    t.get(&owner, path).await;
    t.upload(&owner, path, "docs", archive()).await;
    t.get(&owner, path).await;
    t.get(&owner, "/api/packages/tree/releases/1.0.0").await;
    t.upload(&owner, path, "no docs", "no docs").await;
    t.upload(&owner, "/api/packages/tree/releases/9.0.0/docs", "docs", archive()).await;
    t.upload(&owner, "/api/packages/nothing/releases/1.0.0/docs", "docs", archive()).await;
    t.upload(&owner, "/api/packages/tree/releases/one/docs", "docs", archive()).await;
    t.upload(&world.by(Who::Anonymous), path, "docs", archive()).await;
    let private = "/api/repos/acme/packages/cellar/releases/1.0.0/docs";
    t.upload(&writer, private, "docs", archive()).await;
    t.get(&writer, private).await;
    t.delete(&owner, path).await;
    t.delete(&owner, path).await;
    t.delete(&owner, "/api/packages/tree/releases/9.0.0/docs").await;
    t.finish("documentation");
}

async fn owners(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let (owner, path) = (world.by(Who::Owner), "/api/packages/tree/owners");
    t.get(&world.by(Who::Anonymous), path).await;
    t.get(&world.by(Who::Anonymous), "/api/packages/nothing/owners").await;
    t.put(&owner, &format!("{path}/stranger"), json!({ "level": "maintainer" })).await;
    t.put(&owner, &format!("{path}/reader%2540example.com"), json!({})).await;
    t.get(&owner, path).await;
    t.get(&owner, &format!("{path}/stranger")).await;
    t.get(&owner, &format!("{path}/writer")).await;
    t.get(&owner, &format!("{path}/nobody")).await;
    t.put(&owner, &format!("{path}/nobody"), json!({})).await;
    t.put(&owner, &format!("{path}/writer"), json!({ "level": "king" })).await;
    t.put(&owner, &format!("{path}/writer"), json!({ "level": 1 })).await;
    t.put(&owner, &format!("{path}/acme"), json!({})).await;
    t.put(&owner, &format!("{path}/acme"), json!({ "level": "maintainer", "transfer": true })).await;
    t.delete(&owner, &format!("{path}/reader")).await;
    t.put(&owner, &format!("{path}/owner"), json!({ "level": "maintainer" })).await;
    t.delete(&owner, &format!("{path}/owner")).await;
    t.delete(&owner, &format!("{path}/writer")).await;
    t.put(&world.by(Who::Stranger), &format!("{path}/writer"), json!({})).await;
    t.delete(&owner, &format!("{path}/stranger")).await;
    t.delete(&owner, &format!("{path}/owner")).await;
    t.put(&owner, &format!("{path}/acme"), json!({ "transfer": "true" })).await;
    t.put(&owner, &format!("{path}/acme"), json!({ "transfer": true })).await;
    t.get(&owner, path).await;
    t.put(&owner, &format!("{path}/owner"), json!({})).await;
    t.put(&world.by(Who::Admin), &format!("{path}/owner"), json!({})).await;
    t.finish("owners");
}

async fn owners_of_private_packages(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let (admin, path) = (world.by(Who::Admin), "/api/repos/acme/packages/cellar/owners");
    t.get(&admin, path).await;
    t.put(&admin, &format!("{path}/stranger"), json!({})).await;
    t.put(&admin, &format!("{path}/reader"), json!({ "level": "maintainer" })).await;
    t.get(&world.by(Who::Reader), path).await;
    t.put(&world.by(Who::Writer), &format!("{path}/writer"), json!({})).await;
    t.delete(&admin, &format!("{path}/reader")).await;
    t.get(&admin, path).await;
    t.finish("owners_of_private_packages");
}

async fn audit_logs(server: TestServer) {
    let world = World::new(&server).await;
    let (owner, admin) = (world.by(Who::Owner), world.by(Who::Admin));
    owner.post("/api/packages/tree/retire", &json!({ "reason": "other" })).await.expect_status(204);
    owner.delete("/api/packages/tree/releases/1.0.0/retire").await.expect_status(204);
    owner
        .upload("/api/packages/tree/releases/1.0.0/docs", docs(&[("index.html", "x")]))
        .await
        .expect_status(201);
    owner.delete("/api/packages/tree/releases/1.0.0/docs").await.expect_status(204);
    owner.put("/api/packages/tree/owners/stranger", &json!({})).await.expect_status(204);
    owner.delete("/api/packages/tree/owners/stranger").await.expect_status(204);
    owner.publish(&Package::new("tree", "1.1.0")).await.expect_status(201);
    owner.delete("/api/packages/tree/releases/1.1.0").await.expect_status(204);
    owner.put("/api/packages/tree/owners/stranger", &json!({ "transfer": true })).await.expect_status(204);
    admin.post("/api/orgs/acme/members/reader", &json!({ "role": "write" })).await.expect_status(200);
    admin.delete("/api/orgs/acme/members/reader").await.expect_status(204);

    let mut t = Transcript::new(server.url());
    t.get(&world.by(Who::Anonymous), "/api/packages/tree/audit-logs").await;
    t.get(&world.by(Who::Reader), "/api/repos/acme/packages/cellar/audit-logs").await;
    t.get(&world.by(Who::Writer), "/api/repos/acme/packages/cellar/audit-logs").await;
    t.get(&world.by(Who::Writer), "/api/orgs/acme/audit-logs").await;
    t.get(&owner, "/api/users/me/audit-logs").await;
    t.get(&owner, "/api/users/me/audit-logs?page=2").await;
    t.finish("audit_logs");
}

async fn refusals(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let (anonymous, admin) = (server.anonymous(), world.by(Who::Admin));
    t.get(&anonymous, "/api/nothing").await;
    t.delete(&anonymous, "/api/packages").await;
    let options = anonymous.request(Method::OPTIONS, "/api/packages").header("origin", "https://example.com");
    t.send(options, "OPTIONS /api/packages").await;
    let origin = anonymous.request(Method::GET, "/api/repos/hexpm").header("origin", "https://example.com");
    t.send(origin, "GET /api/repos/hexpm (from another origin)").await;
    t.get(&anonymous, "/api/packages/tree%00").await;
    t.get(&anonymous, "/api/packages?search=%00").await;
    t.get(&anonymous, "/api/packages?search=%ff").await;
    t.get(&anonymous, "/api/packages?_format=xml").await;
    for accept in ["text/html", "application/xml;q=0.9, */*;q=0", "application/vnd.hex+json", "nonsense"] {
        let request = anonymous.request(Method::GET, "/api/repos/hexpm").header("accept", accept);
        t.send(request, &format!("GET /api/repos/hexpm (accept: {accept})")).await;
    }
    let keys = |content_type: &str, body: &str| {
        admin.request(Method::POST, "/api/keys").bytes(content_type, body.to_owned())
    };
    for (content_type, body) in [
        ("application/json", "{\"name\": "),
        ("application/json", "[1]"),
        ("application/json", ""),
        ("application/json", "{\"name\": \"\\ud800\"}"),
        ("application/vnd.hex+erlang", "name"),
        (
            "application/x-www-form-urlencoded",
            "name=form&permissions[][domain]=api&permissions[][resource]=read",
        ),
        ("application/vnd.hex+elixir", "%{\"name\" => \"elixir\"}"),
        ("text/plain", "name=plain"),
    ] {
        t.send(keys(content_type, body), &format!("POST /api/keys ({content_type}: {body})")).await;
    }
    let deep = "[".repeat(100_000);
    t.send(keys("application/json", &deep), "POST /api/keys (nested without end)").await;
    let large = format!("{{\"name\": \"{}\"}}", "a".repeat(8_000_000));
    t.send(keys("application/json", &large), "POST /api/keys (8 MB)").await;
    let overridden = json!({ "_method": "delete" });
    t.post(&world.with_password("admin"), "/api/keys/ApiRead", overridden).await;
    t.get(&world.by(Who::Deactivated), "/api/packages/tree").await;
    t.get(&world.by(Who::Unverified), "/api/packages/tree").await;
    t.finish("refusals");
}

async fn conditions(server: TestServer) {
    let world = World::new(&server).await;
    let reader = world.by(Who::Reader);
    let mut told = String::new();
    for path in [
        "/api/packages",
        "/api/packages/tree",
        "/api/packages/tree/releases/1.0.0",
        "/api/repos/acme/packages/cellar",
        "/api/keys/Reader",
        "/api/users/me",
        "/api/users/reader",
        "/api/repos",
        "/api/repos/hexpm",
        "/api/repos/acme",
        "/api/orgs/acme",
    ] {
        let first = reader.get(path).await.expect_status(200);
        let (tag, date) = (first.header("etag").to_owned(), first.header("last-modified").to_owned());
        let bare = tag.trim_matches('"').to_owned();
        let ask = async |headers: &[(&str, &str)]| {
            let request = reader.request(Method::GET, path);
            headers
                .iter()
                .fold(request, |request, (name, value)| request.header(name, value))
                .send()
                .await
                .status
        };
        let statuses = [
            ask(&[("if-none-match", &tag)]).await,
            ask(&[("if-none-match", &bare)]).await,
            ask(&[("if-none-match", "*")]).await,
            ask(&[("if-none-match", "\"other\"")]).await,
            ask(&[("if-modified-since", &date)]).await,
            ask(&[("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")]).await,
            ask(&[("if-none-match", &tag), ("if-modified-since", &date)]).await,
            ask(&[("if-none-match", "\"other\""), ("if-modified-since", &date)]).await,
        ];
        let has = |header: &str| if header.is_empty() { "none" } else { "some" };
        told.push_str(&format!("{path}: tag {}, date {}: {statuses:?}\n", has(&tag), has(&date)));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, { insta::assert_snapshot!("conditions", told) });
}

/// The form that mix and rebar3 speak. Values are the same as in JSON, except that times have no fraction.
async fn erlang_terms(server: TestServer) {
    let world = World::new(&server).await;
    let mut t = Transcript::new(server.url());
    let owner = world.by(Who::Owner);
    for path in
        ["/api/packages/tree", "/api/packages/tree/releases/1.0.0", "/api/users/me", "/api/packages/nothing"]
    {
        let request = owner.request(Method::GET, path).accept_erlang();
        let answer = t.send(request, &format!("GET {path}")).await;
        let json = owner.get(path).await.json();
        assert_eq!(answer.json(), without_fractions(json), "{path}");
    }
    let key = json!({ "name": "erlang", "permissions": [{ "domain": "api", "resource": "read" }] });
    let request = owner.request(Method::POST, "/api/keys").erlang(&key).accept_erlang();
    t.send(request, "POST /api/keys (as an Erlang term)").await;
    let request = owner.request(Method::POST, "/api/keys").erlang(&json!({ "name": null })).accept_erlang();
    t.send(request, "POST /api/keys (as an Erlang term, without a name)").await;
    let path = "/api/packages/tree/releases?replace=false";
    let tarball = Package::new("tree", "1.0.0").build();
    let request =
        owner.request(Method::POST, path).bytes("application/octet-stream", tarball).accept_erlang();
    t.send(request, "POST /api/packages/tree/releases").await;
    let request = owner.request(Method::GET, "/api/packages/tree/owners?_format=erlang");
    t.send(request, "GET /api/packages/tree/owners?_format=erlang").await;
    let body = json!({ "level": "full", "transfer": true });
    let request =
        owner.request(Method::PUT, "/api/packages/tree/owners/stranger").erlang(&body).accept_erlang();
    t.send(request, "PUT /api/packages/tree/owners/stranger (as an Erlang term)").await;
    let elixir = owner
        .request(Method::GET, "/api/repos/hexpm")
        .header("accept", "application/vnd.hex+elixir")
        .send()
        .await;
    assert_eq!(elixir.header("content-type"), "application/vnd.hex+elixir; charset=utf-8");
    assert!(elixir.expect_status(200).text().starts_with("%{"));
    t.finish("erlang_terms");
}

fn without_fractions(value: Value) -> Value {
    match value {
        Value::String(text) if text.len() == 27 && text.ends_with('Z') => format!("{}Z", &text[..19]).into(),
        Value::Array(items) => items.into_iter().map(without_fractions).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, without_fractions(value))).collect(),
        other => other,
    }
}
