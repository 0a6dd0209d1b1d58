//! Every request that the matrix asks of every caller: a table of one line each.
//!
//! In paths and bodies `{n}` is a number that no other request has, `{p}` the package in question, and `{secret}` a key
//! of the admin.

use reqwest::Method;
use serde_json::{Value, json};
use skep_testkit::MIX;

/// What has to be there before the request, because the request takes it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// Nothing more than the world.
    Nothing,
    /// The release `1.0.{n}` of the package, with documentation.
    Release,
    /// The account `guest{n}`.
    Guest,
    /// The account `guest{n}` as a member of the organization.
    Member,
    /// The key `victim{n}` of the caller's account.
    OwnKey,
    /// The key `victim{n}` of the organization.
    OrganizationKey,
    /// The account `clerk` as an owner of the package.
    Owner,
    /// An invitation to the organization, whose id and token stand for `{invitation}` and `{token}`.
    Invitation,
    /// The same to the organization `party{n}`, because the request makes a member of the caller.
    InvitationElsewhere,
    /// The policy `policy{n}` of the organization.
    Policy,
    /// The reserved name `reserved{n}`.
    ReservedName,
    /// A world of its own, because the request destroys it.
    World,
}

/// What the request carries.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Nothing,
    Json(Value),
    /// A tarball: the next version of the package.
    Release,
    /// A tarball: the first version of the package `new{n}`.
    NewPackage,
    /// An archive of documentation.
    Docs,
}

/// One line of the matrix.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) method: Method,
    /// The line of the server's table of routes; none for what has no such table.
    pub(crate) route: Option<String>,
    pub(crate) path: String,
    /// The package in question.
    pub(crate) package: &'static str,
    pub(crate) body: Body,
    pub(crate) before: Before,
}

impl Case {
    /// Whether it is about the organization.
    pub(crate) fn is_private(&self) -> bool {
        let body = match &self.body {
            Body::Json(body) => body.to_string(),
            _ => String::new(),
        };
        // A policy for everyone says itself that its organization is there.
        (self.path.contains("acme") || body.contains("acme")) && !self.path.ends_with("/policies/open")
    }

    /// The same request about an organization that is not there.
    pub(crate) fn elsewhere(&self) -> Self {
        let move_away = |text: &str| text.replace("acme", "nowhere");
        let body = match &self.body {
            Body::Json(body) => {
                Body::Json(serde_json::from_str(&move_away(&body.to_string())).expect("still JSON"))
            }
            other => other.clone(),
        };
        Self { path: move_away(&self.path), body, ..self.clone() }
    }

    pub(crate) fn is_repository(&self) -> bool {
        self.path.starts_with("/repo/")
    }

    /// As the matrix names it.
    pub(crate) fn title(&self) -> String {
        let body = match &self.body {
            Body::NewPackage => " (a new package)".to_owned(),
            Body::Json(body) => match &body["permissions"][0] {
                Value::Null => String::new(),
                permission => format!(" ({})", permission["domain"].as_str().unwrap_or_default()),
            },
            _ => String::new(),
        };
        let path = self.path.replace("{p}", self.package);
        format!("{:6} {path}{body}", self.method.as_str())
    }
}

/// Every line, in the order in which the matrix shows them.
pub(crate) fn all() -> Vec<Case> {
    let mut table = Table(Vec::new());
    accounts(&mut table);
    organizations(&mut table);
    collaboration(&mut table);
    administration(&mut table);
    packages(&mut table);
    repository(&mut table);
    table.0
}

struct Table(Vec<Case>);

use Before::Nothing;

impl Table {
    fn add(&mut self, method: Method, route: &str, path: &str, body: Body, before: Before) {
        let (route, path) = (Some(route.to_owned()), format!("/api{path}"));
        let mut case = Case { method, route, path, package: "tree", body, before };
        if case.is_private() {
            case.package = "cellar";
        }
        self.0.push(case);
    }

    fn get(&mut self, route: &str, path: &str) {
        self.add(Method::GET, route, path, Body::Nothing, Nothing);
    }

    fn post(&mut self, route: &str, path: &str, body: Value, before: Before) {
        self.add(Method::POST, route, path, Body::Json(body), before);
    }

    fn delete(&mut self, route: &str, path: &str, before: Before) {
        self.add(Method::DELETE, route, path, Body::Nothing, before);
    }

    /// In the public repository and in the organization's.
    fn both(&mut self, method: Method, route: &str, path: &str, body: Body, before: Before) {
        self.add(method.clone(), route, path, body.clone(), before);
        self.add(
            method,
            &format!("/repos/{{repository}}{route}"),
            &format!("/repos/acme{path}"),
            body,
            before,
        );
    }

