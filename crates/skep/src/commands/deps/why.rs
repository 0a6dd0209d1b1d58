//! `skep deps why`

use anyhow::{Result, bail};
use serde::Serialize;

use super::project::{self, NodeName, Of, Project, joined};
use crate::args::WhyArgs;
use crate::output::text::Style;
use crate::output::{self, Report, Text};

pub(super) fn run(args: &WhyArgs) -> Result<()> {
    let projects = project::projects(&args.lock)?;
    let found = |project: &Project| {
        let index = project.graph.find(&args.package)?;
        Some(Of::new(&project.lock, told(project, index)))
    };
    let all: Vec<Of<Why>> = projects.iter().filter_map(found).collect();
    if all.is_empty() {
        bail!("{} is not a dependency{}", args.package, project::meant(&projects, &args.package));
    }
    output::report(&Reasons(all))
}

#[derive(Serialize)]
struct Reasons(Vec<Of<Why>>);

#[derive(Serialize)]
struct Why {
    #[serde(flatten)]
    name: NodeName,
    /// The shortest ways from the top to the package, both included.
    paths: Vec<Vec<NodeName>>,
    /// Whether there are more of them.
    more: bool,
}

fn told(project: &Project, index: usize) -> Why {
    let nodes = project.graph.nodes();
    let (ways, more) = project.graph.ways(index);
    let path = |way: Vec<usize>| way.into_iter().map(|index| NodeName::from(&nodes[index])).collect();
    Why { name: (&nodes[index]).into(), paths: ways.into_iter().map(path).collect(), more }
}

impl Report for Reasons {
    fn text(&self) -> Text {
        joined(&self.0, |why| {
            let lines = why.paths.iter().fold(Text::default(), |text, path| text.line(drawn(path)));
            if why.more { lines.line(Text::styled(Style::Faint, "… and more")) } else { lines }
        })
    }
}

fn drawn(path: &[NodeName]) -> Text {
    let mut text = Text::default();
    for (place, node) in path.iter().enumerate() {
        if place > 0 {
            text = text.add(Style::Faint, " → ");
        }
        text = text.plain(&node.name);
        if let Some(version) = &node.version {
            text = text.plain(" ").plain(version);
        }
    }
    if path.len() == 1 { text.add(Style::Faint, " is at the top") } else { text }
}
