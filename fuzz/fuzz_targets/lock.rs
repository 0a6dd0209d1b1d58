//! Lock files of Mix, rebar3 and Gleam.
#![no_main]

use hex_format::lock::{gleam, mix, rebar};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = mix::parse(text);
    let _ = rebar::parse(text);
    let _ = gleam::parse(text);
});