    fn plain(&mut self, path: &str) {
        let package = if path.contains("acme") { "cellar" } else { "tree" };
        let path = path.to_owned();
        self.0.push(Case {
            method: Method::GET,
            route: None,
            path,
            package,
            body: Body::Nothing,
            before: Nothing,
        });
    }
}

fn accounts(table: &mut Table) {
    table.get("/", "");
    table.get("/openapi.json", "/openapi.json");
    let account =
        json!({ "username": "guest{n}", "email": "guest{n}@example.com", "password": "correct horse" });
    table.post("/users", "/users", account, Nothing);
    table.get("/users/me", "/users/me");
    table.get("/users/me/audit-logs", "/users/me/audit-logs");
    table.get("/users/{name}", "/users/reader");
    table.get("/users/{name}/test", "/users/reader/test");
    addresses(table);
    two_factor(table);
    administration_of_accounts(table);
    for question in [
        "domain=api",
        "domain=api&resource=write",
        "domain=repository&resource=acme",
        "domain=repository&resource=nowhere",
        "domain=repositories",
        "domain=docs&resource=acme",
        "domain=package&resource=acme/cellar",
    ] {
        table.get("/auth", &format!("/auth?{question}"));
    }
    table.post("/short_url", "/short_url", json!({ "url": "http://127.0.0.1/packages/{n}" }), Nothing);
    let exchange = json!({
        "grant_type": "client_credentials",
        "client_id": MIX,
        "client_secret": "{secret}",
        "scope": "repositories",
    });
    table.post("/oauth/token", "/oauth/token", exchange, Nothing);
    let device = json!({ "client_id": MIX, "scope": "api:read repositories", "name": "laptop" });
    table.post("/oauth/device_authorization", "/oauth/device_authorization", device, Nothing);
    let nothing = json!({ "client_id": MIX, "token": "nonsense" });
    table.post("/oauth/revoke", "/oauth/revoke", nothing, Nothing);
    table.post("/oauth/revoke_by_hash", "/oauth/revoke_by_hash", json!({ "token_hash": "00" }), Nothing);
    table.get("/users/me/sessions", "/users/me/sessions");
    table.delete("/users/me/sessions", "/users/me/sessions", Nothing);
    table.delete("/users/me/sessions/{id}", "/users/me/sessions/1", Nothing);
    keys(table, "/keys", "/keys", Before::OwnKey);
    for (domain, resource) in [("repository", "acme"), ("docs", "acme"), ("package", "acme/{p}")] {
        let permission = json!({ "domain": domain, "resource": resource });
        table.post("/keys", "/keys", json!({ "name": "made{n}", "permissions": [permission] }), Nothing);
    }
}

/// Addresses and passwords. Nothing of it succeeds where it would change what the other lines need.
fn addresses(table: &mut Table) {
    let (route, path) = ("/users/me/emails", "/users/me/emails");
    table.get(route, path);
    table.post(route, path, json!({ "email": "more{n}@example.com" }), Nothing);
    table.get("/users/me/emails/preferences", "/users/me/emails/preferences");
    let wanted = Body::Json(json!({ "preferences": { "owner_add": true } }));
    table.add(Method::PUT, "/users/me/emails/preferences", "/users/me/emails/preferences", wanted, Nothing);
    let (route, path) = ("/users/me/emails/{address}", "/users/me/emails/nobody@example.com");
    table.delete(route, path, Nothing);
    for action in ["primary", "public", "verification"] {
        table.post(&format!("{route}/{action}"), &format!("{path}/{action}"), json!({}), Nothing);
    }
    table.delete(&format!("{route}/public"), &format!("{path}/public"), Nothing);
    let passwords = json!({ "current": "wrong horse", "new": "correct horse" });
    table.post("/users/me/password", "/users/me/password", passwords, Nothing);
    let proof = json!({ "email": "reader@example.com", "key": "wrong" });
    table.post("/users/{name}/verify", "/users/reader/verify", proof, Nothing);
    table.post("/users/{name}/password/reset", "/users/reader/password/reset", json!({}), Nothing);
    let reset = json!({ "key": "wrong", "password": "correct horse" });
    table.post("/users/{name}/password", "/users/reader/password", reset, Nothing);
}

/// None of the callers is an administrator of the instance.
fn administration_of_accounts(table: &mut Table) {
    table.get("/admin/users", "/admin/users");
    table.get("/admin/users/{name}", "/admin/users/reader");
    for way in ["deactivate", "reactivate", "administrator"] {
        let (route, path) = (format!("/admin/users/{{name}}/{way}"), format!("/admin/users/reader/{way}"));
        table.post(&route, &path, json!({}), Nothing);
    }
    table.get("/admin/users/{name}/sessions", "/admin/users/reader/sessions");
    for way in ["administrator", "tfa", "sessions"] {
        table.delete(&format!("/admin/users/{{name}}/{way}"), &format!("/admin/users/reader/{way}"), Nothing);
    }
}

