//! PEM, strictly: exactly one block, nothing around it, canonical base64.
//!
//! A key file that holds more than one thing is a mistake worth stopping at, not a list to pick from.

use data_encoding::BASE64;

/// Longest PEM text, in bytes. The longest key allowed (8192 bits, private) has about 6400.
const MAX_BYTES: usize = 32 << 10;
const LINE: usize = 64;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Why a text is not a PEM block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// The text is longer than any key.
    #[error("the text has {found} bytes, more than the limit of {MAX_BYTES} for a PEM key")]
    TooLarge {
        /// Bytes found.
        found: usize,
    },
    /// It does not begin with a `-----BEGIN …-----` line.
    #[error("the text does not begin with a -----BEGIN …----- line")]
    NoBegin,
    /// The matching `-----END …-----` line is missing.
    #[error("the -----END {0}----- line is missing")]
    NoEnd(String),
    /// Something follows the block.
    #[error("the text goes on after its first PEM block; give one key alone")]
    Trailing,
    /// The lines between are not base64.
    #[error("the PEM block is not valid base64")]
    Base64,
}

/// One PEM block.
pub(super) struct Pem {
    pub(super) label: String,
    /// Whether a header says that the contents are encrypted; then `der` is empty.
    pub(super) encrypted: bool,
    pub(super) der: Vec<u8>,
}

impl Pem {
    pub(super) fn parse(text: &str) -> Result<Self, PemError> {
        if text.len() > MAX_BYTES {
            return Err(PemError::TooLarge { found: text.len() });
        }
        let mut lines = text.trim().lines().map(str::trim_end);
        let begin = lines.next().and_then(|line| line.strip_prefix(BEGIN)?.strip_suffix(DASHES));
        let label = begin.ok_or(PemError::NoBegin)?.to_owned();
        let mut encrypted = false;
        let mut base64 = String::with_capacity(text.len());
        loop {
            let line = lines.next().ok_or_else(|| PemError::NoEnd(label.clone()))?;
            if let Some(end) = line.strip_prefix(END) {
                if end.strip_suffix(DASHES) != Some(&label) {
                    return Err(PemError::NoEnd(label));
                }
                break;
            }
            encrypted |= line.starts_with("Proc-Type:") && line.ends_with("ENCRYPTED");
            base64.push_str(line);
        }
        if lines.next().is_some() {
            return Err(PemError::Trailing);
        }
        // Headers have no place in the base64 of a plain key, so they fail there unless they mean this.
        let der = match encrypted {
            true => Vec::new(),
            false => BASE64.decode(base64.as_bytes()).map_err(|_| PemError::Base64)?,
        };
        Ok(Self { label, encrypted, der })
    }
}

/// Writes a block with lines of 64 characters.
pub(super) fn encode(label: &str, der: &[u8]) -> String {
    let base64 = BASE64.encode(der);
    let mut text = format!("{BEGIN}{label}{DASHES}\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, left) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = left;
    }
    text.push_str(&format!("{END}{label}{DASHES}\n"));
    text
}
