//! What goes wrong on real machines: Ctrl-C, several commands at once, full disks, keys of one server and addresses of
//! another. Each ends with a correct result or a clear failure, and nothing is lost.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use serde_json::{Value, json};

use crate::mock::{Answer, Mock, Request};
use crate::support::{KEY, Machine, answer, build, fingerprint, server};

fn spawn(machine: &Machine, arguments: &[&str]) -> Child {
    let mut command = machine.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Runs several commands at once and expects all of them to succeed.
fn at_once(machine: &Machine, commands: &[Vec<String>]) {
    let children: Vec<Child> = commands
        .iter()
        .map(|line| spawn(machine, &line.iter().map(String::as_str).collect::<Vec<_>>()))
        .collect();
    for (child, line) in children.into_iter().zip(commands) {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// A machine that knows the server, with a lock file of mix that needs two releases.
fn with_lock(server: &Mock) -> Machine {
    let machine = Machine::knowing(server);
    let line = |app: &str, version: &str, repository: &str| {
        let built = build("foo", version);
        let (inner, outer) = (built.inner, built.outer);
        format!(
            "  \"{app}\": {{:hex, :foo, \"{version}\", \"{inner}\", [:mix], [], \"{repository}\", \"{outer}\"}},\n"
        )
    };
    let lock = format!("%{{\n{}{}}}\n", line("a", "1.9.0", "hexpm:acme"), line("b", "1.10.0", "hexpm"));
    machine.put("mix.lock", &lock);
    machine
}

/// The server interrupts the program at each of its requests in turn, until it gets through. Gives how many there were.
fn interrupted_everywhere(
    arguments: &[&str],
    machine: impl Fn(&Mock) -> Machine,
    answer: fn(&Request) -> Answer,
) -> usize {
    for nth in 0..100 {
        let (tell_pid, pid) = mpsc::channel::<u32>();
        let (end, ended) = mpsc::channel::<()>();
        let waiting = Mutex::new((pid, ended));
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        let mock = Mock::start(move |request| {
            if counted.fetch_add(1, Ordering::SeqCst) == nth {
                let waiting = waiting.lock().unwrap();
                let pid = waiting.0.recv().unwrap().to_string();
                assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
                // The answer comes when it is too late.
                let _ = waiting.1.recv();
            }
            answer(request)
        });
        let machine = machine(&mock);
        let before = contents(&machine);
        let child = spawn(&machine, arguments);
        tell_pid.send(child.id()).unwrap();
        let output = child.wait_with_output().unwrap();
        drop(end);
        let told = String::from_utf8(output.stderr).unwrap();
        if count.load(Ordering::SeqCst) <= nth {
            return nth;
        }
        assert_eq!(output.status.code(), Some(130), "{arguments:?} at request {nth}: {told}");
        assert!(told.ends_with("error: interrupted\n"), "{told}");
        let tarballs = ["foo-1.9.0.tar", "foo-1.10.0.tar"];
        let mut after = contents(&machine);
        // What was whole before is a good start for the next time.
        after.retain(|(name, bytes)| {
            let is_tarball = tarballs.iter().find(|tarball| name.ends_with(**tarball));
            is_tarball.is_none_or(|tarball| {
                let version = tarball.trim_start_matches("foo-").trim_end_matches(".tar");
                *bytes != build("foo", version).tarball
            })
        });
        assert_eq!(names(&after), names(&before), "{arguments:?} at request {nth}");
        assert!(after == before, "{arguments:?} at request {nth}");
    }
    panic!("{arguments:?} does not end");
}

fn contents(machine: &Machine) -> Vec<(String, Vec<u8>)> {
    let files = machine.files().into_iter();
    files.map(|name| (name.clone(), fs::read(machine.path(&name)).unwrap())).collect()
}

fn names(files: &[(String, Vec<u8>)]) -> Vec<&str> {
    files.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn an_interrupted_command_leaves_everything_as_it_was() {
    let fetch = |arguments| interrupted_everywhere(arguments, with_lock, answer);
    assert_eq!(fetch(&["deps", "fetch"]), 4);
    assert_eq!(fetch(&["package", "fetch", "foo", "--organization", "acme"]), 2);
    assert!(fetch(&["package", "fetch", "foo", "--unpack"]) >= 2);
    assert!(fetch(&["package", "diff", "foo", "0.9.0", "1.9.0"]) >= 3);
    assert!(fetch(&["outdated"]) >= 2);
    assert!(fetch(&["audit"]) >= 2);

    let published: fn(&Request) -> Answer = |request| match request.line().as_str() {
        "POST /api/publish?replace=false" => {
            Answer::json(201, json!({"version": "1.9.0", "html_url": "http://x"}))
        }
        _ => answer(request),
    };
    let publisher = |mock: &Mock| {
        let machine = Machine::at(mock).with("HEX_API_KEY", KEY);
        fs::write(machine.path("foo.tar"), build("foo", "1.9.0").tarball).unwrap();
        machine
    };
    assert_eq!(interrupted_everywhere(&["publish", "foo.tar", "--yes"], publisher, published), 1);
}

#[test]
fn an_interrupted_connection_writes_nothing() {
    // The address stands in the arguments, so there is a server for each attempt.
    for nth in 0..100 {
        let (tell_pid, pid) = mpsc::channel::<u32>();
        let (end, ended) = mpsc::channel::<()>();
        let waiting = Mutex::new((pid, ended));
        let count = AtomicUsize::new(0);
        let mock = Mock::start(move |request| {
            if count.fetch_add(1, Ordering::SeqCst) == nth {
                let waiting = waiting.lock().unwrap();
                let pid = waiting.0.recv().unwrap().to_string();
                assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
                let _ = waiting.1.recv();
            }
            answer(request)
        });
        let machine = Machine::new();
        let url = format!("{}#{}", mock.url(""), fingerprint());
        let child = spawn(&machine, &["connect", &url, "acme", "--key", KEY]);
        tell_pid.send(child.id()).unwrap();
        let output = child.wait_with_output().unwrap();
        drop(end);
        let told = String::from_utf8(output.stderr).unwrap();
        if output.status.success() {
            return assert!(nth >= 3, "{nth}");
        }
        assert_eq!(output.status.code(), Some(130), "at request {nth}: {told}");
        assert_eq!(machine.files(), [""; 0], "at request {nth}");
    }
}

#[test]
fn two_fetch_into_one_cache() {
    let server = server();
    let machine = with_lock(&server);
    at_once(&machine, &vec![words("deps fetch"); 6]);
    for (repository, version) in [("hexpm:acme", "1.9.0"), ("hexpm", "1.10.0")] {
        let path = machine.path(&format!(".hex/packages/{repository}/foo-{version}.tar"));
        assert_eq!(fs::read(path).unwrap(), build("foo", version).tarball);
    }
    let left: Vec<String> = machine.files().into_iter().filter(|name| name.contains(".skep-")).collect();
    assert_eq!(left, [""; 0]);
    // All of it is known: the next time nobody is asked.
    let asked = server.requests().len();
    let again: Value = serde_json::from_str(machine.skep(&["deps", "fetch", "--json"]).ok()).unwrap();
    assert_eq!((&again[0]["kept"], server.requests().len()), (&json!(2), asked), "{again}");
}

#[test]
fn several_change_the_settings() {
    let server = server();
    let machine = with_lock(&server);
    let changes: Vec<Vec<String>> = [
        "config http_timeout 90",
        "config http_concurrency 3",
        "config no_proxy a.example",
        "config http_proxy http://proxy.example:3128",
        "repo set hexpm:acme --auth-key AAAA",
        "repo add one https://one.example",
        "repo add two https://two.example",
        "repo add three https://three.example",
    ]
    .map(words)
    .into();
    at_once(&machine, &changes);
    let config = machine.text(".hex/hex.config");
    let wanted =
        ["<<\"90\">>", "<<\"3\">>", "a.example", "proxy.example", "AAAA", "one.example", "two.example"];
    for wanted in wanted.iter().chain(&["three.example"]) {
        assert!(config.contains(wanted), "{wanted}: {config}");
    }
    assert_eq!(machine.files(), [".hex/hex.config", "mix.lock"]);
}

#[test]
fn several_sign_in() {
    let servers: Vec<Mock> = (0..5).map(|_| server()).collect();
    let machine = Machine::new();
    let children: Vec<Child> = servers
        .iter()
        .map(|server| {
            let url = server.url("/api");
            let mut command = machine.command(&["user", "auth", "--api-url", &url, "--key-stdin"]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            std::io::Write::write_all(&mut child.stdin.take().unwrap(), KEY.as_bytes()).unwrap();
            child
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let known: Value = serde_json::from_str(machine.skep(&["server", "list", "--json"]).ok()).unwrap();
    assert_eq!(known.as_array().unwrap().len(), 6, "{known}");
    for server in &servers {
        machine.skep(&["user", "whoami", "--api-url", &server.url("/api")]).ok();
    }
}

/// No file may grow beyond 512 bytes.
fn on_a_full_disk(machine: &Machine, arguments: &str) -> (Option<i32>, String) {
    let script = format!("trap '' XFSZ; ulimit -f 1; exec {} {arguments}", env!("CARGO_BIN_EXE_skep"));
    let output = machine.program("/bin/sh").args(["-c", &script]).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_full_disk_loses_nothing() {
    let server = server();
    let machine = with_lock(&server);
    let before = contents(&machine);
    for line in [
        "deps fetch",
        "config http_timeout 90",
        "repo add one https://one.example",
        "repo set hexpm:acme --auth-key AAAA",
    ] {
        let (code, told) = on_a_full_disk(&machine, line);
        assert_eq!(code, Some(1), "{line}: {told}");
        assert!(told.contains("File too large"), "{line}: {told}");
        let after = contents(&machine);
        assert_eq!(names(&after), names(&before), "{line}");
        assert!(after == before, "{line}");
    }
}

/// A key in the environment is for the server that the environment names, whatever else is asked.
#[test]
fn a_key_of_the_environment_goes_to_no_other_server() {
    let (own, other) = (server(), server());
    let machine = Machine::at(&own).with("HEX_API_KEY", KEY);
    machine.skep(&["user", "whoami"]).ok();
    assert_eq!(own.requests().last().unwrap().authorization(), Some(KEY));
    let api = other.url("/api");
    let repository = other.url("/repo");
    machine.skep(&["repo", "add", "other", &repository]).ok();
    for line in [
        format!("user whoami --api-url {api}"),
        format!("user whoami --server {api}"),
        format!("search foo --api-url {api}"),
        format!("owner list foo --api-url {api}"),
        format!("key list --api-url {api}"),
        format!("package fetch foo --organization acme --yes --api-url {api}"),
        format!("package fetch foo --organization acme --yes --repo-url {repository}"),
        "package fetch foo --yes --repo other:acme".to_owned(),
        "owner list foo --repo other".to_owned(),
        format!("organization auth acme --api-url {api} --yes"),
        format!("publish foo.tar --yes --api-url {api}"),
        format!("connect {}#{} acme", other.url(""), fingerprint()),
    ] {
        fs::write(machine.path("foo.tar"), build("foo", "1.9.0").tarball).unwrap();
        let line: Vec<&str> = line.split_whitespace().collect();
        let outcome = machine.skep(&line);
        let sent = other.requests();
        let holds = |text: &str| text.contains(KEY);
        for request in &sent {
            let headers = request.headers.values().any(|value| holds(value));
            let body = holds(&String::from_utf8_lossy(&request.body));
            assert!(!headers && !body && !holds(&request.target), "{line:?} sent {request:?}");
        }
        assert!(!outcome.stderr.contains(KEY), "{line:?}");
    }
    assert!(other.requests().len() > 4, "{:?}", other.lines());
}

#[test]
fn a_server_that_is_reached_by_its_new_address() {
    let Ok(mock) = Mock::start_at("[::1]:0", answer) else {
        return eprintln!("SKIPPED: this machine has no IPv6");
    };
    let machine = Machine::at(&mock).with("HEX_API_KEY", KEY);
    assert_eq!(machine.skep(&["user", "whoami"]).ok(), "eric\n");
    let url = format!("{}#{}", mock.url(""), fingerprint());
    machine.skep(&["connect", &url, "acme", "--key", KEY]).ok();
    machine.skep(&["package", "fetch", "foo", "--organization", "acme"]).ok();
    assert_eq!(fs::read(machine.path("foo-1.10.0.tar")).unwrap(), build("foo", "1.10.0").tarball);
}

/// What a machine in the middle packs without being asked is not taken for an answer.
#[test]
fn an_answer_that_is_not_what_it_says() {
    let lying = Mock::start(|request| answer(request).with("content-encoding", "gzip"));
    let machine = Machine::at(&lying).with("HEX_API_KEY", KEY);
    assert_eq!(machine.skep(&["user", "whoami"]).ok(), "eric\n");
    let page = Mock::start(|_| {
        Answer::new(200, "<html>Please log in to the Wi-Fi").with("content-type", "text/html")
    });
    let machine = Machine::at(&page).with("HEX_API_KEY", KEY);
    let told = machine.skep(&["user", "whoami"]);
    assert!(
        told.failed().contains("/api/users/me answered with something else than a Hex API does"),
        "{}",
        told.stderr
    );
    let machine = with_lock(&page);
    let told = machine.skep(&["package", "fetch", "foo", "--organization", "acme"]);
    assert!(told.failed().contains("/repo/repos/acme/packages/foo failed verification"), "{}", told.stderr);
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let silent = Mock::start(|_| Answer { stalls: true, ..Answer::new(200, "").before_the_head() });
    let machine = Machine::at(&silent).with("HEX_API_KEY", KEY).with("HEX_HTTP_TIMEOUT", "1");
    // What changes something is sent once.
    let told = machine.skep(&["key", "revoke", "old"]);
    let url = silent.url("/api/keys/old");
    assert_eq!(
        told.failed(),
        format!(
            "cannot revoke key old: no answer from {url} for 1 s: HEX_HTTP_TIMEOUT=SECONDS waits longer; it may have been \
             done all the same"
        )
    );
    assert_eq!(silent.await_requests(1).len(), 1);
}
