//! The real server, in this process, on a port that the system chose.
//!
//! It runs on threads of its own, so that a test that blocks does not stop it, and so that it can end while the test's
//! own runtime stands still in `drop`.

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use hex_registry::PublicKey;
use skep_core::access::operations::GrantAccess;
use skep_core::mail::operator::WaitingMail;
use skep_core::notice::Notice;
use skep_core::oauth::clients::{self, Grant};
use skep_core::reserved::GivenName;
use skep_core::two_factor::OneTimeCode;
use skep_core::{Caller, Db, Environment, Origin, Settings, Skep};
use skep_server::mail::{self, Folder, Sender, Smtp, Transport};
use skep_server::{ApiSettings, App};
use skep_store::Change;
use skep_store::tables::users;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::stores::{self, Stores};
use crate::{Client, Clock, Engine, Mail};

/// How long the server may take to end. Tests leave nothing running, so this is never waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a test may want to be different.
#[derive(Debug, Clone)]
pub struct Options {
    /// Settings of the rules. Passwords are weak and new addresses unverified unless a test says otherwise.
    pub rules: Settings,
    /// How long the server waits for the next part of a body.
    pub body_timeout: Duration,
    /// What else of the HTTP surfaces differs.
    pub api: fn(&mut ApiSettings),
    /// Where mail goes.
    pub mail: MailTo,
}

/// Where the mail of a server goes.
#[derive(Debug, Clone, Default)]
pub enum MailTo {
    /// It waits until a test looks at it, see [`TestServer::mails`].
    #[default]
    Test,
    /// The server sends it to this mail server; certificates (PEM) that it believes may follow.
    Smtp(String, Option<String>),
}

/// The OAuth client that every test server knows besides those that are built in: it sends people to a browser, and has
/// them sent back to `https://ci.example.com/back`.
pub const BUILD_SERVICE: &str = "5f0c2a8e-4b5e-4a53-9d0e-3f6f0c6f9b11";

impl Default for Options {
    fn default() -> Self {
        let build_service = clients::Client {
            id: BUILD_SERVICE.to_owned(),
            name: "Build service".to_owned(),
            grants: vec![Grant::AuthorizationCode, Grant::RefreshToken],
            scopes: ["api", "api:read", "api:write", "repositories"].map(str::to_owned).to_vec(),
            redirect_uris: vec!["https://ci.example.com/back".to_owned()],
        };
        let rules = Settings {
            trust_addresses: false,
            weak_passwords: true,
            clients: vec![build_service],
            ..Settings::default()
        };
        Self { rules, body_timeout: Duration::from_secs(10), mail: MailTo::default(), api: |_| {} }
    }
}

/// A running server with stores of its own. Dropping it stops it and deletes everything.
pub struct TestServer {
    url: String,
    options: Options,
    clock: Clock,
    core: Arc<Skep>,
    db: Db,
    inbox: Arc<App>,
    client: Client,
    running: Option<Running>,
    stores: Arc<Stores>,
}

struct Running {
    runtime: Runtime,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl TestServer {
    /// Starts a server with empty stores.
    ///
    /// # Panics
    ///
    /// If anything that it needs is not there; the message says what.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, Options::default()).await
    }

    /// Starts a server that differs from the usual one.
    ///
    /// # Panics
    ///
    /// As [`TestServer::start`].
    pub async fn start_with(engine: Engine, options: Options) -> Self {
        Self::open(Arc::new(Stores::new(engine)), Clock::default(), options).await
    }

    /// Starts another server on the same stores, with the same clock.
    ///
    /// # Panics
    ///
    /// On SQLite, where only one server may use a data folder.
    pub async fn beside(&self) -> Self {
        assert!(self.engine() == Engine::Postgres, "only one server may use a data folder");
        Self::open(self.stores.clone(), self.clock.clone(), self.options.clone()).await
    }

