//! A home directory to throw away, and programs that know no other.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::process::Command;

use super::Run;

/// A machine with one user, as far as programs can see.
pub(crate) struct Home {
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

impl Home {
    /// An empty home of somebody who uses the server at `url`.
    pub(crate) fn new(url: &str) -> Self {
        let folder = TempDir::with_prefix("skep-home-").expect("a folder can be made");
        let variables = [("HEX_API_URL".to_owned(), format!("{url}/api"))].into();
        Self { folder, variables }
    }

    /// Sets a variable for every program that runs here.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.insert(name.to_owned(), value.into());
    }

    /// Removes a variable.
    pub(crate) fn unset(&mut self, name: &str) {
        self.variables.remove(name);
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file below the home, with the folders on the way.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        std::fs::write(&path, content).expect("a file can be written");
        path
    }

    /// Writes a program that is found before all others.
    pub(crate) fn write_program(&self, name: &str, text: &str) {
        let path = self.write(&format!("bin/{name}"), text);
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(path, executable).expect("a file can be made executable");
    }

    /// Reads a file below the home.
    pub(crate) fn read(&self, path: &str) -> String {
        let path = self.path().join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Removes files and folders below the home, as far as they are there.
    pub(crate) fn remove(&self, paths: &[&str]) {
        for path in paths.iter().map(|path| self.path().join(path)).filter(|path| path.exists()) {
            let removed =
                if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            removed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }

    /// A program in the folder `folder` below the home. It sees the home, the variables set here and nothing else.
    pub(crate) fn command(&self, folder: &str, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        // What a test put there comes first, such as a browser.
        let folders = std::iter::once(self.path().join("bin")).chain(std::env::split_paths(&path));
        let path = std::env::join_paths(folders).expect("folders have no colons in their names");
        command.env_clear().env("PATH", path).env("LANG", "C.UTF-8").env("HOME", self.path());
        command.envs(&self.variables).current_dir(self.path().join(folder));
        command
    }

    /// Runs a program to its end.
    pub(crate) async fn run(&self, folder: &str, program: impl AsRef<OsStr>, arguments: &[&str]) -> Run {
        self.run_with_input(folder, program, arguments, "").await
    }

    /// Runs a program with this text as its standard input.
    pub(crate) async fn run_with_input(
        &self,
        folder: &str,
        program: impl AsRef<OsStr>,
        arguments: &[&str],
        input: &str,
    ) -> Run {
        let mut command = self.command(folder, program);
        command.args(arguments);
        Run::with_input(command, input).await
    }

    /// Runs `skep`.
    pub(crate) async fn skep(&self, arguments: &[&str]) -> Run {
        self.run("", env!("CARGO_BIN_EXE_skep"), arguments).await
    }
}
