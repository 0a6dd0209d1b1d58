//! The judges are tarballs that hex_core made; see `tests/data/tarballs/README.md`.

use std::io::Read;

use flate2::read::GzDecoder;

use super::*;
use crate::tarball::{self, Limits};

macro_rules! golden {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tarballs/", $name))
    };
}

pub(crate) fn file<'a>(path: &str, bytes: &'a [u8]) -> SourceFile<'a> {
    source(path, SourceKind::File { bytes: bytes.into(), executable: false })
}

fn source<'a>(path: &str, kind: SourceKind<'a>) -> SourceFile<'a> {
    SourceFile { path: ArchivePath::parse(path).unwrap(), kind }
}

fn link(path: &str, target: &str) -> SourceFile<'static> {
    source(path, SourceKind::Symlink { target: target.to_owned().into() })
}

fn directory(path: &str) -> SourceFile<'static> {
    source(path, SourceKind::Directory)
}

fn inflate(gz: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(gz).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Where two byte strings differ first, as text that a failing test can show.
fn first_difference(ours: &[u8], theirs: &[u8]) -> Option<String> {
    let at = (0..ours.len().max(theirs.len())).find(|at| ours.get(*at) != theirs.get(*at))?;
    let around =
        |bytes: &[u8]| bytes[at.min(bytes.len())..(at + 48).min(bytes.len())].escape_ascii().to_string();
    Some(format!("at {at} (block {}): ours {}, theirs {}", at / BLOCK, around(ours), around(theirs)))
}

/// We read the golden tarball, and the same files give the same tar bytes, inside and outside.
fn reproduces(golden: &[u8], files: &[SourceFile<'_>]) {
    let read = tarball::read(golden, &Limits::default()).unwrap();
    assert_eq!(first_difference(&outer(read.metadata, read.contents), golden), None);

    let theirs = inflate(read.contents);
    assert_eq!(first_difference(&tar(files).unwrap(), &theirs), None);
    assert_eq!(gzip(&theirs)[..10], read.contents[..10]);

    let entries = tarball::contents::check(read.contents, &Limits::default()).unwrap();
    let expected: Vec<_> = files
        .iter()
        .map(|file| tarball::Entry { path: file.path.clone(), kind: entry_kind(&file.kind) })
        .collect();
    assert_eq!(entries, expected);
}

#[test]
fn kinds_of_entries() {
    let big = b"line\n".repeat(3000);
    let executable = SourceKind::File { bytes: b"#!/bin/sh\n".into(), executable: true };
    reproduces(
        golden!("kinds.tar"),
        &[
            file("mix.exs", b"# project\n"),
            source("bin/run", executable),
            link("bin/link", "../mix.exs"),
            directory("priv/empty"),
            file("src/block.bin", &[b'b'; 512]),
            file("src/empty.erl", b""),
            file("src/big.erl", &big),
        ],
    );
}

#[test]
fn long_names() {
    let d = "d".repeat(50);
    let names = [
        ("a".repeat(99), "99"),
        ("b".repeat(100), "100"),
        ("c".repeat(101), "101"),
        (format!("{d}/{}", "e".repeat(49)), "50/49"),
        (format!("{d}/{}", "e".repeat(50)), "50/50"),
        (format!("{d}/{}", "f".repeat(99)), "50/99"),
        (format!("{d}/{}", "g".repeat(100)), "50/100"),
        (format!("{d}/{}", "h".repeat(101)), "50/101"),
        (format!("{d}/{d}/{}/x", "i".repeat(53)), "155 prefix"),
        (format!("{d}/{d}/{}/x", "i".repeat(60)), "162 prefix"),
        (format!("{}/x", "j".repeat(156)), "156 part"),
        ("k".repeat(150), "150"),
    ];
    let files: Vec<_> = names.iter().map(|(name, text)| file(name, text.as_bytes())).collect();
    reproduces(golden!("long.tar"), &files);
}

#[test]
fn names_that_are_not_ascii() {
    let d = "d".repeat(50);
    reproduces(
        golden!("unicode.tar"),
        &[
            file("lib/é.ex", b"latin"),
            file("ü/ö.ex", b"dir"),
            file("中文.md", b"cjk"),
            file("lib/😀.ex", b"emoji"),
            file(&format!("lib/{}é.ex", "l".repeat(95)), b"long"),
            file(&format!("{d}/{d}/{d}/é.ex"), b"deep"),
        ],
    );
}

#[test]
fn links_and_directories() {
    let d = "d".repeat(50);
    let long = format!("{d}/{}", "t".repeat(60));
    reproduces(
        golden!("links.tar"),
        &[
            link("long_target", &long),
            link("latin_target", "é.ex"),
            link(&format!("{d}/{}", "u".repeat(120)), &format!("../{long}")),
            link("target101", &format!("{}/{}", "z".repeat(90), "w".repeat(10))),
            link("target100", &format!("{}/{}", "z".repeat(90), "w".repeat(9))),
            directory(&format!("{d}/{d}/dirdirdir")),
            directory(&format!("{d}/{d}/{}", "q".repeat(100))),
            directory("dé"),
        ],
    );
}

/// Erlang writes 140 where 141 bytes follow; clients that count can't read that. We read it, and write 141.
#[test]
fn the_wrong_length_that_erlang_writes() {
    let name = format!("lib/{}.ex", "中".repeat(40));
    let read = tarball::read(golden!("slip.tar"), &Limits::default()).unwrap();
    let entries = tarball::contents::check(read.contents, &Limits::default()).unwrap();
    assert_eq!(entries[0].path.as_str(), name);

    let theirs = inflate(read.contents);
    let ours = tar(&[file(&name, b"slip")]).unwrap();
    let different: Vec<_> = (0..ours.len()).filter(|at| ours[*at] != theirs[*at]).collect();
    assert_eq!(ours.len(), theirs.len());
    assert!(different.iter().all(|at| (512..515).contains(at) || (124..156).contains(at)), "{different:?}");
}

#[test]
fn documentation() {
    let golden = golden!("docs.tar.gz");
    let ours = tar(&[file("index.html", b"<h1>docs</h1>\n"), file("search.html", b"s")]).unwrap();
    assert_eq!(first_difference(&ours, &inflate(golden)), None);
    assert_eq!(tarball::docs::check(golden, &Limits::default()), Ok(ours.len() as u64));
    assert_eq!(tarball::docs::entries(&golden[..], &Limits::default()).unwrap().len(), 2);
}

#[test]
fn what_the_reader_refuses_is_not_written() {
    let refused = |files: &[SourceFile<'_>]| tar(files).unwrap_err().to_string();
    assert_eq!(refused(&[file("a", b""), file("a", b"")]), "a: duplicate entry");
    assert_eq!(refused(&[file("a", b""), file("a/b", b"")]), "a/b: the path goes through the file a");
    assert_eq!(
        refused(&[link("a", "b"), file("a/b", b"")]),
        "a/b: the path goes through the symbolic link a"
    );
    assert_eq!(refused(&[link("a", "../b")]), "../b: unknown POSIX error: unsafe_symlink");
    assert_eq!(refused(&[file("hex_metadata.config", b"")]), "hex_metadata.config: the name is reserved");
}

#[test]
fn a_record_counts_its_own_length() {
    assert_eq!(record("path", "é"), b"11 path=\xc3\xa9\n");
    for length in 1..1200 {
        let record = record("path", &"x".repeat(length));
        let text = String::from_utf8(record).unwrap();
        assert_eq!(text.split(' ').next(), Some(text.len().to_string().as_str()));
    }
}
