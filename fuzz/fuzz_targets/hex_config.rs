//! Configuration files of Hex and rebar3: what is not touched stays as it is.
#![no_main]

use hex_format::hex_config::{HexConfig, RebarAuth, RebarConfig};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let (Ok(config), Ok(text)) = (HexConfig::parse(bytes), str::from_utf8(bytes)) {
        assert_eq!(config.to_text(), text);
    }
    let _ = RebarAuth::parse(bytes);
    let _ = RebarConfig::parse(bytes);
});
