//! A server that is killed in the middle of publishing, again and again: what it acknowledged is there, what it shows can be
//! fetched, and the registry verifies.
//!
//! When it is killed is left to chance on purpose. What is checked holds whenever it happens.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hex_format::checksum::Sha256;
use hex_registry::PublicKey;
use hex_registry::names::Names;
use hex_registry::package::Package;
use hex_registry::versions::Versions;
use reqwest::StatusCode;
use serde_json::json;
use skep_testkit::{Client, Engine};

use crate::support::{Application, Instance, Server};

const ROUNDS: usize = 20;
/// Rounds beyond this are left out on a machine that is too slow for all of them; half of them must have been.
const LIMIT: Duration = Duration::from_secs(50);
const CONNECTIONS: usize = 4;
/// A server is killed after at most so many acknowledged publishes.
const MOST_PUBLISHES: u64 = 40;
/// And at most so much later.
const MOST_MICROSECONDS: u64 = 8000;
const PASSWORD: &str = "correct horse";

/// A release and where it went.
#[derive(Clone)]
struct Release {
    organization: Option<&'static str>,
    name: String,
    version: String,
    tarball: Vec<u8>,
}

impl Release {
    /// Every connection has a package of its own, and one that it shares with the others: public ones and private ones.
    fn new(round: usize, connection: usize, number: usize) -> Self {
        let organization = connection.is_multiple_of(2).then_some("acme");
        let (name, version) = match number % 3 {
            0 => (format!("shared{}", connection % 2), format!("{round}.{number}.{connection}")),
            _ => (format!("own{round}_{connection}"), format!("0.{number}.0")),
        };
        let tarball = Application::new(&name, &version).tarball();
        Self { organization, name, version, tarball }
    }

    fn repository(&self) -> &str {
        self.organization.unwrap_or("hexpm")
    }

    fn api_path(&self) -> String {
        match self.organization {
            Some(organization) => format!("/api/repos/{organization}/packages/{}", self.name),
            None => format!("/api/packages/{}", self.name),
        }
    }

    /// The path of a file of its repository.
    fn file(&self, file: &str) -> String {
        repository_file(self.repository(), file)
    }

    async fn publish(&self, http: &reqwest::Client, url: &str, key: &str) -> reqwest::Result<StatusCode> {
        let address = format!("{url}{}/releases?replace=true", self.api_path());
        let request = http
            .post(address)
            .header("authorization", key)
            .header("content-type", "application/octet-stream");
        let answer = request.body(self.tarball.clone()).send().await?;
        let status = answer.status();
        answer.bytes().await?;
        Ok(status)
    }
}

fn repository_file(repository: &str, file: &str) -> String {
    match repository {
        "hexpm" => format!("/repo/{file}"),
        organization => format!("/repo/repos/{organization}/{file}"),
    }
}

/// What one round of publishing came to.
#[derive(Default)]
struct Published {
    acknowledged: Vec<Release>,
    /// What was under way when the server went.
    interrupted: Vec<Release>,
}

/// An instance with an owner who may do everything.
struct Chaos {
    instance: Instance,
    key: String,
    public_key: PublicKey,
}

impl Chaos {
    async fn new(engine: Engine) -> Self {
        let instance = Instance::new(engine);
        let server = instance.serve();
        instance.create_user("owner", PASSWORD).await;
        instance.admin(&["organization", "create", "acme", "--owner", "owner"], "").await.succeeds();
        let owner = server.anonymous().with_password("owner", PASSWORD);
        let body =
            json!({ "name": "all", "permissions": [{ "domain": "api" }, { "domain": "repositories" }] });
        let answer = owner.post("/api/keys", &body).await.expect_status(201).json();
        let key = answer["secret"].as_str().expect("a new key has a secret").to_owned();
        let pem = server.anonymous().get("/repo/public_key").await.expect_status(200).text().to_owned();
        let public_key = PublicKey::from_pem(&pem).expect("it is a key");
        Self { instance, key, public_key }
    }

    fn caller(&self, server: &Server) -> Client {
        server.anonymous().with_key(&self.key)
    }

