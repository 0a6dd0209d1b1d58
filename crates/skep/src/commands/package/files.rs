//! `skep package files`: what is in a package, without unpacking it.

use std::io::IsTerminal;

use anyhow::{Result, anyhow};
use hex_project::contents::{self, Contents, Node};
use serde::Serialize;
use skep_client::package_ref::{PackageRef, Place};

use crate::args::FilesArgs;
use crate::commands::context::{Context, block_on};
use crate::commands::source::{Source, choose, warn_if_retired};
use crate::output::text::Style;
use crate::output::{
    self, Report, Text,
    options::options,
    sanitize,
    table::{Cell, table},
};

pub(crate) fn run(context: &Context, args: &FilesArgs) -> Result<()> {
    let package = args.place.of(&args.package)?;
    let (version, bytes) = block_on(async {
        let source = Source::open(context, &package.place, None).await?;
        let found = source.package(&package.package).await?;
        let release = choose(&found, args.version.as_ref())?;
        warn_if_retired(&package.package, release);
        Ok((release.version.clone(), source.tarball(&package.package, release).await?))
    })?;
    let contents = contents::of_tarball(&bytes)?;
    match &args.path {
        Some(path) => print(&package, &version, path, &contents),
        None => output::report(&Files::of(&package, version, &contents, args.tree)),
    }
}

/// One file, byte by byte, unless a terminal would be driven by it.
fn print(package: &PackageRef, version: &str, path: &str, contents: &Contents) -> Result<()> {
    let missing = || match nearest(path, contents) {
        Some(near) => anyhow!("{package} {version} has no file {path}: did you mean {near}?"),
        None => anyhow!("{package} {version} has no file {path}"),
    };
    let node = contents.get(path.trim_start_matches("./")).ok_or_else(missing)?;
    if options().json {
        return output::json(&File::of(path, node, node.text()));
    }
    match node {
        Node::File { bytes, .. } if std::io::stdout().is_terminal() => {
            let text = String::from_utf8_lossy(bytes);
            Ok(output::print(text.trim_end_matches('\n'))?)
        }
        Node::File { bytes, .. } => Ok(output::write_bytes(bytes)?),
        Node::Link { target } => Ok(output::print(format!("{path} -> {target}"))?),
    }
}

/// The file whose name is the most like the one that was asked for: the same name elsewhere, or in other letters.
fn nearest<'a>(path: &str, contents: &'a Contents) -> Option<&'a str> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_lowercase();
    contents.keys().find(|other| name(other) == name(path)).map(String::as_str)
}

#[derive(Serialize)]
struct Files {
    package: String,
    repository: Place,
    version: String,
    files: Vec<File>,
    #[serde(skip)]
    tree: bool,
}

#[derive(Serialize)]
struct File {
    path: String,
    mode: &'static str,
    size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl File {
    fn of(path: &str, node: &Node, text: Option<&str>) -> Self {
        let target = match node {
            Node::Link { target } => Some(target.clone()),
            Node::File { .. } => None,
        };
        Self {
            path: path.to_owned(),
            mode: node.mode(),
            size: node.size(),
            target,
            text: text.map(str::to_owned),
        }
    }

    /// The path, and where it leads.
    fn shown(&self, path: &str) -> String {
        match &self.target {
            Some(target) => format!("{path} -> {target}"),
            None => path.to_owned(),
        }
    }
}

impl Files {
    fn of(package: &PackageRef, version: String, contents: &Contents, tree: bool) -> Self {
        Self {
            package: package.package.to_string(),
            repository: package.place.clone(),
            version,
            files: contents.iter().map(|(path, node)| File::of(path, node, None)).collect(),
            tree,
        }
    }

    fn tree(&self) -> Text {
        let heading = Text::styled(Style::Heading, &format!("{}-{}", self.package, self.version));
        let files: Vec<(&str, &File)> = self.files.iter().map(|file| (file.path.as_str(), file)).collect();
        branches(heading, "", &files)
    }
}

/// The entries of one folder, sorted, and below each folder its own. The paths are relative to it.
fn branches(mut text: Text, indent: &str, files: &[(&str, &File)]) -> Text {
    let name = |path: &str| path.split('/').next().unwrap_or(path).to_owned();
    let groups: Vec<_> = files.chunk_by(|(a, _), (b, _)| name(a) == name(b)).collect();
    for (index, group) in groups.iter().enumerate() {
        let (path, file) = group[0];
        let (branch, below) =
            if index + 1 == groups.len() { ("└── ", "    ") } else { ("├── ", "│   ") };
        let start = Text::styled(Style::Faint, &format!("{indent}{branch}"));
        if path.contains('/') {
            text = text.line(start.add(Style::Heading, &sanitize::line(&name(path))));
            let inside: Vec<(&str, &File)> =
                group.iter().filter_map(|(path, file)| Some((path.split_once('/')?.1, *file))).collect();
            text = branches(text, &format!("{indent}{below}"), &inside);
        } else {
            text = text.line(start.plain(&sanitize::line(&file.shown(path))));
        }
    }
    text
}

impl Report for Files {
    fn text(&self) -> Text {
        if self.tree {
            return self.tree();
        }
        let width = self.files.iter().map(|file| file.size).max().unwrap_or(0).to_string().len().max(4);
        let rows = self.files.iter().map(|file| {
            let size = format!("{:>width$}", file.size);
            [Cell::from(file.mode), Cell::from(size), Cell::from(file.shown(&file.path))]
        });
        table(["Mode", &format!("{:>width$}", "Size"), "Path"], rows)
    }
}
