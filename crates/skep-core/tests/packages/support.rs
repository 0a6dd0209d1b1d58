//! An instance whose clock the tests move, its people, and tarballs made as clients make them.

mod release;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hex_registry::SigningKey;
use hex_registry::package::Package;
use skep_core::access::{Access, Operation, PackagePath, PackageTarget, operations};
use skep_core::packages::ReleaseView;
use skep_core::publish::Published;
use skep_core::{
    Caller, Db, Environment, Error, FieldError, Fields, InstanceKey, Keys, Objects, Origin, Settings, Skep,
    Surface, TokenKey,
};
use skep_store::Pools;

pub(crate) use release::{Release, tarball_of};

/// Microseconds.
pub(crate) const SECOND: i64 = 1_000_000;

const PASSWORD: &str = "correct horse";

/// An instance.
pub(crate) struct World {
    pub(crate) core: Arc<Skep>,
    pub(crate) objects: Objects,
    pub(crate) db: Db,
    clock: Arc<AtomicI64>,
    folder: tempfile::TempDir,
    database: Option<Database>,
}

/// A database that goes with this value.
struct Database {
    server: String,
    name: String,
    address: String,
}

impl Database {
    fn new(server: &str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let started =
            SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_micros();
        let name =
            format!("skep_core_{}_{started}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let (base, _) = server.rsplit_once('/').expect("an address ends in the name of a database");
        let database = Self { server: server.to_owned(), address: format!("{base}/{name}"), name };
        database.run("CREATE DATABASE", "");
        database
    }

    fn run(&self, verb: &str, options: &str) {
        let statement = format!("{verb} {} {options}", self.name);
        let done = Command::new("psql").args(["--quiet", "--command", &statement, &self.server]).status();
        let succeeded = done.is_ok_and(|status| status.success());
        assert!(succeeded || std::thread::panicking(), "{statement}");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.run("DROP DATABASE", "WITH (FORCE)");
    }
}

/// Runs a test on every engine there is.
pub(crate) async fn each(test: impl AsyncFn(&World)) {
    each_with(|_| {}, test).await;
}

/// As [`each`], with other settings.
pub(crate) async fn each_with(change: impl Fn(&mut Settings), test: impl AsyncFn(&World)) {
    let mut settings = Settings { weak_passwords: true, ..Settings::default() };
    change(&mut settings);
    let mut worlds = vec![World::on_sqlite(settings.clone()).await];
    if let Ok(address) = std::env::var("SKEP_TEST_POSTGRES")
        && !address.is_empty()
    {
        worlds.push(World::on_postgres(&address, settings).await);
    }
    for world in &worlds {
        test(world).await;
        world.core.close().await;
    }
}

fn signing_key() -> SigningKey {
    let pem = include_str!("../../../hex-registry/tests/data/test-only-rsa2048.pkcs1.pem");
    SigningKey::from_pem(pem).expect("the key of the tests is one")
}

impl World {
    async fn on_sqlite(settings: Settings) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let db =
            Db::open_sqlite(&folder.path().join("skep.db"), Pools::default()).await.expect("SQLite opens");
        Self::new(folder, db, settings).await
    }

    async fn on_postgres(server: &str, settings: Settings) -> Self {
        let database = Database::new(server);
        let db = Db::open_postgres(&database.address, Pools::default()).await.expect("PostgreSQL opens");
        let world = Self::new(tempfile::tempdir().expect("a temporary folder"), db, settings).await;
        Self { database: Some(database), ..world }
    }

    async fn new(folder: tempfile::TempDir, db: Db, settings: Settings) -> Self {
        let objects = Objects::local(&folder.path().join("blobs")).expect("the folder can be made");
        let clock = Arc::new(AtomicI64::new(1_900_000_000 * SECOND));
        let core = Self::assembled(db.clone(), objects.clone(), clock.clone(), settings).await;
        Self { core, objects, db, clock, folder, database: None }
    }

    async fn assembled(db: Db, objects: Objects, time: Arc<AtomicI64>, settings: Settings) -> Arc<Skep> {
        let counter = AtomicU64::new(0);
        let environment = Environment {
            // Never twice the same, as on a real machine.
            clock: Arc::new(move || time.fetch_add(1, Ordering::SeqCst)),
            random: Arc::new(move |buffer: &mut [u8]| {
                let number = counter.fetch_add(1, Ordering::SeqCst).to_be_bytes();
                buffer.iter_mut().zip(number.iter().cycle()).for_each(|(to, from)| *to = *from);
            }),
        };
        let keys = Keys {
            signing: signing_key(),
            instance: InstanceKey::new(&[7; 32]),
            token: TokenKey::generate().expect("the system can make keys"),
        };
        Skep::new(db, objects, environment, keys, settings).await.expect("the instance can be assembled")
    }

