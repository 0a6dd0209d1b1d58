//! The handbook says of every command what it prints with `--json`.

use std::collections::BTreeSet;

use clap::{Command, CommandFactory as _};

use super::Cli;

const TABLE: &str = include_str!("../../../../docs/json.md");

fn collect(command: &Command, path: &str, found: &mut BTreeSet<String>) {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        let path = format!("{path} {}", below.get_name()).trim_start().to_owned();
        match below.has_subcommands() {
            true => collect(below, &path, found),
            false => drop(found.insert(path)),
        }
    }
}

#[test]
fn what_every_command_prints_as_json() {
    let mut there = BTreeSet::new();
    collect(&Cli::command(), "", &mut there);
    assert!(there.len() > 100, "{there:#?}");
    let (_, results) = TABLE.split_once("\n## Results\n").expect("the page has a section on results");
    let rows = results.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let named = rows.flat_map(|commands| commands.trim_end_matches('`').split("`, `"));
    let listed: BTreeSet<String> = named.map(str::to_owned).collect();
    assert_eq!(there.difference(&listed).collect::<Vec<_>>(), [""; 0], "commands that the table lacks");
    assert_eq!(listed.difference(&there).collect::<Vec<_>>(), [""; 0], "commands that are not there");
}
