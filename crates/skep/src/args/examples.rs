//! Every command shows how it is used, and what it shows can be typed: all examples of all help texts are parsed.

use clap::{Command, CommandFactory as _, Parser as _};

use super::Cli;

/// Commands that do something, each with its path and with its help text's examples.
fn leaves() -> Vec<(String, bool, Vec<String>)> {
    let mut root = Cli::command();
    root.build();
    let mut found = Vec::new();
    collect(&root, "", &mut found);
    found
}

fn collect(command: &Command, path: &str, found: &mut Vec<(String, bool, Vec<String>)>) {
    if command.get_name() == "help" {
        return;
    }
    let path = format!("{path} {}", command.get_name()).trim_start().to_owned();
    for below in command.get_subcommands() {
        collect(below, &path, found);
    }
    found.push((path, command.has_subcommands() || command.is_hide_set(), examples(command)));
}

fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    lines.map(|line| line.trim().to_owned()).collect()
}

/// What a shell would start `skep` with, for each time that it is in the line. Two spaces begin a remark.
fn typed(line: &str) -> Vec<Vec<String>> {
    let mut words: Vec<String> = vec![String::new()];
    let (mut quote, mut before) = (None, ' ');
    for character in line.chars() {
        match quote {
            Some(mark) if character == mark => quote = None,
            None if matches!(character, '\'' | '"') => quote = Some(character),
            None if character == ' ' && before == ' ' => {
                words.pop();
                break;
            }
            None if character == ' ' => words.push(String::new()),
            _ => words.last_mut().expect("there is always one").push(character),
        }
        before = character;
    }
    assert_eq!(quote, None, "{line}");
    let ends = |word: &String| matches!(word.as_str(), "|" | "<" | ">" | ">>" | "&&");
    let commands = words.split(ends).filter_map(|command| {
        let start = command.iter().position(|word| word == "skep")?;
        Some(command[start..].iter().map(|word| whole(word)).collect())
    });
    // What is given to another shell: 'source <(skep …)'.
    let given = words.iter().filter_map(|word| word.split_once("<(")?.1.strip_suffix(')'));
    commands.chain(given.flat_map(typed)).collect()
}

/// With something in the place of what was left out.
fn whole(word: &str) -> String {
    match word.split_once("SHA256:") {
        Some((before, fingerprint)) if fingerprint.ends_with('…') => {
            format!("{before}SHA256:{}", "A".repeat(43))
        }
        _ => word.replace('…', "0123456789abcdef"),
    }
}

#[test]
fn every_command_has_examples_of_itself() {
    let lacking: Vec<String> = leaves()
        .into_iter()
        .filter(|(path, is_exempt, examples)| {
            let name = path.rsplit(' ').next().expect("a path has a name");
            let shows = |example: &String| {
                typed(example).iter().any(|words| words[1..].iter().any(|word| word == name))
            };
            !is_exempt && !examples.iter().any(shows)
        })
        .map(|(path, ..)| path)
        .collect();
    assert!(lacking.is_empty(), "commands without an example: {lacking:#?}");
}

#[test]
fn every_example_can_be_typed() {
    let mut tried = 0;
    for (path, _, examples) in leaves() {
        for example in examples {
            for words in typed(&example) {
                if let Err(error) = Cli::try_parse_from(&words) {
                    panic!("{path}: {example}\n{words:?}\n{error}");
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "only {tried} examples were found");
}

#[test]
fn no_example_is_cut_in_two() {
    let long: Vec<String> = leaves()
        .into_iter()
        .flat_map(|(.., examples)| examples)
        .filter(|line| line.chars().count() > 96)
        .collect();
    assert!(long.is_empty(), "with two spaces in front, these are wider than help is: {long:#?}");
}

#[test]
fn examples_are_read_as_a_shell_does() {
    let words = |line| typed(line).iter().map(|words| words.join("|")).collect::<Vec<_>>();
    assert_eq!(words("skep info foo 1.0.0    a release"), ["skep|info|foo|1.0.0"]);
    assert_eq!(words("skep info '' foo"), ["skep|info||foo"]);
    assert_eq!(words("A=$(git log -1) skep deps sbom && skep x"), ["skep|deps|sbom", "skep|x"]);
    assert_eq!(words("skep a 'b c' < file | skep d"), ["skep|a|b c", "skep|d"]);
    assert_eq!(words("echo 'source <(skep completions zsh)' >> ~/.zshrc"), ["skep|completions|zsh"]);
}
