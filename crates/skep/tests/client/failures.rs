//! Failures as users and scripts read them: one sentence with the value, the server and what to do; with `--json` one
//! object, whatever failed.

use serde_json::{Value, json};

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, server};

/// The failure as a program reads it.
#[track_caller]
fn object(machine: &Machine, arguments: &[&str], code: i32) -> Value {
    let outcome = machine.skep(arguments);
    assert_eq!((outcome.code, outcome.stdout()), (code, ""), "{}", outcome.stderr);
    let told: Value = serde_json::from_str(&outcome.stderr).unwrap();
    told["error"].clone()
}

#[test]
fn every_failure_is_one_object() {
    let server = server();
    let machine = Machine::at(&server).with("HEX_API_KEY", KEY);
    assert_eq!(
        object(&machine, &["organization", "lst", "--json"], 2),
        json!({
            "code": "usage", "message": "unrecognized subcommand 'lst'",
            "hint": "a similar subcommand exists: 'list'"
        })
    );
    assert_eq!(
        object(&machine, &["user", "show", "--json"], 2)["message"],
        "the following required arguments were not provided: <NAME>"
    );
    assert_eq!(
        object(&machine, &["--json"], 2),
        json!({"code": "usage", "message": "a command is missing", "hint": "see --help"})
    );
    assert_eq!(
        object(&machine, &["user", "show", "nobody", "--json"], 1),
        json!({
            "code": "not_found",
            "message": format!("cannot show user nobody at {}: there is no user nobody", server.url(""))
        })
    );
    assert_eq!(object(&machine, &["config", "nosuch", "x", "--json"], 1)["code"], "failed");
    let down = machine.with("HEX_API_URL", "http://127.0.0.1:1/api");
    assert_eq!(
        object(&down, &["user", "whoami", "--json"], 1),
        json!({
            "code": "network",
            "message": "cannot tell who is signed in: cannot reach http://127.0.0.1:1/api/users/me: connection to \
                        127.0.0.1:1 refused"
        })
    );
    let offline = down.with("HEX_OFFLINE", "1");
    assert_eq!(object(&offline, &["user", "whoami", "--json"], 1)["code"], "offline");

    // Help is no failure, and what comes after `--` is no option.
    assert!(offline.skep(&["--json", "--help"]).ok().contains("Usage: skep"));
    let plain = offline.skep(&["organization", "lst", "--", "--json"]);
    assert!(
        plain.code == 2 && plain.stderr.starts_with("error: unrecognized subcommand"),
        "{}",
        plain.stderr
    );
}

