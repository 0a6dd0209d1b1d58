//! The files that were chosen for an archive, in the order in which they will stand in it.
//!
//! Sizes are added up before anything is read, so that a folder chosen by mistake costs no memory. What a link leads to is
//! decided here, and never outside of the project.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

use hex_format::tarball::{ArchivePath, MAX_ENTRIES, MAX_UNPACKED, SourceFile, SourceKind};

use super::BuildError;

/// Most files of a package or of documentation.
pub const MAX_FILES: usize = MAX_ENTRIES;

/// How many of the largest files are named when they are too large together.
const NAMED: usize = 5;

/// What to do with a symbolic link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    /// Packed as links, as hex_core does.
    Keep,
    /// What they lead to is packed in their place, as Gleam does.
    Follow,
}

/// Files below one root, sorted by their paths.
#[derive(Debug)]
pub(super) struct Files {
    root: PathBuf,
    links: Links,
    found: BTreeMap<ArchivePath, Found>,
}

#[derive(Debug)]
enum Found {
    File { source: PathBuf, size: u64, executable: bool },
    Made(Vec<u8>),
    Link(String),
    EmptyFolder,
}

impl Found {
    fn size(&self) -> u64 {
        match self {
            Self::File { size, .. } => *size,
            Self::Made(bytes) => bytes.len() as u64,
            Self::Link(_) | Self::EmptyFolder => 0,
        }
    }
}

impl Files {
    /// No files yet. With [`Links::Follow`], nothing outside of `root` is followed to.
    pub(super) fn new(root: &Path, links: Links) -> Result<Self, BuildError> {
        let root = fs::canonicalize(root).map_err(|error| BuildError::Read(root.to_owned(), error))?;
        Ok(Self { root, links, found: BTreeMap::new() })
    }

    /// Adds what is at a path below the root. Of folders only empty ones stand in archives; others are passed over.
    pub(super) fn add(&mut self, relative: &str) -> Result<(), BuildError> {
        let source = self.root.join(relative);
        let failed = |error| BuildError::Read(source.clone(), error);
        let metadata = match self.links {
            Links::Keep => fs::symlink_metadata(&source),
            Links::Follow => fs::metadata(&source),
        }
        .map_err(failed)?;
        let found = if metadata.is_symlink() {
            Found::Link(self.link_target(relative, &source)?)
        } else if metadata.is_dir() {
            if fs::read_dir(&source).map_err(failed)?.next().is_some() {
                return Ok(());
            }
            Found::EmptyFolder
        } else if metadata.is_file() {
            self.check_inside(relative, &source)?;
            Found::File { size: metadata.len(), executable: is_executable(&metadata), source }
        } else {
            return Err(BuildError::Special(relative.to_owned()));
        };
        self.insert(relative, found)
    }

    /// Adds a file that is not on the disk, in the place of one that is.
    pub(super) fn add_made(&mut self, relative: &str, bytes: Vec<u8>) -> Result<(), BuildError> {
        self.insert(relative, Found::Made(bytes))
    }

    fn insert(&mut self, relative: &str, found: Found) -> Result<(), BuildError> {
        let refused = |reason| BuildError::Path { path: relative.to_owned(), reason };
        self.found.insert(ArchivePath::parse(relative).map_err(refused)?, found);
        if self.found.len() > MAX_FILES {
            return Err(BuildError::TooMany(MAX_FILES));
        }
        Ok(())
    }

    /// The target of a link that stays inside the package.
    fn link_target(&self, relative: &str, source: &Path) -> Result<String, BuildError> {
        let target = fs::read_link(source).map_err(|error| BuildError::Read(source.to_owned(), error))?;
        let path = ArchivePath::parse(relative)
            .map_err(|reason| BuildError::Path { path: relative.to_owned(), reason })?;
        match target.to_str() {
            Some(text) if path.check_link(text).is_ok() => Ok(text.to_owned()),
            _ => Err(BuildError::Link { path: relative.to_owned(), target: target.display().to_string() }),
        }
    }

    /// Refuses a file that is only reached through a link to the outside.
    fn check_inside(&self, relative: &str, source: &Path) -> Result<(), BuildError> {
        let real = fs::canonicalize(source).map_err(|error| BuildError::Read(source.to_owned(), error))?;
        if real.starts_with(&self.root) {
            return Ok(());
        }
        Err(BuildError::Link { path: relative.to_owned(), target: real.display().to_string() })
    }

    /// The paths of everything, sorted.
    pub(super) fn paths(&self) -> Vec<String> {
        self.found.keys().map(ArchivePath::to_string).collect()
    }

    /// The largest files with their bytes, largest first.
    pub(super) fn largest(&self) -> Vec<(String, u64)> {
        let mut sizes: Vec<_> =
            self.found.iter().map(|(path, found)| (path.to_string(), found.size())).collect();
        sizes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        sizes.truncate(NAMED);
        sizes
    }

    /// Reads everything.
    pub(super) fn read(self) -> Result<Vec<SourceFile<'static>>, BuildError> {
        let size = self.found.values().map(Found::size).sum();
        if size > MAX_UNPACKED {
            let largest = self.largest();
            return Err(BuildError::TooBig { what: "contents", size, limit: MAX_UNPACKED, largest });
        }
        self.found.into_iter().map(|(path, found)| Ok(SourceFile { path, kind: found.read()? })).collect()
    }
}

impl Found {
    fn read(self) -> Result<SourceKind<'static>, BuildError> {
        Ok(match self {
            Self::File { source, executable, .. } => {
                let bytes =
                    read(&source, MAX_UNPACKED)?.ok_or(BuildError::LargeFile(source, MAX_UNPACKED))?;
                SourceKind::File { bytes: bytes.into(), executable }
            }
            Self::Made(bytes) => SourceKind::File { bytes: bytes.into(), executable: false },
            Self::Link(target) => SourceKind::Symlink { target: target.into() },
            Self::EmptyFolder => SourceKind::Directory,
        })
    }
}

/// The bytes of a file, or nothing if there are more than `limit`.
pub(super) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, BuildError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|error| BuildError::Read(path.to_owned(), error))?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &Metadata) -> bool {
    false
}
