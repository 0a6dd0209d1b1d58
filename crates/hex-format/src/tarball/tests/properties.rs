use std::collections::BTreeMap;
use std::io::Read;

use proptest::prelude::*;

use super::*;
use crate::tarball::{ArchivePath, Entry, EntryKind, SourceFile, SourceKind, build, docs};

fn kinds() -> impl Strategy<Value = SourceKind<'static>> {
    let bytes = prop::collection::vec(any::<u8>(), 0..1500);
    prop_oneof![
        4 => (bytes, any::<bool>())
            .prop_map(|(bytes, executable)| SourceKind::File { bytes: bytes.into(), executable }),
        1 => Just(SourceKind::Directory),
        1 => "[a-zé中]{1,70}(/[a-z]{1,60})?".prop_map(|target| SourceKind::Symlink { target: target.into() }),
    ]
}

/// Files that don't collide: no name in one level is a directory in another.
fn files() -> impl Strategy<Value = Vec<SourceFile<'static>>> {
    let path = "(d[a-zé]{0,60}/){0,4}f[a-zA-Z0-9_.é中 -]{0,110}";
    prop::collection::btree_map(path, kinds(), 0..12).prop_map(|files| {
        let files: BTreeMap<_, _> = files
            .into_iter()
            .filter_map(|(path, kind)| Some((ArchivePath::parse(&path).ok()?, kind)))
            .collect();
        files.into_iter().map(|(path, kind)| SourceFile { path, kind }).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_written_is_read(metadata in prop::collection::vec(any::<u8>(), 0..2000), files in files()) {
        let built = build(&metadata, &files, &SMALL).unwrap();
        let tarball = read(&built.tarball, &SMALL).unwrap();
        prop_assert_eq!(tarball.metadata, &metadata[..]);
        prop_assert_eq!((tarball.inner, tarball.outer), (built.inner, Sha256::of(&built.tarball)));

        let mut read = Vec::new();
        contents::walk(tarball.contents, &SMALL, |entry: &Entry, reader: &mut dyn Read| {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            let kind = match &entry.kind {
                EntryKind::File { executable, size } => {
                    assert_eq!(*size, bytes.len() as u64);
                    SourceKind::File { bytes: bytes.into(), executable: *executable }
                }
                EntryKind::Directory => SourceKind::Directory,
                EntryKind::Symlink { target } => SourceKind::Symlink { target: target.clone().into() },
            };
            read.push(SourceFile { path: entry.path.clone(), kind });
            Ok::<_, TarballError>(())
        }).unwrap();
        prop_assert_eq!(read, files);
    }

    #[test]
    fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        prop_assert!(accept(&bytes).is_err());
        prop_assert!(docs::check(&bytes, &SMALL).is_err());
        prop_assert!(accept(&with_contents(&bytes)).is_err());
        let _ = contents::check(&write::gzip(&bytes)[..], &SMALL);
    }

    /// Headers with right checksums and arbitrary fields, which get further than arbitrary bytes.
    #[test]
    fn any_headers_are_judged(
        fields in prop::collection::vec((0..500_usize, any::<u8>()), 0..20),
        flag in prop::sample::select(b"0125xgLK\0".to_vec()),
        data in "[ -~\n]{0,60}",
    ) {
        let mut raw = Raw::new(flag, "name", data);
        for (at, byte) in fields {
            if !(124..156).contains(&at) {
                raw = raw.put(at, [byte]);
            }
        }
        let _ = accept(&with_entries(&[raw.clone(), Raw::file("after", "x")]));
        let _ = accept(&archive(&[vec![raw], good_files()].concat()));
    }

    /// A damaged tarball is refused, unless the damage is where nobody looks; then nothing that counts has changed.
    #[test]
    fn a_flipped_bit_never_changes_what_is_accepted(at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let good = archive(&good_files());
        let expected = read(&good, &SMALL).unwrap();
        let mut bad = good.clone();
        bad[at.index(good.len())] ^= 1_u8 << bit;
        if let Ok(tarball) = read(&bad, &SMALL) {
            prop_assert_eq!(tarball.inner, expected.inner);
            prop_assert_eq!((tarball.metadata, tarball.contents), (expected.metadata, expected.contents));
            prop_assert_ne!(tarball.outer, expected.outer);
        }
    }
}

#[test]
fn building_is_deterministic_and_within_limits() {
    let file = |size: usize| {
        let bytes: Vec<u8> = (0..size as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let kind = SourceKind::File { bytes: bytes.into(), executable: false };
        [SourceFile { path: ArchivePath::parse("a").unwrap(), kind }]
    };
    let built = |size| build(METADATA, &file(size), &SMALL);
    assert_eq!(built(1000), built(1000));
    let error = built(1 << 20).unwrap_err().to_string();
    assert_eq!(error, "inner tarball error, too_big_uncompressed: 1048576");
    let error = build(&vec![0; (1 << 20) + 1], &[], &SMALL).unwrap_err().to_string();
    assert_eq!(error, "file too big: metadata.config");
    let small = Limits { tarball: 4096, ..SMALL };
    assert!(matches!(build(METADATA, &file(100_000), &small), Err(TarballError::TooBig { limit: 4096, .. })));
}
