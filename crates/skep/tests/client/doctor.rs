//! `skep doctor`.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hex_format::tarball::write::{SourceFile, SourceKind};
use hex_format::tarball::{self, Limits};
use hex_registry::package::{Dependency, Release};
use hex_registry::{KeySize, SigningKey};
use serde_json::Value;

use crate::connect::pinned;
use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, SIGNING, answer, fingerprint, foo, server};

const MIX: &str = ".hex/hex.config";
const REBAR3: &str = ".config/rebar3/rebar.config";
const REBAR3_KEYS: &str = ".config/rebar3/hex.config";

fn connected(server: &Mock) -> Machine {
    connect(Machine::new(), server)
}

fn connect(machine: Machine, server: &Mock) -> Machine {
    machine.skep(&["connect", &pinned(server), "acme", "--name", "corp", "--key", KEY]).ok();
    machine
}

/// What is not good, as code and subject; and what to do about it.
fn told(machine: &Machine, arguments: &[&str]) -> (Vec<(String, String)>, Vec<String>) {
    let outcome = machine.skep(&[&["doctor", "--json"], arguments].concat());
    let told: Value = serde_json::from_str(outcome.stdout()).unwrap();
    assert_eq!(outcome.code, i32::from(told["broken"] != 0));
    let found = told["findings"].as_array().unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let bad: Vec<&Value> = found.iter().filter(|finding| finding["grade"] != "good").collect();
    let codes = bad.iter().map(|finding| (text(finding, "code"), text(finding, "subject")));
    (codes.collect(), bad.iter().map(|finding| text(finding, "remedy")).collect())
}

fn codes(machine: &Machine, arguments: &[&str]) -> Vec<String> {
    told(machine, arguments).0.into_iter().map(|(code, _)| code).collect()
}

#[test]
fn the_doctor_tells_and_mends() {
    let server = server();
    let machine = Machine::new();
    assert_eq!(machine.skep(&["doctor"]).ok(), "");
    machine.skep(&["connect", &pinned(&server), "acme", "--name", "corp", "--key", KEY]).ok();
    let outcome = machine.skep(&["doctor"]);
    assert!(outcome.ok().contains("✓ mix, repository corp:acme: opens, verified"), "{}", outcome.stdout());
    assert!(!outcome.stdout().contains(KEY));

    fs::set_permissions(machine.path(MIX), fs::Permissions::from_mode(0o644)).unwrap();
    let told = machine.skep(&["doctor", "corp", "--json"]);
    let told: Value = serde_json::from_str(told.ok()).unwrap();
    assert_eq!((told["broken"].as_u64(), told["warnings"].as_u64()), (Some(0), Some(1)));
    machine.skep(&["doctor", "--fix"]).ok();
    assert_eq!(fs::metadata(machine.path(MIX)).unwrap().permissions().mode() & 0o777, 0o600);

    let config = machine.text(MIX);
    machine.put(MIX, &config.replace(KEY, "0123456789abcdef0123456789abcdee"));
    let outcome = machine.skep(&["doctor"]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stdout().contains("✗ mix, repository corp:acme: invalid API key (401)"),
        "{}",
        outcome.stdout()
    );
    assert_eq!(outcome.stderr, "error: one thing is broken\n");
    machine.put(MIX, "{half");
    assert!(machine.skep(&["doctor"]).stdout().contains("✗ ") && !machine.text(MIX).contains('}'));
    assert!(machine.skep(&["doctor", "nonsense"]).failed().contains("nonsense is not connected"));
}

