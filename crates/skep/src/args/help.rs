//! `skep completions` and `skep man`

use std::path::PathBuf;

use clap::Args;

/// Completions of a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  echo 'source <(skep completions bash)' >> ~/.bashrc
  echo 'source <(skep completions zsh)' >> ~/.zshrc
  skep completions fish > ~/.config/fish/completions/skep.fish")]
pub(crate) struct CompletionsArgs {
    /// Shell to print it for: bash, elvish, fish, powershell or zsh
    #[arg(value_name = "SHELL", value_parser = ["bash", "elvish", "fish", "powershell", "zsh"], hide_possible_values = true)]
    pub(crate) shell: String,
}

/// Manual pages.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  skep man organization auth | man -l -
  skep man --output /usr/local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Command whose page to print [default: the program's]
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// Write the pages of all commands into this folder
    #[arg(long, short, value_name = "FOLDER", conflicts_with = "command")]
    pub(crate) output: Option<PathBuf>,
}
