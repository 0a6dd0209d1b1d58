//! The name of a registry, which stands in everything that is signed.

use std::fmt;
use std::str::FromStr;

/// Most bytes: what readers of the registry accept.
const MAX_BYTES: usize = 255;

/// What clients are told to call a registry by: any word without the signs that mean something in their settings.
/// `mix hex.registry build` checks nothing, so that this accepts more than names of organizations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryName(String);

/// Why a text is no name of a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a registry is a word of at most {MAX_BYTES} letters, digits, `_`, `-` and `.`")]
pub struct RegistryNameError;

impl RegistryName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RegistryName {
    type Err = RegistryNameError;

    fn from_str(text: &str) -> Result<Self, RegistryNameError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        match !text.is_empty() && text.len() <= MAX_BYTES && text.bytes().all(fits) {
            true => Ok(Self(text.to_owned())),
            false => Err(RegistryNameError),
        }
    }
}

impl fmt::Display for RegistryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