#[test]
fn what_a_server_refuses_has_a_word_for_programs() {
    for (status, code) in [
        (400, "invalid"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
        (422, "invalid"),
        (429, "rate_limited"),
    ] {
        let mock = Mock::start(move |_| Answer::refusal(status, "No").with("retry-after", "9999"));
        let machine = Machine::at(&mock).with("HEX_API_KEY", KEY);
        assert_eq!(object(&machine, &["key", "list", "--json"], 1)["code"], code, "{status}");
        assert_eq!(object(&machine, &["user", "email", "list", "--json"], 1)["code"], code, "{status}");
    }
}

/// The server's own words are "Page not found", of whatever.
#[test]
fn what_was_not_found_is_said_with_its_name_and_its_server() {
    let nothing = Mock::start(|_| Answer::not_found());
    let at = nothing.url("");
    let machine = Machine::at(&nothing).with("HEX_API_KEY", KEY);
    std::fs::write(machine.path("foo.tar"), crate::support::build("foo", "1.0.0").tarball).unwrap();
    for (line, told) in [
        ("user show eve", "cannot show user eve at {at}: there is no user eve"),
        (
            "session revoke 7",
            "cannot end session 7 at {at}: you have no session 7; `skep session list` shows which there are",
        ),
        (
            "key revoke old",
            "cannot revoke key old at {at}: you have no key old; `skep key list` shows which there are",
        ),
        (
            "organization key acme list",
            "cannot list the keys at {at}: there is no organization acme that you are in",
        ),
        ("owner list bar", "cannot list the owners at {at}: no package with name bar"),
        (
            "owner add bar eve",
            "cannot add the owner at {at}: there is no package bar that you may change, or no user eve",
        ),
        (
            "publish foo.tar --yes --quiet --organization acme",
            "Publishing failed at {at}: there is no organization acme that you may publish foo to; `skep organization list \
             --remote` shows yours",
        ),
        (
            "publish foo.tar --yes --quiet",
            "Publishing failed at {at}: this is not the address of a Hex API; see --api-url",
        ),
        (
            "user whoami",
            "cannot tell who is signed in at {at}: there is no account behind this credential: it is an organization's, or \
             this is not the address of a Hex API",
        ),
        (
            "package fetch foo",
            "there is no public key at {at}/repo/public_key (404): that is not the address of a repository",
        ),
        // Nothing is known about what it means, but where it was asked for.
        ("user auth --key-stdin", "the key does not open the API: Page not found (404) at {at}/api/auth"),
    ] {
        let line: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(machine.skep_with_input(&line, KEY).failed(), told.replace("{at}", &at));
    }
    assert_eq!(
        machine.skep(&["publish", "none.tar"]).failed(),
        "cannot read none.tar: there is no such file or folder"
    );
}

/// Whose key it is that a server refuses is not for the user to guess.
#[test]
fn a_refused_key_is_told_with_where_it_comes_from() {
    let refusing = Mock::start(|request| match request.authorization() {
        Some(KEY) => crate::support::answer(request),
        _ => Answer::refusal(401, "invalid API key"),
    });
    let machine = Machine::at(&refusing).with("HEX_API_KEY", "11111111111111111111111111111111");
    assert_eq!(
        machine.skep(&["key", "list"]).failed(),
        "cannot list the keys: invalid API key (401): it is the one in HEX_API_KEY"
    );
    // The stored one was good once.
    let first = std::sync::atomic::AtomicBool::new(true);
    let forgetful =
        Mock::start(move |request| match first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            true => crate::support::answer(request),
            false => Answer::refusal(401, "API key revoked"),
        });
    let machine = Machine::at(&forgetful);
    assert_eq!(machine.skep_with_input(&["user", "auth", "--key-stdin"], KEY).code, 0);
    let api = forgetful.url("/api");
    assert_eq!(
        machine.skep(&["key", "list"]).failed(),
        format!(
            "cannot list the keys: API key revoked (401): `skep user auth --server {api}` signs in again"
        )
    );
    // What is not allowed to a good key is another thing.
    let strict = Mock::start(|_| Answer::refusal(401, "key not authorized for this action"));
    let machine = Machine::at(&strict).with("HEX_API_KEY", KEY);
    assert_eq!(
        machine.skep(&["key", "list"]).failed(),
        "cannot list the keys: key not authorized for this action (401)"
    );
}

#[test]
fn a_secret_that_is_none_is_not_repeated() {
    let machine = Machine::new().with("HEX_API_URL", "http://127.0.0.1:1/api");
    for line in [
        "user auth --key",
        "organization auth acme --key",
        "connect http://127.0.0.1:1 acme --key",
        "repo add work http://127.0.0.1:1 --auth-key",
        "repo set hexpm --auth-key",
        "user register --username a --email a@example.com --password-stdin --setup-code",
        "user password reset alice --key",
        "user email verify a@example.com --key",
    ] {
        for json in [&[][..], &["--json"]] {
            let words: Vec<&str> =
                line.split(' ').chain(["s3cret and more"]).chain(json.iter().copied()).collect();
            let outcome = machine.skep_with_input(&words, "correct horse\n");
            assert_eq!(outcome.code, 1, "{line}: {}", outcome.stderr);
            assert!(outcome.stderr.contains("the key has white space"), "{line}: {}", outcome.stderr);
            assert!(!format!("{}{}", outcome.stdout(), outcome.stderr).contains("s3cret"), "{line}");
        }
    }
}
