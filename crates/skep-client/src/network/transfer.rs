//! Fetches of files: a number of them at a time, and each goes on where it broke off.
//!
//! What is taken up again is asked for on the condition that the file is still the same; if it is not, the server sends it
//! whole and nothing of the old remains. Whether the bytes are right is for the caller to check, by their checksum or
//! signature.

use jiff::Timestamp;
use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap, HeaderValue, IF_RANGE, RANGE};
use reqwest::{Request, Response};

use super::upload::{self, Sent};
use super::{Network, Pace, Progress, TransportError, chunk, explain, repeat, retry, shown};

/// Most times that one file is taken up again after some of it came.
const MAX_RESUMPTIONS: u32 = 32;

/// Fewest bytes that count as a step forward.
const MIN_STEP: u64 = 256;

/// Where the bytes of a file go.
pub(crate) trait Sink {
    /// How many bytes are there already.
    fn length(&self) -> u64;
    /// The entity tag of the file that they are of.
    fn etag(&self) -> Option<&str>;
    /// Forgets them, to begin with a file of this entity tag.
    fn restart(&mut self, etag: Option<&str>) -> Result<(), TransportError>;
    /// Takes the next bytes.
    fn append(&mut self, bytes: &[u8]) -> Result<(), TransportError>;
}

/// A file in memory.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) bytes: Vec<u8>,
    etag: Option<String>,
}

impl Sink for Memory {
    fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    fn restart(&mut self, etag: Option<&str>) -> Result<(), TransportError> {
        self.bytes.clear();
        self.etag = etag.map(str::to_owned);
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

/// The answer to a fetch.
pub(crate) struct Transferred {
    /// HTTP status; with 200 the sink holds the whole file.
    pub(crate) status: u16,
    /// The file's entity tag.
    pub(crate) etag: Option<String>,
}

/// What one attempt came to.
enum Attempt {
    /// An answer that counts.
    Done(Transferred),
    /// None, but another attempt may help. With `moved` some of the file came that need not come again.
    Again { asked: Option<std::time::Duration>, moved: bool, otherwise: Result<Transferred, TransportError> },
}

impl Network {
    /// Fetches a file of at most `limit` bytes into `sink`, with what is there already, when fewer fetches than allowed are
    /// under way.
    pub(crate) async fn fetch(
        &self,
        request: Request,
        sink: &mut impl Sink,
        limit: usize,
        progress: &Progress,
    ) -> Result<Transferred, TransportError> {
        self.allow(&request)?;
        let _place = self.inner.fetches.acquire().await.expect("invariant: nobody closes it");
        let mut tries = self.tries();
        let mut resumptions = 0;
        loop {
            match self.attempt(&request, sink, limit, progress).await? {
                Attempt::Done(transferred) => return Ok(transferred),
                Attempt::Again { asked, moved, otherwise } => {
                    if moved && resumptions < MAX_RESUMPTIONS {
                        // It goes forward: the failures before it do not count.
                        resumptions += 1;
                        tries.begin_anew();
                    }
                    let why = || match &otherwise {
                        Ok(answer) => {
                            format!("{} answers {}", explain::address(request.url()), answer.status)
                        }
                        Err(error) => error.reason(),
                    };
                    if !tries.wait(asked, why).await {
                        return otherwise;
                    }
                }
            }
        }
    }

    /// One attempt. Failures that no other attempt can mend are errors.
    async fn attempt(
        &self,
        request: &Request,
        sink: &mut impl Sink,
        limit: usize,
        progress: &Progress,
    ) -> Result<Attempt, TransportError> {
        let mut next = repeat(request)?;
        let held = sink.length();
        let condition = sink.etag().filter(|_| held > 0).and_then(|etag| HeaderValue::from_str(etag).ok());
        let resumes = condition.is_some();
        if let Some(condition) = condition {
            let range = HeaderValue::from_str(&format!("bytes={held}-")).expect("invariant: plain ASCII");
            next.headers_mut().insert(RANGE, range);
            next.headers_mut().insert(IF_RANGE, condition);
        }
        let again = |error| Attempt::Again { asked: None, moved: false, otherwise: Err(error) };
        let (clients, idle) = (&self.inner.clients, self.inner.idle);
        let mut response =
            match upload::send(clients.repository()?, clients, next, idle, &Sent::default()).await {
                Ok(response) => response,
                Err(failure) if failure.may_repeat(request.method()) => return Ok(again(failure.error)),
                Err(failure) => return Err(failure.error),
            };
        response.extensions_mut().insert(Pace::new(idle));
        let answer = |status| Transferred { status, etag: text(response.headers(), ETAG) };
        match response.status().as_u16() {
            200 => {
                // A weak tag says that two files are as good, not that their bytes are the same.
                let tag = text(response.headers(), ETAG).filter(|etag| etag.starts_with('"'));
                sink.restart(tag.as_deref())?;
            }
            206 if resumes && range_start(response.headers()) == Some(held) => {}
            206 | 416 => {
                sink.restart(None)?;
                let reason = "it answers with another part of the file than was asked for".to_owned();
                return Ok(again(TransportError::Connection { url: shown(response.url()), reason }));
            }
            status => {
                let asked = retry::asked(response.headers(), Timestamp::now());
                let transient = retry::is_transient(request.method(), response.status(), asked);
                let answer = answer(status);
                return Ok(match transient {
                    true => Attempt::Again { asked, moved: false, otherwise: Ok(answer) },
                    false => Attempt::Done(answer),
                });
            }
        }
        let answer = answer(200);
        let before = sink.length();
        match receive(response, sink, limit, progress).await {
            Ok(()) => Ok(Attempt::Done(answer)),
            Err(error) if error.is_of_connection() => {
                // What can't be taken up again is no step forward, and neither are a few drops.
                let moved = sink.etag().is_some() && sink.length() >= before + MIN_STEP;
                Ok(Attempt::Again { asked: None, moved, otherwise: Err(error) })
            }
            Err(error) => Err(error),
        }
    }
}

async fn receive(
    mut response: Response,
    sink: &mut impl Sink,
    limit: usize,
    progress: &Progress,
) -> Result<(), TransportError> {
    let total = response.content_length().map(|rest| sink.length().saturating_add(rest));
    let too_large = |response: &Response| TransportError::TooLarge { url: shown(response.url()), limit };
    if total.is_some_and(|total| total > limit as u64) {
        return Err(too_large(&response));
    }
    progress.tell(sink.length(), total);
    while let Some(bytes) = chunk(&mut response).await? {
        if sink.length() + bytes.len() as u64 > limit as u64 {
            return Err(too_large(&response));
        }
        sink.append(&bytes)?;
        progress.tell(sink.length(), total);
    }
    Ok(())
}

fn text(headers: &HeaderMap, name: reqwest::header::HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Where the part in `Content-Range: bytes 100-199/200` begins.
fn range_start(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse().ok()
}
