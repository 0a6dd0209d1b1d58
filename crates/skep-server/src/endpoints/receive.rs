//! Receiving uploads: whole, in memory, up to 16 MiB each and so many at once.
//!
//! A tarball has to be read from both ends before anything of it can be kept, so it waits in memory. What
//! bounds that memory is how many uploads are taken at once; those of strangers, which `POST /publish`
//! has to read before it knows whom to ask, have few places of their own, so that they can not keep
//! members from publishing. A stranger is everyone whose credential can write nothing. Nor may one member
//! take the places of all others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use skep_core::permission::{Domain, Need, Permission};
use skep_core::principal::Subject;
use skep_core::{Error, Principal};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::api::{Call, Host, RateSubject};

/// Uploads of callers who can write in memory at once.
const MEMBERS: usize = 12;

/// Those of each account and each organization.
const OF_ONE_MEMBER: usize = 3;

/// Uploads of all others in memory at once.
const STRANGERS: usize = 2;

/// How long an upload waits for a place.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long an upload may take as a whole, however steadily it trickles.
const DEADLINE: Duration = Duration::from_secs(600);

/// Places for uploads.
pub(crate) struct Places {
    members: Semaphore,
    strangers: Semaphore,
    /// Of members who upload or wait for it; as many as there are such requests.
    of_each: Mutex<HashMap<RateSubject, Weak<Semaphore>>>,
    patience: Duration,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            members: Semaphore::new(MEMBERS),
            strangers: Semaphore::new(STRANGERS),
            of_each: Mutex::default(),
            patience: PATIENCE,
        }
    }
}

/// A place that is taken until this is dropped.
struct Place<'a> {
    _shared: SemaphorePermit<'a>,
    _own: Option<OwnedSemaphorePermit>,
}

impl Places {
    /// Waits for a place of a member, or of a stranger.
    ///
    /// Errors: 503 when it takes too long.
    async fn take(&self, member: Option<RateSubject>) -> Result<Place<'_>, Error> {
        let take = async {
            let Some(member) = member else {
                return Ok(Place { _shared: self.strangers.acquire().await?, _own: None });
            };
            // First the own ones: who waits for them must not hold one that others wait for.
            let own = self.of(member).acquire_owned().await?;
            Ok(Place { _shared: self.members.acquire().await?, _own: Some(own) })
        };
        match timeout(self.patience, take).await {
            Ok(place) => place.map_err(|closed: AcquireError| Error::internal(closed)),
            Err(_) => Err(Error::new(503, "busy", "too many uploads are under way, try again later")),
        }
    }

    fn of(&self, member: RateSubject) -> Arc<Semaphore> {
        // Whatever a panicking holder did, what is there can be used.
        let mut of_each = self.of_each.lock().unwrap_or_else(PoisonError::into_inner);
        of_each.retain(|_, places| places.strong_count() > 0);
        if let Some(places) = of_each.get(&member).and_then(Weak::upgrade) {
            return places;
        }
        let places = Arc::new(Semaphore::new(OF_ONE_MEMBER));
        of_each.insert(member, Arc::downgrade(&places));
        places
    }
}

/// Whether there is anything that the caller might upload to.
fn can_write(principal: &Principal) -> bool {
    let for_package = |permissions: &[Permission]| {
        permissions.iter().any(|permission| permission.domain == Domain::Package)
    };
    let verified = match &principal.subject {
        Subject::User(user) => user.email_verified,
        Subject::Organization(_) => true,
    };
    verified
        && (principal.opens(Need::ApiWrite) || principal.credential.permissions().is_some_and(for_package))
}

/// The body of an upload.
///
/// # Errors
/// As [`Call::upload`] and its chunks; 503 when too many uploads are under way, 408 when it takes too long.
pub(super) async fn receive(call: &mut Call, limit: u64) -> Result<Bytes, Error> {
    let upload = call.upload(limit)?;
    let app = call.app.clone();
    let member = call.principal.as_deref().filter(|principal| can_write(principal));
    let _place = app.uploads.take(member.map(|member| app.rate_subject(member))).await?;
    match timeout(DEADLINE, upload.bytes()).await {
        Ok(received) => received.map(Bytes::from),
        Err(_) => Err(Error::new(408, "request_timeout", "Request timeout")),
    }
}

#[cfg(test)]
mod tests;
