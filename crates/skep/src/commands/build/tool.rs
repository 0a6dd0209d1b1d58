//! The tools that projects are built with, where they are on this machine. They run where their user would run them, and
//! what they say is shown only when they fail.
//!
//! A project is a program to them: nothing but a command that builds or publishes it may start one.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use tokio::process::Command;

use crate::commands::context::block_on;
use crate::output::{self, progress};

/// Longest time that a tool may take. It compiles the project and its dependencies if it has to.
const PATIENCE: Duration = Duration::from_secs(600);
/// Most lines of what a tool said that are shown, the last ones.
const SHOWN: usize = 100;

/// A program on the search path.
pub(crate) struct Tool {
    program: PathBuf,
}

/// What a tool has said.
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    stderr: String,
}

impl Tool {
    /// The tool of this name, if it is there.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let folders = std::env::var_os("PATH")?;
        let program = std::env::split_paths(&folders)
            // Others are relative to wherever this runs, such as the project.
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name).with_extension(std::env::consts::EXE_EXTENSION))
            .find(|path| path.is_file())?;
        Some(Self { program })
    }

    /// Runs it in a folder, while `doing` is shown on a terminal.
    pub(crate) fn run(&self, folder: &Path, arguments: &[&OsStr], doing: &str) -> Result<Said> {
        let bar = progress::spinner(doing);
        let output = block_on(self.output(folder, arguments));
        bar.finish_and_clear();
        let Output { status, stdout, stderr } = output?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Said { success: status.success(), stdout: text(stdout), stderr: text(stderr) })
    }

    async fn output(&self, folder: &Path, arguments: &[&OsStr]) -> Result<Output> {
        let name = self.program.display();
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(folder);
        // What it says is read here, and so in plain letters.
        command.env("NO_COLOR", "1").stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(PATIENCE, command.output())
            .await
            .map_err(|_| anyhow!("{name} took longer than {} minutes", PATIENCE.as_secs() / 60))?;
        output.with_context(|| format!("cannot run {name}"))
    }
}

impl Said {
    /// Whether it said something in these words.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.stdout.contains(words) || self.stderr.contains(words)
    }

    /// Every line, without colours, which some tools also print where nobody sees them.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        self.stdout.lines().chain(self.stderr.lines()).map(plain)
    }

    /// That it failed: a single line is part of the error, several are shown before it.
    pub(crate) fn failure(&self, headline: &str) -> anyhow::Error {
        let lines: Vec<String> = self.lines().filter(|line| !line.trim().is_empty()).collect();
        if let [line] = lines.as_slice() {
            return anyhow!("{headline}: {line}");
        }
        let cut = lines.len().saturating_sub(SHOWN);
        lines[cut..].iter().for_each(output::tell);
        anyhow!("{headline}")
    }
}

/// A line without escape sequences for colours.
fn plain(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out() {
        assert_eq!(plain("\u{1b}[33mMix\u{1b}[0m and \u{1b}[1;31merrors"), "Mix and errors");
        assert_eq!(plain("no colours [33m"), "no colours [33m");
    }
}
