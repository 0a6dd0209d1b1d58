//! A database, a folder of packages and three keys belong together. Whoever mixes them up is told, and nothing is made,
//! deleted or served before.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::json;
use skep_testkit::{Client, Engine, Package};

use crate::support::{Instance, Run, Server};

const PASSWORD: &str = "correct horse";

/// `skep` on a data folder, without the instance's other settings.
fn skep(command: &str, data: &Path) -> Command {
    let mut skep = Command::new(env!("CARGO_BIN_EXE_skep"));
    skep.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", data);
    skep.arg(command).arg("--data").arg(data);
    if command == "serve" {
        skep.args(["--listen", "127.0.0.1:0", "--weak-passwords", "true"]);
    }
    skep
}

/// The same with more arguments; it has to end by itself.
async fn run(command: &str, data: &Path, arguments: &[&str]) -> Run {
    let mut skep = skep(command, data);
    skep.args(arguments);
    Run::of(skep.into()).await
}

/// Publishes a package and gives its owner.
async fn publish(instance: &Instance, server: &Server, package: &Package) -> Client {
    instance.create_user("owner", PASSWORD).await;
    let owner = server.anonymous().with_password("owner", PASSWORD);
    let body = json!({ "name": "all", "permissions": [{ "domain": "api" }] });
    let key = owner.post("/api/keys", &body).await.expect_status(201).json();
    let owner = server.anonymous().with_key(key["secret"].as_str().expect("a new key has a secret"));
    owner.publish(package).await.expect_status(201);
    owner
}

/// The blobs in a folder, all made two hours old, so that the collector does not spare them for their youth.
fn aged_blobs(folder: &Path) -> Vec<PathBuf> {
    let long_ago = SystemTime::now() - Duration::from_secs(2 * 3600);
    let folders =
        fs::read_dir(folder).expect("the folder is there").flatten().filter(|entry| entry.path().is_dir());
    let files =
        folders.flat_map(|folder| fs::read_dir(folder.path()).expect("the folder is there").flatten());
    let mut files: Vec<_> = files.map(|file| file.path()).collect();
    files.sort();
    for file in &files {
        let opened = File::options().write(true).open(file).expect("a blob is a file");
        opened.set_modified(long_ago).expect("its time can be set");
    }
    files
}

fn database_url(instance: &Instance) -> String {
    let command = instance.command("serve");
    let mut arguments = command.get_args().skip_while(|argument| *argument != "--database-url");
    arguments.nth(1).and_then(|url| url.to_str()).expect("the instance is on PostgreSQL").to_owned()
}

/// What the identity file of a folder of packages says.
fn identity(blobs: &Path) -> String {
    fs::read_to_string(blobs.join(".instance")).expect("the folder has an identity").trim().to_owned()
}

/// Another data folder with the keys of this one.
fn with_same_keys(data: &Path, name: &str) -> PathBuf {
    let other = data.with_file_name(name);
    fs::create_dir_all(other.join("keys")).expect("a folder can be made");
    for key in fs::read_dir(data.join("keys")).expect("there are keys").flatten() {
        fs::copy(key.path(), other.join("keys").join(key.file_name())).expect("a file can be copied");
    }
    other
}

fn move_all(from: &Path, prefix: &str, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the folder is there").flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            fs::rename(entry.path(), to.join(entry.file_name())).expect("a file can be moved");
        }
    }
}

