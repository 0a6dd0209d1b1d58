//! Who may do what: every route, asked by every kind of caller, as one table.
//!
//! The table is a snapshot, to be read by people: a change in it is a change of somebody's rights. What must hold
//! whatever the table says is asserted besides.

mod cases;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cases::{Before, Body, Case};
use reqwest::Method;
use serde_json::{Value, json};
use skep_testkit::{Answer, Package, Request, TestServer, Who, World, both_engines, docs};

both_engines!(the_matrix, outsiders_cannot_tell_an_organization_from_none);

/// Callers who must not learn that the organization is there.
const OUTSIDERS: [Who; 8] = [
    Who::Anonymous,
    Who::Stranger,
    Who::Owner,
    Who::OtherOrganization,
    Who::PublicPackageKey,
    Who::StrangerToken,
    Who::Unknown,
    Who::Revoked,
];

#[test]
fn every_route_is_in_the_matrix() {
    let routes = skep_server::endpoints::routes();
    let served: BTreeSet<(String, String)> =
        routes.list().iter().map(|route| (route.pattern.to_string(), route.method.to_string())).collect();
    let asked: BTreeSet<(String, String)> =
        cases::all().into_iter().filter_map(|case| Some((case.route?, case.method.to_string()))).collect();
    let (missing, unknown): (Vec<_>, Vec<_>) =
        (served.difference(&asked).collect(), asked.difference(&served).collect());
    assert!(missing.is_empty(), "routes that nobody asks about: add them to cases.rs: {missing:?}");
    assert!(unknown.is_empty(), "routes that are not served: {unknown:?}");
}

async fn the_matrix(server: TestServer) {
    let stage = Stage::new(server).await;
    let mut table = legend();
    for case in cases::all() {
        let mut line = String::new();
        for who in Who::ALL {
            let status = stage.ask(&case, who).await.status;
            check(&case, who, status);
            write!(line, " {status}").expect("a string takes everything");
        }
        writeln!(table, "{:76}{line}", case.title()).expect("a string takes everything");
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, { insta::assert_snapshot!("matrix", table) });
    assert_eq!(stage.server.verify().await, [""; 0]);
}

/// What must hold for every cell, whatever the snapshot says.
fn check(case: &Case, who: Who, status: u16) {
    let cell = format!("{} by {who:?}: {status}", case.title());
    assert!(status < 500, "{cell}");
    if case.is_repository() {
        assert_ne!(status, 401, "mix opens a prompt on 401: {cell}");
    }
    // Refusals that come before anything is looked for say nothing about what there is.
    let comes_first = match who {
        Who::Anonymous | Who::Unknown | Who::Revoked => case.is_repository(),
        // Tokens may only write where a second factor was shown.
        Who::StrangerToken => case.method != Method::GET,
        _ => false,
    };
    let asks_for_rights = case.path.starts_with("/api/auth");
    if case.is_private() && OUTSIDERS.contains(&who) && !comes_first && !asks_for_rights {
        assert_ne!(status, 403, "403 says that there is something: {cell}");
    }
}

/// An answer about the organization is to the byte the one about an organization that does not exist, and one about
/// its package the one about a package that does not exist.
async fn outsiders_cannot_tell_an_organization_from_none(server: TestServer) {
    let stage = Stage::new(server).await;
    for case in cases::all().into_iter().filter(|case| case.is_private() && case.before != Before::World) {
        let elsewhere = case.elsewhere();
        let other = Case { package: "attic", ..case.clone() };
        for who in OUTSIDERS {
            let real = stage.ask(&case, who).await;
            for (made_up, name) in [(&elsewhere, "nowhere"), (&other, "attic")] {
                let made_up = stage.send(made_up, who).await;
                assert_eq!(visible(&real), visible(&made_up), "{} by {who:?}, or of {name}", case.title());
            }
        }
    }
}

