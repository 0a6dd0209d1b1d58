//! A command of the user's that compares two folders, as mix runs its `diff_command`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::super::place;
use super::super::unpack::unpack;
use super::{Files, Side};
use crate::finding::Finding;

/// Unpacks what is packed and runs the command. That it exits with 1 means that there are differences.
pub(super) fn run(command: &str, before: &Side, after: &Side) -> Result<()> {
    let folder = place::private_folder("skep-diff-")?;
    let path = |side: &Side| -> Result<String> {
        match &side.files {
            Files::Tarball(bytes) => {
                unpack(bytes, &folder.path().join(&side.name))?;
                Ok(quoted(Path::new(&side.name)))
            }
            Files::Folder(path) => Ok(quoted(&std::path::absolute(path)?)),
        }
    };
    let line = command.replace("__PATH1__", &path(before)?).replace("__PATH2__", &path(after)?);
    let status = shell(&line)
        .current_dir(folder.path())
        .status()
        .with_context(|| format!("cannot run {command:?}"))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(Finding.into()),
        _ => bail!("{command:?} failed: {status}"),
    }
}

#[cfg(unix)]
fn shell(line: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", line]);
    shell
}

#[cfg(not(unix))]
fn shell(line: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", line]);
    shell
}

/// One word for the shell, whatever is in it.
#[cfg(unix)]
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(not(unix))]
fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}