    /// Publishes on several connections until the server is killed, and kills it.
    async fn publish_and_kill(&self, server: Server, round: usize) -> Published {
        let count = Arc::new(AtomicUsize::new(0));
        let connections: Vec<_> = (0..CONNECTIONS)
            .map(|connection| {
                let (url, key, count) = (server.url().to_owned(), self.key.clone(), count.clone());
                tokio::spawn(publish_until_it_fails(url, key, count, round, connection))
            })
            .collect();
        let enough = usize::try_from(1 + random() % MOST_PUBLISHES).expect("a small number");
        while count.load(Ordering::Relaxed) < enough && !connections.iter().any(|one| one.is_finished()) {
            tokio::task::yield_now().await;
        }
        let moment = Instant::now() + Duration::from_micros(random() % MOST_MICROSECONDS);
        while Instant::now() < moment {
            tokio::task::yield_now().await;
        }
        server.kill();
        let mut all = Published::default();
        for connection in connections {
            let one = connection.await.expect("it only ends with the server");
            all.acknowledged.extend(one.acknowledged);
            all.interrupted.extend(one.interrupted);
        }
        all
    }

    /// Checks a release that was acknowledged, everywhere where it is seen.
    async fn check_release(&self, caller: &Client, release: &Release) {
        let Release { name, version, tarball, .. } = release;
        let shown = caller.get(&format!("{}/releases/{version}", release.api_path())).await;
        assert_eq!(shown.status, 200, "{name} {version} was acknowledged, but the API does not have it");
        assert_eq!(shown.json()["checksum"], Sha256::of(tarball).to_lower_hex(), "{name} {version}");
        let file = caller.get(&release.file(&format!("packages/{name}"))).await.expect_status(200);
        let package = Package::from_signed(&file.body, &self.public_key, release.repository(), name);
        let package = package.unwrap_or_else(|error| panic!("the registry's file of {name}: {error}"));
        let listed = package.releases.iter().find(|listed| listed.version == *version);
        let listed =
            listed.unwrap_or_else(|| panic!("{name} {version} was acknowledged, but is not in the registry"));
        assert_eq!(listed.outer_checksum, *Sha256::of(tarball).as_bytes(), "{name} {version}");
        let fetched =
            caller.get(&release.file(&format!("tarballs/{name}-{version}.tar"))).await.expect_status(200);
        assert!(fetched.body == *tarball, "{name} {version} is not what was published");
    }

    /// Checks that everything that the registry shows can be fetched, and counts the releases.
    async fn check_registry(&self, caller: &Client, repository: &str) -> usize {
        let file =
            async |file: &str| caller.get(&repository_file(repository, file)).await.expect_status(200).body;
        let names =
            Names::from_signed(&file("names").await, &self.public_key, repository).expect("names verify");
        let versions = Versions::from_signed(&file("versions").await, &self.public_key, repository);
        let versions = versions.expect("versions verify");
        let listed: Vec<&str> = names.packages.iter().map(|package| package.name.as_str()).collect();
        let again: Vec<&str> = versions.packages.iter().map(|package| package.name.as_str()).collect();
        assert_eq!(listed, again, "names and versions differ");
        let mut count = 0;
        for (name, versions) in listed.iter().zip(&versions.packages) {
            let package = file(&format!("packages/{name}")).await;
            let package = Package::from_signed(&package, &self.public_key, repository, name);
            let package = package.unwrap_or_else(|error| panic!("the registry's file of {name}: {error}"));
            assert_eq!(package.releases.len(), versions.versions.len(), "versions of {name}");
            for release in &package.releases {
                let tarball = file(&format!("tarballs/{name}-{}.tar", release.version)).await;
                assert_eq!(
                    release.outer_checksum,
                    *Sha256::of(&tarball).as_bytes(),
                    "{name} {}",
                    release.version
                );
                count += 1;
            }
        }
        count
    }
}

fn http_client() -> reqwest::Client {
    let client =
        reqwest::Client::builder().no_proxy().retry(reqwest::retry::never()).user_agent("skep-test/1.0");
    client.build().expect("a client")
}

