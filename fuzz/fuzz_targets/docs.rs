//! Archives of documentation.
#![no_main]

use hex_format::tarball::{Limits, docs};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { tarball: 1 << 20, unpacked: 1 << 20, entries: 1000, versions: &[] };

fuzz_target!(|bytes: &[u8]| {
    if docs::entries(bytes, &LIMITS).is_ok() {
        assert!(docs::check(bytes, &LIMITS).is_ok());
    }
});
