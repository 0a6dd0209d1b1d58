//! Which server is meant, and what is known about servers.

use serde_json::{Value, json};

use crate::mock::{Answer, Mock, Request};
use crate::support::{KEY, Machine, answer};

const CREDENTIALS: &str = ".hex/skep/credentials.toml";

fn named(machine: &Machine, servers: &[(&str, &str)]) {
    let entries: Vec<String> = servers
        .iter()
        .map(|(name, url)| format!("[servers.\"{url}\"]\nname = \"{name}\"\napi_key = \"{KEY}\"\n"))
        .collect();
    machine.put(CREDENTIALS, &entries.join("\n"));
}

#[test]
fn a_server_goes_by_name_site_or_host() {
    let server = Mock::start(answer);
    let machine = Machine::new().with("HEX_API_URL", "https://nowhere.invalid/api");
    named(&machine, &[("work", &server.url("/api"))]);
    let host = server.url("").trim_start_matches("http://").to_owned();
    for name in ["work", &host, &server.url(""), &server.url("/api/")] {
        assert_eq!(machine.skep(&["user", "whoami", "--server", name]).ok(), "eric\n", "{name}");
    }
    assert_eq!(
        machine.skep(&["user", "whoami", "--server", "wrok"]).failed(),
        "there is no server called \"wrok\" (did you mean work?): give its URL, or one of these names: work"
    );
    let both = machine.skep(&["user", "whoami", "--server", "work", "--api-url", "https://x.invalid/api"]);
    assert_eq!(both.code, 2);
    assert!(machine.skep(&["user", "whoami", "--server", "hexpm"]).failed().contains("https://hex.pm/api"));
}

#[test]
fn the_list_tells_who_is_signed_in_and_no_secret() {
    let machine = Machine::new();
    named(&machine, &[("work", "https://hex.example.com/api")]);
    let listed: Value = serde_json::from_str(machine.skep(&["server", "list", "--json"]).ok()).unwrap();
    assert_eq!(
        listed,
        json!([
            {"name": null, "url": "https://hex.pm/api", "repository": "https://repo.hex.pm", "username": null,
             "method": null, "since": null, "fingerprint": null, "default": true},
            {"name": "work", "url": "https://hex.example.com/api", "repository": "https://hex.example.com/repo",
             "username": null, "method": "key", "since": null, "fingerprint": null, "default": false},
        ])
    );
    let text = machine.skep(&["server", "list"]);
    assert!(text.ok().contains("https://hex.example.com/api  as an organization"), "{}", text.stdout());
}

#[test]
fn forgetting_a_server() {
    let machine = Machine::new();
    named(&machine, &[("work", "https://hex.example.com/api"), ("home", "https://home.example.com/api")]);
    assert_eq!(machine.skep(&["server", "forget", "work"]).ok(), "Forgot https://hex.example.com/api\n");
    let text = machine.text(CREDENTIALS);
    assert!(!text.contains("hex.example.com") && text.contains("home.example.com"), "{text}");
    assert!(machine.skep(&["server", "forget", "work"]).failed().starts_with("there is no server called"));
    assert_eq!(
        machine.skep(&["server", "forget", "https://hex.example.com"]).failed(),
        "this machine knows nothing about https://hex.example.com/api"
    );
}

/// An entry for `acme` under a name of its own, as `organization auth --repo acme` writes it.
fn plain_entry(name: &str, mock: &Mock) -> String {
    let url = mock.url("/repo/repos/acme");
    format!("<<\"{name}\">> => #{{url => <<\"{url}\">>,public_key => nil,auth_key => <<\"{KEY}\">>}}")
}

fn keys() -> Mock {
    Mock::start(|request: &Request| match request.line().as_str() {
        "GET /api/orgs/acme/keys" => Answer::json(200, json!([])),
        _ => answer(request),
    })
}

#[test]
fn an_organization_stands_for_its_server() {
    let (one, two) = (keys(), keys());
    let machine = Machine::new();
    named(&machine, &[("one", &one.url("/api")), ("two", &two.url("/api"))]);
    let list = ["organization", "key", "acme", "list", "--json"];
    machine.put(".hex/hex.config", &format!("{{'$repos',#{{{}}}}}.\n", plain_entry("acme", &one)));
    let outcome = machine.skep(&list);
    assert_eq!(outcome.ok(), "[]\n");
    let note = format!("Using {}, where this machine is authorized for acme\n", one.url("/api"));
    assert!(outcome.stderr.starts_with(&note), "{}", outcome.stderr);
    assert_eq!(one.lines(), ["GET /api/orgs/acme/keys"]);
    // Whoever says which server is meant is not second-guessed, nor is a key from outside sent there.
    assert_eq!(machine.skep(&[&list[..], &["--server", "two"]].concat()).ok(), "[]\n");
    assert_eq!((one.lines().len(), two.lines().len()), (1, 1));
    // At two servers it stands for none.
    let second = format!("<<\"two:acme\">> => #{{url => <<\"{}\">>}}", two.url("/repo/repos/acme"));
    machine.put(".hex/hex.config", &format!("{{'$repos',#{{{},{second}}}}}.\n", plain_entry("acme", &one)));
    let told = machine.skep(&list[..4]);
    assert!(
        told.failed()
            .starts_with("this machine is authorized for acme at 2 servers: say which with --server (")
    );
    assert!(
        told.stderr.contains(&one.url("/api")) && told.stderr.contains(&two.url("/api")),
        "{}",
        told.stderr
    );
}
