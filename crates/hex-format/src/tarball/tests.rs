//! Malformed tarballs by the dozen, and properties that hold for all of them.

mod malformed_contents;
mod malformed_outer;
mod properties;

use super::raw::{Raw, archive};
use super::{Limits, TarballError, contents, read, write};
use crate::checksum::Sha256;

const METADATA: &[u8] = b"{<<\"name\">>,<<\"pkg\">>}.\n{<<\"version\">>,<<\"1.0.0\">>}.\n";

/// Small enough for bombs to be cheap.
const SMALL: Limits =
    Limits { tarball: 1 << 20, unpacked: 1 << 20, entries: 100, versions: &[super::FormatVersion::V3] };

/// Everything that a server asks of a tarball before it looks at the metadata.
fn accept(bytes: &[u8]) -> Result<(), TarballError> {
    let tarball = read(bytes, &SMALL)?;
    contents::check(tarball.contents, &SMALL)?;
    Ok(())
}

/// The four files of a good tarball.
fn good_files() -> Vec<Raw> {
    let gz = write::gzip(&archive(&[Raw::file("mix.exs", "x")]));
    let sum = Sha256::of(&[b"3", METADATA, &gz].concat()).to_upper_hex();
    vec![
        Raw::file("VERSION", "3"),
        Raw::file("CHECKSUM", sum),
        Raw::file("metadata.config", METADATA),
        Raw::file("contents.tar.gz", gz),
    ]
}

/// A good tarball around these contents.
fn with_contents(contents_gz: &[u8]) -> Vec<u8> {
    write::outer(METADATA, contents_gz)
}

/// A good tarball around an archive of these entries.
fn with_entries(entries: &[Raw]) -> Vec<u8> {
    with_contents(&write::gzip(&archive(entries)))
}

/// Checks that each case is refused with just that text.
fn refused(cases: Vec<(&str, Vec<u8>, &str)>) {
    let mut wrong = Vec::new();
    for (name, bytes, expected) in cases {
        let text = accept(&bytes).err().map(|error| error.to_string());
        if text.as_deref() != Some(expected) {
            wrong.push(format!("{name}: {text:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