    async fn open(stores: Arc<Stores>, clock: Clock, options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("threads can be started");
        let opening = runtime.spawn(open(stores.clone(), clock.clone(), options.clone()));
        let (url, db, core, listener) = opening.await.expect("the server starts");
        let mut api = ApiSettings::new(&url);
        api.body_timeout = options.body_timeout;
        (options.api)(&mut api);
        let inbox = Transport::Folder(Folder::new(stores.mail_folder(), Sender::of(&url)));
        let inbox = Arc::new(App::new(core.clone(), api.clone(), 0).sending_mail(inbox));
        let app = App::new(core.clone(), api, 0);
        let app = Arc::new(match &options.mail {
            MailTo::Test => app,
            MailTo::Smtp(address, authorities) => {
                let authorities = authorities.as_deref().map(str::as_bytes);
                let smtp =
                    Smtp::new(address, authorities, Sender::of(&url)).expect("the mail server can be used");
                app.sending_mail(Transport::Smtp(smtp))
            }
        });
        let (stop, stopped) = oneshot::channel();
        let serving = runtime.spawn(skep_server::serve(app, listener, async {
            // An error means that the sender is gone, which is the end too.
            let _ = stopped.await;
        }));
        let running = Some(Running { runtime, stop, serving });
        Self { client: Client::new(&url), url, options, clock, core, db, inbox, running, stores }
    }

    /// The address without a final slash, such as `http://127.0.0.1:1234`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The engine of its database.
    pub fn engine(&self) -> Engine {
        self.stores.engine()
    }

    /// Its clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The key that its registry is signed with.
    pub fn public_key(&self) -> &PublicKey {
        self.core.signing_key().public_key()
    }

    /// A caller without credentials; see [`Client::with_key`] for others.
    pub fn anonymous(&self) -> Client {
        self.client.clone()
    }

    /// Names of the blobs in its store, sorted.
    pub fn blobs(&self) -> Vec<String> {
        self.stores.blobs()
    }

