//! `skep deps licenses`

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use hex_format::lock::LockEntry;
use hex_format::metadata::Metadata;
use hex_project::licenses::{License, Refusal, Rules};
use serde::Serialize;
use skep_client::deps::{Caches, LockFile, metadata};

use super::project::{self, Of, are, joined};
use crate::args::LicensesArgs;
use crate::output::table::table;
use crate::output::text::Style;
use crate::output::{self, Report, Text};

/// What stands in the place of licences that a package does not state, or that nobody knows.
const NOT_STATED: &str = "(none stated)";
const NOT_HERE: &str = "(not fetched)";

pub(super) fn run(args: &LicensesArgs) -> Result<()> {
    let rules = rules(args)?;
    let caches = project::caches()?;
    let locks = project::lock_files(&args.lock)?;
    let all: Vec<Of<Licenses>> =
        locks.iter().map(|lock| Of::new(lock, licenses(&caches, lock, &rules))).collect();
    let packages = || all.iter().flat_map(|one| &one.told.packages);
    let absent = packages().filter(|package| !package.found).count();
    let refused = packages().filter(|package| package.refusal.is_some()).count();
    if args.csv {
        output::print(csv(packages()))?;
    } else {
        output::report(&Told(all))?;
    }
    if absent > 0 {
        let told = format!("{} not on this machine: run `skep deps fetch` first", are(absent, "package"));
        if !rules.is_empty() {
            bail!(told);
        }
        output::warn(&told);
    }
    if refused > 0 {
        bail!(
            "{} not allowed by {}",
            are(refused, "package"),
            if refused == 1 { "its licence" } else { "their licences" }
        );
    }
    Ok(())
}

fn rules(args: &LicensesArgs) -> Result<Rules> {
    let list = |names: &[String]| names.iter().map(|name| Rules::license(name)).collect::<Result<_, _>>();
    Ok(Rules { allow: list(&args.allow)?, deny: list(&args.deny)?, except: args.except.clone() })
}

#[derive(Serialize)]
struct Told(Vec<Of<Licenses>>);

#[derive(Serialize)]
struct Licenses {
    packages: Vec<Package>,
}

#[derive(Serialize)]
struct Package {
    name: String,
    version: String,
    licenses: Vec<Stated>,
    /// Whether its metadata is on this machine.
    found: bool,
    /// Why it is not allowed.
    refusal: Option<String>,
}

#[derive(Serialize)]
struct Stated {
    /// As the package writes it.
    stated: String,
    /// As SPDX writes it; null if it is not understood.
    spdx: Option<String>,
}

fn licenses(caches: &Caches, lock: &LockFile, rules: &Rules) -> Licenses {
    let one = |entry: &LockEntry| {
        let release = entry.release()?;
        let found = metadata::find(caches, lock, entry);
        let stated: Vec<License> = found.iter().flat_map(|found| stated(&found.metadata)).collect();
        let refusal = found.as_ref().and_then(|_| rules.check(release.name.as_str(), &stated));
        Some(Package {
            name: release.name.to_string(),
            version: release.version.to_string(),
            found: found.is_some(),
            refusal: refusal.map(|refusal| match refusal {
                Refusal::Unstated => "no licence is stated".to_owned(),
                Refusal::NotAllowed(license) => format!("{license} is not allowed"),
                Refusal::Denied(license) => format!("{license} is denied"),
            }),
            licenses: stated.into_iter().map(Stated::from).collect(),
        })
    };
    Licenses { packages: lock.entries.iter().filter_map(one).collect() }
}

/// The licences that a package states.
pub(super) fn stated(metadata: &Metadata) -> Vec<License> {
    let stated = metadata.licenses.value().into_iter().flatten();
    stated.filter(|license| !license.trim().is_empty()).map(|license| License::parse(license)).collect()
}

impl From<License> for Stated {
    fn from(license: License) -> Self {
        Self { spdx: license.spdx.map(|expression| expression.to_string()), stated: license.stated }
    }
}

impl Package {
    /// Its licences as one text.
    fn licenses(&self) -> String {
        if !self.found {
            return NOT_HERE.to_owned();
        }
        if self.licenses.is_empty() {
            return NOT_STATED.to_owned();
        }
        let names: Vec<&str> =
            self.licenses.iter().map(|license| license.spdx.as_deref().unwrap_or(&license.stated)).collect();
        names.join(", ")
    }
}

impl Report for Told {
    fn text(&self) -> Text {
        joined(&self.0, |told| {
            let mut groups: BTreeMap<String, Vec<&Package>> = BTreeMap::new();
            for package in &told.packages {
                groups.entry(package.licenses()).or_default().push(package);
            }
            let rows = groups.iter().map(|(license, packages)| {
                let names: Vec<String> =
                    packages.iter().map(|package| format!("{} {}", package.name, package.version)).collect();
                [license.clone(), packages.len().to_string(), names.join(", ")]
            });
            let text = table(["Licence", "Count", "Packages"], rows);
            let refused = told.packages.iter().filter_map(|package| {
                let line = Text::styled(Style::Bad, "refused: ")
                    .plain(&format!("{} {}: ", package.name, package.version));
                Some(line.plain(package.refusal.as_ref()?))
            });
            refused.fold(text, Text::line)
        })
    }
}

/// A line for each package, with a heading (RFC 4180).
fn csv<'a>(packages: impl Iterator<Item = &'a Package>) -> Text {
    let heading = Text::from("name,version,licenses,stated,refusal");
    packages.fold(heading, |text, package| {
        let licenses = if package.licenses.is_empty() { String::new() } else { package.licenses() };
        let stated: Vec<&str> = package.licenses.iter().map(|license| license.stated.as_str()).collect();
        let fields = [
            &package.name,
            &package.version,
            &licenses,
            &stated.join(", "),
            package.refusal.as_deref().unwrap_or_default(),
        ];
        text.line(fields.map(quoted).join(",").as_str())
    })
}

fn quoted(field: &str) -> String {
    match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}
