//! Names of packages and organizations: a name prints as itself.
#![no_main]

use hex_format::name::{OrganizationName, PackageName};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(name) = PackageName::parse(text) {
        assert_eq!(name.to_string(), text);
    }
    if let Ok(name) = OrganizationName::parse(text) {
        assert_eq!(name.to_string(), text);
    }
});
