//! Packages that mix builds. A `mix.exs` is a program, which nothing but mix can run; it is run where its author would run
//! it, and what it says is shown only when it fails.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use hex_format::name::OrganizationName;
use tokio::process::Command;

use crate::commands::context::block_on;
use crate::commands::package::place;
use crate::output::progress;

/// Longest time that mix may take. It compiles the project's tasks and dependencies if it has to.
const PATIENCE: Duration = Duration::from_secs(600);
/// How much of what mix said is shown, in bytes.
const SHOWN: usize = 2000;

/// The tarball that `mix hex.build` makes, and the organization that `mix.exs` names.
pub(super) fn build(folder: &Path) -> Result<(Vec<u8>, Option<OrganizationName>)> {
    let Some(mix) = find("mix") else {
        bail!(
            "mix is needed to build {}, which is a program: install Elixir and Hex (`mix local.hex`), or build the tarball \
             where they are with `mix hex.build` and publish that",
            folder.join("mix.exs").display()
        );
    };
    let temporary = place::private_folder("skep-build-")?;
    let tarball = temporary.path().join("package.tar");
    let bar = progress::spinner("Building with mix");
    let output = block_on(run(&mix, folder, &tarball))?;
    bar.finish_and_clear();
    if !output.status.success() {
        return Err(failure(&output));
    }
    let bytes = std::fs::read(&tarball).context("mix hex.build left no tarball")?;
    Ok((bytes, organization(&String::from_utf8_lossy(&output.stdout))))
}

async fn run(mix: &Path, folder: &Path, tarball: &Path) -> Result<Output> {
    let mut command = Command::new(mix);
    command.args(["hex.build", "--output"]).arg(tarball).current_dir(folder);
    // What it says is read here, and so in plain letters.
    command.env("NO_COLOR", "1").stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .map_err(|_| anyhow!("mix hex.build took longer than {} minutes", PATIENCE.as_secs() / 60))?;
    output.with_context(|| format!("cannot run {}", mix.display()))
}

fn failure(output: &Output) -> anyhow::Error {
    let said = [output.stderr.as_slice(), &output.stdout].concat();
    let said = String::from_utf8_lossy(&said);
    if said.contains("The task \"hex.build\" could not be found") {
        return anyhow!("mix has no Hex: install it with `mix local.hex`");
    }
    let mut end = said.trim().len().min(SHOWN);
    while !said.trim().is_char_boundary(end) {
        end -= 1;
    }
    anyhow!("mix hex.build failed: {}", &said.trim()[..end])
}

/// The organization in what mix prints about the package.
fn organization(printed: &str) -> Option<OrganizationName> {
    let named = printed.lines().find_map(|line| line.strip_prefix("  Organization: "))?;
    named.trim().parse().ok()
}

/// A program on the search path.
fn find(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .map(|folder| folder.join(program).with_extension(std::env::consts::EXE_EXTENSION))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_organization_is_read_from_what_mix_prints() {
        let printed = "Building twig 1.0.0\n  Dependencies:\n    leaf ~> 1.0 (app: leaf)\n  Organization: acme\n  App: twig\n";
        assert_eq!(organization(printed), Some("acme".parse().unwrap()));
        assert_eq!(organization("Building twig 1.0.0\n  Description:   Organization: acme\n"), None);
    }
}
