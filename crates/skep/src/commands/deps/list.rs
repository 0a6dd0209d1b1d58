//! `skep deps list`

use anyhow::Result;
use hex_project::graph::{Edge, Graph, Node};
use serde::Serialize;
use skep_client::deps::Tool;

use super::project::{self, NodeName, Of, Project, joined, origin};
use crate::args::DepsLockArgs;
use crate::output::table::table;
use crate::output::{self, Report, Text};

pub(super) fn run(args: &DepsLockArgs) -> Result<()> {
    let projects = project::projects(args)?;
    let all = projects.iter().map(|project| Of::new(&project.lock, listed(project))).collect();
    output::report(&Listed(all))
}

#[derive(Serialize)]
struct Listed(Vec<Of<Dependencies>>);

#[derive(Serialize)]
struct Dependencies {
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
struct Dependency {
    #[serde(flatten)]
    name: NodeName,
    app: String,
    source: String,
    direct: bool,
    outer_checksum: Option<String>,
    inner_checksum: Option<String>,
    dependencies: Vec<Required>,
}

#[derive(Serialize)]
struct Required {
    name: String,
    requirement: Option<String>,
    optional: bool,
}

fn listed(project: &Project) -> Dependencies {
    let nodes = project.graph.nodes();
    let one = |(index, node)| dependency(&project.graph, project.lock.tool, index, node);
    Dependencies { dependencies: nodes.iter().enumerate().map(one).collect() }
}

fn dependency(graph: &Graph, tool: Tool, index: usize, node: &Node) -> Dependency {
    let release = node.entry.release();
    let required = |edge: &Edge| Required {
        name: graph.nodes()[edge.to].name().to_owned(),
        requirement: edge.requirement.clone(),
        optional: edge.optional,
    };
    Dependency {
        name: node.into(),
        app: node.entry.app.clone(),
        source: origin(tool, node),
        direct: graph.roots().contains(&index),
        outer_checksum: release.and_then(|it| it.outer).map(|sum| sum.to_lower_hex()),
        inner_checksum: release.and_then(|it| it.inner).map(|sum| sum.to_lower_hex()),
        dependencies: node.dependencies.iter().map(required).collect(),
    }
}

impl Report for Listed {
    fn text(&self) -> Text {
        joined(&self.0, |told| {
            let rows = told.dependencies.iter().map(|it| {
                let version = it.name.version.clone().unwrap_or_default();
                let top = if it.direct { "yes" } else { "" };
                [it.name.name.clone(), version, top.to_owned(), it.source.clone()]
            });
            table(["Package", "Version", "Top", "From"], rows)
        })
    }
}
