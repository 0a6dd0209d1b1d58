//! A request for a page: what it asks for, what it carries, and who sends it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::request::Parts;
use http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use skep_core::browser::Purpose;
use skep_core::principal::UserSubject;
use skep_core::{Caller, Error, Origin};

use super::answer::Answer;
use super::cookies::Cookie;
use super::guard;
use super::local_path::LocalPath;
use crate::api::client_address::ClientAddress;
use crate::api::params::{self, Malformed};
use crate::api::{Host, Param, Params, RateSubject, rate_limit};
use crate::app::App;

/// Bytes of a form. The longest field is a password.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// How long a form may take to arrive.
const FORM_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a browser without a session may take from a page to its form, in seconds.
const VISIT_SECONDS: i64 = 24 * 3600;

/// How long a notice waits for the next page, in seconds.
const NOTICE_SECONDS: i64 = 60;

/// The field of a form that holds its token.
const TOKEN: &str = "form_token";

/// Why a page is not answered as it was meant to be.
pub(super) enum Stop {
    /// Something is wrong.
    Error(Error),
    /// Something else has to come first.
    Answer(Answer),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What a page is made from.
pub(super) struct Visit {
    pub(super) app: Arc<App>,
    /// GET or POST.
    pub(super) method: Method,
    pub(super) path: String,
    query_text: String,
    query: Params,
    form: Params,
    headers: HeaderMap,
    client: ClientAddress,
    /// Who calls; the principal is that of the session.
    pub(super) caller: Caller,
    /// What forms and notes are bound to: the secret of the session, or the name of a browser without one.
    browser: String,
    /// Whether the browser does not know its name yet.
    is_new: bool,
}

impl Visit {
    /// Reads the head of a request, and finds out who sends it.
    ///
    /// # Errors
    /// 400 for a malformed query, 5xx of the stores.
    pub(super) async fn new(app: &Arc<App>, parts: Parts, client: ClientAddress) -> Result<Self, Error> {
        let query_text = parts.uri.query().unwrap_or_default().to_owned();
        let query = params::parse_query(&query_text).map_err(malformed)?;
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let origin = Origin { ip: Some(client.ip), user_agent: agent.unwrap_or_default().to_owned() };
        let mut visit = Self {
            app: app.clone(),
            method: if parts.method == Method::HEAD { Method::GET } else { parts.method },
            path: parts.uri.path().to_owned(),
            query_text,
            query,
            form: Params::new(),
            headers: parts.headers,
            client,
            caller: Caller { origin, ..Caller::default() },
            browser: String::new(),
            is_new: false,
        };
        visit.find_browser().await?;
        Ok(visit)
    }

    async fn find_browser(&mut self) -> Result<(), Error> {
        if let Some(secret) = self.cookie(Cookie::Session) {
            let found = self.app.core.browser(secret, &self.caller.origin).await;
            // The session of an account that was deactivated is over.
            let found = found.or_else(|error| if error.status < 500 { Ok(None) } else { Err(error) })?;
            if found.is_some() {
                self.browser = secret.to_owned();
                self.caller.principal = found;
                return Ok(());
            }
        }
        match self.cookie(Cookie::Visit) {
            Some(name) => self.browser = name.to_owned(),
            None => {
                self.browser = self.app.core.new_browser();
                self.is_new = true;
            }
        }
        Ok(())
    }

    /// Counts a form as the API counts a request.
    ///
    /// # Errors
    /// 429
    pub(super) fn count(&self) -> Result<(), Error> {
        let subject = match self.user() {
            _ if self.app.settings.is_exempt(&self.client) => RateSubject::Exempt,
            Some(user) => RateSubject::User(user.id),
            None => RateSubject::Address(self.client.ip),
        };
        match self.app.limiter().count(subject, self.app.core.now()) {
            Some(count) if !count.is_allowed() => Err(rate_limit::exceeded(subject)),
            _ => Ok(()),
        }
    }

    /// Counts a form that makes the server send mail to who did not ask for it, as far as anybody knows.
    ///
    /// # Errors
    /// 429
    pub(super) fn count_mail(&self) -> Result<(), Error> {
        self.app.count_mail_request(&self.client)
    }

