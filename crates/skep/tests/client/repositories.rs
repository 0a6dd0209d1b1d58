//! `skep repo`, `skep config`, and what a repository's name means to every other command.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, SIGNING, answer, build, fingerprint, server};

const CONFIG: &str = ".hex/hex.config";

/// A machine that knows the server as `mysrv`, and its organization with more fields.
fn knowing(mock: &Mock, more: &str) -> Machine {
    let machine = Machine::new();
    machine.put(
        CONFIG,
        &format!(
            "{{'$repos',#{{<<\"mysrv\">> => #{{url => <<\"{}\">>,public_key => <<\"{}\">>,auth_key => nil}},\n\
             <<\"mysrv:acme\">> => #{{auth_key => <<\"{KEY}\">>{more}}}}}}}.\n",
            mock.url("/repo"),
            SIGNING.public_key().to_pem(),
        ),
    );
    machine
}

#[test]
fn from_adding_to_removing() {
    let machine = Machine::new();
    machine.put("key.pem", &SIGNING.public_key().to_pem());
    let url = "https://hex.example.com/repo";
    let added = machine.skep(&["repo", "add", "mysrv", url, "--public-key", "key.pem"]);
    assert_eq!(
        (added.ok(), added.stderr.as_str()),
        ("", "Repository mysrv added: https://hex.example.com/repo\n")
    );
    let given = machine.skep_with_input(
        &["repo", "add", "mysrv:acme", "https://hex.example.com/repo/repos/acme", "--auth-key", "-"],
        KEY,
    );
    given.ok();
    let mode = fs::metadata(machine.path(CONFIG)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let before = machine.text(CONFIG);
    assert_eq!(
        machine.skep(&["repo", "add", "mysrv", "https://other.example.com"]).failed(),
        format!("Replace repository mysrv at {url}, and its keys? --yes is needed where nobody can be asked")
    );
    assert_eq!(machine.text(CONFIG), before);
    machine.skep(&["repo", "add", "mysrv", url, "--public-key", "key.pem"]).ok();

    let list = machine.skep(&["repo", "list"]);
    let expected = format!(
        "Name        URL                                         Public key                                          Auth key\n\
         hexpm       https://repo.hex.pm                         SHA256:O1LOYhHFW4kcrblKAxROaDEzLD8bn1seWbe5tq8TRsk\n\
         mysrv       https://hex.example.com/repo                {0}\n\
         mysrv:acme  https://hex.example.com/repo/repos/acme     {0}  stored\n",
        fingerprint()
    );
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(list.ok()), squeezed(&expected));
    let json: Value = serde_json::from_str(machine.skep(&["repo", "list", "--json"]).ok()).unwrap();
    assert_eq!(
        json[2],
        json!({
            "name": "mysrv:acme", "url": "https://hex.example.com/repo/repos/acme", "organization": "acme",
            "fingerprint": fingerprint(), "has_auth_key": true, "oauth_exchange": false, "oauth_exchange_url": null,
        })
    );
    let show = |arguments: &[&str]| {
        machine.skep(&[&["repo", "show", "mysrv:acme"], arguments].concat()).ok().to_owned()
    };
    assert!(!show(&[]).contains(KEY) && !show(&["--json"]).contains(KEY));
    assert_eq!(show(&["--auth-key"]), format!("{KEY}\n"));
    assert_eq!(show(&["--url"]), "https://hex.example.com/repo/repos/acme\n");
    assert_eq!(show(&["--public-key"]), SIGNING.public_key().to_pem());
    assert_eq!(show(&["--oauth-exchange"]), "false\n");
    assert_eq!(show(&["--oauth-exchange-url"]), "");

    let moved = machine.skep(&["repo", "set", "mysrv:acme", "--url", "https://other.example.com/repo"]);
    assert!(moved.failed().contains("--no-auth-key for https://other.example.com/repo"), "{}", moved.stderr);
    let needed = machine.skep(&["repo", "remove", "mysrv"]);
    assert_eq!(needed.failed(), "mysrv:acme can't be without repository mysrv: remove that first");
    machine.skep(&["repo", "set", "mysrv:acme", "--no-auth-key"]).ok();
    assert_eq!(show(&["--auth-key"]), "");
    let removed = machine.skep(&["repo", "remove", "mysrv:acme", "--json"]);
    let removed: Value = serde_json::from_str(removed.ok()).unwrap();
    assert_eq!(removed, json!({"repository": "mysrv:acme", "action": "removed", "fingerprint": null}));
    machine.skep(&["repo", "remove", "mysrv"]).ok();
    assert_eq!(machine.text(CONFIG).trim(), "{'$repos',#{}}.");
    assert!(!machine.holds(KEY));
}

