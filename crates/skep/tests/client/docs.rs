//! `skep docs`

use std::fs;

use hex_format::tarball::{SourceFile, SourceKind, write};
use serde_json::{Value, json};

use crate::mock::{Answer, Mock};
use crate::support::{Machine, answer};

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let file = |(path, text): &(&str, &str)| SourceFile {
        path: path.parse().unwrap(),
        kind: SourceKind::File { bytes: text.as_bytes().to_vec().into(), executable: false },
    };
    write::contents(&files.iter().map(file).collect::<Vec<_>>()).unwrap()
}

/// `foo` has documentation of 1.9.0 and 1.10.0; that of 0.9.0 is damaged.
fn server() -> Mock {
    Mock::start(|request| match request.path() {
        "/repo/docs/foo-1.9.0.tar.gz" | "/repo/docs/foo-1.10.0.tar.gz" => Answer::new(
            200,
            archive(&[
                ("index.html", "<h1>"),
                ("Foo.Bar.html", "<h2>"),
                ("llms.txt", "#"),
                ("foo.epub", "PK"),
            ]),
        ),
        "/repo/docs/foo-0.9.0.tar.gz" => {
            let mut damaged = archive(&[("index.html", "<h1>")]);
            damaged.truncate(damaged.len() - 9);
            Answer::new(200, damaged)
        }
        "/api/packages/foo" => {
            Answer::json(200, json!({"name": "foo", "docs_html_url": "https://foo.example.com/"}))
        }
        "/api/packages/foo/releases/1.9.0" => {
            Answer::json(200, json!({"version": "1.9.0", "docs_html_url": "https://foo.example.com/1.9.0/"}))
        }
        "/api/packages/bad" => {
            Answer::json(200, json!({"name": "bad", "docs_html_url": "file:///etc/passwd"}))
        }
        _ => answer(request),
    })
}

fn lock(machine: &Machine, entries: &[(&str, &str, &str)]) {
    let sum = "00".repeat(32);
    let entry = |(name, version, repository): &(&str, &str, &str)| {
        format!(
            "  \"{name}\": {{:hex, :{name}, \"{version}\", \"{sum}\", [:mix], [], \"{repository}\", \"{sum}\"}},\n"
        )
    };
    machine.put("mix.lock", &format!("%{{\n{}}}\n", entries.iter().map(entry).collect::<String>()));
}

/// A machine that knows the server's signing key.
fn at(server: &Mock) -> Machine {
    let machine = Machine::at(server);
    machine.skep(&["package", "versions", "foo"]).ok();
    machine
}

fn home(machine: &Machine) -> String {
    machine.home.path().display().to_string()
}

#[test]
fn documentation_comes_to_where_mix_looks_for_it() {
    let server = server();
    let machine = at(&server);
    let folder = format!("{}/.hex/docs/hexpm/foo/1.10.0", home(&machine));
    assert_eq!(machine.skep(&["docs", "fetch", "foo"]).ok(), format!("Docs fetched: {folder}\n"));
    assert_eq!(fs::read_to_string(format!("{folder}/index.html")).unwrap(), "<h1>");
    let asked = server.lines().len();
    assert_eq!(
        machine.skep(&["docs", "fetch", "foo", "1.10.0"]).ok(),
        format!("Docs already fetched: {folder}\n")
    );
    assert_eq!(server.lines().len(), asked);
    lock(&machine, &[("foo", "1.9.0", "hexpm")]);
    let json: Value = serde_json::from_str(machine.skep(&["docs", "fetch", "foo", "--json"]).ok()).unwrap();
    assert_eq!((json[0]["version"].as_str(), json[0]["fetched"].as_bool()), (Some("1.9.0"), Some(true)));
    assert!(machine.skep(&["docs", "fetch", "foo", "--latest"]).ok().starts_with("Docs already fetched: "));
    assert_eq!(
        machine.skep(&["docs", "list"]).ok().replace(&home(&machine), "HOME"),
        "Package  Version  Repository  Path\n\
         foo      1.9.0    hexpm       HOME/.hex/docs/hexpm/foo/1.9.0\n\
         foo      1.10.0   hexpm       HOME/.hex/docs/hexpm/foo/1.10.0\n"
    );
}

