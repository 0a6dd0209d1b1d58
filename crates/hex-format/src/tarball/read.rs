//! The outer archive.
//!
//! Gives slices of the bytes it was given. Must never accept an archive in which a reader that looks files up on a
//! disk would find others than a reader that looks them up by name.

use super::archive::{Archive, Member};
use super::contents::parse_path;
use super::error::{ContentsError, TarballError, shown};
use super::header::Kind;
use super::path::PathError;
use super::tree::Tree;
use super::{EntryKind, FormatVersion, Limits, MAX_CHECKSUM, MAX_METADATA, MAX_OUTER_ENTRIES, MAX_VERSION};
use crate::checksum::{Sha256, Sha256Hasher};

/// A package tarball whose checksum is right. Metadata and contents are not looked at yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tarball<'a> {
    /// The format.
    pub version: FormatVersion,
    /// `CHECKSUM` as it is spelled, 64 hexadecimal digits.
    pub checksum: &'a str,
    /// `metadata.config`.
    pub metadata: &'a [u8],
    /// `contents.tar.gz`; see [`super::contents`].
    pub contents: &'a [u8],
    /// SHA-256 of version, metadata and contents; what `CHECKSUM` says.
    pub inner: Sha256,
    /// SHA-256 of the whole file.
    pub outer: Sha256,
}

const VERSION: &str = "VERSION";
const CHECKSUM: &str = "CHECKSUM";
const CONTENTS: &str = "contents.tar.gz";

/// The files that count, and the largest each may be.
const KNOWN: [(&str, u64); 5] = [
    (VERSION, MAX_VERSION),
    (CHECKSUM, MAX_CHECKSUM),
    (FormatVersion::V3.metadata_file(), MAX_METADATA),
    (FormatVersion::V2.metadata_file(), MAX_METADATA),
    (CONTENTS, u64::MAX),
];

/// Reads a package tarball and verifies its inner checksum.
///
/// # Errors
/// When it is too big, is no tar archive, lacks a file, has a format version that `limits` doesn't accept, or a
/// checksum that is malformed or not that of the files.
pub fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Tarball<'a>, TarballError> {
    if bytes.len() > limits.tarball {
        return Err(TarballError::TooBig { size: bytes.len(), limit: limits.tarball });
    }
    let files = Files::collect(bytes)?;

    let version = files.get(VERSION);
    let format = version.map(|version| accepted(version, limits));
    let metadata_file = match format {
        Some(Ok(format)) => format.metadata_file(),
        _ => FormatVersion::V3.metadata_file(),
    };
    let (checksum, metadata, contents) = (files.get(CHECKSUM), files.get(metadata_file), files.get(CONTENTS));
    let (Some(version), Some(format), Some(checksum), Some(metadata), Some(contents)) =
        (version, format, checksum, metadata, contents)
    else {
        let required = [VERSION, CHECKSUM, metadata_file, CONTENTS];
        return Err(TarballError::Missing(
            required.into_iter().filter(|name| files.get(name).is_none()).collect(),
        ));
    };

    let format = format?;
    let checksum = str::from_utf8(checksum).map_err(|_| TarballError::InvalidChecksum)?;
    let expected = Sha256::parse(checksum).map_err(|_| TarballError::InvalidChecksum)?;
    let inner = inner_checksum(version, metadata, contents);
    if inner != expected {
        return Err(TarballError::ChecksumMismatch { expected, actual: inner });
    }
    Ok(Tarball { version: format, checksum, metadata, contents, inner, outer: Sha256::of(bytes) })
}

/// SHA-256 of the three files one after another.
pub(super) fn inner_checksum(version: &[u8], metadata: &[u8], contents: &[u8]) -> Sha256 {
    let mut hasher = Sha256Hasher::new();
    for part in [version, metadata, contents] {
        hasher.update(part);
    }
    hasher.finish()
}

fn accepted(version: &[u8], limits: &Limits) -> Result<FormatVersion, TarballError> {
    let known = limits.versions.iter().find(|known| known.as_str().as_bytes() == version);
    known.copied().ok_or_else(|| TarballError::UnsupportedVersion(erlang_binary(version)))
}

/// The known files of an archive.
#[derive(Default)]
struct Files<'a>([Option<&'a [u8]>; KNOWN.len()]);

impl<'a> Files<'a> {
    fn collect(bytes: &'a [u8]) -> Result<Self, TarballError> {
        let mut archive = Archive::new(bytes);
        let mut tree = Tree::new(MAX_OUTER_ENTRIES);
        let mut files = Self::default();
        let mut empty = true;
        while let Some(member) = archive.next()? {
            empty = false;
            files.add(&member, &mut tree, bytes).map_err(|error| match error {
                TarballError::Contents(error) => TarballError::Entry(error),
                other => other,
            })?;
        }
        archive.finish()?;
        if empty { Err(TarballError::Empty) } else { Ok(files) }
    }

    fn get(&self, name: &str) -> Option<&'a [u8]> {
        KNOWN.iter().position(|(known, _)| *known == name).and_then(|index| self.0[index])
    }

    fn add(&mut self, member: &Member, tree: &mut Tree, bytes: &'a [u8]) -> Result<(), TarballError> {
        let refused = |reason| ContentsError::Path { name: shown(&member.name), reason };
        let path = parse_path(&member.name).map_err(refused)?;
        let name = || shown(&member.name);
        if member.kind != Kind::File {
            return Err(ContentsError::Unsupported { name: name(), kind: member.kind.describe() }.into());
        }
        tree.insert(&path, &EntryKind::File { size: member.size, executable: member.executable })?;

        let known = KNOWN.iter().position(|(known, _)| path.as_str().eq_ignore_ascii_case(known));
        let Some(index) = known else { return Ok(()) };
        let (known, limit) = KNOWN[index];
        // `./VERSION` or `version` is the file for a client that unpacks to a disk, and none for one that doesn't.
        if member.name != known.as_bytes() {
            return Err(refused(PathError::Spelling(known)).into());
        }
        if member.size > limit {
            return Err(TarballError::FileTooBig(known));
        }
        let start = usize::try_from(member.offset).expect("invariant: an offset into a slice");
        let data = usize::try_from(member.size).ok().and_then(|size| bytes[start..].get(..size));
        self.0[index] = Some(data.ok_or(super::ArchiveError::UnexpectedEnd)?);
        Ok(())
    }
}

/// Bytes as Erlang prints them.
fn erlang_binary(bytes: &[u8]) -> String {
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) && !bytes.is_empty() {
        let text = String::from_utf8_lossy(bytes).replace('\\', r"\\").replace('"', "\\\"");
        return format!("<<\"{text}\">>");
    }
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    format!("<<{}>>", numbers.join(","))
}