#[test]
fn a_public_key_is_fetched_by_its_fingerprint() {
    let mock = server();
    let machine = Machine::new();
    let url = mock.url("/repo");
    let add = |url: &str, fingerprint: &str| {
        machine.skep(&["repo", "add", "mysrv", url, "--fetch-public-key", fingerprint])
    };
    let wrong = "SHA256:O1LOYhHFW4kcrblKAxROaDEzLD8bn1seWbe5tq8TRsk";
    assert!(add(&url, wrong).failed().ends_with("nothing was stored"));
    assert!(
        add(&mock.url("/nowhere"), &fingerprint())
            .failed()
            .contains("/nowhere/public_key (401): that is not the address")
    );
    assert_eq!(machine.files(), Vec::<String>::new());
    add(&url, &fingerprint()).ok();
    assert_eq!(machine.skep(&["repo", "show", "mysrv", "--public-key"]).ok(), SIGNING.public_key().to_pem());
    machine.skep(&["repo", "set", "hexpm", "--url", &url, "--fetch-public-key", &fingerprint()]).ok();
    assert_eq!(machine.skep(&["repo", "show", "hexpm", "--url"]).ok(), format!("{url}\n"));
    machine.skep(&["repo", "remove", "hexpm"]).ok();
    assert_eq!(machine.skep(&["repo", "show", "hexpm", "--url"]).ok(), "https://repo.hex.pm\n");
}

#[test]
fn repositories_that_nobody_knows() {
    let machine = Machine::new();
    for arguments in [
        &["show", "nope"][..],
        &["remove", "nope"],
        &["set", "nope", "--no-auth-key"],
        &["add", "nope:acme", "https://h"],
    ] {
        let outcome = machine.skep(&[&["repo"], arguments].concat());
        assert!(
            outcome.failed().starts_with("this machine knows no repository \"nope\""),
            "{}",
            outcome.stderr
        );
    }
    for name in ["no good", "a:b:c", "", "ä"] {
        assert!(
            machine
                .skep(&["repo", "add", name, "https://h"])
                .failed()
                .contains("is not the name of a repository")
        );
    }
    assert!(machine.skep(&["repo", "add", "mysrv", "ftp://h"]).failed().contains("must begin with https://"));
    machine.put("junk", "junk");
    assert!(
        machine
            .skep(&["repo", "add", "mysrv", "https://h", "--public-key", "junk"])
            .failed()
            .starts_with("junk is not a public key")
    );
    assert_eq!(machine.files(), ["junk"]);
}