/// Everything of an answer that a caller could learn from.
fn visible(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<_> =
        answer.headers.iter().map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
    headers.retain(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    headers.sort();
    (answer.status, headers, answer.text().to_owned())
}

/// A world with what the requests take for granted.
struct Stage {
    server: TestServer,
    world: World,
    number: AtomicUsize,
    /// Id and token of the last invitation.
    invitation: Mutex<(String, String)>,
}

impl Stage {
    async fn new(server: TestServer) -> Self {
        let world = World::new(&server).await;
        server.create_user("clerk", "correct horse").await;
        let stage = Self::around(server, world);
        let admin = stage.world.by(Who::Admin);
        let clerk = json!({ "name": "clerk", "role": "read" });
        admin.post("/api/orgs/acme/members", &clerk).await.expect_status(200);
        for (name, visibility) in [("open", "public"), ("closed", "private")] {
            let policy = json!({ "name": name, "visibility": visibility });
            admin.post("/api/orgs/acme/policies", &policy).await.expect_status(201);
        }
        for (owner, package) in [(Who::Owner, &stage.world.public), (Who::Admin, &stage.world.private)] {
            let archive = docs(&[("index.html", "<h1>docs</h1>")]);
            let path = format!("{}/docs", package.release_path());
            stage.world.by(owner).upload(&path, archive).await.expect_status(201);
        }
        stage
    }

    fn around(server: TestServer, world: World) -> Self {
        Self { server, world, number: AtomicUsize::new(1), invitation: Mutex::default() }
    }

    /// Prepares and sends the request of one cell.
    async fn ask(&self, case: &Case, who: Who) -> Answer {
        if case.before == Before::World {
            let server = TestServer::start(self.server.engine()).await;
            let world = World::new(&server).await;
            return Self::around(server, world).send(case, who).await;
        }
        self.number.fetch_add(1, Ordering::Relaxed);
        self.prepare(case, who).await;
        self.send(case, who).await
    }

    async fn prepare(&self, case: &Case, who: Who) {
        let n = self.number.load(Ordering::Relaxed);
        let (admin, guest) = (self.world.by(Who::Admin), format!("guest{n}"));
        let master = if case.is_private() { admin.clone() } else { self.world.by(Who::Owner) };
        let package = self.package(case, &format!("1.0.{n}"));
        match case.before {
            Before::Nothing | Before::World => {}
            Before::Release => {
                master.publish(&package).await.expect_status(201);
                let docs = docs(&[("index.html", "x")]);
                master.upload(&format!("{}/docs", package.release_path()), docs).await.expect_status(201);
            }
            Before::Invitation => self.invite("acme", n).await,
            Before::InvitationElsewhere => {
                let party = format!("party{n}");
                admin.post("/api/orgs", &json!({ "name": party })).await.expect_status(201);
                self.invite(&party, n).await;
            }
            Before::Policy => {
                let body = json!({ "name": format!("policy{n}") });
                admin.post("/api/orgs/acme/policies", &body).await.expect_status(201);
            }
            Before::ReservedName => self.server.reserve_name(&format!("reserved{n}")).await,
            Before::Guest => self.server.create_user(&guest, "correct horse").await,
            Before::Member => {
                self.server.create_user(&guest, "correct horse").await;
                let member = json!({ "name": guest, "role": "read" });
                admin.post("/api/orgs/acme/members", &member).await.expect_status(200);
            }
            Before::OwnKey => {
                if let Some(username) = who.username().filter(|_| who != Who::Deactivated) {
                    self.world.new_key(username, &format!("victim{n}"), &Value::Null).await;
                }
            }
            Before::OrganizationKey => {
                let body = json!({ "name": format!("victim{n}") });
                admin.post("/api/orgs/acme/keys", &body).await.expect_status(201);
            }
            Before::Owner => {
                let path = format!("{}/owners/clerk", package.api_path());
                master.put(&path, &json!({ "level": "maintainer" })).await.expect_status(204);
            }
        }
    }

    async fn invite(&self, organization: &str, n: usize) {
        let body = json!({ "email": format!("invited{n}@example.com"), "role": "read" });
        let (admin, path) = (self.world.by(Who::Admin), format!("/api/orgs/{organization}/invitations"));
        let made = admin.post(&path, &body).await.expect_status(201).json();
        let token = made["url"].as_str().and_then(|url| url.split_once("token=")).expect("a link").1;
        let invitation = (made["id"].to_string(), token.to_owned());
        *self.invitation.lock().expect("nothing panics with it") = invitation;
    }

    async fn send(&self, case: &Case, who: Who) -> Answer {
        let n = self.number.load(Ordering::Relaxed);
        let fetching = self.world.by(Who::RepositoriesKey);
        let secret = fetching.authorization().expect("it shows a key");
        let (id, token) = self.invitation.lock().expect("nothing panics with it").clone();
        let fill = |text: &str| {
            let text = text.replace("{invitation}", &id).replace("{token}", &token);
            text.replace("{n}", &n.to_string()).replace("{p}", case.package).replace("{secret}", secret)
        };
        let request = self.world.by(who).request(case.method.clone(), &fill(&case.path));
        let request = match &case.body {
            Body::Nothing => request,
            Body::Json(body) => request.json(&fill(&body.to_string()).parse().expect("still JSON")),
            Body::Release => upload(request, &self.package(case, &format!("2.0.{n}"))),
            Body::NewPackage => {
                let new = Case { package: format!("new{n}").leak(), ..case.clone() };
                upload(request, &self.package(&new, "1.0.0"))
            }
            Body::Docs => request.bytes("application/octet-stream", docs(&[("index.html", "y")])),
        };
        request.send().await
    }

    fn package(&self, case: &Case, version: &str) -> Package {
        let package = Package::new(case.package, version);
        if case.is_private() { package.organization("acme") } else { package }
    }
}

fn upload(request: Request, package: &Package) -> Request {
    request.bytes("application/octet-stream", package.build())
}

/// The head of the table: what its columns are.
fn legend() -> String {
    let (mut legend, mut head) = (String::new(), format!("{:76}", ""));
    for (letter, who) in ('a'..).zip(Who::ALL) {
        legend.push_str(&format!("{letter}  {who:?}\n"));
        head.push_str(&format!("   {letter}"));
    }
    format!("{legend}\n{head}\n")
}
