//! What the HTTP surfaces share: settings and the rules behind them.
//!
//! It must never decide anything: rules belong to `skep-core`.

mod credentials;
mod login;
mod mail_requests;

use std::sync::Arc;

use skep_core::two_factor::OneTimeCode;
use skep_core::{Caller, Error, Origin, Principal, Skep, Surface};

use crate::api::body::LargeBodies;
use crate::api::client_address::ClientAddress;
use crate::api::{ApiSettings, Head, Host, RateLimiter, RateSubject, RequestIds};
use crate::endpoints::receive::Places;
use crate::mail::Transport;
use credentials::BadCredentials;
use mail_requests::MailRequests;

/// The running server as the handlers see it.
pub struct App {
    /// The rules.
    pub core: Arc<Skep>,
    /// Settings of the HTTP surfaces.
    pub settings: ApiSettings,
    /// The registry's public key as clients fetch it.
    pub public_key_pem: String,
    /// How mail is sent; none = it waits for another server.
    pub(crate) transport: Option<Transport>,
    pub(crate) uploads: Places,
    large_bodies: LargeBodies,
    mail_requests: MailRequests,
    bad_credentials: BadCredentials,
    limiter: RateLimiter,
    request_ids: RequestIds,
}

impl App {
    /// An application with these settings; `seed` makes the request ids of two processes differ.
    pub fn new(core: Arc<Skep>, settings: ApiSettings, seed: u64) -> Self {
        let limiter = RateLimiter::new(settings.limits);
        let bad_credentials = BadCredentials::new(settings.limits.ipv6_prefix);
        let public_key_pem = core.signing_key().public_key().to_pem();
        Self {
            core,
            settings,
            public_key_pem,
            transport: None,
            uploads: Places::default(),
            large_bodies: LargeBodies::default(),
            mail_requests: MailRequests::default(),
            bad_credentials,
            limiter,
            request_ids: RequestIds::new(seed),
        }
    }

    /// Does something that shows the password of an account: a wrong one counts as a login that failed.
    ///
    /// # Errors
    /// Its own; 429 instead of doing it.
    pub(crate) async fn attempt_password<T: Send + 'static>(
        &self,
        head: &Head,
        account: &str,
        attempt: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        match self.settings.is_exempt(&head.client) {
            true => attempt.await,
            false => self.core.attempt_login(Some(head.client.ip), account, attempt).await,
        }
    }

    /// Counts a request that makes the server send mail to who did not ask for it, as far as anybody knows.
    ///
    /// # Errors
    /// 429 for one too many.
    pub(crate) fn count_mail_request(&self, client: &ClientAddress) -> Result<(), Error> {
        match self.settings.is_exempt(client) {
            true => Ok(()),
            false => self.mail_requests.count(client.ip, self.now()),
        }
    }

    /// The same, sending the mail that waits.
    #[must_use]
    pub fn sending_mail(self, transport: Transport) -> Self {
        Self { transport: Some(transport), ..self }
    }

    /// Who shows this `Authorization` header, unless the address has shown too many bad ones.
    ///
    /// # Errors
    /// Those of [`Skep::authenticate`]; 429 instead of looking.
    pub(crate) async fn identify(
        &self,
        header: Option<&[u8]>,
        surface: Surface,
        client: &ClientAddress,
        origin: &Origin,
    ) -> Result<Option<Arc<Principal>>, Error> {
        let Some(shown) = header.filter(|_| !self.settings.is_exempt(client)) else {
            return self.core.authenticate(header, surface, origin).await;
        };
        if self.bad_credentials.is_over(client.ip, self.core.now()) && !self.core.knows(shown, surface) {
            return Err(credentials::exceeded(client.ip));
        }
        let found = self.try_password(shown, surface, client, origin).await;
        if matches!(&found, Err(error) if error.status == 401) {
            self.bad_credentials.add(client.ip, self.core.now());
        }
        found
    }

    /// Passwords have limits of their own besides.
    async fn try_password(
        &self,
        shown: &[u8],
        surface: Surface,
        client: &ClientAddress,
        origin: &Origin,
    ) -> Result<Option<Arc<Principal>>, Error> {
        let Some(account) = login::account(shown).filter(|_| surface == Surface::Api) else {
            return self.core.authenticate(Some(shown), surface, origin).await;
        };
        let (core, header, origin) = (self.core.clone(), shown.to_vec(), origin.clone());
        let login = async move { core.authenticate(Some(&header), Surface::Api, &origin).await };
        self.core.attempt_login(Some(client.ip), &account, login).await
    }
}

impl App {
    /// Whether browsers reach the site over https.
    pub(crate) fn is_secure(&self) -> bool {
        self.settings.web_url.starts_with("https://")
    }
}

/// Where a request comes from, as the rules record it.
fn origin(head: &Head) -> Origin {
    Origin { ip: Some(head.client.ip), user_agent: head.user_agent.clone() }
}

/// The caller of an authenticated request.
pub fn caller(principal: Option<&Arc<Principal>>, head: &Head) -> Caller {
    let one_time_code = head.one_time_code().map(OneTimeCode::new);
    Caller { principal: principal.cloned(), origin: origin(head), one_time_code }
}

impl Host for App {
    type Principal = Principal;

    fn settings(&self) -> &ApiSettings {
        &self.settings
    }

    fn limiter(&self) -> &RateLimiter {
        &self.limiter
    }

    fn large_bodies(&self) -> &LargeBodies {
        &self.large_bodies
    }

    fn request_ids(&self) -> &RequestIds {
        &self.request_ids
    }

    fn notice(&self, head: &Head) -> Option<http::HeaderValue> {
        crate::api::notice::header(&*self.core.notice()?, &head.user_agent)
    }

    fn now(&self) -> i64 {
        self.core.now()
    }

    async fn authenticate(&self, head: &Head) -> Result<Option<Arc<Principal>>, Error> {
        self.identify(head.authorization(), Surface::Api, &head.client, &origin(head)).await
    }

    fn rate_subject(&self, principal: &Principal) -> RateSubject {
        match &principal.subject {
            skep_core::principal::Subject::User(user) => RateSubject::User(user.id),
            skep_core::principal::Subject::Organization(organization) => {
                RateSubject::Organization(organization.id)
            }
        }
    }
}
