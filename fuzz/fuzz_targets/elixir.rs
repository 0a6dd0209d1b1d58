//! Elixir terms.
#![no_main]

use hex_format::elixir::ElixirTerm;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = ElixirTerm::parse(text);
});
