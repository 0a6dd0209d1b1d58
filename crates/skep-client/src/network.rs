//! The HTTP engine below both surfaces: proxies, certificates, time limits, retries, redirects.
//!
//! A credential goes to the server that was named and nowhere else: API calls follow no redirect at all, repository
//! fetches drop their credential when a redirect leaves the origin and never fall from `https` to `http`. Certificates are
//! always verified. Bodies are read up to a limit. Every failure here means that no answer was understood; what answers
//! mean is decided above.

mod clients;
mod error;
mod explain;
mod pace;
mod partial;
mod proxy;
mod retry;
mod tls;
mod transfer;
mod upload;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{CONTENT_LENGTH, HeaderValue};
use reqwest::{Method, Request, Response};
use tokio::sync::Semaphore;

use clients::Clients;
pub(crate) use error::shown;
pub use error::{CertificateProblem, TransportError};
use pace::Pace;
pub(crate) use partial::Partial;
pub use proxy::{Proxies, ProxyAddress};
pub use retry::Retry;
pub(crate) use retry::Tries;
pub use tls::CertificateFile;
pub(crate) use transfer::{Memory, Transferred};
use upload::Sent;

/// Until a connection stands, name and TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Until an answer begins, and between any two parts of it; as mix 2.5 waits. There is no limit on the whole of an upload
/// or download: a large package on a slow line is not an error.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// The same for uploads, which a server works on before it answers; as mix 2.5 waits for them.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest that is waited for a sign of life: what is set longer than this means "for ever", and a clock has an end.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
/// Fetches at the same time, as `mix` has it.
const CONCURRENCY: usize = 8;

/// How the network is to be used. See [`crate::config::settings::Settings::network`] for where it comes from.
#[derive(Clone)]
pub struct NetworkSettings {
    /// Which proxies.
    pub proxies: Proxies,
    /// Certificate authorities beside the system's.
    pub certificates: Vec<CertificateFile>,
    /// How long until a connection stands, name and TLS included; not longer than `idle`.
    pub connect: Duration,
    /// How long nothing may move: until an answer begins, and while it comes.
    pub idle: Duration,
    /// The same while something goes up, and until there is an answer to it.
    pub upload: Duration,
    /// Fetches at the same time; at least one.
    pub concurrency: usize,
    /// Whether the network may not be used at all.
    pub offline: bool,
    /// Whether to say that this is a continuous integration.
    pub ci: bool,
    /// When to try again.
    pub retry: Retry,
    /// Told what the user should know although the work goes on.
    pub warn: fn(&str),
    /// Told what is waited for when something is tried again.
    pub retrying: fn(&str),
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            proxies: Proxies::default(),
            certificates: Vec::new(),
            connect: CONNECT_TIMEOUT,
            idle: IDLE_TIMEOUT,
            upload: UPLOAD_TIMEOUT,
            concurrency: CONCURRENCY,
            offline: false,
            ci: false,
            retry: Retry::default(),
            warn: |_| {},
            retrying: |_| {},
        }
    }
}

/// Is told how many bytes have moved, and of how many if that is known.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<Tell>>);

/// Takes bytes that have moved, and how many there are.
type Tell = dyn Fn(u64, Option<u64>) + Send + Sync;