/// The collector once made an empty database when `--database-url` was forgotten, and then deleted every package.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operators_commands_need_the_right_database() {
    if Engine::Postgres.is_left_out() {
        return;
    }
    let instance = Instance::new(Engine::Postgres);
    let server = instance.serve();
    let package = Package::new("plain", "1.0.0");
    publish(&instance, &server, &package).await;
    let data = instance.data();
    let blobs = aged_blobs(&data.join("blobs"));
    assert_eq!(blobs.len(), 1);

    let create = ["user", "create", "lost", "--email", "lost@example.com", "--password-stdin"];
    for arguments in [&["gc"][..], &["verify"], &create] {
        let refused = run("admin", &data, arguments).await;
        refused.says("--database-url").says("SKEP_DATABASE_URL").says("skep.toml").fails();
        assert!(!data.join("skep.db").exists(), "skep admin {arguments:?} made a database");
    }
    assert_eq!(aged_blobs(&data.join("blobs")), blobs);

    // An empty database on the same server is not the right one either, and stays empty.
    let other = Instance::new(Engine::Postgres);
    let url = database_url(&other);
    let refused = run("admin", &data, &["--database-url", &url, "gc"]).await;
    refused.says("no instance").fails();
    run("admin", &data, &["--database-url", &url, "gc"]).await.says("no instance").fails();
    // A server would make its tables, but does not take the packages over.
    server.kill();
    run("serve", &data, &["--database-url", &url]).await.says("restore").says("--database-url").fails();
    run("admin", &data, &["--database-url", &url, "gc"]).await.says("no instance").fails();
    // Nor does one that forgot its database.
    run("serve", &data, &[]).await.says("restore").says("--database-url").fails();
    assert!(!data.join("skep.db").exists(), "skep serve made a database");
    assert_eq!(aged_blobs(&data.join("blobs")), blobs);

    let server = instance.serve();
    instance.admin(&["gc"], "").await.says("deleted 0 of 1 blob").succeeds();
    server.anonymous().get(&package.tarball_path()).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_database_is_not_begun_anew() {
    let instance = Instance::new(Engine::Sqlite);
    let server = instance.serve();
    let package = Package::new("plain", "1.0.0");
    publish(&instance, &server, &package).await;
    server.kill();
    let data = instance.data();
    let (blobs, backup) = (aged_blobs(&data.join("blobs")), data.with_file_name("backup"));
    move_all(&data, "skep.db", &backup);

    instance.admin(&["gc"], "").await.says("restore").says("skep.db").fails();
    instance
        .serve_and_end(&[])
        .await
        .says("restore skep.db from a backup")
        .says("keys")
        .says("begin anew")
        .fails();
    assert!(!data.join("skep.db").exists(), "a database was made");
    // The name alone is no database.
    File::create(data.join("skep.db")).expect("a file can be made");
    instance.admin(&["gc"], "").await.says("restore").fails();
    instance.serve_and_end(&[]).await.says("restore skep.db from a backup").fails();
    instance.admin(&["gc"], "").await.says("restore").fails();
    // Without the identity, the packages themselves show that there was an instance.
    fs::rename(data.join("blobs/.instance"), backup.join("instance")).expect("a file can be moved");
    instance.serve_and_end(&[]).await.says("restore skep.db from a backup").fails();
    assert_eq!(aged_blobs(&data.join("blobs")), blobs);

    move_all(&data, "skep.db", &backup.join("empty"));
    move_all(&backup, "skep.db", &data);
    let id = fs::read_to_string(backup.join("instance")).expect("it was moved there");
    instance.serve_and_end(&[]).await.says(id.trim()).says("blobs/.instance").fails();
    fs::rename(backup.join("instance"), data.join("blobs/.instance")).expect("a file can be moved");
    let server = instance.serve();
    server.anonymous().get(&package.tarball_path()).await.expect_status(200);
    server.kill();

    // What the error proposes for beginning anew works.
    for name in ["blobs", "keys", "skep.db"] {
        move_all(&data, name, &data.with_file_name("away"));
    }
    instance.serve();
}

