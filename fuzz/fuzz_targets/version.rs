//! Versions: what is read prints as a version that equals it, and comparison is consistent.
#![no_main]

use hex_format::version::{LooseVersion, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| {
    let _ = LooseVersion::parse(texts.0);
    let Ok(left) = Version::parse(texts.0) else { return };
    let printed = Version::parse(&left.to_string()).expect("a version prints as a version");
    assert_eq!(left, printed);
    if let Ok(right) = Version::parse(texts.1) {
        assert_eq!(left.cmp(&right), right.cmp(&left).reverse());
        assert_eq!(left == right, left.cmp(&right).is_eq());
    }
});
