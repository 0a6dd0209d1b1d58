//! How the program was asked to answer: once, for the whole process.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::sync::OnceLock;

use clap::{Args, ColorChoice, ValueEnum};

/// How to answer.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Options {
    /// Print the result as JSON
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
    /// Do not ask: take yes for an answer to every question
    #[arg(long, short, global = true, help_heading = "Output")]
    pub(crate) yes: bool,
    /// Say nothing but the result, warnings and errors
    #[arg(long, short, global = true, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// When to use colours [default: on a terminal, unless NO_COLOR is set]
    #[arg(long, global = true, value_name = "WHEN", hide_possible_values = true, help_heading = "Output")]
    pub(crate) color: Option<When>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal.
    Auto,
    /// Even into a file.
    Always,
    /// Not at all.
    Never,
}

/// Whether `--json` is among arguments that can't be read any better: an option, not what comes after `--`.
pub(crate) fn asks_for_json(arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.skip(1).take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

/// What `--color` says in a line that is not parsed yet.
pub(crate) fn colour_of_help(words: impl Iterator<Item = OsString>) -> ColorChoice {
    let words: Vec<_> = words.take_while(|word| word != "--").collect();
    let words: Vec<_> = words.iter().filter_map(|word| word.to_str()).collect();
    let joined = words.iter().filter_map(|word| word.strip_prefix("--color="));
    let apart = words.windows(2).filter(|pair| pair[0] == "--color").map(|pair| pair[1]);
    match joined.chain(apart).next() {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

static OPTIONS: OnceLock<Options> = OnceLock::new();

/// Says how to answer from now on. Only the first call counts.
pub(crate) fn set(options: Options) {
    let _ = OPTIONS.set(options);
}

/// How to answer.
pub(crate) fn options() -> Options {
    OPTIONS.get().copied().unwrap_or_default()
}

/// Whether what goes to `stream` may have colours: what was asked for, then the variables that programs agree on
/// (<https://no-color.org>, <https://force-color.org>), then whether it is a terminal that can.
pub(super) fn colours(stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match options().color {
        Some(When::Always) => true,
        Some(When::Never) => false,
        _ if set("NO_COLOR") => false,
        _ if set("FORCE_COLOR") || set("CLICOLOR_FORCE") => true,
        _ => stream.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}