#[test]
fn what_was_lost_is_found_and_the_remedy_mends_it() {
    let server = server();
    for lost in [MIX, REBAR3, REBAR3_KEYS] {
        let machine = connected(&server);
        assert!(codes(&machine, &[]).is_empty());
        let before = machine.text(lost);
        fs::remove_file(machine.path(lost)).unwrap();
        let (found, remedies) = told(&machine, &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        let words: Vec<&str> = remedies[0].split(' ').skip(1).collect();
        machine.skep(&words).ok();
        assert_eq!(machine.text(lost), before);
        assert!(codes(&machine, &[]).is_empty());
    }
}

#[test]
fn what_was_changed_is_told_once_and_the_remedy_mends_it() {
    let server = server();
    let other = SigningKey::generate(KeySize::Rsa2048).unwrap().public_key().to_pem().replace('\n', "\\n");
    let own = SIGNING.public_key().to_pem().replace('\n', "\\n");
    for (file, from, to, code) in [
        (MIX, own.as_str(), other.as_str(), "wrong_signing_key"),
        (REBAR3, own.as_str(), other.as_str(), "wrong_signing_key"),
        (MIX, own.as_str(), "nonsense", "wrong_signing_key"),
        (MIX, "/repo\"", "/elsewhere\"", "entry_elsewhere"),
        (REBAR3, "/repo/repos/acme", "/repo/repos/beta", "entry_elsewhere"),
        (MIX, KEY, "0123456789abcdef0123456789abcdee", "key_refused"),
        (REBAR3_KEYS, KEY, "0123456789abcdef0123456789abcdee", "key_refused"),
    ] {
        let machine = connected(&server);
        let text = machine.text(file);
        assert!(text.contains(from), "{file} {from}: {text}");
        machine.put(file, &text.replace(from, to));
        let (found, remedies) = told(&machine, &[]);
        assert_eq!(
            found.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(),
            [code, "file_permissions"][..found.len()]
        );
        let command = remedies[0].rsplit("skep ").next().unwrap();
        machine.skep(&command.split(' ').collect::<Vec<_>>()).ok();
        machine.skep(&["doctor", "--fix", "--quiet"]).ok();
        assert!(codes(&machine, &[]).is_empty(), "{file} {from}: {command}");
    }
}

#[test]
fn a_key_in_a_variable_is_checked_by_the_server_that_it_is_for() {
    let (server, other) = (server(), server());
    let with = |name: &str, key: &str| {
        let machine = connect(Machine::new(), &server);
        machine.with("HEX_API_URL", &other.url("/api")).with("HEX_MIRROR", "").with(name, key)
    };
    let wrong = "0123456789abcdef0123456789abcdee";
    let found = codes(&with("HEX_API_KEY", wrong), &[]);
    assert!(found.contains(&"key_refused".to_owned()), "{found:?}");
    assert!(other.requests().iter().any(|request| request.authorization() == Some(wrong)));
    let odd = codes(&with("HEX_API_KEY", "two words"), &[]);
    assert!(odd.contains(&"key_refused".to_owned()), "{odd:?}");

    let mirror = with("HEX_REPOS_KEY", wrong).with("HEX_TRUSTED_MIRROR", &other.url("/repo"));
    assert!(codes(&mirror, &[]).contains(&"key_refused".to_owned()));
    assert!(other.lines().contains(&"GET /api/auth?domain=repositories".to_owned()));
    // One that is not trusted gets no key.
    let asked = other.requests().len();
    let mirror = with("HEX_REPOS_KEY", wrong).with("HEX_MIRROR", &other.url("/repo"));
    assert!(codes(&mirror, &[]).contains(&"key_unchecked".to_owned()));
    assert!(other.requests().iter().skip(asked).all(|request| request.authorization().is_none()));
    assert!(server.requests().iter().all(|request| request.authorization() != Some(wrong)));
}

/// Nobody has said whose the key is: hex.pm need not hear of it.
#[test]
fn a_key_in_a_variable_is_shown_to_the_server_that_is_named() {
    let server = server();
    let wrong = "0123456789abcdef0123456789abcdee";
    let machine = connected(&server).with("HEX_API_KEY", wrong);
    let outcome = machine.skep(&["doctor", "--json"]);
    let found: Value = serde_json::from_str(outcome.ok()).unwrap();
    let found = found["findings"].as_array().unwrap();
    let unchecked = found.iter().find(|finding| finding["code"] == "key_unchecked").unwrap();
    assert!(unchecked["text"].as_str().unwrap().contains("say which server: skep doctor URL"), "{unchecked}");
    assert!(server.requests().iter().all(|request| request.authorization() != Some(wrong)));
    let (site, api) = (server.url(""), server.url("/api"));
    for named in
        [&["corp"][..], &["--server", "corp"], &["--server", &site], &["--api-url", &api], &[site.as_str()]]
    {
        let asked = server.requests().len();
        assert_eq!(codes(&machine, named), ["key_refused"], "{named:?}");
        let requests = server.requests();
        assert!(requests[asked..].iter().any(|request| request.authorization() == Some(wrong)), "{named:?}");
    }
    assert_eq!(machine.skep(&["doctor", "corp", "--server", "corp"]).code, 2);
    assert!(machine.skep(&["doctor", "--server", "nonsense"]).failed().contains("nonsense is not connected"));
    // One that is set to a server is its own, whatever else is looked at.
    let other = Mock::start(answer);
    let machine = machine.with("HEX_API_URL", &other.url("/api"));
    let asked = server.requests().len();
    assert!(codes(&machine, &["corp"]).contains(&"key_refused".to_owned()));
    assert!(server.requests().iter().skip(asked).all(|request| request.authorization() != Some(wrong)));
    assert!(other.requests().iter().any(|request| request.authorization() == Some(wrong)));
}

#[test]
fn nobody_is_asked_where_the_network_may_not_be_used() {
    let server = server();
    let machine = connected(&server).with("HEX_OFFLINE", "1");
    let asked = server.requests().len();
    let (found, remedies) = told(&machine, &["--run"]);
    assert_eq!(found, [("offline".to_owned(), "HEX_OFFLINE".to_owned())]);
    assert_eq!(remedies, ["unset HEX_OFFLINE"]);
    assert_eq!(server.requests().len(), asked);
    let stored = connected(&server);
    stored.skep(&["config", "offline", "true"]).ok();
    assert_eq!(told(&stored, &[]).1, ["skep config offline --delete"]);
}

/// People run it because something hangs.
#[test]
fn a_server_that_never_answers_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let start = Instant::now();
    let machine = Machine::new();
    assert_eq!(codes(&machine, &[&address, "--run"]), ["unreachable"]);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn variables_that_mix_reads_otherwise() {
    let machine = Machine::new().with("HEX_HOME", "");
    assert_eq!(codes(&machine, &[]), ["home_empty"]);
}

/// Programs that note how they were called, and fetch nothing.
fn with_tools(machine: Machine) -> Machine {
    for tool in ["mix", "rebar3"] {
        let script = format!(
            "#!/bin/sh\n{{ echo \"$@\"; stat -c %a . ..; cat rebar.config 2>/dev/null; echo \"HOME $HEX_HOME $REBAR_CACHE_DIR\"; \
             cat \"$HEX_HOME/hex.config\" \"$REBAR_GLOBAL_CONFIG_DIR/.config/rebar3/hex.config\" 2>/dev/null; }} >> \"$HOME/{tool}.log\"\n\
             exit 1\n"
        );
        machine.put(&format!("bin/{tool}"), &script);
        fs::set_permissions(machine.path(&format!("bin/{tool}")), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:/usr/bin:/bin", machine.path("bin").display());
    machine.with("PATH", &path)
}

#[test]
fn programs_run_with_the_files_of_the_user_in_folders_of_their_own() {
    let server = server();
    let machine = with_tools(connected(&server));
    assert_eq!(codes(&machine, &["--run"]), ["tool_fails", "tool_fails"]);
    let mix = machine.text("mix.log");
    assert!(mix.starts_with("hex.package fetch foo 2.0.0-rc.1 --repo corp:acme\n700\n"), "{mix}");
    let rebar3 = machine.text("rebar3.log");
    assert!(rebar3.contains("\n700\n") && rebar3.contains("{deps, [{foo, \"2.0.0-rc.1\"}]}."), "{rebar3}");
    // Settings are those of the user, caches are not.
    let home = |log: &str| log.lines().find(|line| line.starts_with("HOME ")).unwrap().to_owned();
    assert!(mix.contains(KEY) && !home(&mix).contains(machine.home.path().to_str().unwrap()), "{mix}");
    assert!(rebar3.contains(KEY) && home(&rebar3).ends_with("/cache"), "{rebar3}");
    assert!(!machine.path(".cache").exists());
}

#[test]
fn nothing_runs_with_what_the_pinned_key_has_not_signed_or_what_is_no_version() {
    let changed = Arc::new(AtomicBool::new(false));
    let other = SigningKey::generate(KeySize::Rsa2048).unwrap();
    let server = Mock::start({
        let changed = Arc::clone(&changed);
        move |request| match request.path() {
            "/repo/public_key" if changed.load(Ordering::SeqCst) => {
                Answer::new(200, other.public_key().to_pem())
            }
            "/repo/repos/acme/packages/foo" => {
                let mut package = foo("acme");
                package.releases[0].version = "9.9.9; touch x".to_owned();
                package.releases[1].version = "9.0.0\"}]}. {x".to_owned();
                Answer::new(200, package.to_signed(&SIGNING))
            }
            _ => answer(request),
        }
    });
    let machine = with_tools(connected(&server));
    codes(&machine, &["--run"]);
    assert!(
        machine.text("mix.log").starts_with("hex.package fetch foo 2.0.0-rc.1 "),
        "{}",
        machine.text("mix.log")
    );
    fs::remove_file(machine.path("mix.log")).unwrap();
    fs::remove_file(machine.path("rebar3.log")).unwrap();
    changed.store(true, Ordering::SeqCst);
    let found = codes(&machine, &["--run"]);
    assert_eq!(found, ["signing_key_changed", "nothing_to_fetch"], "{}", fingerprint());
    assert!(!machine.path("mix.log").exists() && !machine.path("rebar3.log").exists());
}

/// rebar3 evaluates scripts of what it fetches, and nobody has chosen this package.
#[test]
fn rebar3_gets_nothing_that_it_would_run() {
    let harmful = |file: &str, dependencies: Vec<Dependency>| {
        let kind = SourceKind::File { bytes: b"".as_slice().into(), executable: false };
        let metadata = b"{<<\"name\">>,<<\"foo\">>}.\n{<<\"version\">>,<<\"2.0.0\">>}.\n";
        let files = [SourceFile { path: file.parse().unwrap(), kind }];
        let built = tarball::build(metadata, &files, &Limits::default()).unwrap();
        let mut package = foo("acme");
        let first = package.releases.swap_remove(0);
        package.releases = vec![Release {
            version: "2.0.0".to_owned(),
            inner_checksum: *built.inner.as_bytes(),
            outer_checksum: *built.outer.as_bytes(),
            dependencies,
            ..first
        }];
        Mock::start(move |request| match request.path() {
            "/repo/repos/acme/packages/foo" => Answer::new(200, package.to_signed(&SIGNING)),
            "/repo/repos/acme/tarballs/foo-2.0.0.tar" => Answer::new(200, built.tarball.clone()),
            _ => answer(request),
        })
    };
    let dependency = Dependency {
        package: "bar".to_owned(),
        requirement: "~> 1.0".to_owned(),
        optional: false,
        app: "bar".to_owned(),
        repository: "acme".to_owned(),
    };
    for server in [harmful("rebar.config.script", Vec::new()), harmful("src/foo.erl", vec![dependency])] {
        let machine = with_tools(connected(&server));
        assert_eq!(codes(&machine, &["--run"]), ["tool_fails", "nothing_to_fetch"]);
        assert!(machine.path("mix.log").exists() && !machine.path("rebar3.log").exists());
    }
    let harmless = harmful("src/foo.erl", Vec::new());
    let machine = with_tools(connected(&harmless));
    assert_eq!(codes(&machine, &["--run"]), ["tool_fails", "tool_fails"]);
    assert!(machine.path("rebar3.log").exists());
}

#[test]
fn tools_that_are_not_there_are_told() {
    let server = server();
    let machine = connected(&server).with("PATH", "/nowhere");
    assert_eq!(codes(&machine, &["--run"]), ["no_tools"]);
    let machine = with_tools(connected(&server));
    machine.put(
        "bin/mix",
        "#!/bin/sh\necho '** (Mix) The task \"hex.package\" could not be found' >&2\nexit 1\n",
    );
    let (found, remedies) = told(&machine, &["--run"]);
    assert_eq!(found[0].0, "hex_not_installed");
    assert_eq!(remedies[0], "mix local.hex");
    assert_eq!(codes(&Machine::new(), &["--run"]), ["nothing_to_fetch"]);
}

#[test]
fn repositories_that_were_added_by_hand_are_asked_on_the_way_of_mix() {
    let server = server();
    let machine = connected(&server);
    let pem = SIGNING.public_key().to_pem().replace('\n', "\\n");
    let other = SigningKey::generate(KeySize::Rsa2048).unwrap().public_key().to_pem().replace('\n', "\\n");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = |name: &str, url: &str, pem: &str, key: &str| {
        format!(
            "{{'$repos',#{{<<\"{name}\">> => #{{url => <<\"{url}\">>,public_key => <<\"{pem}\">>,auth_key => {key}}}}}}}."
        )
    };
    let key = format!("<<\"{KEY}\">>");
    let acme = server.url("/repo/repos/acme");
    machine.skep(&["disconnect", "corp", "--keep-keys"]).ok();
    for (text, expected, remedy) in [
        (config("acme", &acme, &pem, &key), None, ""),
        (
            config("acme", &format!("http://{closed}/repo"), &pem, "nil"),
            Some("unreachable"),
            "skep repo set acme --url",
        ),
        (
            config("acme", &acme, &other, &key),
            Some("wrong_signing_key"),
            "skep repo set acme --fetch-public-key SHA256:",
        ),
        (config("acme", &acme, &pem, "nil"), Some("repository_closed"), "skep repo set acme --auth-key -"),
        (config("beta", &acme, &pem, &key), Some("repository_name"), "skep repo add"),
    ] {
        machine.put(MIX, &text);
        machine.skep(&["doctor", "--fix", "--quiet"]);
        let (found, remedies) = told(&machine, &[]);
        assert_eq!(found.first().map(|(code, _)| code.as_str()), expected, "{text}: {found:?}");
        assert!(remedies.first().is_none_or(|told| told.contains(remedy)), "{remedies:?}");
        // It was asked, or at least tried, and nothing was written.
        assert_eq!(machine.text(MIX), text);
    }
    machine.put(MIX, &config("acme", &acme, &pem, &key));
    assert!(machine.skep(&["doctor"]).ok().contains("✓ mix, repository acme: opens, verified"));
}
