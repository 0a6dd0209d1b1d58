//! `skep deps sbom`

use std::collections::HashMap;

use anyhow::{Context as _, Result, anyhow};
use hex_format::lock::LockSource;
use hex_project::gleam::Config;
use hex_project::graph::{Graph, Node};
use hex_project::sbom::{self, Bom, Component, Stamp, purl};
use serde_json::json;
use skep_client::deps::metadata::{self, Described};
use skep_client::deps::{Caches, LockFile};

use super::licenses::stated;
use super::{project, source};
use crate::args::{SbomArgs, SbomFormat};
use crate::commands::context::{Context, variable};
use crate::commands::done::done;
use crate::output::{self, count};

const HEXPM: &str = "hexpm";

pub(super) fn run(context: &Context, args: SbomArgs) -> Result<()> {
    let projects = project::projects(&args.lock)?;
    let caches = project::caches()?;
    let (name, version) = named(&projects[0].lock, &args)?;
    let mut bom = Bom { name, version, dependencies: Vec::new(), components: Vec::new() };
    let mut unknown = 0;
    for project in &projects {
        unknown += add(&mut bom, context, &caches, &project.lock, &project.graph);
    }
    if unknown > 0 {
        output::warn(&format!(
            "{} not on this machine, so licences are missing: run `skep deps fetch` first",
            project::are(unknown, "package")
        ));
    }
    let created = created()?;
    let stamp = Stamp { created: &created, tool_version: env!("CARGO_PKG_VERSION") };
    let document = match args.format {
        SbomFormat::Cyclonedx => sbom::cyclonedx(&bom, stamp),
        SbomFormat::Spdx => sbom::spdx(&bom, stamp),
    };
    let Some(file) = args.output else { return output::json(&document) };
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    crate::commands::package::place::file(&file, text.as_bytes())
        .with_context(|| format!("cannot write {}", file.display()))?;
    let components = count(bom.components.len(), "component");
    output::note(format!("{components} written to {}", file.display()));
    let what = json!({ "path": file.display().to_string(), "components": bom.components.len() });
    done("written", what, String::new())
}

/// Adds the dependencies of a lock file; those that are there already are not told twice. Says how many of them are not on
/// this machine.
fn add(bom: &mut Bom, context: &Context, caches: &Caches, lock: &LockFile, graph: &Graph) -> usize {
    let mut unknown = 0;
    let mut roots = HashMap::new();
    let components: Vec<Component> = graph
        .nodes()
        .iter()
        .map(|node| {
            let found = metadata::find(caches, lock, &node.entry);
            unknown += usize::from(found.is_none() && node.entry.release().is_some());
            component(context, &mut roots, lock, node, found)
        })
        .collect();
    let mut places = Vec::with_capacity(components.len());
    for component in components {
        let same = |other: &Component| {
            (&other.name, &other.version, &other.purl)
                == (&component.name, &component.version, &component.purl)
        };
        places.push(bom.components.iter().position(same).unwrap_or_else(|| {
            bom.components.push(component);
            bom.components.len() - 1
        }));
    }
    let mut link = |from: Option<usize>, to: usize| {
        let list = match from {
            Some(from) => &mut bom.components[from].dependencies,
            None => &mut bom.dependencies,
        };
        if !list.contains(&to) {
            list.push(to);
        }
    };
    graph.roots().iter().for_each(|root| link(None, places[*root]));
    for (index, node) in graph.nodes().iter().enumerate() {
        node.dependencies.iter().for_each(|edge| link(Some(places[index]), places[edge.to]));
    }
    unknown
}

fn component(
    context: &Context,
    roots: &mut HashMap<String, Option<String>>,
    lock: &LockFile,
    node: &Node,
    found: Option<Described>,
) -> Component {
    let plain = Component { name: node.name().to_owned(), version: node.version(), ..Component::default() };
    let release = match &node.entry.source {
        LockSource::Hex(release) => release,
        LockSource::Other(other) => {
            let git = match (&other.location, &other.revision) {
                (Some(url), Some(revision)) if other.kind == "git" => Some((url, revision)),
                _ => None,
            };
            let (purl, download) = git
                .map(|(url, revision)| {
                    (purl::git(node.name(), url, revision), purl::git_revision(url, revision))
                })
                .unzip();
            return Component { purl, download, ..plain };
        }
    };
    let repository = found.as_ref().and_then(|found| found.repository.clone());
    let repository = repository.or_else(|| release.repository.clone()).unwrap_or_else(|| HEXPM.to_owned());
    let (server, organization) = match repository.split_once(':') {
        Some((server, organization)) => (server, Some(organization)),
        None => (repository.as_str(), None),
    };
    let root = roots.entry(server.to_owned()).or_insert_with(|| source::root(context, lock, server)).clone();
    let version = release.version.to_string();
    let base = root.as_ref().map(|root| match organization {
        Some(organization) => format!("{root}/repos/{organization}"),
        None => root.clone(),
    });
    Component {
        purl: Some(purl::hex(release.name.as_str(), &version, organization, root.as_deref())),
        organization: organization.map(str::to_owned),
        outer: release.outer,
        download: base.map(|base| format!("{base}/tarballs/{}-{version}.tar", release.name)),
        description: found.as_ref().and_then(|found| found.metadata.description.value().cloned()),
        licenses: found.as_ref().map(|found| stated(&found.metadata)).unwrap_or_default(),
        ..plain
    }
}

/// What the project is called. mix keeps it in a program, which is not run.
fn named(lock: &LockFile, args: &SbomArgs) -> Result<(String, Option<String>)> {
    let gleam = Config::read(lock.folder())?;
    let folder = || {
        let path = lock.folder().canonicalize().ok()?;
        Some(path.file_name()?.to_string_lossy().into_owned())
    };
    let name = args.name.clone().or_else(|| Some(gleam.as_ref()?.name.to_string())).or_else(folder);
    let name = name.ok_or_else(|| anyhow!("the project has no name: give it one with --name"))?;
    let version = args.project_version.clone().or_else(|| Some(gleam?.version.to_string()));
    Ok((name, version))
}

/// The time of the document: <https://reproducible-builds.org/specs/source-date-epoch/>, else now.
fn created() -> Result<String> {
    let time = match variable("SOURCE_DATE_EPOCH") {
        Some(text) => {
            let seconds =
                text.trim().parse().with_context(|| format!("SOURCE_DATE_EPOCH is {text:?}, not seconds"))?;
            jiff::Timestamp::from_second(seconds).context("SOURCE_DATE_EPOCH is no time")?
        }
        None => jiff::Timestamp::now(),
    };
    Ok(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
