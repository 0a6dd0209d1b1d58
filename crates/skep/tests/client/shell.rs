//! What the shell and the user's terminal see: completions, manual pages, Ctrl-C.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc;

use serde_json::json;

use crate::mock::{Answer, Mock};
use crate::support::{KEY, Machine};

/// What a shell would offer for the last of the words.
fn offered(machine: &Machine, words: &[&str]) -> Vec<String> {
    let mut command = machine.command(&["--", "skep"]);
    command.args(words);
    command.env("COMPLETE", "bash").env("_CLAP_IFS", "\n").env("_CLAP_COMPLETE_SPACE", "true");
    command.env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    let output = command.output().unwrap();
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "",
        "nobody wants an error in the middle of a line"
    );
    String::from_utf8(output.stdout).unwrap().lines().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn names_are_completed() {
    let machine = Machine::new();
    assert_eq!(offered(&machine, &["organization", "deau"]), ["deauth"]);
    assert_eq!(offered(&machine, &["organization", "deauth", "a"]), Vec::<String>::new());
    machine.put(
        ".hex/hex.config",
        "{'$repos',#{<<\"hexpm:acme\">> => #{auth_key => <<\"k\">>},<<\"hexpm:beta\">> => #{auth_key => <<\"k\">>},\
         <<\"mine:acme\">> => #{auth_key => <<\"k\">>}}}.\n",
    );
    assert_eq!(offered(&machine, &["organization", "deauth", "a"]), ["acme"]);
    machine.put(
        "mix.lock",
        "%{\n  \"bar\": {:hex, :bar, \"1.0.0\", \"ab\"},\n  \"baz\": {:hex, :baz, \"1.0.0\", \"ab\"},\n}\n"
            .replace("\"ab\"", &format!("\"{}\"", "ab".repeat(32)))
            .as_str(),
    );
    assert_eq!(offered(&machine, &["package", "fetch", "ba"]), ["bar", "baz"]);
}

#[test]
fn broken_files_complete_nothing() {
    let machine = Machine::new();
    machine.put(".hex/hex.config", "{broken");
    machine.put("mix.lock", "broken");
    assert_eq!(offered(&machine, &["organization", "deauth", "a"]), Vec::<String>::new());
    assert_eq!(offered(&machine, &["package", "fetch", "a"]), Vec::<String>::new());
}

#[test]
fn keys_are_completed_as_the_server_knows_them() {
    let mock = Mock::start(|request| match request.path() {
        "/api/orgs/acme/keys" => Answer::json(200, json!([{ "name": "ci" }, { "name": "laptop" }])),
        "/api/keys" => Answer::json(200, json!([{ "name": "mine" }])),
        _ => Answer::not_found(),
    });
    let machine = Machine::at(&mock).with("HEX_API_KEY", KEY);
    assert_eq!(offered(&machine, &["organization", "key", "acme", "revoke", "c"]), ["ci"]);
    assert_eq!(offered(&machine, &["user", "key", "revoke", "m"]), ["mine"]);
    assert_eq!(offered(&machine, &["organization", "key", "none", "revoke", "m"]), Vec::<String>::new());
}

#[test]
fn every_shell_has_its_script() {
    let machine = Machine::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = machine.skep(&["completions", shell]);
        assert!(script.ok().contains("COMPLETE"), "{shell}");
    }
    assert_eq!(machine.skep(&["completions", "cmd"]).code, 2);
}

#[test]
fn manual_pages() {
    let machine = Machine::new();
    let page = machine.skep(&["man", "organization", "auth"]);
    assert!(page.ok().contains(".TH skep-organization-auth 1"), "{}", page.stdout());
    assert_eq!(
        machine.skep(&["man", "organization", "aut"]).failed(),
        "there is no command skep organization aut: see skep organization --help"
    );
    assert!(machine.skep(&["man", "--output", "man1"]).ok().ends_with(" pages written\n"));
    let pages: Vec<String> = fs::read_dir(machine.path("man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for page in ["skep.1", "skep-serve.1", "skep-organization-key-generate.1"] {
        assert!(pages.iter().any(|name| name == page), "{pages:?}");
    }
}

/// The server interrupts the program that asks it.
#[test]
fn an_interrupted_command_leaves_nothing_behind() {
    let (tell_pid, pid) = mpsc::channel::<u32>();
    let (end, ended) = mpsc::channel::<()>();
    let waiting = Mutex::new((pid, ended));
    let mock = Mock::start(move |_| {
        let waiting = waiting.lock().unwrap();
        let pid = waiting.0.recv().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        // The answer comes when it is too late.
        let _ = waiting.1.recv();
        Answer::not_found()
    });
    let machine = Machine::at(&mock);
    let child = machine
        .command(&["package", "fetch", "bar", "--yes"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    tell_pid.send(child.id()).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(end);
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: interrupted\n");
    assert_eq!(machine.files(), Vec::<String>::new());
}
