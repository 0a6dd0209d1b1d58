//! The help texts are part of the interface: a change of one is a change of a snapshot.

use std::io::Read;
use std::process::Stdio;

use crate::support::Machine;

#[test]
fn help_of_every_command() {
    let machine = Machine::new();
    insta::assert_snapshot!("skep", help(&machine, &[]));
    let mut left: Vec<Vec<String>> = below(&machine, &[]);
    assert!(left.len() > 30, "{left:?}");
    while let Some(words) = left.pop() {
        insta::assert_snapshot!(words.join("-"), help(&machine, &words));
        left.extend(below(&machine, &words));
    }
}

fn help(machine: &Machine, words: &[String]) -> String {
    let arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
    machine.skep(&arguments).ok().to_owned()
}

/// The commands below a command, as its help lists them.
fn below(machine: &Machine, words: &[String]) -> Vec<Vec<String>> {
    let help = help(machine, words);
    let Some((_, listed)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let named =
        listed.lines().take_while(|line| line.starts_with("  ")).filter(|line| !line.starts_with("   "));
    let names = named.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    // What the commands below are about stands between: `organization key acme list`.
    let about = help.contains(" <ORGANIZATION> <COMMAND>\n").then_some("acme");
    names
        .map(|name| words.iter().map(String::as_str).chain(about).chain([name]).map(str::to_owned).collect())
        .collect()
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

#[test]
fn help_and_complaints_have_colours_when_they_are_asked_for() {
    let machine = Machine::new();
    assert!(machine.skep(&["--color", "always", "key", "--help"]).ok().contains("\u{1b}["));
    assert!(machine.skep(&["nonsense", "--color=always"]).stderr.contains("\u{1b}["));
    let machine = machine.with("CLICOLOR_FORCE", "1");
    assert!(machine.skep(&["key", "--help"]).ok().contains("\u{1b}["));
    assert!(!machine.skep(&["key", "--help", "--color=never"]).ok().contains("\u{1b}["));
    assert!(!machine.skep(&["--color", "never", "nonsense"]).stderr.contains("\u{1b}["));
}