#[test]
fn settings() {
    let machine = Machine::new();
    let config = |arguments: &[&str]| machine.skep(&[&["config"], arguments].concat());
    assert_eq!(config(&["http_concurrency"]).ok(), "8\n");
    assert_eq!(config(&["http_timeout", "120"]).ok(), "");
    assert_eq!(machine.text(CONFIG).trim(), "{http_timeout,<<\"120\">>}.");
    assert_eq!(config(&["http_timeout"]).ok(), "120\n");
    assert_eq!(config(&["offline"]).ok(), "false\n");
    assert_eq!(config(&["api_url"]).ok(), "\"https://hex.pm/api\"\n");
    config(&["api_url", "https://hex.example.com/api/"]).ok();
    assert_eq!(
        config(&["api_url"]).ok(),
        "\"https://hex.example.com/api\"\n",
        "mix would ask for //users/me"
    );
    config(&["api_url", "--delete"]).ok();
    assert_eq!(config(&["policy"]).ok(), "nil\n");
    machine.skep_with_input(&["config", "api_key", "-"], "secret\n").ok();
    config(&["https_proxy", "http://me:secret@proxy.example.com:3128"]).ok();
    let listed = config(&[]).ok().to_owned();
    let file = machine.path(CONFIG);
    for line in [
        format!("api_key: (hidden) (using `{}`)", file.display()),
        format!("https_proxy: (hidden) (using `{}`)", file.display()),
        format!("http_timeout: 120 (using `{}`)", file.display()),
        "ignore_advisories: [] (default)".to_owned(),
    ] {
        assert!(listed.lines().any(|listed| listed == line), "{line}\n{listed}");
    }
    assert!(!listed.contains("secret") && !config(&["--json"]).ok().contains("secret"));
    assert_eq!(config(&["api_key"]).ok(), "\"secret\"\n");
    config(&["api_key", "--delete"]).ok();
    config(&["https_proxy", "--delete"]).ok();
    config(&["http_timeout", "--delete"]).ok();
    assert_eq!(machine.text(CONFIG).trim(), "");

    assert!(config(&["nonsense"]).failed().starts_with("The key nonsense is not valid"));
    for arguments in [
        &["nonsense", "1"][..],
        &["ci", "true"],
        &["cache_home", "/x"],
        &["nonsense", "--delete"],
        &["$repos", "x"],
    ] {
        assert!(config(arguments).failed().starts_with("Invalid key"));
    }
    assert!(config(&["http_timeout", "soon"]).failed().contains("not a whole number above 0"));
    assert!(config(&["offline", "maybe"]).failed().contains("not true or false"));
    assert!(config(&["policy", "foo"]).failed().starts_with("the policy \"foo\" is not REPOSITORY/NAME"));
    assert!(
        config(&["cooldown", "foo"]).failed().starts_with("\"foo\" is not a cooldown: write 0, or a number")
    );
    assert!(config(&["ignore_retirements", "foo@1"]).failed().contains("foo@1"));
    config(&["cooldown", "2w"]).ok();
    config(&["policy", "hexpm:acme/strict"]).ok();
    config(&["cooldown", "--delete"]).ok();
    config(&["policy", "--delete"]).ok();
    let machine = Machine::new().with("HEX_HTTP_TIMEOUT", "soon");
    let outcome = machine.skep(&["package", "fetch", "foo"]);
    assert_eq!(outcome.failed(), "HEX_HTTP_TIMEOUT is \"soon\", not a whole number above 0");
    let outcome = Machine::new()
        .with("HEX_OFFLINE", "yes")
        .with("HEX_MIRROR", "http://127.0.0.1:9")
        .skep(&["package", "fetch", "foo"]);
    assert!(outcome.stderr.starts_with("warning: HEX_OFFLINE is \"yes\", not 1, true"), "{}", outcome.stderr);
}

