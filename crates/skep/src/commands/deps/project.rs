//! What all of `skep deps` starts from: the lock files that are meant, and their graphs.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Result;
use hex_format::address::without_login;
use hex_format::lock::{LockEntry, LockSource};
use hex_project::declared;
use hex_project::gleam::Config;
use hex_project::graph::{Graph, Node};
use serde::Serialize;
use skep_client::deps::{Caches, LockFile, Tool, metadata};
use skep_client::nearest::did_you_mean;

use crate::args::DepsLockArgs;
use crate::output;
use crate::output::Text;
use crate::output::text::Style;

/// A lock file and what depends on what in it.
pub(super) struct Project {
    pub(super) lock: LockFile,
    pub(super) graph: Graph,
}

/// The lock files that were named, else those of this folder.
pub(super) fn lock_files(args: &DepsLockArgs) -> Result<Vec<LockFile>> {
    if args.files.is_empty() {
        return Ok(LockFile::find(Path::new("."))?);
    }
    Ok(args.files.iter().map(|file| LockFile::read(file)).collect::<Result<_, _>>()?)
}

/// The same with their graphs.
pub(super) fn projects(args: &DepsLockArgs) -> Result<Vec<Project>> {
    let caches = caches()?;
    let projects: Vec<Project> = lock_files(args)?.into_iter().map(|lock| project(&caches, lock)).collect();
    for project in &projects {
        let unknown = project
            .graph
            .nodes()
            .iter()
            .filter(|node| !node.is_known && node.entry.release().is_some())
            .count();
        if unknown > 0 {
            output::warn(&format!(
                "{} does not say what its packages depend on, and {} not on this machine: run `skep deps fetch` first",
                project.lock.path.display(),
                are(unknown, "package"),
            ));
        }
    }
    Ok(projects)
}

fn project(caches: &Caches, lock: LockFile) -> Project {
    let mut entries = lock.entries.clone();
    match lock.tool {
        Tool::Mix => mark_top(&mut entries, lock.folder()),
        Tool::Gleam => name_repositories(&mut entries, lock.folder()),
        Tool::Rebar3 => {}
    }
    let graph = Graph::new(entries, |entry| {
        metadata::find(caches, &lock, entry).map(|found| metadata::requirements(&found.metadata))
    });
    Project { lock, graph }
}

/// A guess at the dependency that was meant.
pub(super) fn meant(projects: &[Project], name: &str) -> String {
    did_you_mean(name, projects.iter().flat_map(|project| project.graph.nodes()).map(Node::name))
}

/// What a project of mix asks for itself, which its lock file does not say; its manifest does, as far as that can be read.
fn mark_top(entries: &mut [LockEntry], folder: &Path) {
    let declared = declared::mix(folder).unwrap_or_default();
    let asked: HashSet<&str> = declared.iter().map(|it| it.name.as_str()).collect();
    for entry in entries.iter_mut().filter(|entry| asked.contains(entry.app.as_str())) {
        entry.direct = Some(true);
    }
}

/// The repositories of packages of Gleam, which `gleam.toml` alone records.
fn name_repositories(entries: &mut [LockEntry], folder: &Path) {
    let Ok(Some(config)) = Config::read(folder) else { return };
    for entry in entries {
        if let LockSource::Hex(release) = &mut entry.source {
            release.repository = Some(config.repository_of(&release.name).to_owned());
        }
    }
}

/// The caches of this machine.
pub(super) fn caches() -> Result<Caches> {
    Ok(Caches::discover(|name| std::env::var_os(name))?)
}

/// A lock file in an answer.
#[derive(Debug, Serialize)]
pub(super) struct Of<T> {
    tool: &'static str,
    lock_file: String,
    #[serde(flatten)]
    pub(super) told: T,
}

impl<T> Of<T> {
    pub(super) fn new(lock: &LockFile, told: T) -> Self {
        let shown = lock.path.strip_prefix(".").unwrap_or(&lock.path);
        Self { tool: lock.tool.name(), lock_file: shown.display().to_string(), told }
    }
}

/// Texts of several lock files below each other, each with its name; that of one alone.
pub(super) fn joined<T>(all: &[Of<T>], text: impl Fn(&T) -> Text) -> Text {
    if let [one] = all {
        return text(&one.told);
    }
    all.iter().enumerate().fold(Text::default(), |told, (place, one)| {
        let told = if place == 0 { told } else { told.plain("\n") };
        told.line(Text::styled(Style::Heading, &one.lock_file)).line(text(&one.told))
    })
}

/// Where a dependency is from: its repository, or the kind of its other source and its address, without a login.
pub(super) fn origin(tool: Tool, node: &Node) -> String {
    match &node.entry.source {
        LockSource::Hex(release) => match (&release.repository, tool) {
            (Some(repository), _) => repository.clone(),
            (None, _) => "hex".to_owned(),
        },
        LockSource::Other(other) => {
            let location = without_login(other.location.as_deref().unwrap_or_default());
            format!("{} {location}", other.kind).trim_end().to_owned()
        }
    }
}

/// A node as text: name and version.
pub(super) fn named(node: &Node) -> Text {
    let text = Text::from(node.name());
    match node.version() {
        Some(version) => text.plain(" ").plain(&version),
        None => text,
    }
}

/// A node as JSON.
#[derive(Debug, Clone, Serialize)]
pub(super) struct NodeName {
    pub(super) name: String,
    pub(super) version: Option<String>,
}

impl From<&Node> for NodeName {
    fn from(node: &Node) -> Self {
        Self { name: node.name().to_owned(), version: node.version() }
    }
}

/// `1 package is`, `2 packages are`.
pub(super) fn are(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what} is") } else { format!("{count} {what}s are") }
}