/// Two servers on one database, each with a folder of its own, once started without complaint; what was published at one
/// could not be fetched from the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_of_one_database_share_one_folder() {
    if Engine::Postgres.is_left_out() {
        return;
    }
    let instance = Instance::new(Engine::Postgres);
    let first = instance.serve();
    let (data, url) = (instance.data(), database_url(&instance));
    let other = with_same_keys(&data, "other");
    // Even before anything was published.
    let refused = run("serve", &other, &["--database-url", &url]).await;
    refused.says(&identity(&data.join("blobs"))).says("another folder").says("--blobs").fails();
    run("admin", &other, &["--database-url", &url, "verify"]).await.says("--blobs").fails();

    let package = Package::new("plain", "1.0.0");
    publish(&instance, &first, &package).await;
    run("serve", &other, &["--database-url", &url]).await.says("another folder").fails();

    let blobs = data.join("blobs");
    let mut serve = skep("serve", &other);
    serve.arg("--blobs").arg(&blobs).args(["--database-url", &url]);
    let second = Server::start(serve);
    second.anonymous().get(&package.tarball_path()).await.expect_status(200);
    second.kill();
    let mut serve = skep("serve", &other);
    serve.env("SKEP_BLOBS", &blobs).env("SKEP_DATABASE_URL", &url);
    Server::start(serve).kill();
    // In the file, a path counts from the data folder, not from wherever the command was called.
    let settings = format!("blobs = \"../data/blobs\"\ndatabase-url = \"{url}\"\n");
    fs::write(other.join("skep.toml"), settings).expect("a file can be written");
    let second = Server::start(skep("serve", &other));
    second.anonymous().get(&package.tarball_path()).await.expect_status(200);
    run("admin", &other, &["verify"]).await.says("checked 1 release, 1 blob").succeeds();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_packages_of_another_instance_are_refused() {
    let (instance, other) = (Instance::new(Engine::Sqlite), Instance::new(Engine::Sqlite));
    instance.serve().kill();
    other.serve().kill();
    let (own, foreign) = (instance.data().join("blobs"), other.data().join("blobs"));
    assert_ne!(identity(&own), identity(&foreign));
    let foreign = foreign.to_str().expect("the path is text");
    let refused = instance.serve_and_end(&["--blobs", foreign]).await;
    refused.says(&identity(&own)).says(&identity(foreign.as_ref())).says("--blobs").fails();
    let refused = run("admin", &instance.data(), &["--blobs", foreign, "gc"]).await;
    refused.says(&identity(&own)).says(&identity(foreign.as_ref())).fails();
    // A folder that is not there is not made by the operator's commands.
    let missing = instance.data().join("nowhere");
    let missing = missing.to_str().expect("the path is text");
    run("admin", &instance.data(), &["--blobs", missing, "gc"])
        .await
        .says("no folder")
        .says("--blobs")
        .fails();
    assert!(!Path::new(missing).exists(), "a folder was made");
}

/// The identity is announced before the database takes it and confirmed after, so a first start can break off anywhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_start_that_broke_off_is_completed() {
    let instance = Instance::new(Engine::Sqlite);
    instance.serve().kill();
    let blobs = instance.data().join("blobs");
    let id = identity(&blobs);
    // Broken off after the commit.
    fs::rename(blobs.join(".instance"), blobs.join(".instance.new")).expect("a file can be moved");
    instance.serve().kill();
    assert_eq!(identity(&blobs), id);
    assert!(!blobs.join(".instance.new").exists());
    // Broken off before the commit.
    fs::rename(blobs.join(".instance"), blobs.join(".instance.new")).expect("a file can be moved");
    move_all(&instance.data(), "skep.db", &instance.data().join("away"));
    instance.serve().kill();
    assert_ne!(identity(&blobs), id);
    assert!(!blobs.join(".instance.new").exists());
}

/// Keys are made by the server alone: the operator's commands would make keys that fit nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operators_commands_make_no_keys() {
    let instance = Instance::new(Engine::Sqlite);
    instance.serve().kill();
    for name in ["signing.pem", "instance.key", "token.key"] {
        let (key, away) = (instance.data().join("keys").join(name), instance.data().join("away"));
        fs::rename(&key, &away).expect("a file can be moved");
        instance.admin(&["verify"], "").await.says(name).says("restore").fails();
        assert!(!key.exists(), "{name} was made");
        fs::rename(&away, &key).expect("a file can be moved");
    }
    instance.admin(&["verify"], "").await.succeeds();
}
