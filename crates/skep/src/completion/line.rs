//! What has been typed so far, cut into options and what stands alone by the same table of commands that parses it: what
//! can come next depends on it. Nothing here fails, as a line that is not finished is rarely right.

use std::collections::BTreeMap;

use clap::{Arg, Command};

use crate::args::ServerArgs;

/// A line that is being typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// Values by the names of their fields.
    values: BTreeMap<String, Vec<String>>,
}

/// The words of the line that the shell tells, behind `--`; the first is this program.
pub(super) fn words() -> Vec<String> {
    let all = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    all.skip_while(|word| word != "--").skip(2).collect()
}

/// Whether it is an option that is being typed. Some shells say which word that is; else it is the last.
pub(super) fn is_at_option(words: &[String]) -> bool {
    let index = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|index| index.parse::<usize>().ok());
    let word = match index {
        // The program's own name counts there.
        Some(index) => index.checked_sub(1).and_then(|index| words.get(index)),
        None => words.last(),
    };
    word.is_some_and(|word| word.starts_with('-'))
}

impl Line {
    /// Reads a line without the program's name.
    pub(super) fn read(root: &Command, words: &[String]) -> Self {
        let mut line = Self::default();
        let mut command = root;
        let mut path = vec![root];
        let mut place = 0;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if let Some(name) = word.strip_prefix("--").filter(|name| !name.is_empty()) {
                let (name, value) =
                    name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
                let is = |arg: &&Arg| {
                    arg.get_long_and_visible_aliases().is_some_and(|names| names.contains(&name))
                };
                line.option(find(&path, is), value, &mut words);
            } else if let Some(letter) = word.strip_prefix('-').and_then(|letters| letters.chars().next()) {
                let value = Some(&word[1 + letter.len_utf8()..]).filter(|value| !value.is_empty());
                line.option(find(&path, |arg| arg.get_short() == Some(letter)), value, &mut words);
            } else if let Some(below) = command.find_subcommand(word) {
                command = below;
                path.push(below);
                place = 0;
            } else if let Some(arg) = command.get_positionals().nth(place) {
                line.add(arg, word);
                place += usize::from(!takes_many(arg));
            }
        }
        line
    }

    fn option<'w>(
        &mut self,
        arg: Option<&Arg>,
        value: Option<&str>,
        rest: &mut impl Iterator<Item = &'w String>,
    ) {
        let Some(arg) = arg.filter(|arg| arg.get_action().takes_values()) else { return };
        if let Some(value) = value.or_else(|| rest.next().map(String::as_str)) {
            self.add(arg, value);
        }
    }

    fn add(&mut self, arg: &Arg, value: &str) {
        self.values.entry(arg.get_id().to_string()).or_default().push(value.to_owned());
    }

    /// What was typed last for a field.
    pub(super) fn get(&self, field: &str) -> Option<&str> {
        self.all(field).last().map(String::as_str)
    }

    /// Everything that was typed for a field.
    pub(super) fn all(&self, field: &str) -> &[String] {
        self.values.get(field).map(Vec::as_slice).unwrap_or_default()
    }

    /// Which server is meant.
    pub(super) fn server(&self) -> ServerArgs {
        let owned = |field| self.get(field).map(str::to_owned);
        ServerArgs { server: owned("server"), api_url: owned("api_url"), repo_url: owned("repo_url") }
    }
}

/// An option of this command or, as options for all commands are the first's, of one above it.
fn find<'c>(path: &[&'c Command], is: impl Fn(&&Arg) -> bool) -> Option<&'c Arg> {
    path.iter().rev().find_map(|command| command.get_arguments().find(&is))
}

fn takes_many(arg: &Arg) -> bool {
    matches!(arg.get_action(), clap::ArgAction::Append)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Cli;

    fn read(text: &str) -> Line {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        Line::read(&Cli::command(), &words)
    }

    #[test]
    fn what_a_line_says() {
        let line = read("--server work organization key acme revoke --json c");
        assert_eq!((line.get("server"), line.get("organization")), (Some("work"), Some("acme")));
        assert_eq!(line.get("name"), Some("c"));
        let line = read("retire mysrv:acme/bark 1.0.0 --message=gone --repo mysrv");
        assert_eq!((line.get("package"), line.get("version")), (Some("mysrv:acme/bark"), Some("1.0.0")));
        assert_eq!((line.get("message"), line.get("repo")), (Some("gone"), Some("mysrv")));
        let line = read("organisation member acme role --server=https://hex.example.com eric");
        assert_eq!((line.get("organization"), line.get("user")), (Some("acme"), Some("eric")));
        assert_eq!(line.server().server.as_deref(), Some("https://hex.example.com"));
        assert_eq!(read("man organization key").all("command"), ["organization", "key"]);
        assert_eq!(read("deps tree -i").get("invert"), None);
    }
}
