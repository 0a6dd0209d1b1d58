//! A data folder of its own, and the real server on it, as often as a test wants.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use skep_testkit::postgres::{Database, Postgres};
use skep_testkit::{Client, Engine};
use tempfile::TempDir;

use super::Run;

/// What outlives a server: folder and database.
pub(crate) struct Instance {
    // Before the folder, so that the database goes first.
    database: Option<Database>,
    folder: TempDir,
}

/// A running server. It is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    url: String,
    greeting: String,
}

impl Instance {
    /// An instance that no server has seen yet.
    pub(crate) fn new(engine: Engine) -> Self {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Postgres::shared().database()),
        };
        Self { database, folder: TempDir::with_prefix("skep-instance-").expect("a folder can be made") }
    }

    /// The data folder. The first server makes it.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// `skep` with this instance's folder and database, to be completed by arguments.
    pub(crate) fn command(&self, command: &str) -> Command {
        let mut skep = Command::new(env!("CARGO_BIN_EXE_skep"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        // SQLite of an earlier server must not be found by variables of the machine.
        skep.env_clear().env("PATH", path).env("HOME", self.folder.path());
        skep.arg(command).arg("--data").arg(self.data());
        if let Some(database) = &self.database {
            skep.args(["--database-url", &database.url()]);
        }
        skep
    }

    /// The command of a server on a free port.
    pub(crate) fn serve_command(&self) -> Command {
        let mut serve = self.command("serve");
        serve.args(["--listen", "127.0.0.1:0", "--weak-passwords", "true"]);
        serve
    }

    /// Starts a server, which must come up.
    pub(crate) fn serve(&self) -> Server {
        Server::start(self.serve_command())
    }

    /// Runs `skep serve` with more arguments, which must come to its end by itself.
    pub(crate) async fn serve_and_end(&self, arguments: &[&str]) -> Run {
        let mut serve = self.serve_command();
        serve.args(arguments);
        Run::of(serve.into()).await
    }

    /// Runs `skep admin` with this text as its standard input.
    pub(crate) async fn admin(&self, arguments: &[&str], input: &str) -> Run {
        let mut admin = self.command("admin");
        admin.args(arguments);
        Run::with_input(admin.into(), input).await
    }

    /// Runs SQL text in its PostgreSQL database.
    pub(crate) fn sql(&self, statements: &str) -> String {
        self.database.as_ref().expect("this instance is on PostgreSQL").sql(statements)
    }

    /// Makes an account.
    pub(crate) async fn create_user(&self, name: &str, password: &str) {
        let email = format!("{name}@example.com");
        let arguments = ["user", "create", name, "--email", &email, "--password-stdin"];
        self.admin(&arguments, password).await.succeeds();
    }
}

impl Server {
    /// Starts this command of a server and waits until it listens.
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        let mut stdout = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut greeting = String::new();
        let url = loop {
            let before = greeting.len();
            if stdout.read_line(&mut greeting).expect("the greeting is text") == 0 {
                let status = child.wait();
                panic!("the server did not start ({status:?}): see above; it said {greeting:?}");
            }
            if let Some(url) = greeting[before..].trim().strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        // A server whose output nobody reads would stand still one day.
        std::thread::spawn(move || std::io::copy(&mut stdout.by_ref(), &mut std::io::sink()));
        Self { child, url, greeting }
    }

    /// Where it listens, such as `http://127.0.0.1:1234`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What it said at its start.
    pub(crate) fn greeting(&self) -> &str {
        &self.greeting
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// A caller without credentials.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.url)
    }

    /// Kills it at once, as a power cut would, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        assert!(asked.expect("there is a program `kill`").success());
        let ended = self.child.wait().expect("the server was started");
        assert!(ended.success(), "{ended}");
    }

    fn end(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
