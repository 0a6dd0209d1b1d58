//! Requirements: what is read keeps its meaning when printed.
#![no_main]

use hex_format::requirement::Requirement;
use hex_format::version::Version;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| {
    let Ok(requirement) = Requirement::parse(texts.0) else { return };
    let _ = requirement.check_for_registry();
    let printed =
        Requirement::parse(&requirement.to_string()).expect("a requirement prints as a requirement");
    if let Ok(version) = Version::parse(texts.1) {
        assert_eq!(requirement.matches(&version), printed.matches(&version));
    }
});
