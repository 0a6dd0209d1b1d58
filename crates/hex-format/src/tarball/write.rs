//! Writes archives exactly as the official clients (hex_core) do.
//!
//! The same files give the same tar bytes as `hex_tarball:create/2`, so that a package can be rebuilt and compared.
//! The compressed bytes follow another implementation of deflate and may differ. It must never write what the
//! reader beside it refuses.

use std::borrow::Cow;
use std::io::Write;

use flate2::{Compression, GzBuilder};

use super::contents::{EntryKind, RESERVED_FILE};
use super::error::ContentsError;
use super::header::{BLOCK, Block, sum};
use super::path::ArchivePath;
use super::read::inner_checksum;
use super::tree::Tree;
use super::{FormatVersion, MAX_ENTRIES};

/// Something to put into an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile<'a> {
    /// Where.
    pub path: ArchivePath,
    /// What.
    pub kind: SourceKind<'a>,
}

/// What a [`SourceFile`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceKind<'a> {
    /// A regular file; mode 0644, or 0755 when executable.
    File {
        /// Its data.
        bytes: Cow<'a, [u8]>,
        /// Whether its owner may execute it.
        executable: bool,
    },
    /// A directory. Official clients list those that are empty, and no others.
    Directory,
    /// A symbolic link.
    Symlink {
        /// Relative to the directory of the link, inside the root.
        target: Cow<'a, str>,
    },
}

/// 2000-01-01, the time of every entry, in seconds since 1970.
const TIME: u64 = 946_684_800;
/// File modes, file type included as hex_core does.
const FILE_MODE: u64 = 0o100_644;
const EXECUTABLE_MODE: u64 = 0o100_755;
const DIRECTORY_MODE: u64 = 0o040_755;
const LINK_MODE: u64 = 0o120_777;

/// Longest name and link target in a header, and longest prefix, in bytes.
const MAX_NAME: usize = 100;
const MAX_PREFIX: usize = 155;

/// A package tarball of metadata and compressed contents, both taken as they are.
///
/// # Panics
/// When the contents are larger than 8 GiB; check the limits before.
#[must_use]
pub fn outer(metadata: &[u8], contents_gz: &[u8]) -> Vec<u8> {
    let version = FormatVersion::V3.as_str().as_bytes();
    let checksum = inner_checksum(version, metadata, contents_gz).to_upper_hex();
    let mut out = Vec::with_capacity(metadata.len() + contents_gz.len() + 8 * BLOCK);
    let files: [(&str, &[u8]); 4] = [
        ("VERSION", version),
        ("CHECKSUM", checksum.as_bytes()),
        (FormatVersion::V3.metadata_file(), metadata),
        ("contents.tar.gz", contents_gz),
    ];
    for (name, bytes) in files {
        append(&mut out, &Fields { name, mode: FILE_MODE, flag: b'0', link: "" }, bytes);
    }
    end(&mut out);
    out
}

/// The contents of a package, compressed: `contents.tar.gz`.
///
/// # Errors
/// As [`tar`].
pub fn contents(files: &[SourceFile<'_>]) -> Result<Vec<u8>, ContentsError> {
    tar(files).map(|bytes| gzip(&bytes))
}

/// The contents of a package before compression, in the order given.
///
/// # Errors
/// When two files collide, a link leaves the root, or a name is reserved.
pub fn tar(files: &[SourceFile<'_>]) -> Result<Vec<u8>, ContentsError> {
    let mut tree = Tree::new(MAX_ENTRIES);
    let mut out = Vec::new();
    for SourceFile { path, kind } in files {
        let name = path.as_str();
        if name.eq_ignore_ascii_case(RESERVED_FILE) {
            return Err(ContentsError::Reserved { name: name.to_owned() });
        }
        tree.insert(path, &entry_kind(kind))?;
        match kind {
            SourceKind::File { bytes, executable } => {
                let mode = if *executable { EXECUTABLE_MODE } else { FILE_MODE };
                append(&mut out, &Fields { name, mode, flag: b'0', link: "" }, bytes);
            }
            SourceKind::Directory => {
                let name = format!("{name}/");
                append(&mut out, &Fields { name: &name, mode: DIRECTORY_MODE, flag: b'5', link: "" }, &[]);
            }
            SourceKind::Symlink { target } => {
                path.check_link(target).map_err(|reason| ContentsError::UnsafeSymlink {
                    name: name.to_owned(),
                    target: super::error::shown(target.as_bytes()),
                    reason,
                })?;
                append(&mut out, &Fields { name, mode: LINK_MODE, flag: b'2', link: target }, &[]);
            }
        }
    }
    end(&mut out);
    Ok(out)
}

/// Compresses as hex_core does: level 6, no name, no time, no operating system.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().mtime(0).operating_system(0).write(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("invariant: a vector takes all bytes")
}

fn entry_kind(kind: &SourceKind<'_>) -> EntryKind {
    match kind {
        SourceKind::File { bytes, executable } => {
            EntryKind::File { size: bytes.len() as u64, executable: *executable }
        }
        SourceKind::Directory => EntryKind::Directory,
        SourceKind::Symlink { target } => EntryKind::Symlink { target: target.to_string() },
    }
}

/// The fields of a header that differ between entries.
struct Fields<'a> {
    name: &'a str,
    mode: u64,
    flag: u8,
    link: &'a str,
}

