//! Archives inside of packages, past the checksums of gzip and tar, which a fuzzer can't guess: the data are sealed
//! and compressed first. What is accepted stays inside of the root.
#![no_main]

use hex_format::tarball::{ArchivePath, ContentsError, EntryKind, Limits, contents, write};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { tarball: 1 << 20, unpacked: 1 << 20, entries: 1000, versions: &[] };

fuzz_target!(|bytes: &[u8]| {
    let gz = write::gzip(&sealed(bytes));
    let _ = contents::walk(&gz[..], &LIMITS, |entry, reader| {
        assert_eq!(ArchivePath::parse(entry.path.as_str()).as_ref(), Ok(&entry.path));
        assert!(entry.path.components().all(|name| !matches!(name, "" | "." | "..")));
        match &entry.kind {
            EntryKind::File { size, .. } => {
                if let Ok(read) = std::io::copy(reader, &mut std::io::sink()) {
                    assert_eq!(read, *size);
                }
            }
            EntryKind::Directory => assert_eq!(reader.read(&mut [0]).ok(), Some(0)),
            EntryKind::Symlink { target } => assert_eq!(entry.path.check_link(target), Ok(())),
        }
        Ok::<_, ContentsError>(())
    });
});

/// Gives every block that could be a header the right checksum, and the archive an end.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut tar = bytes.to_vec();
    for block in tar.chunks_exact_mut(512).filter(|block| block[257..].starts_with(b"ustar")) {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    let end = tar.len().next_multiple_of(512) + 1024;
    tar.resize(end, 0);
    tar
}
