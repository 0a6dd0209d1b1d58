//! What shells offer: names of everything that this machine knows, and of what a server tells, in real shells, too.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine, server};

const CREDENTIALS: &str = ".hex/skep/credentials.toml";

/// What a shell would offer for the last of the words.
pub(crate) fn offered(machine: &Machine, words: &[&str]) -> Vec<String> {
    offered_at(machine, words, words.len())
}

/// What a shell would offer for one of the words; the first has the number 1.
fn offered_at(machine: &Machine, words: &[&str], index: usize) -> Vec<String> {
    let mut command = machine.command(&["--", "skep"]);
    command.args(words);
    command
        .env("SKEP_COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", index.to_string());
    let output = command.output().unwrap();
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "",
        "nobody wants an error in the middle of a line"
    );
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// A machine that knows a server as `work` and its organization `acme`.
fn machine_of(url: &str) -> Machine {
    let machine = Machine::new();
    machine.put(CREDENTIALS, &format!("[servers.\"{url}/api\"]\nname = \"work\"\napi_key = \"{KEY}\"\n"));
    machine.put(
        ".hex/hex.config",
        &format!(
            "{{'$repos',#{{<<\"work\">> => #{{url => <<\"{url}/repo\">>}},\
             <<\"work:acme\">> => #{{url => <<\"{url}/repo/repos/acme\">>, auth_key => <<\"{KEY}\">>}},\
             <<\"hexpm:beta\">> => #{{auth_key => <<\"k\">>}}}}}}.\n"
        ),
    );
    machine
}

fn lock(packages: &[(&str, &str, &str)]) -> String {
    let sum = "ab".repeat(32);
    let entry = |(name, version, repository): &(&str, &str, &str)| {
        format!(
            "  \"{name}\": {{:hex, :{name}, \"{version}\", \"{sum}\", [:mix], [], \"{repository}\", \"{sum}\"}},\n"
        )
    };
    format!("%{{\n{}}}\n", packages.iter().map(entry).collect::<String>())
}

#[test]
fn names_on_this_machine() {
    let machine = machine_of("https://hex.example.com");
    assert_eq!(offered(&machine, &["organization", "deau"]), ["deauth"]);
    assert_eq!(offered(&machine, &["organization", "deauth", ""]), ["acme", "beta"]);
    let below = offered(&machine, &["organization", ""]);
    for (name, other) in [("member", "members"), ("invitation", "invitations"), ("policy", "policies")] {
        let is_there = |word: &str| below.iter().any(|offered| offered == word);
        assert!(is_there(name) && !is_there(other), "{below:?}");
    }
    assert_eq!(offered(&machine, &["organization", "create", "a"]), [""; 0]);
    assert_eq!(offered(&machine, &["repo", "remove", "wo"]), ["work", "work:acme"]);
    assert_eq!(offered(&machine, &["repo", "add", "wo"]), [""; 0]);
    assert_eq!(offered(&machine, &["package", "fetch", "x", "--repo", "work:"]), ["work:acme"]);
    assert_eq!(offered(&machine, &["--server", "w"]), ["work"]);
    assert_eq!(offered(&machine, &["user", "auth", "--server=w"]), ["--server=work"]);
    assert_eq!(offered(&machine, &["server", "forget", ""]), ["work"]);
    assert_eq!(offered(&machine, &["disconnect", "w"]), ["work"]);
    assert_eq!(offered(&machine, &["config", "mirror"]), ["mirror_url"]);
    assert_eq!(offered(&machine, &["snippets", "re"]), ["rebar3", "renovate"]);
    assert_eq!(offered(&machine, &["connect", "x", "--print", "gi"]), ["github", "gitlab"]);
    assert_eq!(offered(&machine, &["retire", "foo", "1.0.0", "se"]), ["security"]);
    assert_eq!(offered(&machine, &["retire", "foo", "--all", "re"]), ["renamed"]);
    assert_eq!(
        offered(&machine, &["organization", "member", "acme", "add", "eric", "--role", ""]),
        ["read", "write", "admin"]
    );
    assert_eq!(offered(&machine, &["owner", "add", "foo", "eric", "--level", "m"]), ["maintainer"]);
    assert_eq!(
        offered(&machine, &["key", "generate", "--permission", "repository:"]),
        ["repository:acme", "repository:beta"]
    );
    assert_eq!(offered(&machine, &["audit", "--use-policy", "work"]), ["work:acme/"]);
    assert_eq!(offered(&machine, &["man", "organization", "po"]), ["policy"]);
}

