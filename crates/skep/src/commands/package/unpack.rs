//! Unpacks a package into a fresh folder.
//!
//! The folder is filled under another name and renamed when the whole archive was good, so that a bad one leaves nothing.
//! What may be written is decided by [`hex_format::tarball::contents::walk`], which visits only what stays inside.

use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use hex_format::tarball::contents::{RESERVED_FILE, walk};
use hex_format::tarball::docs::{self, DocsError};
use hex_format::tarball::{self, ContentsError, Entry, EntryKind, Limits};

use super::place;

#[derive(Debug, thiserror::Error)]
enum UnpackError {
    #[error(transparent)]
    Contents(#[from] ContentsError),
    #[error(transparent)]
    Docs(#[from] DocsError),
    #[error("cannot write {0}: {1}")]
    Write(String, io::Error),
}

/// Unpacks a tarball, with the metadata beside the files as the other clients do it.
pub(crate) fn unpack(bytes: &[u8], folder: &Path) -> Result<()> {
    let shown = folder.display();
    if !place::is_free(folder).with_context(|| format!("cannot look into {shown}"))? {
        bail!("{shown} exists and is not empty");
    }
    let limits = Limits::default();
    let tarball = tarball::read(bytes, &limits)?;
    let temporary = place::private_folder_in(place::parent(folder))
        .with_context(|| format!("cannot write beside {shown}"))?;
    // The temporary folder itself is private; the one inside has the user's usual rights and is what stays.
    let root = temporary.path().join("package");
    fs::create_dir(&root)?;
    walk(tarball.contents, &limits, |entry, data| {
        write(&root, entry, data).map_err(|error| UnpackError::Write(entry.path.to_string(), error))
    })?;
    fs::write(root.join(RESERVED_FILE), tarball.metadata)?;
    fs::rename(&root, folder).with_context(|| format!("cannot write {shown}"))
}

/// Unpacks documentation into a folder that is not there yet.
pub(in crate::commands) fn unpack_docs(gz: &[u8], folder: &Path) -> Result<()> {
    let shown = folder.display();
    let parent = place::parent(folder);
    let temporary = fs::create_dir_all(parent)
        .and_then(|()| place::private_folder_in(parent))
        .with_context(|| format!("cannot write {shown}"))?;
    let root = temporary.path().join("docs");
    fs::create_dir(&root)?;
    docs::walk(gz, &Limits::default(), |entry, data| {
        write(&root, entry, data).map_err(|error| UnpackError::Write(entry.path.to_string(), error))
    })?;
    match fs::rename(&root, folder) {
        // Somebody else was faster.
        Err(_) if folder.is_dir() => Ok(()),
        renamed => renamed.with_context(|| format!("cannot write {shown}")),
    }
}

fn write(root: &Path, entry: &Entry, data: &mut dyn Read) -> io::Result<()> {
    let path = root.join(entry.path.as_str());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match &entry.kind {
        EntryKind::Directory => fs::create_dir_all(&path),
        EntryKind::File { executable, .. } => {
            let mut options = OpenOptions::new();
            // Never through something that is there already.
            options.write(true).create_new(true);
            mode(&mut options, *executable);
            io::copy(data, &mut options.open(&path)?).map(drop)
        }
        EntryKind::Symlink { target } => link(target, &path),
    }
}

#[cfg(unix)]
fn mode(options: &mut OpenOptions, executable: bool) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(if executable { 0o777 } else { 0o666 });
}

#[cfg(not(unix))]
fn mode(_options: &mut OpenOptions, _executable: bool) {}

#[cfg(unix)]
fn link(target: &str, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(_target: &str, path: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, format!("{} is a symbolic link", path.display())))
}
