//! Receiving uploads: whole, in memory, up to 16 MiB each and so many at once.
//!
//! A tarball has to be read from both ends before anything of it can be kept, so it waits in memory. What
//! bounds that memory is how many uploads are taken at once; those of strangers, which `POST /publish`
//! has to read before it knows whom to ask, have few places of their own, so that they can not keep
//! members from publishing.

use std::time::Duration;

use bytes::Bytes;
use skep_core::Error;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::api::Call;

/// Uploads of authenticated callers in memory at once.
const MEMBERS: usize = 12;

/// Uploads of anonymous callers in memory at once.
const STRANGERS: usize = 2;

/// How long an upload waits for a place.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long an upload may take as a whole, however steadily it trickles.
const DEADLINE: Duration = Duration::from_secs(600);

/// Places for uploads.
pub(crate) struct Places {
    members: Semaphore,
    strangers: Semaphore,
}

impl Default for Places {
    fn default() -> Self {
        Self { members: Semaphore::new(MEMBERS), strangers: Semaphore::new(STRANGERS) }
    }
}

/// The body of an upload.
///
/// # Errors
/// As [`Call::upload`] and its chunks; 503 when too many uploads are under way, 408 when it takes too long.
pub(super) async fn receive(call: &mut Call, limit: u64) -> Result<Bytes, Error> {
    let upload = call.upload(limit)?;
    let app = call.app.clone();
    let places = if call.principal.is_some() { &app.uploads.members } else { &app.uploads.strangers };
    let place = timeout(PATIENCE, places.acquire()).await;
    let Ok(Ok(_place)) = place else {
        return Err(Error::new(503, "busy", "too many uploads are under way, try again later"));
    };
    match timeout(DEADLINE, upload.bytes()).await {
        Ok(received) => received.map(Bytes::from),
        Err(_) => Err(Error::new(408, "request_timeout", "Request timeout")),
    }
}
