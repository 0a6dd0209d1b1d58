//! What changed between two sets of files, in the format that git writes and every tool for differences reads.
//!
//! The texts are other people's: whoever prints them on a terminal makes them harmless first.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use crate::contents::{Contents, Node};

#[cfg(test)]
mod tests;

/// Lines around a change.
const CONTEXT: usize = 3;
/// Longest search for the shortest difference of one file; after it a longer one will do.
const PATIENCE: Duration = Duration::from_secs(2);

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its data or mode is another.
    Changed,
}

/// The change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path.
    pub path: String,
    /// What happened to it.
    pub status: Status,
    /// The mode before, as git writes it.
    pub old_mode: Option<&'static str>,
    /// The mode after.
    pub new_mode: Option<&'static str>,
    /// Whether one of both sides is no text; then there are no lines.
    pub binary: bool,
    /// The lines of all hunks.
    pub lines: Vec<Line>,
}

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// The whole line with its sign and without its end.
    pub text: String,
}

/// What a line of a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// About the file.
    Header,
    /// Where the following lines are.
    Hunk,
    /// On both sides.
    Same,
    /// New.
    Added,
    /// Gone.
    Removed,
}

/// All files that are not the same on both sides, by path.
pub fn changes(before: &Contents, after: &Contents) -> Vec<FileChange> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths.into_iter().filter_map(|path| change(path, before.get(path), after.get(path))).collect()
}

fn change(path: &str, before: Option<&Node>, after: Option<&Node>) -> Option<FileChange> {
    if before == after {
        return None;
    }
    let text = |node: Option<&Node>| node.map_or(Some(String::new()), |node| node.text().map(str::to_owned));
    let (lines, binary) = match (text(before), text(after)) {
        (Some(old), Some(new)) => (hunks(&old, &new), false),
        _ => (Vec::new(), true),
    };
    Some(FileChange {
        path: path.to_owned(),
        status: match (before, after) {
            (None, _) => Status::Added,
            (_, None) => Status::Removed,
            _ => Status::Changed,
        },
        old_mode: before.map(Node::mode),
        new_mode: after.map(Node::mode),
        binary,
        lines,
    })
}

fn hunks(old: &str, new: &str) -> Vec<Line> {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let mut lines = Vec::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        lines.push(Line { kind: LineKind::Hunk, text: hunk.header().to_string() });
        for change in hunk.iter_changes() {
            let (kind, sign) = match change.tag() {
                ChangeTag::Equal => (LineKind::Same, ' '),
                ChangeTag::Insert => (LineKind::Added, '+'),
                ChangeTag::Delete => (LineKind::Removed, '-'),
            };
            let value = change.value();
            lines.push(Line { kind, text: format!("{sign}{}", value.strip_suffix('\n').unwrap_or(value)) });
            if change.missing_newline() {
                lines.push(Line { kind: LineKind::Same, text: "\\ No newline at end of file".to_owned() });
            }
        }
    }
    lines
}

impl FileChange {
    /// Lines that are new.
    pub fn added(&self) -> usize {
        self.count(LineKind::Added)
    }

    /// Lines that are gone.
    pub fn removed(&self) -> usize {
        self.count(LineKind::Removed)
    }

    fn count(&self, kind: LineKind) -> usize {
        self.lines.iter().filter(|line| line.kind == kind).count()
    }

    /// The whole difference as git writes it, with the names of both sides before the path.
    pub fn patch(&self, before: &str, after: &str) -> Vec<Line> {
        let (old, new) = (format!("{before}/{}", self.path), format!("{after}/{}", self.path));
        let mut header = vec![format!("diff --git {old} {new}")];
        match (self.old_mode, self.new_mode) {
            (None, Some(mode)) => header.push(format!("new file mode {mode}")),
            (Some(mode), None) => header.push(format!("deleted file mode {mode}")),
            (Some(from), Some(to)) if from != to => {
                header.extend([format!("old mode {from}"), format!("new mode {to}")]);
            }
            _ => {}
        }
        let side = |mode: Option<&str>, path: String| mode.map_or_else(|| "/dev/null".to_owned(), |_| path);
        let (old, new) = (side(self.old_mode, old), side(self.new_mode, new));
        if self.binary {
            header.push(format!("Binary files {old} and {new} differ"));
        } else if !self.lines.is_empty() {
            header.extend([format!("--- {old}"), format!("+++ {new}")]);
        }
        let header = header.into_iter().map(|text| Line { kind: LineKind::Header, text });
        header.chain(self.lines.iter().cloned()).collect()
    }
}