impl Progress {
    /// Calls `tell` with the bytes that have moved so far and the whole, if it is known.
    pub fn new(tell: impl Fn(u64, Option<u64>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    pub(crate) fn tell(&self, done: u64, total: Option<u64>) {
        if let Some(tell) = &self.0 {
            tell(done, total);
        }
    }
}

/// The network, as this machine is set up to use it. Cheap to clone; clones share connections and limits.
#[derive(Clone)]
pub struct Network {
    inner: Arc<Inner>,
}

struct Inner {
    clients: Clients,
    fetches: Semaphore,
    idle: Duration,
    upload: Duration,
    offline: bool,
    retry: Retry,
    warn: fn(&str),
    warned: AtomicBool,
    retrying: fn(&str),
    /// The last that was told of trying again: work that goes on at once fails at once.
    told: Mutex<String>,
}

impl Network {
    /// Takes the settings. Nothing is read or connected before the first request, which tells what is wrong with them.
    pub fn new(settings: &NetworkSettings) -> Self {
        let NetworkSettings { idle, upload, offline, retry, warn, retrying, .. } = *settings;
        Self {
            inner: Arc::new(Inner {
                clients: Clients::new(settings),
                fetches: Semaphore::new(settings.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
                idle: idle.min(LONGEST_WAIT),
                upload: upload.min(LONGEST_WAIT),
                offline,
                retry,
                warn,
                warned: AtomicBool::new(false),
                retrying,
                told: Mutex::default(),
            }),
        }
    }

    /// Whether the network may not be used.
    pub fn is_offline(&self) -> bool {
        self.inner.offline
    }

    /// Makes the engines now, for whoever wants to know whether the settings are of use.
    ///
    /// # Errors
    /// When a proxy or a file of certificates is not usable, or the system has no TLS.
    pub fn check(&self) -> Result<(), TransportError> {
        self.inner.clients.api()?;
        self.inner.clients.repository().map(drop)
    }

    /// Tells the user once what may happen with every file.
    pub(crate) fn warn_once(&self, text: &str) {
        if !self.inner.warned.swap(true, Ordering::Relaxed) {
            (self.inner.warn)(text);
        }
    }

    /// Tells the user why something is tried again, once if it is the same for all that is under way.
    fn tell_retry(&self, text: String) {
        let mut told = self.inner.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != text {
            (self.inner.retrying)(&text);
            *told = text;
        }
    }

    /// A request to the API, to be sent with [`Network::call`].
    pub(crate) fn api_request(
        &self,
        method: Method,
        url: url::Url,
    ) -> Result<reqwest::RequestBuilder, TransportError> {
        Ok(self.inner.clients.api()?.request(method, url))
    }

    /// Calls the API.
    pub(crate) async fn call(&self, request: Request) -> Result<Response, TransportError> {
        self.send(request, None, &Progress::default()).await
    }

    /// Calls the API with a large body.
    pub(crate) async fn upload(
        &self,
        request: Request,
        body: Bytes,
        progress: &Progress,
    ) -> Result<Response, TransportError> {
        self.send(request, Some(body), progress).await
    }

    /// Sends a request until there is an answer that counts.
    async fn send(
        &self,
        request: Request,
        upload: Option<Bytes>,
        progress: &Progress,
    ) -> Result<Response, TransportError> {
        self.allow(&request)?;
        let method = request.method().clone();
        let idle = if upload.is_some() { self.inner.upload } else { self.inner.idle };
        let mut tries = self.tries();
        loop {
            let mut next = repeat(&request)?;
            let sent = Sent::default();
            if let Some(bytes) = &upload {
                next.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
                *next.body_mut() = Some(upload::body(bytes.clone(), &sent, progress));
            }
            let client = self.inner.clients.api()?;
            let answer = upload::send(client, &self.inner.clients, next, idle, &sent).await;
            let (again, asked) = match &answer {
                Ok(response) => {
                    let asked = retry::asked(response.headers(), Timestamp::now());
                    (retry::is_transient(&method, response.status(), asked), asked)
                }
                Err(failure) => (failure.may_repeat(&method), None),
            };
            let why = || match &answer {
                Ok(response) => retry::busy(response),
                Err(failure) => failure.error.reason(),
            };
            if !again || !tries.wait(asked, why).await {
                let mut response = answer.map_err(|failure| failure.error)?;
                response.extensions_mut().insert(Pace::new(self.inner.idle));
                return Ok(response);
            }
        }
    }

    /// The attempts that one piece of work has.
    pub(crate) fn tries(&self) -> Tries<'_> {
        Tries::new(self.inner.retry, |text| self.tell_retry(text))
    }

    fn allow(&self, request: &Request) -> Result<(), TransportError> {
        match self.inner.offline {
            true => Err(TransportError::Offline { url: shown(request.url()) }),
            false => Ok(()),
        }
    }
}

/// The same request once more. Bodies that can't be repeated are set anew each time, see [`Network::upload`].
fn repeat(request: &Request) -> Result<Request, TransportError> {
    request.try_clone().ok_or_else(|| TransportError::Setup("a request that can't be repeated".to_owned()))
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, TransportError> {
    let too_large = |response: &Response| TransportError::TooLarge { url: shown(response.url()), limit };
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_large(&response));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = chunk(&mut response).await? {
        if bytes.len() + chunk.len() > limit {
            return Err(too_large(&response));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The next piece of a body, if it comes fast enough.
async fn chunk(response: &mut Response) -> Result<Option<Bytes>, TransportError> {
    let mut pace = response.extensions().get().copied().unwrap_or(Pace::new(IDLE_TIMEOUT));
    let seconds = pace.idle().as_secs();
    let next = match tokio::time::timeout(pace.idle(), response.chunk()).await {
        Ok(chunk) => chunk.map_err(|error| TransportError::broken(response.url(), &error))?,
        Err(_) => return Err(TransportError::Idle { url: shown(response.url()), seconds, changes: false }),
    };
    if let Some(bytes) = next.as_ref().and_then(|bytes| pace.is_too_slow(bytes.len())) {
        return Err(TransportError::Slow { url: shown(response.url()), bytes, seconds });
    }
    response.extensions_mut().insert(pace);
    Ok(next)
}
