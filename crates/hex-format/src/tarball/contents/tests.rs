use std::io;

use super::*;
use crate::tarball::raw::{Raw, archive};
use crate::tarball::write::gzip;

#[derive(Debug, PartialEq)]
enum Error {
    Contents(ContentsError),
    Ours(&'static str),
}

impl From<ContentsError> for Error {
    fn from(error: ContentsError) -> Self {
        Self::Contents(error)
    }
}

fn three() -> Vec<u8> {
    archive(&[Raw::file("a", vec![1; 600]), Raw::symlink("b", "a"), Raw::file("c", vec![2; 2000])])
}

#[test]
fn data_may_be_read_skipped_or_left() {
    let gz = gzip(&three());
    for wanted in [0, 1, 600, 5000] {
        let mut seen = Vec::new();
        let summary = walk(&gz[..], &Limits::default(), |entry, reader| {
            let read = io::copy(&mut reader.take(wanted), &mut io::sink()).unwrap();
            seen.push((entry.path.to_string(), read));
            Ok::<_, Error>(())
        });
        let expected = [("a", wanted.min(600)), ("b", 0), ("c", wanted.min(2000))];
        assert_eq!(seen, expected.map(|(name, read)| (name.to_owned(), read)));
        assert_eq!(summary, Ok(Summary { entries: 3, unpacked: three().len() as u64 }));
    }
}

#[test]
fn a_visitor_can_stop() {
    let mut visited = 0;
    let result = walk(&gzip(&three())[..], &Limits::default(), |_, _| {
        visited += 1;
        Err(Error::Ours("enough"))
    });
    assert_eq!((result, visited), (Err(Error::Ours("enough")), 1));
}

/// The visitor sees an I/O error; the caller learns the reason.
#[test]
fn the_archive_is_blamed_for_its_own_errors() {
    let read_all = |gz: &[u8], limits: &Limits| {
        walk(gz, limits, |_, reader| {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map_err(|_| Error::Ours("disk full"))?;
            Ok(())
        })
    };
    let limits = Limits { unpacked: 1024, ..Limits::default() };
    let gz = gzip(&three());
    assert_eq!(read_all(&gz, &limits), Err(Error::Contents(ContentsError::TooBig { limit: 1024 })));

    let cut = gzip(&three()[..700]);
    assert_eq!(read_all(&cut, &Limits::default()), Err(Error::Ours("disk full")));
    let cut = &gz[..gz.len() - 12];
    assert_eq!(read_all(cut, &Limits::default()), Err(Error::Contents(ArchiveError::UnexpectedEnd.into())));
}

#[test]
fn the_root_is_not_an_entry() {
    let gz = gzip(&archive(&[Raw::directory("./"), Raw::file("./a", "x")]));
    let entries = check(&gz[..], &Limits::default()).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.path.as_str()).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn messages_stay_short() {
    assert_eq!(shown(b"plain"), "plain");
    assert_eq!(shown(b"a\x1b[2J\0"), "a\\u{1b}[2J\\u{0}");
    assert_eq!(shown("é".repeat(500).as_bytes()).chars().count(), 201);
    assert_eq!(shown(&[0xff; 5000]).chars().count(), 201);
}
