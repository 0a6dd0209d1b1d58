//! What an operator sets, at the start and while the server runs.

use std::fs;
use std::time::Duration;

use skep_testkit::Engine;

use crate::support::{Instance, Server};

#[tokio::test]
async fn mistakes_are_told_before_anything_is_made() {
    let instance = Instance::new(Engine::Sqlite);
    for (arguments, text) in [
        (
            ["--blocked-addresses", "10.0.0.0/33"],
            "blocked-addresses: `10.0.0.0/33` is not an address or a range",
        ),
        (["--exempt-addresses", "home"], "exempt-addresses: `home` is not an address or a range"),
        (["--short-url-hosts", "hex.example/x"], "short-url-hosts: `hex.example/x` is not a host"),
        (["--notice", "say \"hello\""], "notice: a notice cannot hold '\"'"),
        (["--notice-level", "loud"], "notice-level: there is no level \"loud\": choose none, warn or fatal"),
    ] {
        let run = instance.serve_and_end(&arguments).await;
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
        assert!(run.stderr.contains(text), "this should have said {text:?}: {run:?}");
    }
    assert!(!instance.data().join("skep.db").exists());
    fs::write(instance.data().join("skep.toml"), "ipv6-prefix = 0\n").expect("the folder is there");
    let run = instance.serve_and_end(&[]).await;
    assert!(run.stderr.contains("ipv6-prefix: 0 is not between 1 and 128"), "{run:?}");
}

#[tokio::test]
async fn the_file_holds_lists() {
    let instance = Instance::new(Engine::Sqlite);
    instance.serve().kill();
    let text = "blocked-addresses = [\"127.0.0.0/8\"]\nexempt-addresses = [\"::1\"]\n";
    fs::write(instance.data().join("skep.toml"), text).expect("the folder is there");
    let server = instance.serve();
    for path in ["/", "/repo/names", "/api/packages"] {
        server.anonymous().get(path).await.expect_status(403);
    }
}

#[tokio::test]
async fn a_notice_comes_and_goes_while_the_server_runs() {
    let instance = Instance::new(Engine::Sqlite);
    let mut command = instance.serve_command();
    command.args(["--notice", "of the settings", "--notice-level", "none"]);
    let server = Server::start(command);
    let client = server.anonymous();
    let shows = async |expected: &str| {
        let wait = async {
            while client.get("/api/packages").await.expect_status(200).header("x-hex-message") != expected {
                tokio::task::yield_now().await;
            }
        };
        let shown = tokio::time::timeout(Duration::from_secs(5), wait).await;
        assert!(shown.is_ok(), "it should have shown {expected}");
    };
    shows("\"of the settings\"").await;
    let run = instance.admin(&["notice", "set", "bad\nnews"], "").await;
    assert!(run.code == Some(1) && run.stderr.contains("a notice cannot hold '\\n'"), "{run:?}");
    let arguments = ["notice", "set", "of the operator", "--level", "fatal", "--until", "2999-12-31"];
    instance.admin(&arguments, "").await.succeeds();
    shows("\"of the operator\";level=fatal").await;
    instance.admin(&["notice", "clear"], "").await.succeeds();
    shows("\"of the settings\"").await;
}

#[tokio::test]
async fn installers_come_from_the_data_folder() {
    let instance = Instance::new(Engine::Sqlite);
    let server = instance.serve();
    let folder = instance.data().join("installs/1.18.0");
    fs::create_dir_all(&folder).expect("the folder can be made");
    fs::write(folder.join("hex.ez"), "archive").expect("the file can be written");
    let client = server.anonymous();
    let found = client.get("/installs/hex.ez?elixir=1.18.4").await.expect_status(302);
    let path = found.header("location").strip_prefix(server.url()).expect("it is on this server").to_owned();
    assert_eq!(path, "/repo/installs/1.18.0/hex.ez");
    assert_eq!(client.get(&path).await.expect_status(200).text(), "archive");
    client.get("/repo/installs/1.18.0/../../skep.db").await.expect_status(404);
}

#[tokio::test]
async fn downloads_are_written_when_the_server_ends() {
    let instance = Instance::new(Engine::Sqlite);
    let server = instance.serve();
    instance.create_user("owner", "correct horse").await;
    let owner = server.anonymous().with_password("owner", "correct horse");
    owner.publish(&skep_testkit::Package::new("tree", "1.0.0")).await.expect_status(201);
    server.anonymous().get("/repo/tarballs/tree-1.0.0.tar").await.expect_status(200);
    server.stop();
    let server = instance.serve();
    let release = server.anonymous().get("/api/packages/tree/releases/1.0.0").await.expect_status(200).json();
    assert_eq!(release["downloads"], 1);
}
