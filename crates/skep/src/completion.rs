//! Completion by the shell. The shell asks this program, which knows its commands and what they can be about: the names
//! of organizations, repositories and servers on this machine, packages in the lock files of the folder and of registry
//! files that were fetched before, keys, policies and members at the server.
//!
//! Whatever fails completes nothing: nobody wants an error, or a question, in the middle of a line. What has to be asked of
//! a server is waited for no longer than somebody would, and remembered for the next time.

mod line;
mod remembered;
mod values;

use std::any::TypeId;
use std::ffi::OsStr;

use clap::{Arg, Command, CommandFactory as _, ValueHint};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use hex_format::name::PackageName;
use hex_format::version::Version;
use hex_project::build::BuildTool;
use skep_client::package_ref::{PackageRef, Place};
use skep_client::snippets;

use crate::args::{Cli, Versions};
use crate::output;
use line::Line;
use values::Values;

/// Set to the name of a shell, it is a shell that asks.
pub(crate) const VARIABLE: &str = "SKEP_COMPLETE";
/// Most that is offered at once.
const MAX_CANDIDATES: usize = 1000;
/// Most bytes of what is offered.
const MAX_CANDIDATE: usize = 200;

/// Answers the shell, if it is the shell that asks, and ends the process.
pub(crate) fn answer_shell() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    output::mute();
    let here = std::env::current_dir().ok();
    let answer = CompleteEnv::with_factory(|| {
        let words = line::words();
        let line = Line::read(&Cli::command(), &words);
        let command = with_values(Cli::command(), "", &line);
        // Options are a dozen everywhere: where names or commands fit, these are what is looked for.
        if line::is_at_option(&words) { command } else { without_options(command) }
    });
    match answer.var(VARIABLE).try_complete(std::env::args_os(), here.as_deref()) {
        Ok(false) => {}
        // What still waits for a server is not waited for.
        Ok(true) => std::process::exit(0),
        Err(_) => std::process::exit(1),
    }
}

/// The command with everything that completes its values, and those of the commands below it.
fn with_values(command: Command, parent: &str, line: &Line) -> Command {
    let name = command.get_name().to_owned();
    let path = format!("{parent} {name}");
    command
        .mut_args(|arg| with_value(arg, &path, line))
        .mut_subcommands(|below| with_values(below, &path, line))
}

/// The command with options that are offered only if nothing else is.
fn without_options(command: Command) -> Command {
    command
        .disable_help_flag(true)
        .disable_version_flag(true)
        .mut_args(|arg| if arg.is_positional() { arg } else { arg.hide(true) })
        .mut_subcommands(without_options)
}

fn with_value(arg: Arg, path: &str, line: &Line) -> Arg {
    let Some(values) = values_of(&arg, path) else {
        return match value_name(&arg) {
            "FILE" | "FOLDER" | "PATH" | "TARBALL" | "FOLDER|FILE" | "DIR" => {
                arg.value_hint(ValueHint::AnyPath)
            }
            _ => arg,
        };
    };
    let line = line.clone();
    arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
        let typed = typed.to_string_lossy();
        fitting(&typed, values.list(&line, &typed))
    }))
}

/// What can stand in the place of a value, by its type where that says it, else by what it is called and where.
fn values_of(arg: &Arg, path: &str) -> Option<Values> {
    let is = |id: TypeId| arg.get_value_parser().type_id() == id;
    let ends = |words: &[&str]| words.iter().any(|word| path.ends_with(word));
    Some(match (arg.get_id().as_str(), value_name(arg)) {
        _ if is(TypeId::of::<PackageRef>()) => Values::References,
        _ if is(TypeId::of::<Version>()) || is(TypeId::of::<Versions>()) => Values::Versions,
        _ if is(TypeId::of::<Place>()) => Values::Repositories,
        _ if is(TypeId::of::<snippets::Kind>()) => {
            Values::Words(snippets::Kind::ALL.map(snippets::Kind::as_str).to_vec())
        }
        _ if is(TypeId::of::<BuildTool>()) => Values::Words(BuildTool::ALL.map(BuildTool::name).to_vec()),
        (_, "ORGANIZATION") if !ends(&[" create"]) => Values::Organizations,
        ("package", _) if is(TypeId::of::<PackageName>()) && ends(&[" reserve", " unreserve"]) => {
            return None;
        }
        ("packages", "PACKAGE[@VERSION]") => Values::References,
        (_, "PACKAGE") if ends(&[" revert"]) => Values::Packages,
        (_, "PACKAGE" | "PACKAGES") => Values::Locked,
        ("server" | "connection", _) => Values::Servers,
        ("repo" | "repository", _) => Values::Repositories,
        ("name", _) if ends(&[" repo set", " repo remove", " repo show"]) => Values::Repositories,
        ("name", _) if ends(&[" key revoke", " key show"]) => Values::Keys,
        ("user", _) if ends(&[" member role", " member remove"]) => Values::Members,
        ("name", "POLICY") if !ends(&[" create"]) => Values::Policies,
        ("use_policy", _) => Values::PolicyReferences,
        ("permissions", _) => Values::Permissions,
        ("severity", _) => Values::Words(skep_client::api::Severity::WORDS.to_vec()),
        ("reasons", _) => Values::Words(skep_client::api::RetiredFor::WORDS.to_vec()),
        ("key", _) if ends(&[" config"]) => Values::Settings,
        ("command", _) if ends(&[" man"]) => Values::Commands,
        _ => return None,
    })
}

fn value_name(arg: &Arg) -> &str {
    arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str())
}

/// Those that begin as what was typed, in their order.
fn fitting(typed: &str, values: Vec<String>) -> Vec<CompletionCandidate> {
    let mut fitting: Vec<String> = Vec::new();
    for value in values {
        if value.starts_with(typed) && is_plain(&value) && !fitting.contains(&value) {
            fitting.push(value);
        }
        if fitting.len() == MAX_CANDIDATES {
            break;
        }
    }
    fitting.into_iter().map(CompletionCandidate::new).collect()
}

/// Whether a name means nothing else to a shell or to this program. Names come from servers, and shells take candidates as
/// they are.
fn is_plain(name: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "._:@/+-".contains(character);
    !name.is_empty() && name.len() <= MAX_CANDIDATE && !name.starts_with('-') && name.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_more_to_a_shell_are_not_offered() {
        for plain in ["acme", "skep:acme/foo", "1.0.0-rc.1+build", "https://hex.example.com/api", "a@b.c"] {
            assert!(is_plain(plain), "{plain}");
        }
        let long = "a".repeat(MAX_CANDIDATE + 1);
        let harmful = [
            "",
            "-rf",
            "a b",
            "$(rm)",
            "`rm`",
            "a;b",
            "a\nb",
            "a\u{1b}[2J",
            "~",
            "a'b",
            "é",
            "a\u{202e}b",
            "*",
            "a\\",
        ];
        for name in harmful.iter().copied().chain([long.as_str()]) {
            assert!(!is_plain(name), "{name:?}");
        }
    }

    #[test]
    fn what_was_typed_is_gone_on_with_in_order_and_once() {
        let offered = fitting("1.", ["1.10.0", "1.9.0", "2.0.0", "1.9.0"].map(str::to_owned).to_vec());
        let offered: Vec<_> = offered.iter().map(|one| one.get_value().to_str().unwrap()).collect();
        assert_eq!(offered, ["1.10.0", "1.9.0"]);
    }
}
