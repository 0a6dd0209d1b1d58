//! `skep deps sponsors`: who asks for support, by the link that `mix hex.sponsor` looks for.

use anyhow::Result;
use hex_format::metadata::Metadata;
use serde::Serialize;
use skep_client::deps::{Caches, LockFile, metadata};

use super::project::{self, Of, are, joined};
use crate::args::DepsLockArgs;
use crate::output::table::table;
use crate::output::{self, Report, Text};

/// The title of the link.
const TITLE: &str = "Sponsor";

pub(super) fn run(args: &DepsLockArgs) -> Result<()> {
    let caches = project::caches()?;
    let locks = project::lock_files(args)?;
    let mut absent = 0;
    let all: Vec<Of<Sponsors>> =
        locks.iter().map(|lock| Of::new(lock, sponsors(&caches, lock, &mut absent))).collect();
    output::report(&Told(all))?;
    if absent > 0 {
        output::warn(&format!("{} not on this machine: run `skep deps fetch` first", are(absent, "package")));
    }
    Ok(())
}

#[derive(Serialize)]
struct Told(Vec<Of<Sponsors>>);

#[derive(Serialize)]
struct Sponsors {
    packages: Vec<Package>,
}

#[derive(Serialize)]
struct Package {
    name: String,
    /// Where support can be given.
    url: String,
}

fn sponsors(caches: &Caches, lock: &LockFile, absent: &mut usize) -> Sponsors {
    let mut packages = Vec::new();
    for entry in &lock.entries {
        let Some(release) = entry.release() else { continue };
        match metadata::find(caches, lock, entry) {
            None => *absent += 1,
            Some(found) => {
                let name = release.name.to_string();
                packages.extend(link(&found.metadata).map(|url| Package { name, url }));
            }
        }
    }
    Sponsors { packages }
}

fn link(metadata: &Metadata) -> Option<String> {
    let links = metadata.links.value()?.iter();
    links.filter(|(title, _)| title.eq_ignore_ascii_case(TITLE)).map(|(_, url)| url.clone()).next()
}

impl Report for Told {
    fn text(&self) -> Text {
        joined(&self.0, |told| {
            if told.packages.is_empty() {
                return Text::from("No dependencies with sponsorship link found");
            }
            table(
                ["Dependency", "Sponsorship"],
                told.packages.iter().map(|package| [package.name.clone(), package.url.clone()]),
            )
        })
    }
}
