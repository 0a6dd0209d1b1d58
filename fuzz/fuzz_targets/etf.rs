//! External term format: what is read is written as bytes that read the same, and those bytes never change.
#![no_main]

use hex_format::etf::{Limits, decode_with_atoms, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(term) = decode_with_atoms(bytes, &Limits::BODY, |_| true) else { return };
    let written = encode(&term);
    let again = decode_with_atoms(&written, &Limits::ANSWER, |_| true).expect("what is written is read");
    assert_eq!(encode(&again), written);
});
