//! The two engines, each made when it is first needed: reading the system's certificates takes longer than many a command,
//! and most commands need one engine or none.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, Response, StatusCode};
use url::Url;

use super::proxy::Through;
use super::{CertificateFile, NetworkSettings, Proxies, TransportError, explain, shown, tls};

/// Redirects of one repository fetch.
const MAX_REDIRECTS: usize = 3;

/// How this program names itself.
const USER_AGENT: &str = concat!("skep/", env!("CARGO_PKG_VERSION"));

pub(super) struct Clients {
    proxies: Proxies,
    certificates: Vec<CertificateFile>,
    connect: Duration,
    ci: bool,
    api: OnceLock<Client>,
    repository: OnceLock<Client>,
}

impl Clients {
    pub(super) fn new(settings: &NetworkSettings) -> Self {
        Self {
            proxies: settings.proxies.clone(),
            certificates: settings.certificates.clone(),
            connect: settings.connect.min(settings.idle),
            ci: settings.ci,
            api: OnceLock::new(),
            repository: OnceLock::new(),
        }
    }

    /// Follows no redirect.
    pub(super) fn api(&self) -> Result<&Client, TransportError> {
        self.once(&self.api, Policy::none)
    }

    /// For repository files, which may live behind a redirect to a storage service. The engine itself takes the
    /// `Authorization` header off when host or port change.
    pub(super) fn repository(&self) -> Result<&Client, TransportError> {
        self.once(&self.repository, || Policy::custom(repository_redirect))
    }

    /// Whoever comes second waits for nothing and throws its own away.
    fn once<'a>(
        &self,
        cell: &'a OnceLock<Client>,
        redirects: fn() -> Policy,
    ) -> Result<&'a Client, TransportError> {
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = self.build(redirects())?;
        Ok(cell.get_or_init(|| client))
    }

    fn build(&self, redirects: Policy) -> Result<Client, TransportError> {
        let agent = if self.ci { format!("{USER_AGENT} (CI)") } else { USER_AGENT.to_owned() };
        let builder = Client::builder()
            .user_agent(agent)
            .referer(false)
            .connect_timeout(self.connect)
            .redirect(redirects);
        let builder = tls::trust(self.proxies.apply(builder)?, &self.certificates)?;
        builder.build().map_err(|error| TransportError::Setup(explain::causes(&error)))
    }

    /// Why there was no answer.
    pub(super) fn failure(&self, url: &Url, error: &reqwest::Error) -> TransportError {
        let through = self.proxies.through(url);
        let reason = explain::reason(url, error, self.connect, through);
        match explain::certificate_problem(error) {
            Some(problem) => TransportError::Untrusted { url: shown(url), problem, reason },
            None => TransportError::Connection { url: shown(url), reason },
        }
    }

    /// Not an answer of the server, but of the proxy in front of it.
    pub(super) fn refused_by_proxy(&self, response: &Response) -> Option<TransportError> {
        if response.status() != StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return None;
        }
        let reason = self.proxies.through(response.url()).as_ref().map(Through::wants_password)?;
        Some(TransportError::Connection { url: shown(response.url()), reason })
    }
}

fn repository_redirect(attempt: Attempt<'_>) -> Action {
    let from_https = attempt.previous().iter().any(|url| url.scheme() == "https");
    if from_https && attempt.url().scheme() != "https" {
        attempt.error("redirected from https to http")
    } else if attempt.previous().len() > MAX_REDIRECTS {
        attempt.error(format!("more than {MAX_REDIRECTS} redirects"))
    } else {
        attempt.follow()
    }
}
