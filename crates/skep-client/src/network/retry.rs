//! When a request is sent again, and how long to wait before.
//!
//! What fails for a moment should not fail a command: a connection that breaks, a server that starts, a limit of rate.
//! But what may have been done must not be done twice, so only reading is repeated freely; anything else only when it
//! never reached the server or when the server says that it was not taken.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};

use super::explain;

/// How often and how long to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Attempts after the first.
    pub times: u32,
    /// The first wait; it doubles each time.
    pub base: Duration,
    /// The longest wait, also if a server asks for more: then its answer is given at once.
    pub longest: Duration,
    /// After this time since the start nothing is tried again.
    pub total: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            times: 2,
            base: Duration::from_millis(250),
            longest: Duration::from_secs(30),
            total: Duration::from_secs(60),
        }
    }
}

impl Retry {
    /// How long to wait before the attempt after `failed` ones, of which the first began `elapsed` ago; `None` if it is
    /// enough. `asked` is what the server wants.
    pub(super) fn delay(&self, failed: u32, elapsed: Duration, asked: Option<Duration>) -> Option<Duration> {
        if failed > self.times {
            return None;
        }
        let doubled = self.base.saturating_mul(1 << (failed - 1).min(16)).min(self.longest);
        let delay = match asked {
            Some(asked) if asked > self.longest => return None,
            Some(asked) => asked,
            None => jitter(doubled),
        };
        (elapsed.saturating_add(delay) <= self.total).then_some(delay)
    }
}

/// The attempts of one piece of work.
pub(crate) struct Tries<'a> {
    retry: Retry,
    failed: u32,
    start: Instant,
    tell: Box<dyn Fn(String) + Send + Sync + 'a>,
}

impl<'a> Tries<'a> {
    /// `tell` is given what goes on when there is another attempt.
    pub(super) fn new(retry: Retry, tell: impl Fn(String) + Send + Sync + 'a) -> Self {
        Self { retry, failed: 0, start: Instant::now(), tell: Box::new(tell) }
    }

    /// Notes that an attempt failed, and waits for the next, if there is to be one. `why` is the failure, for who waits.
    pub(crate) async fn wait(&mut self, asked: Option<Duration>, why: impl FnOnce() -> String) -> bool {
        self.failed += 1;
        let Some(delay) = self.retry.delay(self.failed, self.start.elapsed(), asked) else { return false };
        let soon = match delay.as_secs() {
            0 => String::new(),
            seconds => format!(" in {seconds} s"),
        };
        let (attempt, all) = (self.failed + 1, self.retry.times + 1);
        (self.tell)(format!("{}, trying again{soon} ({attempt}/{all})", why()));
        tokio::time::sleep(delay).await;
        true
    }

    /// Forgets the failures, because the work goes forward.
    pub(super) fn begin_anew(&mut self) {
        (self.failed, self.start) = (0, Instant::now());
    }
}

/// That a server asks for a later attempt, for who waits.
pub(super) fn busy(response: &Response) -> String {
    format!("{} answers {}", explain::address(response.url()), response.status().as_u16())
}

/// Between half and the whole of it, so that those who failed together do not come back together.
fn jitter(whole: Duration) -> Duration {
    // The standard library has no other randomness, and this needs no good one.
    let random = RandomState::new().build_hasher().finish() % 1024;
    let half = whole / 2;
    half + half.mul_f64(random as f64 / 1024.0)
}

/// Whether a request may be sent again without harm, whatever became of it.
pub(super) fn is_harmless(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether an answer means "not now": for reading by its status, for anything else only if the server proves by asking
/// for a later attempt that it did not take this one.
pub(super) fn is_transient(method: &Method, status: StatusCode, asked: Option<Duration>) -> bool {
    match status.as_u16() {
        429 | 503 => is_harmless(method) || asked.is_some(),
        500 | 502 | 504 => is_harmless(method),
        _ => false,
    }
}

/// What `Retry-After` asks for: seconds, or a date.
pub(super) fn asked(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    // A date in the past means now.
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let retry = Retry::default();
        for (failed, whole) in [(1, 250), (2, 500)] {
            let delay = retry.delay(failed, Duration::ZERO, None).unwrap();
            let whole = Duration::from_millis(whole);
            assert!(delay >= whole / 2 && delay <= whole, "{delay:?}");
        }
        assert_eq!(retry.delay(3, Duration::ZERO, None), None);
        assert_eq!(retry.delay(1, retry.total, None), None);
    }

    #[test]
    fn the_server_is_heard_up_to_a_limit() {
        let retry = Retry::default();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(retry.delay(1, Duration::ZERO, seconds(7)), seconds(7));
        assert_eq!(retry.delay(1, Duration::ZERO, seconds(0)), seconds(0));
        assert_eq!(retry.delay(1, Duration::ZERO, seconds(31)), None);
    }

    #[test]
    fn seconds_and_dates() {
        let now: Timestamp = "1994-11-06T08:49:30Z".parse().unwrap();
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            asked(&headers, now)
        };
        assert_eq!(asked("5"), Some(Duration::from_secs(5)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("-1"), None);
    }

    #[test]
    fn what_may_have_been_done_is_not_done_twice() {
        let later = Some(Duration::ZERO);
        let status = |code| StatusCode::from_u16(code).unwrap();
        for code in [429, 500, 502, 503, 504] {
            assert!(is_transient(&Method::GET, status(code), None));
            assert!(!is_transient(&Method::POST, status(code), None));
            assert_eq!(is_transient(&Method::POST, status(code), later), matches!(code, 429 | 503));
        }
        for code in [200, 304, 401, 403, 404, 422, 501] {
            assert!(!is_transient(&Method::GET, status(code), later));
        }
    }
}
