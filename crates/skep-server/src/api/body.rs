//! Bodies that hold parameters: read whole, under a limit, and parsed by their content type.
//!
//! A content type that is not known is not an error: its body is ignored (the Hex HTTP contract has no 415).
//! Bodies are read before anyone asks who sent them, so it must never let strangers take much memory, or any for long.

use std::time::Duration;

use skep_core::Error;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::params::{self, Malformed};
use super::upload::{self, RawBody};
use super::{Head, Params};

/// Bytes of a body that is parsed (the Hex HTTP contract).
pub const MAX_PARSED_BYTES: usize = 8_000_000;
/// Bytes of a body that anybody may send at any time. Together they are bounded by the number of open connections.
pub const MAX_FREE_BYTES: usize = 64 * 1024;
/// Larger bodies that are in memory at once, each of up to [`MAX_PARSED_BYTES`].
const LARGE_BODIES: usize = 4;
/// How long a large body waits for a place.
const WAIT: Duration = Duration::from_secs(10);
/// How long a body may take as a whole, however steadily it trickles.
const DEADLINE: Duration = Duration::from_secs(60);

/// The places for bodies of more than [`MAX_FREE_BYTES`].
pub struct LargeBodies {
    places: Semaphore,
    wait: Duration,
    deadline: Duration,
}

impl Default for LargeBodies {
    fn default() -> Self {
        Self { places: Semaphore::new(LARGE_BODIES), wait: WAIT, deadline: DEADLINE }
    }
}

/// The parameters of a body, and the place that they occupy until the request is answered.
#[derive(Default)]
pub(super) struct FromBody<'a> {
    pub(super) params: Params,
    pub(super) place: Option<SemaphorePermit<'a>>,
}

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

/// Reads and parses the body of a request; `patience` is for each part of it.
pub(super) async fn read<'a>(
    head: &Head,
    body: RawBody,
    patience: Duration,
    large: &'a LargeBodies,
) -> Result<FromBody<'a>, Error> {
    let content_type = head.header(http::header::CONTENT_TYPE).unwrap_or_default();
    let Some(encoding) = Encoding::from_content_type(content_type) else { return Ok(FromBody::default()) };
    if head.content_length.is_some_and(|length| length > MAX_PARSED_BYTES as u64) {
        return Err(Error::payload_too_large());
    }
    let collected = timeout(large.deadline, collect(body, patience, large)).await;
    let (bytes, place) = collected.unwrap_or_else(|_| Err(upload::too_slow()))?;
    Ok(FromBody { params: encoding.parse(&bytes).map_err(malformed)?, place })
}

/// The bytes of a body. Room is made as they arrive, whatever the client announces.
async fn collect(
    mut body: RawBody,
    patience: Duration,
    large: &LargeBodies,
) -> Result<(Vec<u8>, Option<SemaphorePermit<'_>>), Error> {
    let (mut bytes, mut place) = (Vec::new(), None);
    while let Some(chunk) = body.chunk(patience).await? {
        if bytes.len() + chunk.len() > MAX_PARSED_BYTES {
            return Err(Error::payload_too_large());
        }
        if place.is_none() && bytes.len() + chunk.len() > MAX_FREE_BYTES {
            place = Some(large.place().await?);
        }
        if place.is_none() && bytes.capacity() < bytes.len() + chunk.len() {
            // Not doubled beyond what is free.
            let room = (2 * (bytes.len() + chunk.len())).min(MAX_FREE_BYTES);
            bytes.reserve_exact(room - bytes.len());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes, place))
}

impl LargeBodies {
    async fn place(&self) -> Result<SemaphorePermit<'_>, Error> {
        match timeout(self.wait, self.places.acquire()).await {
            Ok(place) => place.map_err(Error::internal),
            Err(_) => Err(Error::new(503, "busy", "too many large requests are under way, try again later")),
        }
    }
}

/// The 400 that callers see.
pub(super) fn malformed(error: Malformed) -> Error {
    Error { internal: Some(Box::new(error)), ..Error::bad_request() }
}

#[cfg(test)]
mod tests;
