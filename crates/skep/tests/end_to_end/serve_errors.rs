//! A server that can't start says why and what to do, in one line, and ends with exit code 1.

use std::fs;
use std::path::Path;
use std::process::Command;

use skep_testkit::Engine;

use crate::support::{Instance, Run};

/// Runs `skep serve` to its end, which must come by itself.
async fn serve(arguments: &[&str]) -> Run {
    let mut serve = Command::new(env!("CARGO_BIN_EXE_skep"));
    serve.env_clear().arg("serve").args(arguments);
    Run::of(serve.into()).await
}

/// Fails unless the failure is one line that contains all these texts.
#[track_caller]
fn tells(run: &Run, texts: &[&str]) {
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    assert!(run.stderr.starts_with("error: "), "{run:?}");
    for text in texts {
        assert!(run.stderr.contains(text), "this should have said {text:?}: {run:?}");
    }
}

/// An instance whose server has run once.
fn used() -> Instance {
    let instance = Instance::new(Engine::Sqlite);
    instance.serve().kill();
    instance
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

#[tokio::test]
async fn no_folder() {
    tells(&serve(&[]).await, &["no data folder given: add --data DIR or set SKEP_DATA"]);

    let folder = tempfile::tempdir().expect("a folder can be made");
    let parent = folder.path().join("no");
    let run = serve(&["--data", text(&parent.join("where"))]).await;
    let (missing, remedy) =
        (format!("there is no folder {}", parent.display()), format!("mkdir -p {}", parent.display()));
    tells(&run, &[&missing, &remedy, "or correct --data"]);
    assert!(!parent.exists());
}

#[tokio::test]
async fn a_file_in_place_of_the_folder() {
    let file = tempfile::NamedTempFile::new().expect("a file can be made");
    let expected = format!("{} is not a folder: give --data a folder", file.path().display());
    tells(&serve(&["--data", text(file.path())]).await, &[&expected]);
}

/// `/sys` cannot be written to, not even by root.
#[tokio::test]
async fn a_folder_that_cannot_be_written_to() {
    let run = serve(&["--data", "/sys"]).await;
    tells(&run, &["cannot write to the data folder /sys", "run Skep as the folder's owner", "chown -R"]);
}

#[tokio::test]
async fn a_folder_in_use() {
    let instance = Instance::new(Engine::Sqlite);
    let server = instance.serve();
    let process = format!("in use by another server (process {})", server.id());
    tells(
        &instance.serve_and_end(&[]).await,
        &[&process, "stop it first, or give this one a folder of its own"],
    );
    server.anonymous().get("/repo/names").await.expect_status(200);
    // The lock goes with the process, however that ends.
    server.kill();
    instance.serve();
}

#[tokio::test]
async fn a_port_in_use() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("a listener has an address").to_string();
    let instance = Instance::new(Engine::Sqlite);
    let mut serve = instance.command("serve");
    serve.args(["--listen", &address]);
    let run = Run::of(serve.into()).await;
    let expected = format!("cannot listen on {address}");
    tells(&run, &[&expected, "is another program using the port?", "--listen"]);
}

#[tokio::test]
async fn a_database_of_a_newer_version() {
    let instance = used();
    let bump = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); \
                db.execute('INSERT INTO schema_migrations VALUES (9999)'); db.commit()";
    let mut python = Command::new("python3");
    python.args(["-c", bump, text(&instance.data().join("skep.db"))]);
    Run::of(python.into()).await.succeeds();
    let expected =
        ["the database has schema 9999", "start the newer version that made it, or restore a backup"];
    tells(&instance.serve_and_end(&[]).await, &expected);
    tells(&instance.admin(&["verify"], "").await, &expected);
}

#[tokio::test]
async fn a_newer_postgres_database() {
    if Engine::Postgres.is_left_out() {
        return;
    }
    let instance = Instance::new(Engine::Postgres);
    instance.serve().kill();
    instance.sql("INSERT INTO schema_migrations VALUES (9999)");
    tells(
        &instance.serve_and_end(&[]).await,
        &["the database has schema 9999", "start the newer version that made it"],
    );
}

