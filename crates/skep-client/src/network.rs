//! The HTTP engine below both surfaces: proxies, certificates, time limits, retries, redirects.
//!
//! A credential goes to the server that was named and nowhere else: API calls follow no redirect at all, repository
//! fetches drop their credential when a redirect leaves the origin and never fall from `https` to `http`. Certificates are
//! always verified. Bodies are read up to a limit. Every failure here means that no answer was understood; what answers
//! mean is decided above.

mod error;
mod partial;
mod proxy;
mod retry;
mod tls;
mod transfer;
mod upload;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{CONTENT_LENGTH, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, ClientBuilder, Method, Request, Response};
use tokio::sync::Semaphore;

pub use error::TransportError;
pub(crate) use error::shown;
pub(crate) use partial::Partial;
pub use proxy::{Proxies, ProxyAddress};
pub use retry::Retry;
pub use tls::CertificateFile;
pub(crate) use transfer::{Memory, Transferred};
use upload::Sent;

/// Until the connection stands, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Without a byte moving. There is no limit on the whole of an upload or download: a large package on a slow line
/// is not an error.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// Redirects of one repository fetch.
const MAX_REDIRECTS: usize = 3;
/// Fetches at the same time, as `mix` has it.
const CONCURRENCY: usize = 8;

/// How this program names itself.
const USER_AGENT: &str = concat!("skep/", env!("CARGO_PKG_VERSION"));

/// How the network is to be used. See [`crate::config::settings::Settings::network`] for where it comes from.
#[derive(Clone)]
pub struct NetworkSettings {
    /// Which proxies.
    pub proxies: Proxies,
    /// Certificate authorities beside the system's.
    pub certificates: Vec<CertificateFile>,
    /// How long nothing may move.
    pub idle: Duration,
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
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            proxies: Proxies::default(),
            certificates: Vec::new(),
            idle: IDLE_TIMEOUT,
            concurrency: CONCURRENCY,
            offline: false,
            ci: false,
            retry: Retry::default(),
            warn: |_| {},
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
    /// Follows no redirect.
    api: Client,
    /// For repository files, which may live behind a redirect to a storage service. The engine itself takes the
    /// `Authorization` header off when host or port change.
    repository: Client,
    fetches: Semaphore,
    idle: Duration,
    offline: bool,
    retry: Retry,
    warn: fn(&str),
    warned: AtomicBool,
}

