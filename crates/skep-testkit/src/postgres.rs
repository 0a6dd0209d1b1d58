//! A PostgreSQL to throw away, and a fresh database in it for each test.
//!
//! The server belongs to the process that started it: a small script holds the other end of a pipe and takes the
//! server down when the pipe closes, however this process ends. It must never touch a server that it did not start,
//! except the one that [`VARIABLE`] names, and there only databases that it made.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Names a server to use instead of starting one: the address of its maintenance database, as in
/// `postgres://postgres@127.0.0.1:5432/postgres`. The test command sets it, so that one server serves the tests of
/// all processes.
pub const VARIABLE: &str = "SKEP_TEST_POSTGRES";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/postgres");

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    address: String,
    /// Keeps the pipe open that the server's life hangs on.
    _supervisor: Option<Child>,
}

/// A database of one test; dropped with this value, whoever is still connected.
#[derive(Debug)]
pub struct Database {
    server: &'static Postgres,
    name: String,
}

impl Postgres {
    /// The server of this process: the one that [`VARIABLE`] names, or one started now.
    ///
    /// # Panics
    ///
    /// If no server can be started; the message says why.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var(VARIABLE) {
            Ok(address) if !address.is_empty() => Self { address, _supervisor: None },
            _ => Self::start(),
        })
    }

    /// A new, empty database.
    ///
    /// # Panics
    ///
    /// If the server refuses.
    pub fn database(&'static self) -> Database {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        // Several processes share the server, and ids of processes come again.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("skep_{}_{}_{number}", since_epoch.as_micros(), std::process::id());
        self.run(&format!("CREATE DATABASE {name}"));
        Database { server: self, name }
    }

    fn start() -> Self {
        let mut supervisor = Command::new(SCRIPT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{SCRIPT} could not be started: {error}"));
        let stdout = supervisor.stdout.take().expect("standard output is piped");
        let mut address = String::new();
        BufReader::new(stdout).read_line(&mut address).expect("the script prints text");
        let address = address.trim().to_owned();
        assert!(!address.is_empty(), "no throw-away PostgreSQL: see the output of {SCRIPT}");
        Self { address, _supervisor: Some(supervisor) }
    }

    /// Runs one statement in the maintenance database.
    fn run(&self, statement: &str) {
        let output = Command::new(psql())
            .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", statement, &self.address])
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("psql could not be started: {error}"));
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Database {
    /// Its address, as `--database-url` takes it.
    pub fn url(&self) -> String {
        let (server, _maintenance) =
            self.server.address.rsplit_once('/').expect("the address of a server names a database");
        format!("{server}/{}", self.name)
    }

    /// Runs SQL text in this database, for what no interface can do (a time in the past, a row of a newer version).
    ///
    /// # Panics
    ///
    /// If the database refuses it.
    pub fn sql(&self, statements: &str) -> String {
        let output = Command::new(psql())
            .args([
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
                "--command",
            ])
            .args([statements, &self.url()])
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("psql could not be started: {error}"));
        assert!(output.status.success(), "{statements}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if std::thread::panicking() {
            // The test has failed already; a second panic would hide why. The server is thrown away anyway.
            return;
        }
        self.server.run(&statement);
    }
}

/// The real program of the newest installed version; the one on the path is a wrapper that takes longer to start than
/// the statement takes to run.
fn psql() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).max();
    match newest {
        Some(version) => format!("/usr/lib/postgresql/{version}/bin/psql").into(),
        None => "psql".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_fresh_and_gone_after_use() {
        let server = Postgres::shared();
        let (first, second) = (server.database(), server.database());
        first.sql("CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (7)");
        assert_eq!(first.sql("SELECT x FROM t"), "7");
        assert_eq!(second.sql("SELECT count(*) FROM pg_tables WHERE tablename = 't'"), "0");
        let name = first.name.clone();
        drop(first);
        let left = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
        assert_eq!(second.sql(&left), "0");
    }
}
