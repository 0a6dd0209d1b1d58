//! Packages that mix builds. A `mix.exs` is a program, which nothing but mix can run; it is run where its author would run
//! it, and what it says is shown only when it fails.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use hex_format::name::OrganizationName;

use super::tool::{Said, Tool};
use crate::commands::package::place;

/// What mix says before it lists what is wrong with a package.
const ERRORS: &str = "** (Mix) Stopping package build due to errors.";

/// What mix has built.
pub(super) struct Built {
    pub(super) tarball: Vec<u8>,
    /// The organization that `mix.exs` names.
    pub(super) organization: Option<OrganizationName>,
    /// What its author should know of `mix.exs`, which the tarball does not show.
    pub(super) warnings: Vec<String>,
}

/// The tarball that `mix hex.build` makes.
pub(super) fn build(folder: &Path) -> Result<Built> {
    let Some(mix) = Tool::find("mix") else {
        bail!(
            "mix is needed to build {}, which is a program: install Elixir and Hex (`mix local.hex`), or build the tarball \
             where they are with `mix hex.build` and publish that",
            folder.join("mix.exs").display()
        );
    };
    let temporary = place::private_folder("skep-build-")?;
    let tarball = temporary.path().join("package.tar");
    let arguments = ["hex.build".as_ref(), "--output".as_ref(), tarball.as_os_str()];
    let said = mix.run(folder, &arguments, "Building with mix")?;
    if !said.success {
        return Err(failure(&said));
    }
    let tarball = std::fs::read(&tarball).context("mix hex.build left no tarball")?;
    let warnings = said.lines().filter(|line| line.contains(" belongs under the :package key")).collect();
    Ok(Built { tarball, organization: organization(&said.stdout), warnings })
}

fn failure(said: &Said) -> anyhow::Error {
    if said.says("The task \"hex.build\" could not be found") {
        return anyhow!("mix has no Hex: install it with `mix local.hex`");
    }
    let mut lines = said.lines().skip_while(|line| line != ERRORS);
    if lines.next().is_some() {
        let errors: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
        return anyhow!("Stopping package build due to errors: {}", errors.join("; "));
    }
    said.failure("mix hex.build failed")
}

/// The organization in what mix prints about the package.
fn organization(printed: &str) -> Option<OrganizationName> {
    let named = printed.lines().find_map(|line| line.strip_prefix("  Organization: "))?;
    named.trim().parse().ok()
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
