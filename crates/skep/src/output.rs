//! Everything that is printed. Texts from outside pass through [`mod@sanitize`] here, so that no description or error message
//! of a server can drive the user's terminal; results go to standard output, everything else to standard error.
//!
//! A command's result is a [`Report`]: the same facts for people, as [`Text`], and for programs, as JSON.

pub(crate) mod options;
pub(crate) mod progress;
pub(crate) mod prompt;
pub(crate) mod qr;
pub(crate) mod sanitize;
pub(crate) mod table;
pub(crate) mod text;

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;
use options::{colours, options};
use sanitize::line;
use serde::Serialize;
use text::Style;
pub(crate) use text::{Text, count};

/// What a command found out or did. Its JSON is an interface: fields are added, never renamed or removed.
pub(crate) trait Report: Serialize {
    /// The same for people. An empty text prints nothing.
    fn text(&self) -> Text;
}

/// Prints what a command found out or did: as JSON if that was asked for, else as text.
pub(crate) fn report(report: &impl Report) -> anyhow::Result<()> {
    if options().json {
        return json(report);
    }
    let text = report.text();
    if !text.is_empty() {
        print(text)?;
    }
    Ok(())
}

/// Writes a line of results.
pub(crate) fn print(text: impl Into<Text>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.into().render(colours(&out)).as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Ends the program, as arguments that make no sense do, if JSON was asked for of a command that has none to give.
pub(crate) fn refuse_json(why: &str) {
    if options().json {
        let text = format!("--json can't be used here: {why}\n");
        let error = clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, text);
        failure(&Failure::of_usage(&error));
        std::process::exit(error.exit_code());
    }
}

/// Writes bytes as they are: for files, which are not for the terminal's eyes.
pub(crate) fn write_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Writes a value as JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    print(sanitize::json(&serde_json::to_string_pretty(value)?).as_ref())?;
    Ok(())
}

/// Says something beside the result, unless nothing was to be said. That nobody reads it is no failure.
pub(crate) fn note(text: impl Into<Text>) {
    if !options().quiet {
        to_stderr(text.into());
    }
}

/// Says what has to be seen for the command to go on, also if nothing was to be said.
pub(crate) fn tell(text: impl Into<Text>) {
    to_stderr(text.into());
}

/// Says something that the user should know although the command goes on.
pub(crate) fn warn(text: &str) {
    to_stderr(Text::styled(Style::Warning, "warning:").plain(" ").plain(text));
}

/// Tells a failure, in one line; or as JSON, if that was asked for.
pub(crate) fn failure(failure: &Failure) {
    if options().json {
        let object =
            serde_json::to_string(&Failed { error: failure }).expect("invariant: it holds texts alone");
        return to_stderr(Text::from(sanitize::json(&object).as_ref()));
    }
    to_stderr(Text::styled(Style::Bad, "error:").plain(" ").plain(&line(&failure.message)));
}

/// The only thing on standard error that programs read.
#[derive(Serialize)]
struct Failed<'a> {
    error: &'a Failure,
}

fn to_stderr(text: Text) {
    if is_mute() {
        return;
    }
    progress::above(|| {
        let mut stderr = io::stderr().lock();
        let rendered = text.render(colours(&stderr));
        let _ = writeln!(stderr, "{rendered}");
    });
}

/// Whether somebody sits there who can answer.
pub(crate) fn is_interactive() -> bool {
    !is_mute() && io::stdin().is_terminal() && io::stderr().is_terminal()
}

static MUTE: AtomicBool = AtomicBool::new(false);

/// From now on nothing is asked, and nothing said beside the result: somebody is in the middle of a line.
pub(crate) fn mute() {
    MUTE.store(true, Ordering::Relaxed);
}

fn is_mute() -> bool {
    MUTE.load(Ordering::Relaxed)
}

/// Whether a failure only means that nobody reads our output any more.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    // Only the outermost error can be that of our own output: deeper ones may be a broken connection.
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
