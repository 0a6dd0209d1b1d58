//! The Skep binary: arguments, commands, output. Wiring and nothing else.
//!
//! Exit codes: 0 for success, also when the reader of our output went away; 1 for a failure, told in one line on standard
//! error, or for what a command like `package diff` found; 2 for arguments that make no sense; 130 when the user
//! interrupted it.

mod args;
mod commands;
mod completion;
mod finding;
mod instance;
mod interrupt;
mod output;
mod settings;

use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    completion::answer_shell();
    let cli = args::Cli::parse();
    output::options::set(cli.output);
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) if error.is::<finding::Finding>() => ExitCode::FAILURE,
        Err(error) => {
            output::error(&error);
            error
                .downcast_ref::<interrupt::Interrupted>()
                .map_or(ExitCode::FAILURE, |_| ExitCode::from(interrupt::EXIT_CODE))
        }
    }
}
