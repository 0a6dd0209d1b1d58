//! `skep completions`

use anyhow::{Context as _, Result};
use clap_complete::env::Shells;

use crate::args::CompletionsArgs;
use crate::completion::VARIABLE;
use crate::output;

/// Bash cuts words at colons and equals signs, which are inside of names here.
const BASH: &str = include_str!("completions/skep.bash");
/// Names that end with a colon or a slash are gone on with, and not ended by a space.
const ZSH: &str = include_str!("completions/skep.zsh");

/// Prints what makes a shell ask this program.
pub(crate) fn run(args: &CompletionsArgs) -> Result<()> {
    output::refuse_json("a script for a shell is printed");
    let own = match args.shell.as_str() {
        "bash" => Some(BASH),
        "zsh" => Some(ZSH),
        _ => None,
    };
    if let Some(script) = own {
        return Ok(output::write_bytes(script.as_bytes())?);
    }
    let shells = Shells::builtins();
    let shell = shells.completer(&args.shell).context("invariant: only these shells can be named")?;
    let mut script = Vec::new();
    // By name and not by path: the script outlives the place of this program.
    shell.write_registration(VARIABLE, "skep", "skep", "skep", &mut script)?;
    Ok(output::write_bytes(&script)?)
}