fn two_factor(table: &mut Table) {
    let proof = json!({ "password": "wrong horse", "code": "000000" });
    table.get("/users/me/tfa", "/users/me/tfa");
    table.post("/users/me/tfa", "/users/me/tfa", proof.clone(), Nothing);
    table.add(Method::DELETE, "/users/me/tfa", "/users/me/tfa", Body::Json(proof.clone()), Nothing);
    for way in ["confirm", "recovery-codes"] {
        let path = format!("/users/me/tfa/{way}");
        table.post(&path, &path, proof.clone(), Nothing);
    }
}

fn keys(table: &mut Table, route: &str, path: &str, one: Before) {
    table.get(route, path);
    table.post(route, path, json!({ "name": "made{n}" }), Nothing);
    table.delete(route, path, Before::World);
    let (route, path) = (format!("{route}/{{name}}"), format!("{path}/victim{{n}}"));
    table.add(Method::GET, &route, &path, Body::Nothing, one);
    table.delete(&route, &path, one);
}

fn organizations(table: &mut Table) {
    keys(table, "/orgs/{organization}/keys", "/orgs/acme/keys", Before::OrganizationKey);
    table.get("/orgs", "/orgs");
    table.get("/orgs/{organization}", "/orgs/acme");
    table.get("/orgs/{organization}", "/orgs/hexpm");
    table.get("/orgs/{organization}/audit-logs", "/orgs/acme/audit-logs");
    let (route, path) = ("/orgs/{organization}/members", "/orgs/acme/members");
    table.get(route, path);
    table.post(route, path, json!({ "name": "guest{n}", "role": "read" }), Before::Guest);
    let route = &format!("{route}/{{name}}");
    table.get(route, "/orgs/acme/members/reader");
    table.post(route, "/orgs/acme/members/clerk", json!({ "role": "read" }), Nothing);
    table.delete(route, "/orgs/acme/members/guest{n}", Before::Member);
    // What belongs to everybody must not be administered by anybody.
    table.post(
        "/orgs/{organization}/members",
        "/orgs/hexpm/members",
        json!({ "name": "clerk", "role": "admin" }),
        Nothing,
    );
    table.post("/orgs/{organization}/keys", "/orgs/hexpm/keys", json!({ "name": "made{n}" }), Nothing);
    table.get("/repos", "/repos");
    table.get("/repos/{repository}", "/repos/hexpm");
    table.get("/repos/{repository}", "/repos/acme");
}

/// Organizations themselves, invitations and policies.
fn collaboration(table: &mut Table) {
    table.post("/orgs", "/orgs", json!({ "name": "made{n}" }), Nothing);
    let organization = "/orgs/{organization}";
    table.post(organization, "/orgs/acme", json!({ "seats": 100_000 }), Nothing);
    table.post(organization, "/orgs/hexpm", json!({ "seats": 1 }), Nothing);
    let rename = &format!("{organization}/rename");
    // To the name that it has, which changes nothing.
    table.post(rename, "/orgs/acme/rename", json!({ "name": "acme" }), Nothing);
    table.post(rename, "/orgs/hexpm/rename", json!({ "name": "renamed" }), Nothing);
    for name in ["acme", "hexpm"] {
        // Others are members of it.
        let (path, body) = (format!("/orgs/{name}"), Body::Json(json!({ "name": name })));
        table.add(Method::DELETE, organization, &path, body, Nothing);
    }
    table.delete(&format!("{organization}/members/me"), "/orgs/acme/members/me", Before::World);

    let invitations = &format!("{organization}/invitations");
    table.get(invitations, "/orgs/acme/invitations");
    let invitation = json!({ "email": "guest{n}@example.com", "role": "read" });
    table.post(invitations, "/orgs/acme/invitations", invitation, Nothing);
    let one = &format!("{invitations}/{{id}}");
    table.delete(one, "/orgs/acme/invitations/{invitation}", Before::Invitation);
    for (path, before) in
        [("/invitations/show", Before::Invitation), ("/invitations/accept", Before::InvitationElsewhere)]
    {
        table.post(path, path, json!({ "token": "{token}" }), before);
        table.post(path, path, json!({ "token": "unknown" }), Nothing);
    }

    let (policies, policy) =
        (&format!("{organization}/policies"), &format!("{organization}/policies/{{name}}"));
    for organization in ["acme", "hexpm"] {
        let path = format!("/orgs/{organization}/policies");
        table.get(policies, &path);
        table.post(policies, &path, json!({ "name": "made{n}" }), Nothing);
    }
    let path = "/orgs/acme/policies/policy{n}";
    table.add(Method::GET, policy, path, Body::Nothing, Before::Policy);
    table.add(Method::PUT, policy, path, Body::Json(json!({ "visibility": "public" })), Before::Policy);
    table.delete(policy, path, Before::Policy);
}

