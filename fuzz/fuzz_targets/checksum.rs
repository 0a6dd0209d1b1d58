//! Checksums: read in either case, printed in lower case.
#![no_main]

use hex_format::checksum::Sha256;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(sum) = Sha256::parse(text) {
        assert_eq!(sum.to_string(), text.to_lowercase());
        assert_eq!(sum.to_upper_hex(), text.to_uppercase());
    }
});
