//! The help texts are part of the interface: a change of one is a change of a snapshot.

use std::io::Read;
use std::process::Stdio;

use crate::support::Machine;

#[test]
fn help_of_every_client_command() {
    let machine = Machine::new();
    for words in [
        "connect",
        "disconnect",
        "doctor",
        "snippets",
        "organization",
        "organization auth",
        "organization deauth",
        "organization list",
        "organization key",
        "organization key acme generate",
        "organization key acme revoke",
        "organization key acme list",
        "organization key acme show",
        "organization create",
        "organization show",
        "organization member",
        "organization member acme list",
        "organization member acme add",
        "organization member acme role",
        "organization member acme remove",
        "organization invitation",
        "organization invitation acme list",
        "organization invitation acme create",
        "organization invitation acme revoke",
        "organization policy",
        "organization policy acme list",
        "organization policy acme show",
        "organization policy acme create",
        "organization policy acme update",
        "organization policy acme delete",
        "organization packages",
        "organization audit-log",
        "organization seats",
        "organization rename",
        "organization leave",
        "organization delete",
        "invitation",
        "invitation show",
        "invitation accept",
        "instance",
        "instance user",
        "instance user list",
        "instance user show",
        "instance user deactivate",
        "instance user reactivate",
        "instance user promote",
        "instance user demote",
        "instance user reset-two-factor",
        "instance user sessions",
        "instance user end-sessions",
        "instance reserved",
        "instance reserve",
        "instance unreserve",
        "instance organization",
        "instance organization audit-log",
        "registry",
        "registry build",
        "registry add",
        "registry verify",
        "user",
        "user register",
        "user auth",
        "user deauth",
        "user whoami",
        "user show",
        "user audit-log",
        "user email",
        "user email list",
        "user email add",
        "user email remove",
        "user email primary",
        "user email public",
        "user email hide",
        "user email verify",
        "user email resend",
        "user email preferences",
        "user password",
        "user password change",
        "user password reset",
        "session",
        "session list",
        "session revoke",
        "key",
        "key generate",
        "tfa",
        "server",
        "server list",
        "server forget",
        "user key",
        "user tfa",
        "user tfa enable",
        "user tfa disable",
        "user tfa recovery-codes",
        "user tfa status",
        "build",
        "publish",
        "owner",
        "owner add",
        "owner transfer",
        "owner remove",
        "owner list",
        "owner packages",
        "retire",
        "unretire",
        "info",
        "search",
        "revert",
        "docs publish",
        "package",
        "package fetch",
        "deps",
        "deps fetch",
        "deps list",
        "deps tree",
        "deps why",
        "deps licenses",
        "deps sbom",
        "package diff",
        "package files",
        "package versions",
        "docs",
        "docs fetch",
        "docs open",
        "docs list",
        "outdated",
        "audit",
        "policy",
        "policy show",
        "policy why",
        "gleam",
        "gleam add",
        "gleam update",
        "gleam remove",
        "gleam download",
        "repo",
        "repo add",
        "repo set",
        "repo remove",
        "repo show",
        "repo list",
        "config",
        "completions",
        "man",
    ] {
        let mut arguments: Vec<&str> = words.split(' ').collect();
        arguments.push("--help");
        let help = machine.skep(&arguments);
        insta::assert_snapshot!(words.replace(' ', "-"), help.ok());
    }
}

#[test]
fn both_spellings() {
    let machine = Machine::new();
    let help = |word| machine.skep(&[word, "list", "--help"]).ok().to_owned();
    assert_eq!(help("organisation"), help("organization"));
}

#[test]
fn version() {
    assert_eq!(Machine::new().skep(&["--version"]).ok(), concat!("skep ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn arguments_that_make_no_sense() {
    let machine = Machine::new();
    for arguments in
        [&["organization", "auth", "No Good"][..], &["organization", "key", "acme", "revoke"], &["nonsense"]]
    {
        let outcome = machine.skep(arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}");
        assert_eq!(outcome.stdout(), "");
    }
    assert!(machine.files().is_empty());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let machine = Machine::new();
    let entries: Vec<String> =
        (0..200).map(|n| format!("<<\"hexpm:org{n}\">> => #{{auth_key => <<\"k\">>}}")).collect();
    machine.put(".hex/hex.config", &format!("{{'$repos',#{{{}}}}}.\n", entries.join(",")));
    let mut child = machine
        .command(&["organization", "list"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}