fn administration(table: &mut Table) {
    let names = "/admin/reserved-names";
    table.get(names, names);
    table.post(names, names, json!({ "name": "reserved{n}" }), Nothing);
    let name = Body::Json(json!({ "name": "reserved{n}" }));
    table.add(Method::DELETE, names, names, name, Before::ReservedName);
    table.get("/admin/orgs/{organization}/audit-logs", "/admin/orgs/umbrella/audit-logs");
}

fn packages(table: &mut Table) {
    let reason = || Body::Json(json!({ "reason": "other", "message": "for a test" }));
    let level = || Body::Json(json!({ "level": "maintainer" }));
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);

    table.both(get.clone(), "/packages", "/packages", Body::Nothing, Nothing);
    // Other ways to say which repository is meant, and to ask for what depends on its packages.
    for query in ["repository=acme", "search=depends:acme:{p}", "search=acme/{p}"] {
        table.get("/packages", &format!("/packages?{query}"));
    }
    table.get("/packages/{name}", "/packages/{p}?repository=acme");
    let (route, path) = ("/packages/{name}", "/packages/{p}");
    table.both(get.clone(), route, path, Body::Nothing, Nothing);
    table.both(
        get.clone(),
        &format!("{route}/audit-logs"),
        &format!("{path}/audit-logs"),
        Body::Nothing,
        Nothing,
    );
    table.both(post.clone(), "/publish", "/publish", Body::Release, Nothing);
    table.both(post.clone(), "/publish", "/publish", Body::NewPackage, Nothing);
    table.both(post.clone(), &format!("{route}/retire"), &format!("{path}/retire"), reason(), Nothing);

    let (owners, owner) = (format!("{route}/owners"), format!("{route}/owners/{{username}}"));
    table.both(get.clone(), &owners, &format!("{path}/owners"), Body::Nothing, Nothing);
    table.both(get.clone(), &owner, &format!("{path}/owners/clerk"), Body::Nothing, Before::Owner);
    table.both(put, &owner, &format!("{path}/owners/clerk"), level(), Nothing);
    table.both(delete.clone(), &owner, &format!("{path}/owners/clerk"), Body::Nothing, Before::Owner);

    let (route, path) = (&format!("{route}/releases"), &format!("{path}/releases"));
    table.both(post.clone(), route, path, Body::Release, Nothing);
    table.both(post.clone(), route, "/packages/new{n}/releases", Body::NewPackage, Nothing);

    let (route, fixed, fresh) =
        (&format!("{route}/{{version}}"), &format!("{path}/1.0.0"), &format!("{path}/1.0.{{n}}"));
    table.both(get.clone(), route, fixed, Body::Nothing, Nothing);
    table.both(delete.clone(), route, fresh, Body::Nothing, Before::Release);
    let retire = &format!("{route}/retire");
    table.both(post.clone(), retire, &format!("{fresh}/retire"), reason(), Before::Release);
    table.both(delete.clone(), retire, &format!("{fresh}/retire"), Body::Nothing, Before::Release);
    let docs = &format!("{route}/docs");
    table.both(get, docs, &format!("{fixed}/docs"), Body::Nothing, Nothing);
    table.both(post, docs, &format!("{fresh}/docs"), Body::Docs, Before::Release);
    table.both(delete, docs, &format!("{fresh}/docs"), Body::Nothing, Before::Release);
}

fn repository(table: &mut Table) {
    for path in [
        "names",
        "versions",
        "packages/{p}",
        "packages/missing",
        "tarballs/{p}-1.0.0.tar",
        "tarballs/{p}-9.0.0.tar",
        "docs/{p}-1.0.0.tar.gz",
        "policies/open",
        "policies/closed",
        "policies/missing",
    ] {
        table.plain(&format!("/repo/{path}"));
        table.plain(&format!("/repo/repos/acme/{path}"));
    }
    for path in [
        "/repo/public_key",
        "/repo/repos/acme/public_key",
        "/repo/installs/hex-1.x.csv",
        "/repo/installs/list.csv",
        "/repo/repos/hexpm/packages/{p}",
        "/repo/repos/nowhere/names",
        "/repo/repos/nowhere/packages/{p}",
        "/repo/nothing",
        "/healthz",
        "/readyz",
        "/status",
        "/",
        "/nothing",
    ] {
        table.plain(path);
    }
}
