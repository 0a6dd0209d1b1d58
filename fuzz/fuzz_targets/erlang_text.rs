//! Erlang terms as text, in both profiles: what is read prints as text that reads the same.
#![no_main]

use hex_format::erlang::{Limits, Profile, parse, parse_forms, print_form};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for (profile, limits) in [(Profile::Metadata, Limits::METADATA), (Profile::Config, Limits::CONFIG)] {
        let Ok(terms) = parse(bytes, profile, &limits) else { continue };
        let printed: String = terms.iter().map(print_form).collect();
        let again = parse(&printed, Profile::Config, &Limits::CONFIG).expect("printed terms are terms");
        // A string and the list of its characters are one term, hence compared as text.
        assert_eq!(again.iter().map(print_form).collect::<String>(), printed);
        if let Ok(text) = str::from_utf8(bytes) {
            let forms = parse_forms(text, profile, &limits).expect("the same text").forms;
            assert!(forms.iter().all(|(place, _)| text.get(place.clone()).is_some()));
        }
    }
});
