//! The Skep binary: arguments, commands, output. Wiring and nothing else.
//!
//! Exit codes: 0 for success, also when the reader of our output went away; 1 for a failure, told in one line on standard
//! error, or for what a command like `package diff` found; 2 for arguments that make no sense; 130 when the user
//! interrupted it.

mod args;
mod commands;
mod completion;
mod failure;
mod finding;
mod instance;
mod interrupt;
mod output;
mod settings;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code for arguments that make no sense, as clap has it.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    completion::answer_shell();
    // Help and what is wrong with arguments have colours before these are parsed.
    let colour = output::options::colour_of_help(std::env::args_os());
    let matches = args::Cli::command().color(colour).try_get_matches();
    let cli = match matches.and_then(|matches| args::Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return misunderstood(&error),
    };
    output::options::set(cli.output);
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) if error.is::<finding::Finding>() => ExitCode::FAILURE,
        Err(error) => {
            let error = interrupt::unmasked(error);
            output::failure(&failure::Failure::of(&error));
            match error.is::<interrupt::Interrupted>() {
                true => ExitCode::from(interrupt::EXIT_CODE),
                false => ExitCode::FAILURE,
            }
        }
    }
}

/// Help that was asked for, or arguments that make no sense: told as JSON where that was one of them.
fn misunderstood(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() || !output::options::asks_for_json(std::env::args_os()) {
        error.exit();
    }
    output::options::set(output::options::Options { json: true, ..Default::default() });
    output::failure(&failure::Failure::of_usage(error));
    ExitCode::from(USAGE)
}