#[test]
fn all_that_is_locked_and_what_is_missing() {
    let server = server();
    let machine = at(&server);
    assert!(machine.skep(&["docs", "fetch"]).failed().starts_with("there is no lock file in this folder"));
    lock(&machine, &[("foo", "1.9.0", "hexpm"), ("bar", "1.0.0", "hexpm"), ("baz", "2.0.0", "hexpm")]);
    let outcome = machine.skep(&["docs", "fetch"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(outcome.stdout(), format!("Docs fetched: {}/.hex/docs/hexpm/foo/1.9.0\n", home(&machine)));
    assert_eq!(outcome.stderr, "error: there is no documentation of bar 1.0.0, baz 2.0.0\n");
}

#[test]
fn what_is_damaged_leaves_nothing() {
    let server = server();
    let machine = at(&server);
    let outcome = machine.skep(&["docs", "fetch", "foo", "0.9.0"]);
    assert!(outcome.failed().starts_with("documentation of foo 0.9.0: "), "{}", outcome.stderr);
    assert!(machine.files().iter().all(|file| !file.contains("docs")), "{:?}", machine.files());
    assert_eq!(machine.skep(&["docs", "list"]).ok(), "");
}

#[test]
fn opening_prints_the_address_where_nobody_looks() {
    let server = server();
    let machine = at(&server);
    let open = |rest: &[&str]| machine.skep(&[&["docs", "open"], rest].concat());
    assert_eq!(open(&["foo"]).ok(), "https://foo.example.com/\n");
    assert_eq!(
        open(&["foo", "1.9.0", "--page", "Foo.Bar"]).ok(),
        "https://foo.example.com/1.9.0/Foo.Bar.html\n"
    );
    let folder = format!("{}/.hex/docs/hexpm/foo/1.9.0", home(&machine));
    assert_eq!(open(&["foo", "1.9.0", "--offline"]).ok(), format!("{folder}/index.html\n"));
    // Now it is there.
    assert_eq!(open(&["foo", "1.9.0"]).ok(), format!("{folder}/index.html\n"));
    assert_eq!(open(&["foo"]).ok(), format!("{folder}/index.html\n"));
    assert_eq!(open(&["foo", "--format", "epub"]).ok(), format!("{folder}/foo.epub\n"));
    assert_eq!(open(&["foo", "--format", "md"]).ok(), format!("{folder}/llms.txt\n"));
    assert_eq!(open(&["foo", "--online"]).ok(), "https://foo.example.com/\n");
    assert_eq!(machine.skep(&["docs", "offline", "foo", "1.9.0"]).ok(), format!("{folder}/index.html\n"));
    assert_eq!(machine.skep(&["docs", "online", "foo", "1.9.0"]).ok(), "https://foo.example.com/1.9.0/\n");
    assert!(open(&["foo", "--page", "None"]).failed().contains("has no page None in "));
    assert!(open(&["foo", "--page", "../../../../hex.config"]).failed().contains("has no page "));
    // A server's word is not enough to open a file of this machine.
    assert!(open(&["bad", "--online"]).failed().contains("no pages of documentation"));
    let json: Value = serde_json::from_str(open(&["foo", "--json"]).ok()).unwrap();
    assert_eq!(json["opened"], json!(false));
}

#[test]
fn the_old_folders_of_mix_are_found() {
    let server = server();
    let machine = Machine::at(&server).with("MIX_XDG", "1");
    machine.put(".local/share/hex/docs/foo/1.0.0/index.html", "<h1>");
    let outcome = machine.skep(&["docs", "open", "foo", "1.0.0"]);
    assert_eq!(outcome.ok(), format!("{}/.local/share/hex/docs/foo/1.0.0/index.html\n", home(&machine)));
    assert!(server.requests().is_empty());
}
