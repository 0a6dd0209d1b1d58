//! `skep deps tree`

use anyhow::{Result, bail};
use hex_project::graph::{Direction, Line};
use serde::Serialize;

use super::project::{self, NodeName, Of, Project, joined, named, origin};
use crate::args::TreeArgs;
use crate::output::text::Style;
use crate::output::{self, Report, Text};

pub(super) fn run(args: &TreeArgs) -> Result<()> {
    let projects = project::projects(&args.lock)?;
    let mut all = Vec::new();
    for project in &projects {
        let graph = &project.graph;
        let lines = match &args.invert {
            None => graph.tree(graph.roots(), Direction::Down, args.depth),
            Some(name) => match graph.find(name) {
                Some(index) => graph.tree(&[index], Direction::Up, args.depth),
                None => continue,
            },
        };
        all.push(Of::new(&project.lock, told(project, &lines)));
    }
    if let (Some(name), true) = (&args.invert, all.is_empty()) {
        bail!("{name} is not a dependency{}", project::meant(&projects, name));
    }
    output::report(&Trees(all))
}

#[derive(Serialize)]
struct Trees(Vec<Of<Tree>>);

#[derive(Serialize)]
struct Tree {
    /// The lines of the tree, each with the number of levels above it.
    tree: Vec<Told>,
}

#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    name: NodeName,
    depth: usize,
    requirement: Option<String>,
    source: String,
    /// Whether what is below it was told before.
    repeated: bool,
    #[serde(skip)]
    text: Text,
}

fn told(project: &Project, lines: &[Line]) -> Tree {
    let one = |line: &Line| {
        let node = &project.graph.nodes()[line.node];
        Told {
            name: node.into(),
            depth: line.is_last.len(),
            requirement: line.requirement.clone(),
            source: origin(project.lock.tool, node),
            repeated: line.is_repeated,
            text: drawn(project, line),
        }
    };
    Tree { tree: lines.iter().map(one).collect() }
}

fn drawn(project: &Project, line: &Line) -> Text {
    let node = &project.graph.nodes()[line.node];
    let mut text = Text::default();
    if let Some((own, above)) = line.is_last.split_last() {
        for is_last in above {
            text = text.add(Style::Faint, if *is_last { "    " } else { "│   " });
        }
        text = text.add(Style::Faint, if *own { "└── " } else { "├── " });
    }
    text = text.append(named(node));
    if let Some(requirement) = &line.requirement {
        text = text.add(Style::Faint, &format!(" {requirement}"));
    }
    let origin = origin(project.lock.tool, node);
    if !["hexpm", "hex"].contains(&origin.as_str()) {
        text = text.add(Style::Faint, &format!(" ({origin})"));
    }
    if line.is_repeated { text.add(Style::Faint, " (*)") } else { text }
}

impl Report for Trees {
    fn text(&self) -> Text {
        joined(&self.0, |tree| {
            tree.tree.iter().fold(Text::default(), |text, line| text.line(line.text.clone()))
        })
    }
}
