//! `skep docs fetch`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use hex_format::version::Version;
use serde::Serialize;
use skep_client::deps::LockFile;
use skep_client::package_ref::{PackageRef, Place};

use super::store::Store;
use super::wanted;
use crate::args::FetchDocsArgs;
use crate::commands::context::{Context, block_on};
use crate::commands::source::{Source, choose};
use crate::output::{self, Report, Text, progress};

/// Packages fetched at the same time.
const AT_ONCE: usize = 8;

pub(super) fn run(context: &Context, args: &FetchDocsArgs) -> Result<()> {
    let store = Store::of(&context.machine);
    let Some(package) = &args.package else { return all(context, &store) };
    let mut package = args.place.of(package)?;
    let version = wanted(&mut package, args.version.as_ref(), args.latest)?;
    let fetched = block_on(one(context, &store, package, version))?;
    report(vec![fetched])
}

/// What a release came to.
pub(super) struct Outcome {
    pub(super) package: PackageRef,
    pub(super) version: Version,
    pub(super) state: State,
}

pub(super) enum State {
    Fetched(PathBuf),
    There(PathBuf),
    Missing,
}

/// Documentation of one package, of the newest stable version if none was said.
pub(super) async fn one(
    context: &Context,
    store: &Store,
    package: PackageRef,
    version: Option<Version>,
) -> Result<Outcome> {
    if let Some(version) = &version
        && let Some(folder) = store.find(&package, version)
    {
        return Ok(Outcome { version: version.clone(), package, state: State::There(folder) });
    }
    let source = Source::open(context, &package.place, None).await?;
    let version = match version {
        Some(version) => version,
        None => {
            let found = source.package(&package.package).await?;
            let release = choose(&found, None)?;
            release.version.parse().context("the registry has a version that is none")?
        }
    };
    from(&source, store, package, version).await
}

async fn from(source: &Source, store: &Store, package: PackageRef, version: Version) -> Result<Outcome> {
    if let Some(folder) = store.find(&package, &version) {
        return Ok(Outcome { package, version, state: State::There(folder) });
    }
    let state = match source.docs(&package.package, &version.to_string()).await? {
        Some(gz) => {
            let unpacked = store.put(&package, &version, &gz);
            State::Fetched(unpacked.with_context(|| format!("documentation of {package} {version}"))?)
        }
        None => State::Missing,
    };
    Ok(Outcome { package, version, state })
}

/// Documentation of all that the lock file names.
fn all(context: &Context, store: &Store) -> Result<()> {
    let lock = LockFile::first(Path::new("."))?
        .context("there is no lock file in this folder: say of which package to fetch the documentation")?;
    let mut releases = Vec::new();
    for (_, release) in lock.releases() {
        let place: Place = release.repository.as_deref().unwrap_or("hexpm").parse()?;
        releases.push((PackageRef { place, package: release.name.clone() }, release.version.clone()));
    }
    let bar = progress::count("Fetching documentation", releases.len() as u64);
    let mut outcomes = block_on(async {
        let mut sources: Vec<(Place, Source)> = Vec::new();
        for (package, _) in &releases {
            if !sources.iter().any(|(place, _)| *place == package.place) {
                sources.push((package.place.clone(), Source::open(context, &package.place, None).await?));
            }
        }
        let fetch = |(package, version): (PackageRef, Version)| {
            let source = sources.iter().find(|(place, _)| *place == package.place);
            let (_, source) = source.expect("invariant: every place was opened");
            let bar = &bar;
            async move {
                let outcome = from(source, store, package, version).await;
                bar.inc(1);
                outcome
            }
        };
        stream::iter(releases).map(fetch).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await
    })?;
    bar.finish();
    outcomes.sort_by_key(|outcome| outcome.package.to_string());
    report(outcomes)
}

/// Tells what is there now, and fails if something is not.
fn report(outcomes: Vec<Outcome>) -> Result<()> {
    let missing: Vec<String> = outcomes
        .iter()
        .filter(|outcome| matches!(outcome.state, State::Missing))
        .map(|outcome| format!("{} {}", outcome.package, outcome.version))
        .collect();
    output::report(&Fetched(outcomes.into_iter().filter_map(Row::of).collect()))?;
    if !missing.is_empty() {
        bail!("there is no documentation of {}", missing.join(", "));
    }
    Ok(())
}

#[derive(Serialize)]
struct Fetched(Vec<Row>);

#[derive(Serialize)]
struct Row {
    package: String,
    repository: Place,
    version: String,
    path: String,
    fetched: bool,
}

impl Row {
    fn of(outcome: Outcome) -> Option<Self> {
        let (path, fetched) = match outcome.state {
            State::Fetched(path) => (path, true),
            State::There(path) => (path, false),
            State::Missing => return None,
        };
        Some(Self {
            package: outcome.package.package.to_string(),
            repository: outcome.package.place,
            version: outcome.version.to_string(),
            path: path.display().to_string(),
            fetched,
        })
    }
}

impl Report for Fetched {
    fn text(&self) -> Text {
        self.0.iter().fold(Text::default(), |text, row| {
            let what = if row.fetched { "Docs fetched" } else { "Docs already fetched" };
            text.line(format!("{what}: {}", row.path))
        })
    }
}
