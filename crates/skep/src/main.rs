//! The Skep binary: arguments, commands, output. Wiring and nothing else.
//!
//! Exit codes: 0 for success, also when the reader of our output went away; 1 for a failure, told in one line on standard
//! error; 2 for arguments that make no sense.

mod args;
mod commands;
mod instance;
mod output;
mod settings;

use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = args::Cli::parse();
    output::options::set(cli.output);
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
