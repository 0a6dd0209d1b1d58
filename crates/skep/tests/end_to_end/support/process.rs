//! Programs that run to their end, within a limit, with everything that they said.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// No program of these tests needs this long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) command: String,
    /// `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Runs a program with this text as its standard input.
    pub(crate) async fn with_input(command: Command, input: &str) -> Self {
        Self::with_input_that_ends(command, input, true).await
    }

    /// Runs a program with this text as its standard input, which then stays open as that of a person does.
    pub(crate) async fn with_open_input(command: Command, input: &str) -> Self {
        Self::with_input_that_ends(command, input, false).await
    }

    async fn with_input_that_ends(mut command: Command, input: &str, ends: bool) -> Self {
        let shown = format!("{:?}", command.as_std());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{shown} could not be started: {error}"));
        let mut stdin = child.stdin.take();
        let run = async {
            // A program that does not read its input may be gone already.
            let _ = stdin.as_mut().expect("standard input is piped").write_all(input.as_bytes()).await;
            stdin.take_if(|_| ends);
            child.wait_with_output().await
        };
        let output = tokio::time::timeout(PATIENCE, run)
            .await
            .unwrap_or_else(|_| panic!("{shown} did not end within {PATIENCE:?}"))
            .expect("its output can be read");
        Self {
            command: shown,
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a program without input.
    pub(crate) async fn of(command: Command) -> Self {
        Self::with_input(command, "").await
    }

    /// Everything that it said.
    pub(crate) fn output(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Standard output without the white space around it.
    #[track_caller]
    pub(crate) fn succeeds(&self) -> &str {
        assert!(self.code == Some(0), "this should have succeeded:\n{}", self.shown());
        self.stdout.trim()
    }

    /// Everything that it said when it failed by itself.
    #[track_caller]
    pub(crate) fn fails(&self) -> String {
        assert!(self.code.is_some_and(|code| code != 0), "this should have failed:\n{}", self.shown());
        self.output()
    }

    /// Fails if it did not say this.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.output().contains(text), "this should have said {text:?}:\n{}", self.shown());
        self
    }

    /// Fails if it said this.
    #[track_caller]
    pub(crate) fn does_not_say(&self, text: &str) -> &Self {
        assert!(!self.output().contains(text), "this should not have said {text:?}:\n{}", self.shown());
        self
    }

    fn shown(&self) -> String {
        format!("{}\n-- exit code {:?}\n{}\n-- stderr\n{}", self.command, self.code, self.stdout, self.stderr)
    }
}
