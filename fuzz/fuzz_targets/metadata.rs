//! `metadata.config`.
#![no_main]

use hex_format::metadata::Metadata;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Metadata::parse(bytes);
});
