//! The paths seen so far, as a tree, to find the ones that collide.
//!
//! A duplicate, or an entry below a file or a link, means that what is unpacked depends on who unpacks it. Memory is
//! bounded by the number of nodes and by the length of a component.

use std::collections::BTreeMap;

use super::contents::EntryKind;
use super::error::ContentsError;
use super::path::ArchivePath;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    File,
    Symlink,
    Directory,
    /// A directory that so far only exists because something lies in it.
    Implied,
}

/// The tree of an archive's paths.
pub(super) struct Tree {
    nodes: Vec<(Node, BTreeMap<Box<str>, usize>)>,
    limit: usize,
}

impl Tree {
    /// An empty tree that will hold at most `limit` paths, implied directories included.
    pub(super) fn new(limit: usize) -> Self {
        Self { nodes: vec![(Node::Directory, BTreeMap::new())], limit }
    }

    /// Adds an entry.
    pub(super) fn insert(&mut self, path: &ArchivePath, kind: &EntryKind) -> Result<(), ContentsError> {
        let mut parent = 0;
        let mut reached = 0;
        let mut names = path.components().peekable();
        while let Some(name) = names.next() {
            reached += name.len() + 1;
            let last = names.peek().is_none();
            let (index, new) = self.child(parent, name)?;
            let node = &mut self.nodes[index].0;
            if last {
                let directory = matches!(kind, EntryKind::Directory);
                match (*node, new) {
                    (_, true) => {}
                    (Node::Implied, false) if directory => {}
                    _ => return Err(ContentsError::Duplicate { name: path.to_string() }),
                }
                *node = match kind {
                    EntryKind::File { .. } => Node::File,
                    EntryKind::Directory => Node::Directory,
                    EntryKind::Symlink { .. } => Node::Symlink,
                };
            } else {
                let above = || path.as_str()[..reached - 1].to_owned();
                match *node {
                    Node::Directory | Node::Implied => {}
                    Node::Symlink => {
                        return Err(ContentsError::ThroughSymlink { name: path.to_string(), link: above() });
                    }
                    Node::File => {
                        return Err(ContentsError::ThroughFile { name: path.to_string(), file: above() });
                    }
                }
            }
            parent = index;
        }
        Ok(())
    }

    /// The node of that name below `parent`, and whether it is new.
    fn child(&mut self, parent: usize, name: &str) -> Result<(usize, bool), ContentsError> {
        if let Some(index) = self.nodes[parent].1.get(name) {
            return Ok((*index, false));
        }
        let index = self.nodes.len();
        if index > self.limit {
            return Err(ContentsError::TooMany { limit: self.limit });
        }
        self.nodes.push((Node::Implied, BTreeMap::new()));
        self.nodes[parent].1.insert(name.into(), index);
        Ok((index, true))
    }
}
