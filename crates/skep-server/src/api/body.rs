//! Bodies that hold parameters: read whole, under a limit, and parsed by their content type.
//!
//! A content type that is not known is not an error: its body is ignored (the Hex HTTP contract has no 415).

use std::time::Duration;

use skep_core::Error;

use super::params::{self, Malformed};
use super::upload::RawBody;
use super::{Head, Params};

/// Bytes of a body that is parsed (the Hex HTTP contract).
pub const MAX_PARSED_BYTES: usize = 8_000_000;
/// Room that is set aside before the first byte arrives, whatever the client announces.
const INITIAL_ROOM: usize = 64 * 1024;

/// How a body is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-www-form-urlencoded`
    Form,
    /// `application/json` and `application/*+json`
    Json,
    /// `application/vnd.hex+erlang`
    Erlang,
    /// `application/vnd.hex+elixir`
    Elixir,
}

impl Encoding {
    /// The encoding of a `Content-Type`; `None` is a body that is ignored.
    pub fn from_content_type(content_type: &str) -> Option<Self> {
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media_type.strip_prefix("application/")? {
            "x-www-form-urlencoded" => Some(Self::Form),
            "json" => Some(Self::Json),
            "vnd.hex+erlang" => Some(Self::Erlang),
            "vnd.hex+elixir" => Some(Self::Elixir),
            subtype if subtype.ends_with("+json") => Some(Self::Json),
            _ => None,
        }
    }

    /// The parameters in a body; an empty one has none.
    ///
    /// # Errors
    /// [`Malformed`] when the body is not what its content type says, or exceeds the limits.
    pub fn parse(self, body: &[u8]) -> Result<Params, Malformed> {
        if body.is_empty() {
            return Ok(Params::new());
        }
        let value = match self {
            Self::Form => return params::parse_form(body),
            Self::Json => params::parse_json(body)?,
            Self::Erlang => params::parse_etf(body)?,
            Self::Elixir => params::parse_elixir(body)?,
        };
        Ok(Params::from_body(value))
    }
}

/// Reads and parses the body of a request.
pub(super) async fn read(head: &Head, mut body: RawBody, patience: Duration) -> Result<Params, Error> {
    let content_type = head.header(http::header::CONTENT_TYPE).unwrap_or_default();
    let Some(encoding) = Encoding::from_content_type(content_type) else { return Ok(Params::new()) };
    if head.content_length.is_some_and(|length| length > MAX_PARSED_BYTES as u64) {
        return Err(Error::payload_too_large());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = body.chunk(patience).await? {
        if bytes.len() + chunk.len() > MAX_PARSED_BYTES {
            return Err(Error::payload_too_large());
        }
        if bytes.capacity() == 0 {
            bytes.reserve(chunk.len().max(INITIAL_ROOM.min(head.content_length.unwrap_or(0) as usize)));
        }
        bytes.extend_from_slice(&chunk);
    }
    encoding.parse(&bytes).map_err(malformed)
}

/// The 400 that callers see.
pub(super) fn malformed(error: Malformed) -> Error {
    Error { internal: Some(Box::new(error)), ..Error::bad_request() }
}