#[tokio::test]
async fn a_damaged_database() {
    let instance = used();
    let database = instance.data().join("skep.db");
    for journal in ["skep.db-wal", "skep.db-shm"] {
        drop(fs::remove_file(instance.data().join(journal)));
    }
    fs::write(&database, [b'x'; 100_000]).expect("a file can be written");
    let expected = format!("cannot open the database {}", database.display());
    tells(&instance.serve_and_end(&[]).await, &[&expected, "file is not a database"]);
}

#[tokio::test]
async fn no_postgres() {
    let instance = Instance::new(Engine::Sqlite);
    // A port that is taken by nobody who answers: it was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = free.local_addr().expect("a listener has an address");
    drop(free);
    let url = format!("postgres://skep:secret@{address}/skep");
    let run = instance.serve_and_end(&["--database-url", &url]).await;
    tells(
        &run,
        &["cannot open the PostgreSQL database", "is it running", "--database-url", "Connection refused"],
    );
    assert!(!run.stderr.contains("secret"), "{run:?}");
    let run = instance.serve_and_end(&["--database-url", "mysql://localhost/skep"]).await;
    tells(&run, &["database-url must begin with postgres://"]);
}

#[tokio::test]
async fn mistakes_in_the_settings_file() {
    let instance = used();
    let settings = instance.data().join("skep.toml");
    let place = format!("the settings file {} has a mistake", settings.display());
    for (content, expected) in [
        (
            "colour = \"red\"",
            vec!["there is no setting `colour`; the settings are ", "listen", "public-url", "database-url"],
        ),
        ("weak-passwords = true", vec!["there is no setting `weak-passwords`"]),
        (
            "[[oauth-clients]]\nid = \"ci\"\nname = \"CI\"\nscopes = [\"api\"]",
            vec!["the OAuth client \"CI\"", "the id \"ci\" is no UUID"],
        ),
        ("data = \"/elsewhere\"", vec!["there is no setting `data`"]),
        ("basic-auth = \"maybe\"", vec!["expected a boolean", "basic-auth"]),
        ("public-url = \"http", vec!["line 1"]),
    ] {
        fs::write(&settings, content).expect("a file can be written");
        let run = instance.serve_and_end(&[]).await;
        tells(&run, &[&[place.as_str()], expected.as_slice()].concat());
    }
    fs::write(&settings, "basic-auth = false\n").expect("a file can be written");
    instance.serve();
}

#[tokio::test]
async fn the_wrong_signing_key() {
    let (instance, other) = (used(), used());
    let key = other.data().join("keys/signing.pem");
    let run = instance.serve_and_end(&["--signing-key", text(&key)]).await;
    tells(&run, &["the database belongs to an instance with the signing key SHA256:", "use the "]);
    instance.serve();
}

#[tokio::test]
async fn damaged_keys() {
    let instance = used();
    let keys = instance.data().join("keys");
    let (own, signing) = (keys.join("instance.key"), keys.join("signing.pem"));
    let whole = fs::read(&own).expect("it was made");
    for damaged in [&b""[..], &whole[..40], &[0xff; 65]] {
        fs::write(&own, damaged).expect("a file can be written");
        let run = instance.serve_and_end(&[]).await;
        tells(&run, &[text(&own)]);
        assert_eq!(fs::read(&own).expect("it is there"), damaged, "a damaged key was touched");
    }
    fs::write(&own, whole).expect("a file can be written");
    fs::write(&signing, "nothing").expect("a file can be written");
    tells(&instance.serve_and_end(&[]).await, &[text(&signing), "is no signing key"]);
    let run = instance.serve_and_end(&["--signing-key", "/nowhere/key.pem"]).await;
    tells(&run, &["cannot read the signing key /nowhere/key.pem"]);
}
