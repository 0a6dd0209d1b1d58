//! The first session of README.md, typed at a terminal line by line as it stands there.
//!
//! Only what a reader replaces too is replaced: the code and the key that the program printed. Besides, the port is a free
//! one and the folder `/tmp/build-machine` another one, so that tests don't meet.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Run, Server};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const TERMINAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/end_to_end/support/terminal.py");
/// What is asked and what is typed.
const ANSWERS: [(&str, &str); 5] = [
    ("Username", "alice\n"),
    ("E-mail", "alice@example.com\n"),
    ("Password", "correct horse battery\n"),
    ("Again", "correct horse battery\n"),
    ("do you trust it?", "y\n"),
];

/// A command of the session, and how it went.
struct Typed {
    command: String,
    code: i64,
    output: String,
}

/// The commands of the shell blocks between this heading and the next.
fn commands(readme: &str, heading: &str) -> Vec<String> {
    let section = readme.split_once(&format!("\n## {heading}\n")).map(|(_, rest)| rest);
    let section = section.unwrap_or_else(|| panic!("README.md has no section {heading:?}"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("\n```sh\n").skip(1).filter_map(|block| block.split_once("\n```"));
    blocks.flat_map(|(block, _)| block.lines()).map(str::to_owned).collect()
}

/// A folder in which the session can be typed as in a checkout after `cargo build --release`.
fn checkout() -> TempDir {
    let folder = TempDir::with_prefix("skep-readme-").expect("a folder can be made");
    let release = folder.path().join("target/release");
    std::fs::create_dir_all(&release).expect("a folder can be made");
    symlink(env!("CARGO_BIN_EXE_skep"), release.join("skep")).expect("a link can be made");
    symlink(Path::new(WORKSPACE).join("docs"), folder.path().join("docs")).expect("a link can be made");
    std::fs::create_dir(folder.path().join("home")).expect("a folder can be made");
    folder
}

/// Types commands into one shell.
async fn type_all(checkout: &Path, commands: &[String]) -> Vec<Typed> {
    let answers = BTreeMap::from(ANSWERS);
    let mut terminal = Command::new("python3");
    let path = std::env::var("PATH").unwrap_or_default();
    terminal.arg(TERMINAL).current_dir(checkout).env_clear().env("PATH", path).env("LANG", "C.UTF-8");
    terminal.env("HOME", checkout.join("home")).env("TERM", "xterm");
    let run =
        Run::with_input(terminal.into(), &json!({ "commands": commands, "answers": answers }).to_string())
            .await;
    let results: Value = serde_json::from_str(run.succeeds()).expect("it prints JSON");
    let typed = |result: &Value| Typed {
        command: result["command"].as_str().unwrap_or_default().to_owned(),
        code: result["code"].as_i64().unwrap_or(-1),
        output: result["output"].as_str().unwrap_or_default().to_owned(),
    };
    results.as_array().expect("it prints a list").iter().map(typed).collect()
}

/// Fails unless every command succeeded.
#[track_caller]
fn all_succeed(typed: &[Typed]) {
    for Typed { command, code, output } in typed {
        assert_eq!(*code, 0, "$ {command}\n{output}");
    }
}

#[tokio::test]
async fn the_first_session_of_the_readme() {
    let readme =
        std::fs::read_to_string(Path::new(WORKSPACE).join("README.md")).expect("there is a README.md");
    let start = commands(&readme, "Start it");
    assert_eq!(start, ["cargo run --release -- serve --data ./skep-data"]);
    let checkout = checkout();
    let mut serve = Command::new("target/release/skep");
    serve
        .args(start[0].split(' ').skip(4))
        .args(["--listen", "127.0.0.1:0"])
        .current_dir(checkout.path())
        .env_clear();
    let server = Server::start(serve);

    let machine = TempDir::with_prefix("skep-build-machine-").expect("a folder can be made");
    let code =
        server.greeting().split_once("--setup-code ").and_then(|(_, rest)| rest.split_whitespace().next());
    let code = code.unwrap_or_else(|| panic!("no code in {:?}", server.greeting()));
    let session: Vec<String> = commands(&readme, "A first session")
        .into_iter()
        .map(|command| {
            command
                .replace("http://127.0.0.1:4000", server.url())
                .replace("/tmp/build-machine", machine.path().to_str().expect("the path is text"))
                .replace("THE-CODE-THAT-THE-SERVER-PRINTED", code)
        })
        .collect();

    // Alice's terminal up to the key, the build machine's, and Alice's again.
    let position = |what: &str| {
        let found = session.iter().position(|command| command.contains(what));
        found.unwrap_or_else(|| panic!("no command of the session contains {what:?}: {session:#?}"))
    };
    let generate = position("organization key acme generate");
    let list = position("organization key acme list");
    let setup: Vec<String> = session.iter().take_while(|line| line.starts_with("export ")).cloned().collect();
    let (alice, build_machine, revoke) =
        (&session[..=generate], &session[generate + 1..list], &session[list..]);

    let typed = type_all(checkout.path(), alice).await;
    all_succeed(&typed);
    let key = typed.last().expect("the key was generated").output.clone();
    assert!(
        key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "only the key is printed: {key:?}"
    );

    let build_machine: Vec<String> =
        build_machine.iter().map(|command| command.replace("THE-KEY-THAT-WAS-PRINTED", &key)).collect();
    let typed = type_all(checkout.path(), &build_machine).await;
    all_succeed(&typed);
    let compiled =
        typed.iter().find(|typed| typed.command.starts_with("rebar3")).expect("rebar3 is in the session");
    assert!(compiled.output.contains("Fetching hello"), "{}", compiled.output);
    let fetched: Vec<PathBuf> =
        ["hello-1.0.0/src/hello.erl"].iter().map(|file| machine.path().join("app").join(file)).collect();
    assert!(fetched.iter().all(|file| file.exists()), "{fetched:?}");

    let typed = type_all(checkout.path(), &[&setup, revoke].concat()).await;
    all_succeed(&typed);
    assert!(typed.iter().any(|typed| typed.output.contains("build-machine")), "the key was not listed");
    let again = [
        &setup[..],
        &[
            format!("export HOME={}", machine.path().display()),
            "skep package fetch skep:acme/hello --output -".to_owned(),
        ],
    ];
    let typed = type_all(checkout.path(), &again.concat()).await;
    let refused = typed.last().expect("it was typed");
    assert_eq!(refused.code, 1, "a revoked key still works: {}", refused.output);
}