#[test]
fn options_are_offered_where_one_was_begun_or_nothing_else_fits() {
    let machine = Machine::new();
    let all = offered(&machine, &["retire", "--"]);
    assert!(all.contains(&"--message".to_owned()) && all.contains(&"--help".to_owned()), "{all:?}");
    assert!(offered(&machine, &["deps", "sbom", ""]).contains(&"--format".to_owned()));
    assert!(offered(&machine, &[""]).iter().all(|word| !word.starts_with('-')));
}

#[test]
fn packages_of_lock_files() {
    let machine = machine_of("https://hex.example.com");
    let packages = [
        ("bar", "1.0.0", "hexpm"),
        ("baz", "1.2.0", "hexpm"),
        ("tree", "0.1.0", "hexpm:beta"),
        ("wood", "3.0.0", "work:acme"),
    ];
    machine.put("mix.lock", &lock(&packages));
    assert_eq!(offered(&machine, &["package", "fetch", "ba"]), ["bar", "baz"]);
    assert_eq!(offered(&machine, &["package", "fetch", "be"]), ["beta/", "beta/tree"]);
    assert_eq!(offered(&machine, &["gleam", "add", "beta/"]), ["beta/tree"]);
    assert_eq!(offered(&machine, &["gleam", "add", "ba"]), ["bar", "baz"]);
    assert_eq!(offered(&machine, &["info", "work:"]), ["work:acme/", "work:acme/wood"]);
    assert_eq!(offered(&machine, &["deps", "why", ""]), ["bar", "baz", "tree", "wood"]);
    assert_eq!(offered(&machine, &["info", "baz", ""]), ["1.2.0"]);
    assert_eq!(offered(&machine, &["package", "fetch", "--organization", "beta", "t"]), ["tree"]);
}

#[test]
fn packages_and_versions_that_were_seen_before_need_no_server() {
    let mock = server();
    let machine = machine_of(&mock.url(""));
    assert_eq!(offered(&machine, &["info", "work:acme/"]), [""; 0]);
    let pinned = crate::support::fingerprint();
    let credentials = machine.text(CREDENTIALS);
    machine.put(CREDENTIALS, &format!("{credentials}fingerprint = \"{pinned}\"\n"));
    let set = ["repo", "set", "work", "--fetch-public-key", &pinned];
    machine.skep(&set).ok();
    machine.skep(&["package", "fetch", "work:acme/foo", "1.9.0"]).ok();
    drop(mock);
    assert_eq!(offered(&machine, &["info", "work:acme/"]), ["work:acme/foo"]);
    assert_eq!(
        offered(&machine, &["retire", "work:acme/foo", ""]),
        ["2.0.0-rc.1", "1.10.0", "1.9.0", "0.9.0"]
    );
    assert_eq!(offered(&machine, &["retire", "foo", "--repo", "work:acme", "1.1"]), ["1.10.0"]);
    // What mix has in its cache.
    machine.put(".hex/packages/hexpm/plug-1.15.0.tar", "");
    assert_eq!(offered(&machine, &["info", "pl"]), ["plug"]);
    assert_eq!(offered(&machine, &["info", "plug", "1"]), ["1.15.0"]);
}

#[test]
fn broken_files_complete_nothing() {
    let machine = Machine::new();
    machine.put(".hex/hex.config", "{broken");
    machine.put("mix.lock", "broken");
    machine.put(CREDENTIALS, "broken");
    for words in [
        &["organization", "deauth", "a"][..],
        &["package", "fetch", "a"],
        &["key", "revoke", "a"],
        &["--server", "a"],
        &["repo", "show", "a"],
        &["info", "foo", "1"],
        &["info", "not a name", "1"],
        &["--server", "nobody", "key", "revoke", "a"],
    ] {
        assert_eq!(offered(&machine, words), [""; 0], "{words:?}");
    }
}

