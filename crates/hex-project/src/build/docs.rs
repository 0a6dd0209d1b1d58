//! Archives of documentation: a folder with an `index.html`, as ex_doc, edoc and Gleam leave it.

use std::path::{Path, PathBuf};

use hex_format::tarball::{MAX_TARBALL, write};
use hex_format::tarball::{MAX_UNPACKED, TarballError};
use hex_format::version::Version;
use walkdir::{DirEntry, WalkDir};

use super::BuildError;
use super::files::{Files, Links};

/// Where a project's documentation is, once it was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder.
    pub folder: PathBuf,
    /// What builds it: a program and its arguments, with a blank between them.
    pub command: &'static str,
    /// Whether the project has it built when it is published. rebar3 projects say so with `{hex, [{doc, PROVIDER}]}`.
    pub configured: bool,
}

/// An archive of documentation.
#[derive(Debug)]
pub struct Archive {
    /// The bytes to publish.
    pub bytes: Vec<u8>,
    /// How many files are in it.
    pub files: usize,
}

/// Packs a folder. Names that begin with a dot are left out, as mix does; links are followed inside the folder.
///
/// # Errors
/// When there is no start page, a file can't be read or leads out of the folder, a name at the top would be taken for a
/// version, or it is all too large.
pub fn archive(folder: &Path) -> Result<Archive, BuildError> {
    if !folder.join("index.html").is_file() {
        return Err(BuildError::NoIndex(folder.to_owned()));
    }
    let mut files = Files::new(folder, Links::Follow)?;
    let mut count = 0;
    for entry in WalkDir::new(folder).min_depth(1).follow_links(true).into_iter().filter_entry(is_visible) {
        let entry = entry.map_err(|error| walk_error(folder, error))?;
        if !entry.file_type().is_file() {
            continue;
        }
        let relative = relative(folder, entry.path())?;
        let top = relative.split('/').next().unwrap_or_default();
        if Version::parse(top).is_ok() {
            return Err(BuildError::VersionName(top.to_owned()));
        }
        files.add(&relative)?;
        count += 1;
    }
    let largest = files.largest();
    let tar = write::tar(&files.read()?).map_err(|error| BuildError::Tarball(TarballError::from(error)))?;
    if tar.len() as u64 > MAX_UNPACKED {
        let size = tar.len() as u64;
        return Err(BuildError::TooBig { what: "documentation", size, limit: MAX_UNPACKED, largest });
    }
    let bytes = write::gzip(&tar);
    if bytes.len() > MAX_TARBALL {
        let (size, limit) = (bytes.len() as u64, MAX_TARBALL as u64);
        return Err(BuildError::TooBig { what: "compressed documentation", size, limit, largest });
    }
    Ok(Archive { bytes, files: count })
}

fn is_visible(entry: &DirEntry) -> bool {
    entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// A path below `root` as archives write it.
pub(super) fn relative(root: &Path, path: &Path) -> Result<String, BuildError> {
    let below = path.strip_prefix(root).unwrap_or(path);
    let names: Option<Vec<&str>> = below.iter().map(|name| name.to_str()).collect();
    Ok(names.ok_or_else(|| BuildError::NotUtf8(path.to_owned()))?.join("/"))
}

/// What went wrong while walking through a folder.
pub(super) fn walk_error(root: &Path, error: walkdir::Error) -> BuildError {
    let path = error.path().unwrap_or(root).to_owned();
    BuildError::Read(path, error.into())
}