    /// Makes an account with a verified address, `USERNAME@example.com`, as the operator does.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub async fn create_user(&self, username: &str, password: &str) {
        self.create_account(username, password, false).await;
    }

    /// The same, of one who may administer the instance.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub async fn create_administrator(&self, username: &str, password: &str) {
        self.create_account(username, password, true).await;
    }

    async fn create_account(&self, username: &str, password: &str, administrator: bool) {
        let (core, username, password) = (self.core.clone(), username.to_owned(), password.to_owned());
        self.run(async move {
            let email = format!("{username}@example.com");
            core.operator_create_user(&username, &email, password, administrator)
                .await
                .expect("the account is accepted");
        })
        .await;
    }

    /// Makes an organization with one admin, as the operator does.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub async fn create_organization(&self, name: &str, admin: &str) {
        let (core, name, admin) = (self.core.clone(), name.to_owned(), admin.to_owned());
        self.run(async move {
            core.operator_create_organization(&name, &admin).await.expect("the organization is accepted");
        })
        .await;
    }

    /// Reserves the name of a public package, as the operator does.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub async fn reserve_name(&self, name: &str) {
        let (core, name) = (self.core.clone(), name.to_owned());
        self.run(async move {
            let name =
                GivenName { repository: Ok(None), name: Ok(Some(name)), version: Ok(None), reason: Ok(None) };
            core.operator_reserve_name(name).await.expect("the name is not reserved yet");
        })
        .await;
    }

    /// Makes an organization as `skep admin` does beside the server, which does not see it happen.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub async fn create_organization_elsewhere(&self, name: &str, admin: &str) {
        let (stores, clock, options) = (self.stores.clone(), self.clock.clone(), self.options.clone());
        let (name, admin) = (name.to_owned(), admin.to_owned());
        self.run(async move {
            let (_, _, core, _) = open(stores, clock, options).await;
            core.operator_create_organization(&name, &admin).await.expect("the organization is accepted");
            core.close().await;
        })
        .await;
    }

    /// The code that makes the first administrator, as the server shows it at its start.
    ///
    /// # Panics
    ///
    /// If there is an administrator.
    pub async fn setup_code(&self) -> String {
        let core = self.core.clone();
        let code = self.run(async move { core.new_setup_code().await.expect("the database is there") }).await;
        code.expect("there is no administrator yet").reveal().to_owned()
    }

    /// Deactivates an account.
    ///
    /// # Panics
    ///
    /// If there is no such account.
    pub async fn deactivate(&self, username: &str) {
        let (db, username, now) = (self.db.clone(), username.to_owned(), self.clock.now());
        self.run(async move {
            let mut tx = db.write().await.expect("the database is there");
            let user = users::by_name(&mut tx, &username).await.expect("the database is there");
            let id = user.expect("the account exists").id;
            users::set_deactivated(&mut tx, id, Some(now), now).await.expect("the database is there");
            tx.note(Change::Access);
            tx.commit(now).await.expect("the database is there");
        })
        .await;
    }

    /// Somebody logs in at a browser, agrees to everything that a device asks for, and logs out.
    ///
    /// # Panics
    ///
    /// If any of it is refused.
    pub async fn approve_device(&self, username: &str, user_code: &str) {
        let (core, db) = (self.core.clone(), self.db.clone());
        let (username, code) = (username.to_owned(), user_code.to_owned());
        self.run(async move {
            let mut conn = db.read().await.expect("the database is there");
            let user = users::by_name(&mut conn, &username).await.expect("the database is there");
            drop(conn);
            let (id, origin) = (user.expect("the account exists").id, Origin::default());
            let cookie = core.begin_browser_session(id, "browser", &origin).await.expect("it can log in");
            let principal = core.browser(cookie.reveal(), &origin).await.expect("the database is there");
            let browser = Caller { principal, ..Caller::default() };
            let access = core.allow::<GrantAccess>(&browser, ()).await.expect("it may agree");
            let mut scopes = core.find_device(&access, &code).await.expect("a device waits").scopes;
            // As on the page: writing is for those with a second factor.
            if !core.two_factor_enabled(id).await.expect("the database is there") {
                scopes.retain(|scope| scope != "api:write");
            }
            core.authorize_device(&access, &code, &scopes).await.expect("it may have all of it");
            core.end_browser_session(&browser).await.expect("the database is there");
        })
        .await;
    }

    /// Has the mail that is due delivered to the test, and gives all that were ever delivered, in the order in which they
    /// were written. Servers beside each other have one inbox.
    ///
    /// # Panics
    ///
    /// If a mail cannot be read.
    pub async fn mails(&self) -> Vec<Mail> {
        let inbox = self.inbox.clone();
        self.run(async move {
            let (_stop, going_on) = watch::channel(false);
            while mail::send_due(&inbox, &going_on).await.expect("the database is there").taken > 0 {}
        })
        .await;
        self.stores.mails().iter().map(|content| Mail::parse(content)).collect()
    }

    /// Mails that wait or were given up, as the operator sees them.
    pub async fn waiting_mail(&self) -> Vec<WaitingMail> {
        let core = self.core.clone();
        self.run(async move { core.operator_list_mail().await.expect("the database is there") }).await
    }

    /// Does something with the rules themselves, as the operator's commands do.
    pub async fn operate<T, F>(&self, operation: impl FnOnce(Arc<Skep>) -> F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.run(operation(self.core.clone())).await
    }

    /// Logs a browser of the account in.
    ///
    /// # Panics
    ///
    /// If there is no such account.
    pub async fn log_in(&self, username: &str) {
        let (core, id) = (self.core.clone(), self.user_id(username).await);
        let begun = async move { core.begin_browser_session(id, "Firefox", &Origin::default()).await };
        assert!(self.run(begun).await.is_ok(), "the account can log in");
    }

    /// Checks a one-time code as a page does; the status of the refusal.
    ///
    /// # Panics
    ///
    /// If there is no such account.
    pub async fn check_code_on_page(&self, username: &str, code: &str) -> Result<(), u16> {
        let (core, id, code) = (self.core.clone(), self.user_id(username).await, OneTimeCode::new(code));
        let checked = async move { core.check_code_on_page(id, &code, &Origin::default()).await };
        self.run(checked).await.map_err(|error| error.status)
    }

    /// Uses a recovery code as a page does; the status of the refusal.
    ///
    /// # Panics
    ///
    /// If there is no such account.
    pub async fn use_recovery_code(&self, username: &str, code: &str) -> Result<(), u16> {
        let (core, id, code) = (self.core.clone(), self.user_id(username).await, OneTimeCode::new(code));
        let used = async move { core.use_recovery_code(id, &code, &Origin::default()).await };
        self.run(used).await.map_err(|error| error.status)
    }

    async fn user_id(&self, username: &str) -> i64 {
        let (db, username) = (self.db.clone(), username.to_owned());
        self.run(async move {
            let mut conn = db.read().await.expect("the database is there");
            let user = users::by_name(&mut conn, &username).await.expect("the database is there");
            user.expect("the account exists").id
        })
        .await
    }

    /// Deletes blobs that nothing refers to, as the operator does. How many were deleted.
    pub async fn collect_garbage(&self) -> u64 {
        let core = self.core.clone();
        self.run(async move { core.collect_garbage().await.expect("the stores are there").deleted }).await
    }

    /// Shows a notice, or none, as `skep admin` does beside the server, which does not see it happen.
    pub async fn set_notice_elsewhere(&self, notice: Option<Notice>) {
        let (stores, clock, options) = (self.stores.clone(), self.clock.clone(), self.options.clone());
        self.run(async move {
            let (_, _, core, _) = open(stores, clock, options).await;
            core.operator_set_notice(notice.as_ref()).await.expect("the database is there");
            core.close().await;
        })
        .await;
    }

    /// Writes the downloads that were counted, as the server does every few seconds.
    pub async fn write_downloads(&self) {
        let core = self.core.clone();
        self.run(async move { core.write_downloads().await.expect("the database is there") }).await;
    }

    /// What the operator's check of everything stored finds wrong.
    pub async fn verify(&self) -> Vec<String> {
        let core = self.core.clone();
        let found = self.run(async move { core.verify().await.expect("the stores are there") }).await;
        found.problems.into_iter().map(|problem| format!("{}: {}", problem.what, problem.problem)).collect()
    }

    /// On the server's own threads, which its connections to the database belong to.
    async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let running = self.running.as_ref().expect("the server runs until it is dropped");
        running.runtime.spawn(work).await.expect("the work ends well")
    }
}

