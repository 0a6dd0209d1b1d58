//! `skep organization auth`, `deauth` and `list`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use hex_registry::names::Names;
use hex_registry::{KeySize, SigningKey};

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, SIGNING, answer, fingerprint, server};

const FILES: [&str; 4] = [
    ".config/rebar3/hex.config",
    ".config/rebar3/rebar.config",
    ".hex/hex.config",
    ".hex/skep/credentials.toml",
];

#[test]
fn a_good_key_is_stored_for_mix_and_rebar3() {
    let (server, fingerprint) = (server(), fingerprint());
    let machine = Machine::at(&server);
    let outcome = machine.skep(&["organization", "auth", "acme", "--yes", "--key", KEY]);
    assert_eq!(outcome.ok(), "");
    assert_eq!(
        outcome.stderr,
        format!(
            "{} signs with the key {fingerprint}, trusted from now on\n\
             Authorized organization acme. In mix.exs: {{:package, \"~> 1.0\", organization: \"acme\"}}\n",
            server.url("/repo")
        )
    );
    assert_eq!(machine.files(), FILES);
    for name in FILES {
        let mode = fs::metadata(machine.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    assert!(machine.text(".hex/hex.config").contains(&server.url("/repo/repos/acme")));
    // The key goes to this server's check and to its repository, and the signing key is asked for without it.
    assert_eq!(
        server.lines(),
        [
            "GET /repo/public_key",
            "GET /api/auth?domain=repository&resource=acme",
            "GET /repo/repos/acme/names"
        ]
    );
    assert_eq!(server.requests()[0].authorization(), None);

    let asked = server.requests().len();
    let list = machine.skep(&["organization", "list"]);
    assert_eq!(
        list.ok(),
        format!(
            "Organization  Repository  URL\nacme          hexpm:acme  {}\n",
            server.url("/repo/repos/acme")
        )
    );
    let json: serde_json::Value =
        serde_json::from_str(machine.skep(&["organization", "list", "--json"]).ok()).unwrap();
    assert_eq!(json[0]["repository"], "hexpm:acme");
    assert!(machine.skep(&["organization", "deauth", "acme"]).ok().is_empty());
    assert!(!machine.holds(KEY));
    assert_eq!(machine.skep(&["organization", "list"]).ok(), "");
    assert_eq!(server.requests().len(), asked, "none of these needs the network");
}

#[test]
fn a_refused_key_is_never_stored() {
    let server = server();
    let machine = Machine::at(&server);
    let before = "{api_url,<<\"https://elsewhere.example.com/api\">>}.\n";
    machine.put(".hex/hex.config", before);
    let outcome = machine.skep(&["organization", "auth", "acme", "--yes", "--key", "wrong"]);
    assert_eq!(outcome.failed(), "the key does not open the repository of acme: invalid API key (401)");
    assert_eq!(machine.files(), [".hex/hex.config"]);
    assert_eq!(machine.text(".hex/hex.config"), before);
}

#[test]
fn a_repository_that_does_not_verify_stores_nothing() {
    let other = SigningKey::generate(KeySize::Rsa2048).unwrap();
    let named = |repository: &str| Names { repository: repository.to_owned(), packages: Vec::new() };
    let answers = [
        Answer::new(200, named("acme").to_signed(&other)),
        Answer::new(200, named("hexpm").to_signed(&SIGNING)),
        Answer::new(403, ""),
        Answer::new(200, "<html>"),
    ];
    for names in answers {
        let server = Mock::start(move |request| match request.path() {
            "/repo/repos/acme/names" => names.clone(),
            _ => answer(request),
        });
        let machine = Machine::at(&server);
        let outcome = machine.skep(&["organization", "auth", "acme", "--yes", "--key", KEY]);
        assert!(outcome.failed().starts_with("the repository of acme could not be verified: "));
        assert!(machine.files().is_empty());
    }
}

#[test]
fn a_made_key_is_revoked_when_it_can_not_be_stored() {
    let server = Mock::start(|request| match request.path() {
        "/repo/repos/acme/names" => Answer::new(500, ""),
        _ => answer(request),
    });
    let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
    machine.skep(&["organization", "auth", "acme", "--yes"]).failed();
    assert!(machine.files().is_empty());
    assert_eq!(server.lines().last().unwrap(), "DELETE /api/keys/laptop-repository-acme");
}

#[test]
fn without_a_key_one_is_made() {
    let server = server();
    let machine = Machine::at(&server);
    let outcome = machine.skep(&["organization", "auth", "acme", "--yes"]);
    let api = server.url("/api");
    assert_eq!(outcome.failed(), format!("not signed in to {api}: run `skep user auth` or set HEX_API_KEY"));
    assert!(server.requests().is_empty());

    let machine = machine.with("HEX_API_KEY", KEY);
    machine.skep(&["organization", "auth", "acme", "--yes", "--key-name", "ci"]).ok();
    let made = server.requests().into_iter().find(|request| request.method == "POST").unwrap();
    assert_eq!(
        made.json(),
        serde_json::json!({"name": "ci-repository-acme", "permissions": [{"domain": "repository", "resource": "acme"}]})
    );
}

#[test]
fn the_key_can_come_from_standard_input() {
    let server = server();
    let machine = Machine::at(&server);
    machine
        .skep_with_input(&["organization", "auth", "acme", "--yes", "--key", "-"], &format!("{KEY}\n"))
        .ok();
    assert!(machine.text(".hex/hex.config").contains(KEY));
    assert_eq!(
        Machine::at(&server).skep(&["organization", "auth", "acme", "--yes", "--key", "-"]).failed(),
        "there is nothing on standard input"
    );
}

#[test]
fn a_broken_file_is_left_as_it_is_and_no_key_is_made() {
    for name in [".hex/hex.config", ".config/rebar3/rebar.config", ".config/rebar3/hex.config"] {
        let server = server();
        let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
        machine.put(name, "{broken, <<\"open}.");
        let outcome = machine.skep(&["organization", "auth", "acme", "--yes"]);
        assert!(outcome.failed().contains("is not a valid configuration file, left as it is: line 1"));
        assert_eq!(machine.text(name), "{broken, <<\"open}.");
        assert_eq!(machine.files(), [name]);
        assert!(server.requests().is_empty());
    }
}

#[test]
fn an_entry_of_another_server_is_kept_unless_replaced() {
    let server = server();
    let machine = Machine::at(&server);
    machine.put(".hex/hex.config", "{'$repos',#{<<\"hexpm:acme\">> => #{auth_key => <<\"theirs\">>}}}.\n");
    let auth = ["organization", "auth", "acme", "--yes", "--key", KEY];
    let outcome = machine.skep(&auth);
    let error = outcome.failed();
    assert!(error.contains("already points at https://repo.hex.pm/repos/acme"), "{error}");
    assert!(server.requests().is_empty());

    let beside = machine.skep(&[&auth[..], &["--repo", "mysrv"]].concat());
    assert!(beside.stderr.ends_with("repo: \"mysrv:acme\"}\n"), "{}", beside.stderr);
    assert!(machine.holds("theirs"));
    machine.skep(&["organization", "deauth", "acme", "--repo", "mysrv"]).ok();
    assert_eq!(machine.skep(&["organization", "list"]).stdout().lines().count(), 2);

    machine.skep(&[&auth[..], &["--replace"]].concat()).ok();
    assert!(!machine.holds("theirs"));
}

#[test]
fn a_pinned_fingerprint_must_match() {
    let server = server();
    let machine = Machine::at(&server);
    let other = SigningKey::generate(KeySize::Rsa2048).unwrap().public_key().fingerprint().to_string();
    let auth = |pin: &str| {
        machine.skep(&["organization", "auth", "acme", "--yes", "--key", KEY, "--fingerprint", pin])
    };
    let outcome = auth(&other);
    let expected =
        format!("the signing key of {} has fingerprint {}, not {other}", server.url("/repo"), fingerprint());
    assert_eq!(outcome.failed(), expected);
    assert_eq!(server.lines(), ["GET /repo/public_key"], "the key was not even shown to the server");
    assert!(machine.files().is_empty());
    let outcome = auth(&fingerprint());
    outcome.ok();
    assert_eq!(outcome.stderr.lines().count(), 1, "nothing is new about this key");
}

#[test]
fn a_changed_signing_key_is_refused() {
    let server = server();
    let machine = Machine::at(&server);
    let auth = ["organization", "auth", "acme", "--yes", "--key", KEY];
    machine.skep(&auth).ok();
    let known = SigningKey::generate(KeySize::Rsa2048).unwrap().public_key().fingerprint().to_string();
    let text = machine.text(".hex/skep/credentials.toml").replace(&fingerprint(), &known);
    machine.put(".hex/skep/credentials.toml", &text);
    let outcome = machine.skep(&auth);
    assert!(outcome.failed().contains(&format!("changed from {known} to {}", fingerprint())));
    machine.skep(&[&auth[..], &["--fingerprint", &fingerprint()]].concat()).ok();
    assert!(machine.text(".hex/skep/credentials.toml").contains(&fingerprint()));
}

#[test]
fn text_of_the_server_can_not_drive_the_terminal() {
    let server = Mock::start(|request| match request.path() {
        "/api/auth" => Answer::refusal(403, "no\u{1b}]0;owned\u{7}\nreally"),
        _ => answer(request),
    });
    let outcome = Machine::at(&server).skep(&["organization", "auth", "acme", "--yes", "--key", KEY]);
    assert!(outcome.failed().contains("no\\u{1b}]0;owned\\u{7} really"), "{}", outcome.stderr);
}