    /// Reads the form, and makes sure that it comes from a page of this server for this browser.
    ///
    /// # Errors
    /// 403 for a form from elsewhere or without its token; 400, 408 and 413 for one that can't be read.
    pub(super) async fn read_form(&mut self, body: Body) -> Result<(), Error> {
        guard::check_site(&self.headers, &self.app.settings.web_url)?;
        let reading = Limited::new(body, MAX_FORM_BYTES).collect();
        let read = tokio::time::timeout(FORM_TIMEOUT, reading).await;
        let read = read.map_err(|_| Error::new(408, "too_slow", "The form did not arrive in time."))?;
        let bytes = read.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
            Some(_) => Error::payload_too_large(),
            None => Error::bad_request(),
        })?;
        self.form = params::parse_form(&bytes.to_bytes()).map_err(malformed)?;
        let is_right = self.app.core.is_form_token(&self.browser, self.field(TOKEN));
        if is_right { Ok(()) } else { Err(guard::stale_form()) }
    }

    /// A field of the form; empty if it was not sent.
    pub(super) fn field(&self, name: &str) -> &str {
        text(&self.form, name)
    }

    /// A field of the form that was filled in.
    pub(super) fn given(&self, name: &str) -> Option<String> {
        Some(self.field(name)).filter(|text| !text.trim().is_empty()).map(str::to_owned)
    }

    /// The fields of the form called `NAME[]`, such as ticked boxes.
    pub(super) fn fields(&self, name: &str) -> Vec<&str> {
        let Some(Param::List(items)) = self.form.get(name) else { return Vec::new() };
        let texts = items.iter().filter_map(|item| match item {
            Param::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// A parameter of the address; empty if it is not there.
    pub(super) fn query(&self, name: &str) -> &str {
        text(&self.query, name)
    }

    /// The account that is logged in.
    pub(super) fn user(&self) -> Option<&UserSubject> {
        self.caller.principal.as_ref()?.user()
    }

    /// The account that is logged in; otherwise the visitor logs in first, and comes back if he was only looking.
    pub(super) fn logged_in(&self) -> Result<&UserSubject, Stop> {
        self.user().ok_or_else(|| Stop::Answer(self.first("/login")))
    }

    /// A way to a page that leads back to this one, if it can be looked at.
    pub(super) fn first(&self, page: &'static str) -> Answer {
        let here = match self.query_text.as_str() {
            "" => self.path.clone(),
            query => format!("{}?{query}", self.path),
        };
        let back = LocalPath::parse(&here).filter(|_| self.method == Method::GET);
        Answer::redirect(&onwards(page, back.as_ref()))
    }

    /// Where the visitor wants to go on, if that is a page of this server.
    pub(super) fn return_path(&self) -> Option<LocalPath> {
        let text = if self.method == Method::POST { self.field("return") } else { self.query("return") };
        LocalPath::parse(text)
    }

    /// What the forms on this page have to carry.
    pub(super) fn form_token(&self) -> String {
        self.app.core.form_token(&self.browser)
    }

    /// A text that only this browser can bring back, for as many seconds.
    pub(super) fn seal(&self, purpose: Purpose, text: &str, seconds: i64) -> String {
        self.app.core.seal(purpose, &self.browser, text, seconds)
    }

    /// What a sealed cookie of this browser says.
    pub(super) fn unseal(&self, purpose: Purpose, cookie: Cookie) -> Option<String> {
        self.app.core.unseal(purpose, &self.browser, self.cookie(cookie)?)
    }

    /// What happened on the page before. It survives the change of sessions, so it is bound to no browser.
    pub(super) fn notice(&self) -> Option<String> {
        self.app.core.unseal(Purpose::Notice, "", self.cookie(Cookie::Notice)?)
    }

    /// Sends the visitor on, and lets the next page tell this.
    pub(super) fn redirect_with(&self, to: &LocalPath, notice: &str) -> Answer {
        let note = self.app.core.seal(Purpose::Notice, "", notice, NOTICE_SECONDS);
        Answer::redirect(to).keep(Cookie::Notice, note, NOTICE_SECONDS)
    }

    /// The answer with what the browser has to know for its next visit.
    pub(super) fn finish(&self, answer: Answer) -> Answer {
        let mut answer = answer;
        if self.user().is_none() && !answer.touches(Cookie::Session) {
            if self.is_new {
                answer = answer.keep(Cookie::Visit, self.browser.clone(), VISIT_SECONDS);
            }
            if self.cookie(Cookie::Session).is_some() {
                answer = answer.forget(Cookie::Session);
            }
        }
        let told = answer.is_page() && !answer.touches(Cookie::Notice);
        if told && self.cookie(Cookie::Notice).is_some() {
            answer = answer.forget(Cookie::Notice);
        }
        answer
    }

    /// What forms and notes of this browser are bound to.
    pub(super) fn browser(&self) -> &str {
        &self.browser
    }

    /// What the browser keeps for the server.
    pub(super) fn cookie(&self, cookie: Cookie) -> Option<&str> {
        cookie.read(&self.headers, self.app.is_secure())
    }
}

/// A page on the way to another one.
pub(super) fn onwards(page: &'static str, back: Option<&LocalPath>) -> LocalPath {
    let whole =
        back.map(|back| format!("{page}?return={}", utf8_percent_encode(back.as_str(), NON_ALPHANUMERIC)));
    whole.and_then(|whole| LocalPath::parse(&whole)).unwrap_or(page.into())
}

fn text<'a>(params: &'a Params, name: &str) -> &'a str {
    match params.get(name) {
        Some(Param::Text(text)) => text,
        _ => "",
    }
}

fn malformed(error: Malformed) -> Error {
    Error { internal: Some(Box::new(error)), ..Error::bad_request() }
}