async fn open(stores: Arc<Stores>, clock: Clock, options: Options) -> (String, Db, Arc<Skep>, TcpListener) {
    let db = stores.open_database().await;
    let environment =
        Environment { clock: Arc::new(move || clock.now()), random: Arc::new(stores::fill_random) };
    let core = Skep::new(db.clone(), stores.open_objects(), environment, stores::keys(), options.rules).await;
    let core = core.expect("the stores are there");
    core.claim_instance().await.expect("the stores belong to these keys");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("there is a free port");
    let address = listener.local_addr().expect("a listener has an address");
    core.remember_web_url(&format!("http://{address}")).await.expect("the database is there");
    (format!("http://{address}"), db, core, listener)
}

impl fmt::Debug for TestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestServer")
            .field("url", &self.url)
            .field("engine", &self.engine())
            .finish_non_exhaustive()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let Some(Running { runtime, stop, serving }) = self.running.take() else { return };
        // The server may have ended by itself.
        let _ = stop.send(());
        // A runtime can't be waited for inside of another one.
        let ended = std::thread::spawn(move || {
            let ended = runtime.block_on(async { tokio::time::timeout(PATIENCE, serving).await });
            runtime.shutdown_timeout(PATIENCE);
            ended.is_ok_and(|ended| ended.is_ok())
        });
        let ended = ended.join().unwrap_or(false);
        assert!(ended || std::thread::panicking(), "the server did not end within {PATIENCE:?}, or panicked");
    }
}