impl Network {
    /// Sets the engine up. Nothing is connected yet, but the system's certificates are read: make one, late, and clone it.
    ///
    /// # Errors
    /// When a proxy or a file of certificates is not usable, or the system has no TLS.
    pub fn new(settings: &NetworkSettings) -> Result<Self, TransportError> {
        let agent = if settings.ci { format!("{USER_AGENT} (CI)") } else { USER_AGENT.to_owned() };
        let build = |redirects: Policy| {
            let builder = Client::builder()
                .user_agent(&agent)
                .referer(false)
                .connect_timeout(CONNECT_TIMEOUT.min(settings.idle))
                .redirect(redirects);
            let builder = settings.proxies.apply(builder)?;
            finish(tls::trust(builder, &settings.certificates)?)
        };
        Ok(Self {
            inner: Arc::new(Inner {
                api: build(Policy::none())?,
                repository: build(Policy::custom(repository_redirect))?,
                fetches: Semaphore::new(settings.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
                idle: settings.idle,
                offline: settings.offline,
                retry: settings.retry,
                warn: settings.warn,
                warned: AtomicBool::new(false),
            }),
        })
    }

    /// Whether the network may not be used.
    pub fn is_offline(&self) -> bool {
        self.inner.offline
    }

    /// Tells the user once what may happen with every file.
    pub(crate) fn warn_once(&self, text: &str) {
        if !self.inner.warned.swap(true, Ordering::Relaxed) {
            (self.inner.warn)(text);
        }
    }

    /// A request to the API, to be sent with [`Network::call`].
    pub(crate) fn api_request(&self, method: Method, url: url::Url) -> reqwest::RequestBuilder {
        self.inner.api.request(method, url)
    }

    /// Calls the API.
    pub(crate) async fn call(&self, request: Request) -> Result<Response, TransportError> {
        self.send(&self.inner.api, request, None, &Progress::default()).await
    }

    /// Calls the API with a large body.
    pub(crate) async fn upload(
        &self,
        request: Request,
        body: Bytes,
        progress: &Progress,
    ) -> Result<Response, TransportError> {
        self.send(&self.inner.api, request, Some(body), progress).await
    }

    /// Sends a request until there is an answer that counts.
    async fn send(
        &self,
        client: &Client,
        request: Request,
        upload: Option<Bytes>,
        progress: &Progress,
    ) -> Result<Response, TransportError> {
        self.allow(&request)?;
        let method = request.method().clone();
        let mut tries = self.tries();
        loop {
            let mut next = repeat(&request)?;
            let sent = Sent::default();
            if let Some(bytes) = &upload {
                next.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
                *next.body_mut() = Some(upload::body(bytes.clone(), &sent, progress));
            }
            let answer = upload::send(client, next, self.inner.idle, &sent).await;
            let (again, asked) = match &answer {
                Ok(response) => {
                    let asked = retry::asked(response.headers(), Timestamp::now());
                    (retry::is_transient(&method, response.status(), asked), asked)
                }
                Err(failure) => (failure.may_repeat(&method), None),
            };
            if !again || !tries.wait(asked).await {
                let mut response = answer.map_err(|failure| failure.error)?;
                response.extensions_mut().insert(Idle(self.inner.idle));
                return Ok(response);
            }
        }
    }

    /// The attempts that one piece of work has.
    pub(crate) fn tries(&self) -> Tries {
        Tries { retry: self.inner.retry, failed: 0, start: Instant::now() }
    }

    fn allow(&self, request: &Request) -> Result<(), TransportError> {
        match self.inner.offline {
            true => Err(TransportError::Offline { url: shown(request.url()) }),
            false => Ok(()),
        }
    }
}

/// The attempts of one piece of work.
pub(crate) struct Tries {
    retry: Retry,
    failed: u32,
    start: Instant,
}

impl Tries {
    /// Notes that an attempt failed, and waits for the next, if there is to be one.
    pub(crate) async fn wait(&mut self, asked: Option<Duration>) -> bool {
        self.failed += 1;
        match self.retry.delay(self.failed, self.start.elapsed(), asked) {
            Some(delay) => {
                tokio::time::sleep(delay).await;
                true
            }
            None => false,
        }
    }
}

/// How long a body may stand still; travels with the answer.
#[derive(Clone, Copy)]
struct Idle(Duration);

/// The same request once more. Bodies that can't be repeated are set anew each time, see [`Network::upload`].
fn repeat(request: &Request) -> Result<Request, TransportError> {
    request.try_clone().ok_or_else(|| TransportError::Setup("a request that can't be repeated".to_owned()))
}

fn finish(builder: ClientBuilder) -> Result<Client, TransportError> {
    builder.build().map_err(|error| TransportError::Setup(error::causes(&error)))
}

fn repository_redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let from_https = attempt.previous().iter().any(|url| url.scheme() == "https");
    if from_https && attempt.url().scheme() != "https" {
        attempt.error("redirected from https to http")
    } else if attempt.previous().len() > MAX_REDIRECTS {
        attempt.error(format!("more than {MAX_REDIRECTS} redirects"))
    } else {
        attempt.follow()
    }
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

/// The next piece of a body.
async fn chunk(response: &mut Response) -> Result<Option<Bytes>, TransportError> {
    let Idle(idle) = response.extensions().get().copied().unwrap_or(Idle(IDLE_TIMEOUT));
    match tokio::time::timeout(idle, response.chunk()).await {
        Ok(chunk) => chunk.map_err(|error| TransportError::connection(response.url(), &error)),
        Err(_) => Err(TransportError::Idle { url: shown(response.url()), seconds: idle.as_secs() }),
    }
}
