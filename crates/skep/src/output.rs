//! Everything that is printed. Texts from outside pass through [`mod@sanitize`] here, so that no description or error message
//! of a server can drive the user's terminal; results go to standard output, everything else to standard error.

pub(crate) mod prompt;
pub(crate) mod qr;
pub(crate) mod sanitize;
pub(crate) mod table;

use std::io::{self, ErrorKind, IsTerminal, Write};

use sanitize::{line, sanitize};

/// Writes a line of results.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(sanitize(text).as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Writes bytes as they are: for files, which are not for the terminal's eyes.
pub(crate) fn write_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Writes a value as JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(value)?)?;
    Ok(())
}

/// Says something beside the result. That nobody reads it is no failure.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", sanitize(text));
}

/// Tells a failure, in one line.
pub(crate) fn error(error: &anyhow::Error) {
    let _ = writeln!(io::stderr().lock(), "error: {}", line(&format!("{error:#}")));
}

/// Whether somebody sits there who can answer.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether a failure only means that nobody reads our output any more.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    // Only the outermost error can be that of our own output: deeper ones may be a broken connection.
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