async fn publish_until_it_fails(
    url: String,
    key: String,
    count: Arc<AtomicUsize>,
    round: usize,
    connection: usize,
) -> Published {
    let http = http_client();
    let mut published = Published::default();
    for number in 0.. {
        let release = Release::new(round, connection, number);
        match release.publish(&http, &url, &key).await {
            Ok(status) if status == StatusCode::CREATED || status == StatusCode::OK => {
                published.acknowledged.push(release);
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok(status) => panic!("{} {} was answered with {status}", release.name, release.version),
            Err(_) => {
                published.interrupted.push(release);
                break;
            }
        }
    }
    published
}

/// A number that is different in every run.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

async fn nothing_acknowledged_is_lost(engine: Engine) {
    let started = Instant::now();
    let chaos = Chaos::new(engine).await;
    let http = http_client();
    let (mut acknowledged, mut rounds, mut seen) = (Vec::new(), 0, 0);
    while rounds < ROUNDS && started.elapsed() < LIMIT {
        let published = chaos.publish_and_kill(chaos.instance.serve(), rounds).await;
        let server = chaos.instance.serve();
        let caller = chaos.caller(&server);
        for release in &published.acknowledged {
            chaos.check_release(&caller, release).await;
        }
        // What was under way is there or not; either way it can be published now.
        for release in &published.interrupted {
            let there =
                caller.get(&format!("{}/releases/{}", release.api_path(), release.version)).await.status;
            if there == 200 {
                chaos.check_release(&caller, release).await;
                seen += 1;
            }
            let status = release.publish(&http, server.url(), &chaos.key).await.expect("an answer");
            assert!(status.is_success(), "{} {} after a kill: {status}", release.name, release.version);
            chaos.check_release(&caller, release).await;
        }
        acknowledged.extend(published.acknowledged);
        acknowledged.extend(published.interrupted);
        server.kill();
        rounds += 1;
    }
    assert!(rounds >= ROUNDS / 2, "only {rounds} rounds in {:?}", started.elapsed());

    let server = chaos.instance.serve();
    let caller = chaos.caller(&server);
    let listed = chaos.check_registry(&caller, "hexpm").await + chaos.check_registry(&caller, "acme").await;
    assert_eq!(listed, acknowledged.len(), "the registry shows what was published and nothing else");
    chaos.instance.admin(&["verify"], "").await.succeeds();
    server.kill();
    chaos.instance.admin(&["verify"], "").await.says(&format!("checked {listed} releases")).succeeds();
    #[expect(clippy::print_stderr, reason = "the test's output is where its reader looks")]
    {
        let elapsed = started.elapsed();
        eprintln!(
            "{rounds} kills, {listed} releases, {seen} of the interrupted ones had been stored, {elapsed:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    nothing_acknowledged_is_lost(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_postgres() {
    if !Engine::Postgres.is_left_out() {
        nothing_acknowledged_is_lost(Engine::Postgres).await;
    }
}

/// The operator's check finds nothing wrong while others publish.
async fn verify_while_publishing(engine: Engine) {
    let chaos = Chaos::new(engine).await;
    let server = chaos.instance.serve();
    let count = Arc::new(AtomicUsize::new(0));
    let publishing: Vec<_> = (0..CONNECTIONS)
        .map(|connection| {
            let (url, key, count) = (server.url().to_owned(), chaos.key.clone(), count.clone());
            tokio::spawn(publish_until_it_fails(url, key, count, 0, connection))
        })
        .collect();
    for _ in 0..5 {
        chaos.instance.admin(&["verify"], "").await.succeeds();
    }
    server.kill();
    for connection in publishing {
        connection.await.expect("it only ends with the server");
    }
    assert!(count.load(Ordering::Relaxed) > 0, "nothing was published meanwhile");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_while_publishing_on_sqlite() {
    verify_while_publishing(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_while_publishing_on_postgres() {
    if !Engine::Postgres.is_left_out() {
        verify_while_publishing(Engine::Postgres).await;
    }
}
