//! The files of a package, held in memory to be listed and compared: those of a tarball, or those that a build tool has
//! unpacked into a folder.
//!
//! Paths are relative and separated by slashes. Nothing outside of the folder is ever read: links are kept as links.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use hex_format::tarball::contents::{RESERVED_FILE, walk};
use hex_format::tarball::{self, ContentsError, EntryKind, Limits, MAX_ENTRIES, MAX_UNPACKED, TarballError};
use walkdir::WalkDir;

#[cfg(test)]
mod tests;

/// What build tools leave in the top folder of an unpacked package, which the package itself does not have.
const LEFTOVERS: [&str; 10] =
    [".hex", ".fetch", ".mix", ".rebar3", ".elixir_ls", "_build", "deps", "ebin", "rebar.lock", "build"];

/// Files and links by path.
pub type Contents = BTreeMap<String, Node>;

/// A file or link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A regular file.
    File {
        /// Its data.
        bytes: Vec<u8>,
        /// Whether its owner may execute it.
        executable: bool,
    },
    /// A symbolic link.
    Link {
        /// As written.
        target: String,
    },
}

/// Why files could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The tarball is damaged.
    #[error("the tarball is damaged: {0}")]
    Tarball(#[from] TarballError),
    /// What is inside of it is.
    #[error("the tarball is damaged: {0}")]
    Contents(#[from] ContentsError),
    /// The system refused.
    #[error("cannot read {path}: {source}")]
    Io {
        /// Which file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A folder that is more than a package can be.
    #[error("{path} has more than {MAX_ENTRIES} files or {MAX_UNPACKED} bytes, which no package has")]
    TooLarge {
        /// Which folder.
        path: String,
    },
}

/// The files of a tarball, and its metadata as `hex_metadata.config`, which is what clients call it when they unpack.
///
/// # Errors
/// When the tarball is damaged or holds what is not safe to unpack.
pub fn of_tarball(bytes: &[u8]) -> Result<Contents, ReadError> {
    let limits = Limits::default();
    let tarball = tarball::read(bytes, &limits)?;
    let mut contents = Contents::new();
    walk(tarball.contents, &limits, |entry, data| {
        let node = match &entry.kind {
            EntryKind::Directory => return Ok(()),
            EntryKind::Symlink { target } => Node::Link { target: target.clone() },
            EntryKind::File { executable, .. } => {
                let mut bytes = Vec::new();
                data.read_to_end(&mut bytes)
                    .map_err(|source| ReadError::Io { path: entry.path.to_string(), source })?;
                Node::File { bytes, executable: *executable }
            }
        };
        contents.insert(entry.path.to_string(), node);
        Ok::<_, ReadError>(())
    })?;
    let metadata = Node::File { bytes: tarball.metadata.to_vec(), executable: false };
    contents.insert(RESERVED_FILE.to_owned(), metadata);
    Ok(contents)
}

/// The files of a folder into which a build tool has unpacked a package. What build tools add to it is left out, unless
/// `package` has it, too.
///
/// # Errors
/// When a file can't be read, or it is far more than a package.
pub fn of_folder(folder: &Path, package: &Contents) -> Result<Contents, ReadError> {
    let mut contents = Contents::new();
    let mut bytes_left = MAX_UNPACKED;
    let shown = || folder.display().to_string();
    let wanted = |name: &str| {
        let inside = format!("{name}/");
        let known = || package.keys().any(|path| path == name || path.starts_with(&inside));
        !LEFTOVERS.contains(&name) || known()
    };
    let entries = WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() != 1 || entry.file_name().to_str().is_some_and(wanted));
    for entry in entries {
        let entry = entry.map_err(|error| ReadError::Io { path: shown(), source: error.into() })?;
        if contents.len() >= MAX_ENTRIES {
            return Err(ReadError::TooLarge { path: shown() });
        }
        let failed = |source| ReadError::Io { path: entry.path().display().to_string(), source };
        let node = if entry.file_type().is_file() {
            file(entry.path(), &mut bytes_left)
                .map_err(failed)?
                .ok_or(ReadError::TooLarge { path: shown() })?
        } else if entry.file_type().is_symlink() {
            let target = fs::read_link(entry.path()).map_err(failed)?;
            Node::Link { target: target.to_string_lossy().into_owned() }
        } else {
            continue;
        };
        let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        contents.insert(parts.join("/"), node);
    }
    Ok(contents)
}

/// A file of at most so many bytes; none if it has more.
fn file(path: &Path, bytes_left: &mut u64) -> io::Result<Option<Node>> {
    let file = fs::File::open(path)?;
    let executable = is_executable(&file.metadata()?);
    let mut bytes = Vec::new();
    file.take(*bytes_left + 1).read_to_end(&mut bytes)?;
    match bytes_left.checked_sub(bytes.len() as u64) {
        Some(left) => *bytes_left = left,
        None => return Ok(None),
    }
    Ok(Some(Node::File { bytes, executable }))
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &fs::Metadata) -> bool {
    false
}

impl Node {
    /// Bytes of data; of a link, those of its target.
    pub fn size(&self) -> usize {
        match self {
            Self::File { bytes, .. } => bytes.len(),
            Self::Link { target } => target.len(),
        }
    }

    /// The mode as git writes it: `100644`, `100755` or `120000`.
    pub fn mode(&self) -> &'static str {
        match self {
            Self::File { executable: false, .. } => "100644",
            Self::File { executable: true, .. } => "100755",
            Self::Link { .. } => "120000",
        }
    }

    /// The text of a file, unless it is none: it holds a zero byte or is not UTF-8. Of a link it is the target.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Link { target } => Some(target),
            Self::File { bytes, .. } if bytes.contains(&0) => None,
            Self::File { bytes, .. } => str::from_utf8(bytes).ok(),
        }
    }
}
