//! How a difference is shown: as a patch, as a summary, or as JSON.

use std::io::IsTerminal;

use anyhow::Result;
use hex_project::diff::{FileChange, LineKind, Status};
use serde::{Serialize, Serializer};
use skep_client::package_ref::PackageRef;

use crate::output::options::{When, options};
use crate::output::text::Style;
use crate::output::{
    self, Report, Text, sanitize,
    table::{Cell, table},
};

/// What changed.
pub(in crate::commands::package) struct Difference {
    pub(in crate::commands::package) package: PackageRef,
    pub(in crate::commands::package) before: String,
    pub(in crate::commands::package) after: String,
    pub(in crate::commands::package) changes: Vec<FileChange>,
    pub(in crate::commands::package) form: Form,
}

/// How it is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::commands::package) enum Form {
    /// All lines, as git shows them.
    Patch,
    /// A line for each file.
    Summary,
}

impl Difference {
    /// Prints it. Where no terminal reads, a patch is printed byte by byte, so that it can be applied.
    pub(super) fn print(&self) -> Result<()> {
        if self.changes.is_empty() {
            output::note(format!("{} and {} are the same", self.before, self.after));
        }
        let shown = options().json || self.form == Form::Summary || options().color == Some(When::Always);
        if shown || std::io::stdout().is_terminal() {
            return output::report(self);
        }
        let mut patch = String::new();
        for line in self.changes.iter().flat_map(|change| change.patch(&self.before, &self.after)) {
            patch.push_str(&line.text);
            patch.push('\n');
        }
        Ok(output::write_bytes(patch.as_bytes())?)
    }

    fn patch(&self) -> Text {
        let lines = self.changes.iter().flat_map(|change| change.patch(&self.before, &self.after));
        lines.fold(Text::default(), |text, line| {
            let style = match line.kind {
                LineKind::Header => Style::Heading,
                LineKind::Hunk => Style::Faint,
                LineKind::Same => Style::Plain,
                LineKind::Added => Style::Good,
                LineKind::Removed => Style::Bad,
            };
            text.line(Text::styled(style, &sanitize::sanitize(&line.text)))
        })
    }

    fn summary(&self) -> Text {
        let rows = self.changes.iter().map(|change| {
            let (word, style) = match change.status {
                Status::Added => ("added", Style::Good),
                Status::Removed => ("removed", Style::Bad),
                Status::Changed => ("changed", Style::Plain),
            };
            let count = |sign: &str, count| if count == 0 { String::new() } else { format!("{sign}{count}") };
            let lines = match change.binary {
                true => ["binary".to_owned(), String::new()],
                false => [count("+", change.added()), count("-", change.removed())],
            };
            let [added, removed] = lines.map(Cell::from);
            [Cell::styled(style, word), added, removed, Cell::from(change.path.as_str())]
        });
        table(["Status", "Added", "Removed", "File"], rows)
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    package: &'a str,
    repository: String,
    before: &'a str,
    after: &'a str,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    status: Status,
    added: usize,
    removed: usize,
    binary: bool,
    old_mode: Option<&'static str>,
    new_mode: Option<&'static str>,
}

impl<'a> From<&'a FileChange> for File<'a> {
    fn from(change: &'a FileChange) -> Self {
        Self {
            path: &change.path,
            status: change.status,
            added: change.added(),
            removed: change.removed(),
            binary: change.binary,
            old_mode: change.old_mode,
            new_mode: change.new_mode,
        }
    }
}

impl Serialize for Difference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = Whole {
            package: self.package.package.as_str(),
            repository: self.package.place.name(),
            before: &self.before,
            after: &self.after,
            files: self.changes.iter().map(File::from).collect(),
        };
        whole.serialize(serializer)
    }
}

impl Report for Difference {
    fn text(&self) -> Text {
        match self.form {
            _ if self.changes.is_empty() => Text::default(),
            Form::Patch => self.patch(),
            Form::Summary => self.summary(),
        }
    }
}