#[test]
fn an_organization_is_found_under_whatever_name() {
    let mock = server();
    let machine = knowing(&mock, "");
    machine.skep(&["package", "fetch", "foo", "--organization", "acme"]).ok();
    let request = mock.requests().pop().unwrap();
    assert_eq!(request.line(), "GET /repo/repos/acme/tarballs/foo-1.10.0.tar");
    assert_eq!(request.authorization(), Some(KEY));
    let outcome = machine.skep(&["package", "fetch", "bar", "--organization", "acme"]);
    assert!(
        outcome.failed().contains("package bar does not exist in repository mysrv:acme"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_key_is_exchanged_once_and_at_its_own_server() {
    let mock = Mock::start(|request| match request.line().as_str() {
        "POST /api/oauth/token" => {
            assert_eq!(request.json()["client_secret"], KEY);
            Answer::json(200, json!({"access_token": "TOKEN", "token_type": "bearer", "expires_in": 3600}))
        }
        _ if request.authorization() == Some("Bearer TOKEN") => {
            let mut inside = request.clone();
            inside.headers.insert("authorization".to_owned(), KEY.to_owned());
            answer(&inside)
        }
        _ => Answer::new(403, ""),
    });
    let machine = knowing(&mock, ",oauth_exchange => true");
    for _ in 0..2 {
        machine.skep(&["package", "fetch", "foo", "--organization", "acme"]).ok();
    }
    let exchanges = mock.lines().iter().filter(|line| line.starts_with("POST ")).count();
    assert_eq!(exchanges, 1);
    assert!(machine.text(CONFIG).contains("access_token => <<\"TOKEN\">>"), "{}", machine.text(CONFIG));
}

#[test]
fn a_login_of_the_host_comes_last() {
    let mock = server();
    let machine = Machine::at(&mock);
    machine.put(".netrc", "machine 127.0.0.1 login eric password secret\n");
    machine.skep(&["package", "fetch", "foo", "--fingerprint", &fingerprint()]).ok();
    assert_eq!(mock.requests().last().unwrap().authorization(), Some("Basic ZXJpYzpzZWNyZXQ="));
    let machine = knowing(&mock, "");
    machine.put(".netrc", "machine 127.0.0.1 login eric password secret\n");
    machine.skep(&["package", "fetch", "foo", "--organization", "acme"]).ok();
    assert_eq!(mock.requests().last().unwrap().authorization(), Some(KEY));
}

#[test]
fn without_a_network_what_was_there_before_is_enough() {
    let mock = server();
    let machine = knowing(&mock, "");
    machine.skep(&["package", "fetch", "foo", "--organization", "acme"]).ok();
    let requests = mock.requests().len();
    let machine = machine.with("HEX_OFFLINE", "1");
    // The registry is at hand, the tarball is not.
    let outcome = machine.skep(&["package", "fetch", "foo", "9.9.9", "--organization", "acme"]);
    assert_eq!(outcome.failed(), "package foo has no version 9.9.9");
    let outcome = machine.skep(&["package", "fetch", "foo", "--organization", "acme"]);
    assert!(outcome.failed().contains("HEX_OFFLINE"), "{}", outcome.stderr);
    assert_eq!(mock.requests().len(), requests);
}

#[test]
fn a_busy_server_is_asked_again() {
    let count = AtomicUsize::new(0);
    let mock = Mock::start(move |request| match count.fetch_add(1, Ordering::SeqCst) % 3 {
        0 => Answer::new(503, "").with("retry-after", "0"),
        1 => answer(request).cut_at(0),
        _ => answer(request),
    });
    let machine = knowing(&mock, "");
    machine.skep(&["package", "fetch", "foo", "--organization", "acme"]).ok();
    assert_eq!(mock.requests().len(), 6);
}

#[test]
fn a_home_that_can_not_be_written() {
    let mock = server();
    for machine in
        [knowing(&mock, ""), Machine::new().with("HEX_API_URL", &mock.url("/api")).with("HEX_API_KEY", KEY)]
    {
        let closed =
            |path: &str| fs::set_permissions(machine.path(path), fs::Permissions::from_mode(0o555)).unwrap();
        if machine.path(CONFIG).exists() {
            fs::set_permissions(machine.path(CONFIG), fs::Permissions::from_mode(0o444)).unwrap();
            closed(".hex");
        }
        closed("");
        let mut command =
            machine.command(&["package", "fetch", "foo", "--organization", "acme", "-o", "-", "--yes"]);
        if fs::metadata(machine.home.path()).is_ok_and(|home| std::os::unix::fs::MetadataExt::uid(&home) == 0)
        {
            // Nothing is closed to root.
            command.uid(65534).gid(65534);
        }
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        fs::set_permissions(machine.home.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(output.status.success(), "{told}");
        assert_eq!(output.stdout, build("foo", "1.10.0").tarball);
        assert!(told.contains("warning: "), "{told}");
        assert!(told.contains("ermission denied"), "{told}");
    }
}

#[test]
fn a_disk_that_is_full() {
    let mock = server();
    let machine = knowing(&mock, "");
    let before = machine.files();
    // No file may grow beyond 512 bytes.
    let script = format!(
        "trap '' XFSZ; ulimit -f 1; exec {} package fetch foo --organization acme -o foo.tar",
        env!("CARGO_BIN_EXE_skep")
    );
    let output = machine.program("/bin/sh").args(["-c", &script]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("error: cannot write foo.tar: File too large"), "{told}");
    assert_eq!(machine.files(), before);
}