#[test]
fn names_at_the_server_that_is_meant() {
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let mock = Mock::start(move |request| {
        count.fetch_add(1, Ordering::SeqCst);
        match request.path() {
            "/api/orgs/acme/keys" => Answer::json(
                200,
                json!([{ "name": "ci" }, { "name": "laptop" }, { "name": "c$(rm -rf)" }, { "name": "c\u{1b}[2J" }, { "name": "c d" }]),
            ),
            "/api/keys" => Answer::json(200, json!([{ "name": "mine" }])),
            "/api/orgs/acme/members" => Answer::json(200, json!([{ "username": "eric", "role": "read" }])),
            _ => Answer::not_found(),
        }
    });
    let machine = machine_of(&mock.url(""));
    assert_eq!(offered(&machine, &["user", "key", "revoke", "m"]), [""; 0], "nobody is signed in to hex.pm");
    assert_eq!(offered(&machine, &["organization", "key", "acme", "revoke", "c"]), ["ci"]);
    assert_eq!(offered(&machine, &["user", "key", "revoke", "--server", "work", "m"]), ["mine"]);
    let before = asked.load(Ordering::SeqCst);
    assert_eq!(offered_at(&machine, &["key", "revoke", "m", "--server", "work"], 3), ["mine"]);
    assert_eq!(asked.load(Ordering::SeqCst), before, "what was just asked is not asked again");
    assert_eq!(offered(&machine, &["organization", "member", "acme", "role", ""]), ["eric"]);
    assert_eq!(offered(&machine, &["organization", "key", "none", "revoke", "m"]), [""; 0]);
    // What was heard is known when the server is gone.
    drop(mock);
    for file in fs::read_dir(machine.path(".hex/skep/cache/completion")).unwrap() {
        let file = fs::File::options().write(true).open(file.unwrap().path()).unwrap();
        file.set_modified(std::time::SystemTime::now() - Duration::from_secs(3600)).unwrap();
    }
    assert_eq!(offered(&machine, &["organization", "key", "acme", "revoke", "l"]), ["laptop"]);
}

/// A new token that nobody waits for would be lost, and the session with it.
#[test]
fn a_session_is_not_renewed_for_it() {
    let mock = Mock::start(|request| match request.path() {
        "/api/keys" if request.authorization() == Some("Bearer good") => {
            Answer::json(200, json!([{ "name": "mine" }]))
        }
        _ => Answer::not_found(),
    });
    let machine = Machine::at(&mock);
    let put = |expires_at: &str| {
        machine.put(
            CREDENTIALS,
            &format!(
                "[servers.\"{}\"]\nmethod = \"session\"\naccess_token = \"good\"\nrefresh_token = \"once\"\nexpires_at = \"{expires_at}\"\n",
                mock.url("/api")
            ),
        );
    };
    put("2020-01-01T00:00:00Z");
    assert_eq!(offered(&machine, &["key", "revoke", "m"]), [""; 0]);
    assert_eq!(mock.lines(), [""; 0]);
    put("2999-01-01T00:00:00Z");
    assert_eq!(offered(&machine, &["key", "revoke", "m"]), ["mine"]);
}

#[test]
fn a_slow_server_is_not_waited_for() {
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let ended = std::sync::Mutex::new(ended);
    let mock = Mock::start(move |_| {
        let _ = ended.lock().unwrap().recv();
        Answer::not_found()
    });
    let machine = Machine::at(&mock).with("HEX_API_KEY", KEY);
    assert_eq!(offered(&machine, &["key", "revoke", "m"]), [""; 0]);
    drop(end);
}

/// Another program's variable of that name stops nothing.
#[test]
fn only_our_variable_asks() {
    let machine = Machine::new().with("COMPLETE", "something");
    assert!(machine.skep(&["--version"]).ok().starts_with("skep "));
}

