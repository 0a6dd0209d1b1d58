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
use crate::output::progress;

/// Longest time that a tool may take. It compiles the project and its dependencies if it has to.
const PATIENCE: Duration = Duration::from_secs(600);
/// How much of what a tool said is shown, in bytes.
const SHOWN: usize = 2000;

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
    /// Whether it complained in these words.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.stdout.contains(words) || self.stderr.contains(words)
    }

    /// What it complained about, as much as fits.
    pub(crate) fn complaint(&self) -> String {
        let said = [self.stderr.as_str(), &self.stdout].concat();
        let said = said.trim();
        let mut end = said.len().min(SHOWN);
        while !said.is_char_boundary(end) {
            end -= 1;
        }
        said[..end].to_owned()
    }
}
