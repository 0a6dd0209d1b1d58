//! Completion by the shell. The shell asks this program, which knows its commands and what they can be about: the names
//! of organizations and servers on this machine, packages in the lock files of the folder, keys at the server.
//!
//! Whatever fails completes nothing: nobody wants an error in the middle of a line. What has to be asked of a server is
//! waited for no longer than somebody would.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Arg, Command, CommandFactory as _, ValueHint};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use hex_format::lock;
use skep_client::api::{Key, KeysOf};

use crate::args::{Cli, ServerArgs};
use crate::commands::context::{Context, block_on};

/// Longest wait for a server.
const PATIENCE: Duration = Duration::from_millis(800);

/// What can stand in the place of a value.
type Values = fn() -> Vec<String>;

/// Answers the shell, if it is the shell that asks, and ends the process.
pub(crate) fn answer_shell() {
    CompleteEnv::with_factory(|| with_values(Cli::command(), "")).complete();
}

/// The command with everything that completes its values, and those of the commands below it.
fn with_values(command: Command, parent: &str) -> Command {
    let name = command.get_name().to_owned();
    let path = format!("{parent} {name}");
    command.mut_args(|arg| with_value(arg, &path)).mut_subcommands(|below| with_values(below, &path))
}

fn with_value(arg: Arg, path: &str) -> Arg {
    let Some(name) = arg.get_value_names().and_then(|names| names.first()) else { return arg };
    let values: Values = match name.as_str() {
        "ORGANIZATION" => organizations,
        "PACKAGE" => packages,
        "REASON" => reasons,
        "NAME" if path.ends_with(" key revoke") || path.ends_with(" key show") => keys,
        "FILE" | "FOLDER" | "PATH" | "TARBALL" => return arg.value_hint(ValueHint::AnyPath),
        _ => return arg,
    };
    arg.add(ArgValueCompleter::new(move |typed: &OsStr| beginning_with(typed, values())))
}

fn beginning_with(typed: &OsStr, values: Vec<String>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let mut fitting: Vec<String> =
        values.into_iter().filter(|value| value.starts_with(&*typed) && is_plain(value)).collect();
    fitting.sort_unstable();
    fitting.dedup();
    fitting.into_iter().map(CompletionCandidate::new).collect()
}

/// Whether a name means nothing else to a shell. Names come from servers, and shells take candidates as they are.
fn is_plain(name: &str) -> bool {
    name.chars().all(|character| character.is_alphanumeric() || "._:@/+-".contains(character))
}

/// Those that this machine is authorized for.
fn organizations() -> Vec<String> {
    let entries =
        Context::new(&ServerArgs::default()).and_then(|context| Ok(context.machine.organizations()?));
    entries.unwrap_or_default().into_iter().map(|entry| entry.organization).collect()
}

/// Those of the lock files in this folder.
fn packages() -> Vec<String> {
    let read = |name: &str| std::fs::read_to_string(Path::new(name)).unwrap_or_default();
    let entries = [
        lock::mix::parse(&read("mix.lock")),
        lock::rebar::parse(&read("rebar.lock")),
        lock::gleam::parse(&read("manifest.toml")),
    ];
    let releases = entries.iter().flatten().flatten().filter_map(lock::LockEntry::release);
    releases.map(|release| release.name.to_string()).collect()
}

/// Why a release can be retired.
fn reasons() -> Vec<String> {
    hex_registry::package::RetirementReason::ALL.iter().map(|reason| reason.as_str().to_owned()).collect()
}

/// Keys of the organization that the line is about, or of the user.
fn keys() -> Vec<String> {
    let words: Vec<String> = std::env::args().collect();
    let of = match words.windows(2).position(|pair| pair[0].starts_with("organi") && pair[1] == "key") {
        Some(at) => words.get(at + 2).and_then(|name| name.parse().ok()).map(KeysOf::Organization),
        None => Some(KeysOf::Caller),
    };
    let found = Context::new(&ServerArgs::default()).and_then(|context| {
        let (api, of) = (context.api()?, of.context("no organization")?);
        block_on(async { Ok(tokio::time::timeout(PATIENCE, api.keys(&of)).await??) })
    });
    found.unwrap_or_default().into_iter().map(|key: Key| key.name).collect()
}
