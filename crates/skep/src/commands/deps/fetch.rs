//! `skep deps fetch`

use anyhow::{Result, bail};
use hex_project::gleam::{Project, ProjectError};
use serde::Serialize;
use skep_client::deps::fetch::{Options, Outcome, Status, fetch};
use skep_client::deps::{LockFile, Tool};

use super::project::{self, Of, are, joined};
use super::source::Repositories;
use crate::args::DepsFetchArgs;
use crate::commands::context::{Context, block_on};
use crate::output::text::Style;
use crate::output::{self, Report, Text, progress};

pub(super) fn run(context: &Context, args: &DepsFetchArgs) -> Result<()> {
    let locks = project::lock_files(&args.lock)?;
    let caches = project::caches()?;
    let options = Options { check: args.check, now: jiff::Timestamp::now().as_second() };
    let all = block_on(async {
        let mut all = Vec::new();
        for lock in &locks {
            let bar = progress::count(&format!("Fetching {}", lock.tool.lock_file()), count(lock));
            let done = |outcome: &Outcome| {
                bar.set_message(outcome.name.to_string());
                bar.inc(1);
            };
            let source = Repositories::new(context, lock.folder().to_owned());
            let outcomes = fetch(&source, &caches, lock, options, done).await?;
            if lock.tool == Tool::Gleam
                && !args.check
                && let Err(error) = mark_folders(lock)
            {
                output::warn(&format!("{error:#}"));
            }
            all.push(Of::new(lock, Fetched::new(&outcomes)));
        }
        Ok(all)
    })?;
    let wrong = |one: &&Release| one.error.is_some() || one.status == "missing";
    let failed = all.iter().flat_map(|one| &one.told.releases).filter(wrong).count();
    output::report(&Told(all))?;
    match failed {
        0 => Ok(()),
        _ if args.check => bail!("{} missing: run `skep deps fetch`", are(failed, "release")),
        _ => bail!("{} not fetched", are(failed, "release")),
    }
}

/// Tells Gleam that packages in folders were looked at: it would look for versions anew, at hex.pm. A lock file alone, or
/// one that does not fit, has no project to mark.
fn mark_folders(lock: &LockFile) -> Result<()> {
    let project = match Project::open(lock.folder()) {
        Err(ProjectError::NoProject { .. }) => return Ok(()),
        project => project?,
    };
    if let Some(manifest) = &project.manifest
        && manifest.fits(&project.config)?
    {
        project.mark_folders(&project.config)?;
    }
    Ok(())
}

fn count(lock: &LockFile) -> u64 {
    lock.releases().count() as u64
}

#[derive(Serialize)]
struct Told(Vec<Of<Fetched>>);

#[derive(Serialize)]
struct Fetched {
    fetched: usize,
    kept: usize,
    releases: Vec<Release>,
}

#[derive(Serialize)]
struct Release {
    name: String,
    version: String,
    repository: Option<String>,
    path: Option<String>,
    /// `fetched`, `replaced` (what was there was damaged), `kept`, `missing` or `failed`.
    status: &'static str,
    error: Option<String>,
    retired: Option<String>,
}

impl Fetched {
    fn new(outcomes: &[Outcome]) -> Self {
        let releases: Vec<Release> = outcomes.iter().map(Release::from).collect();
        let count = |wanted: &[&str]| releases.iter().filter(|one| wanted.contains(&one.status)).count();
        Self { fetched: count(&["fetched", "replaced"]), kept: count(&["kept"]), releases }
    }
}

impl From<&Outcome> for Release {
    fn from(outcome: &Outcome) -> Self {
        let (status, error) = match &outcome.status {
            Status::Kept => ("kept", None),
            Status::Fetched => ("fetched", None),
            Status::Replaced => ("replaced", None),
            Status::Absent => ("missing", None),
            Status::Failed(error) => ("failed", Some(error.to_string())),
        };
        Self {
            name: outcome.name.to_string(),
            version: outcome.version.to_string(),
            repository: outcome.repository.clone(),
            path: outcome.path.as_ref().map(|path| path.display().to_string()),
            retired: outcome.retired.clone(),
            status,
            error,
        }
    }
}

impl Report for Told {
    fn text(&self) -> Text {
        joined(&self.0, |told| {
            let mut text = Text::default();
            for one in &told.releases {
                let name = format!("{} {}", one.name, one.version);
                if let Some(error) = &one.error {
                    text = text.line(Text::styled(Style::Bad, "failed").plain(&format!(" {name}: {error}")));
                }
                if one.status == "missing" {
                    text = text.line(Text::styled(Style::Bad, "missing").plain(&format!(" {name}")));
                }
                if let Some(reason) = &one.retired {
                    text = text
                        .line(Text::styled(Style::Warning, "retired").plain(&format!(" {name} {reason}")));
                }
            }
            text.line(format!("{} fetched, {} already there", told.fetched, told.kept))
        })
    }
}