    /// The rules of a process that starts now, on the same stores.
    pub(crate) async fn another_process(&self) -> Arc<Skep> {
        let db = match &self.database {
            Some(database) => Db::open_postgres(&database.address, Pools::default()).await,
            None => Db::open_sqlite(&self.folder.path().join("skep.db"), Pools::default()).await,
        };
        let db = db.expect("the database opens again");
        Self::assembled(db, self.objects.clone(), self.clock.clone(), Settings::default()).await
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds * SECOND, Ordering::SeqCst);
    }

    /// A new account.
    pub(crate) async fn user(&self, name: &str) -> Caller {
        let email = format!("{name}@example.com");
        self.core.operator_create_user(name, &email, PASSWORD.into(), false).await.expect("a new account");
        self.login(name).await
    }

    /// An account with what it may do now.
    pub(crate) async fn login(&self, name: &str) -> Caller {
        let header = format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{PASSWORD}")));
        self.show(header.as_bytes()).await
    }

    async fn show(&self, header: &[u8]) -> Caller {
        let origin = Origin { ip: None, user_agent: "test/1".into() };
        let principal = self.core.authenticate(Some(header), Surface::Api, &origin).await.expect("known");
        Caller { principal, origin, ..Caller::default() }
    }

    /// A new organization and its first admin.
    pub(crate) async fn organization(&self, name: &str, admin: &str) -> Caller {
        self.core.operator_create_organization(name, admin).await.expect("a new organization");
        self.login(admin).await
    }

    /// An organization, by a new key of it.
    pub(crate) async fn organization_key(&self, name: &str, admin: &Caller) -> Caller {
        let access = self.core.allow::<operations::CreateKey>(admin, Some(name)).await.expect("an admin");
        let key = self.core.create_key(&access, Ok(Some("ci".into())), Ok(None), Ok(None)).await;
        self.show(key.expect("a new key").1.reveal().as_bytes()).await
    }

    pub(crate) async fn member(&self, organization: &str, admin: &Caller, name: &str, role: &str) -> Caller {
        let access =
            self.core.allow::<operations::ChangeMembers>(admin, organization).await.expect("an admin");
        self.core.add_member(&access, name, Ok(Some(role.into()))).await.expect("a new member");
        self.login(name).await
    }

    /// Publishes to `REPOSITORY/NAME`, as the release says.
    pub(crate) async fn publish(&self, caller: &Caller, release: &Release) -> Result<Published, Error> {
        self.publish_with(caller, release, true).await
    }

    pub(crate) async fn publish_with(
        &self,
        caller: &Caller,
        release: &Release,
        replace: bool,
    ) -> Result<Published, Error> {
        let access =
            self.access::<operations::Publish>(caller, &release.repository, &release.draft.name).await?;
        self.core.publish(&access, release.tarball(), replace).await
    }

    /// Publishes what must be fine.
    pub(crate) async fn published(&self, caller: &Caller, release: &Release) -> ReleaseView {
        self.publish(caller, release).await.expect("it can be published").release
    }

    pub(crate) async fn access<O>(
        &self,
        caller: &Caller,
        repository: &str,
        name: &str,
    ) -> Result<Access<O>, Error>
    where
        O: Operation<Target = PackageTarget>,
    {
        self.core.allow(caller, PackagePath { repository, name }).await
    }

    pub(crate) async fn reading(
        &self,
        caller: &Caller,
        repository: &str,
    ) -> Access<operations::ReadRepository> {
        self.core.allow(caller, repository).await.expect("the repository can be read")
    }

    pub(crate) async fn fetching(&self, repository: &str) -> Access<operations::Fetch> {
        self.core.allow(&Caller::default(), repository).await.expect("the repository is public")
    }

    /// `packages/NAME` of the public repository, if there is one, its signature checked.
    pub(crate) async fn registry(&self, name: &str) -> Option<Package> {
        let access = self.fetching("hexpm").await;
        let resource = self.core.package_resource(&access, name).await.ok()?;
        let key = self.core.signing_key().public_key();
        Some(Package::from_signed(&resource.content, key, "hexpm", name).expect("signed by the instance"))
    }

    pub(crate) async fn actions(&self, repository: &str, name: &str, caller: &Caller) -> Vec<String> {
        let access = self.reading(caller, repository).await;
        let logs = self.core.package_audit_logs(&access, name, 1).await.expect("the package is there");
        logs.into_iter().map(|log| log.action).collect()
    }
}

/// Makes the instance use its memory, as it does while it runs.
pub(crate) async fn keep_warm(world: &World) {
    let mut feed = world.core.feed().await.unwrap();
    world.core.follow(&mut feed).await.unwrap();
}

pub(crate) async fn sql(world: &World, statement: &'static str) {
    let mut tx = world.db.write().await.unwrap();
    assert!(tx.execute(statement, &[]).await.unwrap() > 0, "{statement}");
    tx.commit(0).await.unwrap();
}

/// Status and the errors by field, nested ones joined by dots.
pub(crate) fn refusal(error: &Error) -> (u16, Vec<(String, String)>) {
    let mut flat = Vec::new();
    if let Fields::Map(fields) = &error.fields {
        flatten("", fields, &mut flat);
    }
    (error.status, flat)
}

fn flatten(path: &str, fields: &[(String, FieldError)], flat: &mut Vec<(String, String)>) {
    for (name, error) in fields {
        match error {
            FieldError::Text(text) => flat.push((format!("{path}{name}"), text.clone())),
            FieldError::Nested(inner) => flatten(&format!("{path}{name}."), inner, flat),
        }
    }
}

/// The only error of a result that must be 422.
#[track_caller]
pub(crate) fn only_problem<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, String) {
    let error = result.expect_err("it must be refused");
    let (status, mut fields) = refusal(&error);
    assert_eq!((status, fields.len()), (422, 1), "{error}");
    fields.remove(0)
}

/// The status of a result that must be refused.
#[track_caller]
pub(crate) fn status<T>(result: Result<T, Error>) -> u16 {
    match result {
        Ok(_) => panic!("it must be refused"),
        Err(error) => error.status,
    }
}

/// A pair of texts, as [`only_problem`] gives them.
pub(crate) fn problem(field: &str, text: &str) -> (String, String) {
    (field.to_owned(), text.to_owned())
}