/// Adds an entry: PAX records where needed, header, data, padding.
fn append(out: &mut Vec<u8>, fields: &Fields<'_>, data: &[u8]) {
    let (prefix, name) = place(fields.name).unwrap_or_default();
    let link = if fits(fields.link) { fields.link } else { "" };
    let mut records = Vec::new();
    if link != fields.link {
        records.extend(record("linkpath", fields.link));
    }
    if name.is_empty() {
        records.extend(record("path", fields.name));
    }
    if !records.is_empty() {
        let name = pax_name(fields.name);
        header(
            out,
            &Fields { name: &name, mode: FILE_MODE, flag: b'x', link: "" },
            "",
            &name,
            "",
            records.len(),
        );
        padded(out, &records);
    }
    header(out, fields, prefix, name, link, data.len());
    padded(out, data);
}

fn header(out: &mut Vec<u8>, fields: &Fields<'_>, prefix: &str, name: &str, link: &str, size: usize) {
    let mut block: Block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, &octal(fields.mode, 7));
    put(108, &octal(0, 7));
    put(116, &octal(0, 7));
    put(124, &octal(size as u64, 11));
    put(136, &octal(TIME, 11));
    put(156, &[fields.flag]);
    put(157, link.as_bytes());
    put(257, b"ustar\x0000");
    put(329, &octal(0, 7));
    put(337, &octal(0, 7));
    put(345, prefix.as_bytes());
    let sum = octal(sum(&block), 7);
    block[148..156].copy_from_slice(&sum);
    out.extend(block);
}

/// Octal digits and a NUL.
fn octal(value: u64, digits: usize) -> Vec<u8> {
    let text = format!("{value:0digits$o}\0");
    assert!(text.len() == digits + 1, "invariant: {value} has at most {digits} octal digits");
    text.into_bytes()
}

fn fits(name: &str) -> bool {
    name.is_ascii() && name.len() <= MAX_NAME
}

/// A name that fits into a header, with the prefix it needs; `None` if it doesn't fit.
fn place(name: &str) -> Option<(&str, &str)> {
    if fits(name) {
        return Some(("", name));
    }
    // Erlang drops the slash of a directory when it splits.
    let (prefix, base) = name.trim_end_matches('/').rsplit_once('/')?;
    // A base of exactly 100 bytes would fit, but Erlang compares with "less than".
    (name.is_ascii() && base.len() < MAX_NAME && prefix.len() <= MAX_PREFIX).then_some((prefix, base))
}

/// The name of the PAX header itself, which nobody reads.
fn pax_name(name: &str) -> String {
    // Erlang takes the base of `a/b/` to be `b`, and its directory to be `a/b`.
    let base = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let directory = name.rsplit_once('/').map_or(".", |(directory, _)| directory);
    let mut ascii: String =
        format!("{directory}/PaxHeaders.0/{base}").chars().filter(char::is_ascii).collect();
    if ascii.len() > MAX_NAME {
        ascii.truncate(MAX_NAME - 1);
    }
    ascii
}

/// `LENGTH KEY=VALUE\n`, the length counting itself.
fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}").into_bytes()
}

fn padded(out: &mut Vec<u8>, data: &[u8]) {
    out.extend(data);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

fn end(out: &mut Vec<u8>) {
    out.resize(out.len() + 2 * BLOCK, 0);
}

#[cfg(test)]
mod tests;
