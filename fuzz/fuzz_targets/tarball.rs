//! Package tarballs as they are uploaded: what is accepted carries the right checksums.
#![no_main]

use hex_format::checksum::Sha256;
use hex_format::tarball::{FormatVersion, Limits, contents, read};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits {
    tarball: 1 << 20,
    unpacked: 1 << 20,
    entries: 1000,
    versions: &[FormatVersion::V2, FormatVersion::V3],
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(tarball) = read(bytes, &LIMITS) else { return };
    assert_eq!(tarball.outer, Sha256::of(bytes));
    let parts = [tarball.version.as_str().as_bytes(), tarball.metadata, tarball.contents].concat();
    assert_eq!(tarball.inner, Sha256::of(&parts));
    let _ = contents::check(tarball.contents, &LIMITS);
});