#[test]
fn every_shell_has_its_script() {
    let machine = Machine::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = machine.skep(&["completions", shell]);
        assert!(script.ok().contains("SKEP_COMPLETE"), "{shell}");
    }
    assert_eq!(machine.skep(&["completions", "cmd"]).code, 2);
}

/// Runs a script in a shell that finds our program; none if the shell is not there.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn in_shell(machine: &Machine, shell: &str, arguments: &[&str]) -> Option<String> {
    let path = std::env::var("PATH").unwrap();
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_skep")).parent().unwrap();
    if Command::new(shell).arg("--version").output().is_err() {
        eprintln!("SKIPPED: {shell} is not installed");
        return None;
    }
    let mut command = machine.program(shell);
    command.args(arguments).env("PATH", format!("{}:{path}", bin.display())).env("LANG", "C.UTF-8");
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The words are cut as bash cuts them, which an interactive one was seen to do.
const BASH: &str = r#"
source <(skep completions bash)
try() {
    COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=("${@:3}")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _skep skep "$2" ""
    local IFS='|'
    printf '%s\n' "${COMPREPLY[*]}"
}
try 'skep info wo' wo skep info wo
try 'skep info work:' '' skep info work :
try 'skep info work:acme/t' acme/t skep info work : acme/t
try 'skep info "work:acme/t' 'work:acme/t' skep info '"work:acme/t'
try 'skep --server=w' w skep --server = w
try 'skep info  --repo work:a' a skep info --repo work : a
try 'skep config http_t' http_t skep config http_t
try 'skep build my' my skep build my
COMP_LINE='skep repo show wo --server https://x.invalid' COMP_POINT=17
COMP_WORDS=(skep repo show wo --server https : //x.invalid) COMP_CWORD=3
_skep skep wo show
printf '%s\n' "${COMPREPLY[*]}"
complete -p skep | tr -s ' ' | grep -o -- '-F _skep skep'
"#;

#[test]
fn in_bash() {
    let machine = machine_of("https://hex.example.com");
    machine.put("mix.lock", &lock(&[("tree", "1.0.0", "work:acme")]));
    machine.put("my folder/x", "");
    let Some(told) = in_shell(&machine, "bash", &["--norc", "-c", BASH]) else { return };
    let lines: Vec<&str> = told.lines().map(str::trim_end).collect();
    assert_eq!(
        lines,
        [
            "work:|work:acme/tree",
            "acme/|acme/tree",
            "acme/tree",
            "work:acme/tree",
            "work",
            "acme",
            "http_timeout",
            "my\\ folder/",
            "work work:acme",
            "-F _skep skep"
        ]
    );
}

/// With the functions of zsh's completion system that the script calls, printing what they are given.
const ZSH: &str = r#"
compdef() { print -- "compdef $*" }
_describe() { print -rl -- "${@[4,-1]}" "${(P@)3}" }
source <(skep completions zsh)
try() { words=("$@") CURRENT=$#; _skep }
try skep info wo
try skep config http_t
try skep info work:acme/t
"#;

#[test]
fn in_zsh() {
    let machine = machine_of("https://hex.example.com");
    machine.put("mix.lock", &lock(&[("tree", "1.0.0", "work:acme")]));
    let Some(told) = in_shell(&machine, "zsh", &["-f", "-c", ZSH]) else { return };
    let lines: Vec<&str> = told.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(
        lines,
        ["compdef _skep skep", "work\\:acme/tree", "-S", "work\\:", "http_timeout", "work\\:acme/tree"]
    );
}

#[test]
fn in_fish() {
    let machine = machine_of("https://hex.example.com");
    machine.put("mix.lock", &lock(&[("tree", "1.0.0", "work:acme")]));
    let script = "skep completions fish | source; complete -C 'skep info work:a'; complete -C 'skep config http_t'; \
                  complete -C 'skep repo show --server=w'";
    let Some(told) = in_shell(&machine, "fish", &["--no-config", "-c", script]) else { return };
    assert_eq!(
        told.lines().collect::<Vec<_>>(),
        ["work:acme/", "work:acme/tree", "http_timeout", "--server=work"]
    );
}
