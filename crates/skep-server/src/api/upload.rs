//! Bodies as streams: read in parts, under limits of size and time, or not at all.
//!
//! Nothing is read before somebody asks, because the first read is what sends `100 Continue`. What a refused client is still
//! sending is thrown away before the answer (see `Leftover`), because closing a connection with unread bytes can
//! destroy the answer on its way.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use skep_core::Error;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};

use super::Head;

/// An announced length above which even the name of a limit is too much to say: 413 (the Hex HTTP contract).
pub const ABSURD_BYTES: u64 = 40 * 1024 * 1024;
/// What an upload has to keep up with, on the average, so that its place can not be held by next to nothing.
const PACE: Pace = Pace { grace: Duration::from_secs(30), bytes_per_second: 2 * 1024 };
/// Bytes that are thrown away so that a refused client sees the answer.
const MAX_DRAINED_BYTES: u64 = 64 * 1024 * 1024;
/// Time for throwing away, as a whole and for each part.
const MAX_DRAIN_TIME: Duration = Duration::from_secs(10);
const MAX_DRAIN_PAUSE: Duration = Duration::from_secs(2);

/// A request body that nobody may have begun to read.
pub(super) struct RawBody {
    body: Option<Body>,
    started: bool,
    leftover: Option<oneshot::Sender<(Body, bool)>>,
}

impl RawBody {
    /// A body, and where it goes when it is dropped before its end.
    pub(super) fn new(body: Body) -> (Self, Leftover) {
        let (sender, receiver) = oneshot::channel();
        (Self { body: Some(body), started: false, leftover: Some(sender) }, Leftover(receiver))
    }

    /// The next part, `None` at the end.
    pub(super) async fn chunk(&mut self, patience: Duration) -> Result<Option<Bytes>, Error> {
        self.started = true;
        while let Some(body) = &mut self.body {
            match timeout(patience, body.frame()).await {
                Err(_) => {
                    // Whoever sends nothing now need not be listened to any longer.
                    self.body = None;
                    return Err(too_slow());
                }
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if data.is_empty() => {}
                    Ok(data) => return Ok(Some(data)),
                    Err(_trailers) => {}
                },
                Ok(Some(Err(error))) => {
                    self.body = None;
                    return Err(Error { internal: Some(error.into()), ..Error::bad_request() });
                }
                Ok(None) => self.body = None,
            }
        }
        Ok(None)
    }
}

impl Drop for RawBody {
    fn drop(&mut self) {
        if let Some((body, leftover)) = self.body.take().zip(self.leftover.take()) {
            // Nobody waits any more when the connection is gone.
            let _ = leftover.send((body, self.started));
        }
    }
}

/// The rest of a body that nobody wanted.
pub(super) struct Leftover(oneshot::Receiver<(Body, bool)>);

impl Leftover {
    /// Throws the rest away, within limits, unless the client still waits for a word before sending it.
    pub(super) async fn discard(mut self, expects_continue: bool) {
        let Ok((mut body, started)) = self.0.try_recv() else { return };
        if expects_continue && !started {
            return;
        }
        let deadline = Instant::now() + MAX_DRAIN_TIME;
        let mut discarded = 0;
        while discarded < MAX_DRAINED_BYTES {
            let next = timeout_at(deadline.min(Instant::now() + MAX_DRAIN_PAUSE), body.frame());
            let Ok(Some(Ok(frame))) = next.await else { return };
            discarded += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
    }
}

/// The least speed of an upload.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// How long any speed will do.
    grace: Duration,
    /// Afterwards, since the beginning.
    bytes_per_second: u64,
}

impl Pace {
    fn is_kept(self, received: u64, elapsed: Duration) -> bool {
        elapsed <= self.grace || received >= elapsed.as_secs().saturating_mul(self.bytes_per_second)
    }
}

/// An upload that is being received.
pub struct Upload {
    body: RawBody,
    left: u64,
    patience: Duration,
    pace: Pace,
    received: u64,
    /// When the first part was asked for.
    begun: Option<Instant>,
    /// The announced length.
    pub content_length: Option<u64>,
}

impl Upload {
    pub(super) fn begin(body: RawBody, head: &Head, limit: u64, patience: Duration) -> Result<Self, Error> {
        match head.content_length {
            None if head.expects_continue => {
                return Err(Error { message: None, ..Error::new(411, "length_required", "") });
            }
            Some(length) if length > ABSURD_BYTES && !head.expects_continue => {
                return Err(Error::payload_too_large());
            }
            Some(length) if length > limit => return Err(too_big()),
            _ => {}
        }
        let content_length = head.content_length;
        Ok(Self { body, left: limit, patience, pace: PACE, received: 0, begun: None, content_length })
    }

    /// The next part of the body, `None` at its end.
    ///
    /// # Errors
    /// 422 `tar: too big` beyond the limit, 408 when nothing comes for too long or too little, 400 when the client goes away.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let begun = *self.begun.get_or_insert_with(Instant::now);
        let Some(chunk) = self.body.chunk(self.patience).await? else { return Ok(None) };
        self.left = self.left.checked_sub(chunk.len() as u64).ok_or_else(too_big)?;
        self.received += chunk.len() as u64;
        if self.pace.is_kept(self.received, begun.elapsed()) { Ok(Some(chunk)) } else { Err(too_slow()) }
    }

    /// The whole body in memory, for small limits and tests.
    ///
    /// # Errors
    /// As [`Upload::chunk`].
    pub async fn bytes(mut self) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }
}

/// 408
pub(super) fn too_slow() -> Error {
    Error::new(408, "request_timeout", "Request timeout")
}

fn too_big() -> Error {
    Error::field("tar", "too big")
}

#[cfg(test)]
mod tests;
