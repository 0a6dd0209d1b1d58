//! `skep completions`

use anyhow::{Context as _, Result};
use clap_complete::env::Shells;

use crate::args::CompletionsArgs;
use crate::output;

/// Prints what makes a shell ask this program.
pub(crate) fn run(args: &CompletionsArgs) -> Result<()> {
    let shells = Shells::builtins();
    let shell = shells.completer(&args.shell).context("invariant: only these shells can be named")?;
    let mut script = Vec::new();
    // By name and not by path: the script outlives the place of this program.
    shell.write_registration("COMPLETE", "skep", "skep", "skep", &mut script)?;
    Ok(output::write_bytes(&script)?)
}
