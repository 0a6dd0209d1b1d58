//! The documentation that goes along: made anew by the project's own tool where that is there, as mix and Gleam do before
//! they publish, else what was built before.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use hex_project::build::docs::{self, Archive, Place};

use crate::commands::build::tool::Tool;
use crate::output;

/// Where documentation is to come from.
pub(super) enum Wanted {
    /// From nowhere.
    Nothing,
    /// From a folder, as it is.
    Folder(PathBuf),
    /// From a project in a folder.
    Project(PathBuf, Place),
}

/// What was found.
pub(super) enum Documentation {
    Nothing,
    Archive(Archive),
    /// There should be some: where, and what builds it.
    Missing(String),
}

/// How the project's tool has fared.
enum Attempt {
    /// It has built, and said where to.
    Built(Option<PathBuf>),
    /// mix has no task for it.
    NoTask,
    /// It is not there, or the project does not say that it wants documentation.
    Unasked,
}

impl Wanted {
    /// Builds it if that is possible, and packs it.
    pub(super) fn pack(&self) -> Result<Documentation> {
        let (project, place) = match self {
            Self::Nothing => return Ok(Documentation::Nothing),
            Self::Folder(folder) => return Ok(Documentation::Archive(docs::archive(folder)?)),
            Self::Project(project, place) => (project, place),
        };
        let command = place.command;
        let attempt = build(project, place)?;
        let folder = match &attempt {
            Attempt::Built(Some(folder)) => folder,
            _ => &place.folder,
        };
        if folder.join("index.html").is_file() {
            return Ok(Documentation::Archive(docs::archive(folder)?));
        }
        let shown = folder.display();
        Ok(Documentation::Missing(match attempt {
            Attempt::Built(_) => bail!(
                "`{command}` left no index.html in {shown}: --doc-dir names the folder, `skep publish package` publishes \
                 without documentation"
            ),
            Attempt::NoTask => {
                format!("in {shown}, because mix has no task docs before ex_doc is a dependency")
            }
            Attempt::Unasked => format!("in {shown}: `{command}` builds it"),
        }))
    }
}

fn build(project: &Path, place: &Place) -> Result<Attempt> {
    let mut words = place.command.split(' ');
    let tool = words.next().filter(|_| place.configured).and_then(Tool::find);
    let Some(tool) = tool else { return Ok(Attempt::Unasked) };
    output::note(format!("Building docs with `{}`", place.command));
    let arguments: Vec<&OsStr> = words.map(OsStr::new).collect();
    let said = tool.run(project, &arguments, "Building docs")?;
    if said.success {
        return Ok(Attempt::Built(folder(&said.stdout).map(|folder| project.join(folder))));
    }
    if said.says("The task \"docs\" could not be found") {
        return Ok(Attempt::NoTask);
    }
    Err(said.failure(&format!(
        "`{}` failed, and nothing was published; `skep publish package` publishes without documentation",
        place.command
    )))
}

/// The folder that ex_doc says it has written to, which `mix.exs` may have set.
fn folder(printed: &str) -> Option<&str> {
    let index =
        printed.lines().find_map(|line| line.split_once("docs at \"")?.1.strip_suffix("index.html\""))?;
    Some(index.trim_end_matches('/')).filter(|folder| !folder.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_read_from_what_ex_doc_prints() {
        let printed = "Generating docs...\nView html docs at \"build/html/index.html\"\nView epub docs at \"build/html/twig.epub\"\n";
        assert_eq!(folder(printed), Some("build/html"));
        assert_eq!(folder("View \"html\" docs at \"doc/index.html\"\n"), Some("doc"));
        assert_eq!(folder("View docs at index.html"), None);
    }
}
