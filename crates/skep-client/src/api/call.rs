//! One call, on the wire as often as it takes: again with a new token when the session's was refused, again with a
//! one-time code when the server wants one. Everything else that is refused stays refused.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Request, RequestBuilder, Response};

use super::error::WantedOtp;
use super::{Api, ApiError, Credential, bearer};
use crate::network::TransportError;
use crate::secret::Secret;
use crate::session::SessionError;

const OTP_HEADER: HeaderName = HeaderName::from_static("x-hex-otp");

/// How often somebody is asked for a one-time code, as `mix` does.
const MAX_TRIES: usize = 3;

/// Asks somebody for a one-time code; `true` says that the last one was wrong. Gives none if nobody answers.
pub type AskOtp = dyn Fn(bool) -> Option<String> + Send + Sync;

/// The one-time code that calls carry, and who can be asked for another.
#[derive(Default)]
pub(super) struct Otp {
    code: Mutex<Option<String>>,
    ask: Option<Arc<AskOtp>>,
    /// Held while somebody is asked, so that calls that run at once ask once.
    asking: tokio::sync::Mutex<()>,
}

impl Otp {
    pub(super) fn with_code(&self, code: Option<String>) -> Self {
        Self { code: Mutex::new(code), ask: self.ask.clone(), ..Self::default() }
    }

    pub(super) fn with_asking(&self, ask: Arc<AskOtp>) -> Self {
        Self { code: Mutex::new(self.code()), ask: Some(ask), ..Self::default() }
    }

    fn code(&self) -> Option<String> {
        self.code.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another code than the one that was sent, if somebody gives one.
    async fn another(&self, sent: Option<&String>, wanted: WantedOtp) -> Option<String> {
        let _turn = self.asking.lock().await;
        let known = self.code();
        if known.is_some() && known.as_ref() != sent {
            return known;
        }
        let ask = self.ask.clone()?;
        // Whoever is asked takes time, in which other calls go on.
        let asked = tokio::task::spawn_blocking(move || ask(wanted == WantedOtp::Another));
        let given = asked.await.ok().flatten()?;
        *self.code.lock().unwrap_or_else(PoisonError::into_inner) = Some(given.clone());
        Some(given)
    }
}

impl Api {
    /// A successful answer, or why not. `send` puts a request on the wire, with the body if the request has none.
    pub(super) async fn call(
        &self,
        request: RequestBuilder,
        send: impl AsyncFn(Request) -> Result<Response, TransportError>,
    ) -> Result<Response, ApiError> {
        let request = request.build().map_err(|error| ApiError::Unsendable(error.to_string()))?;
        let mut authorization = self.credential.authorization().await?;
        let mut otp = self.otp.code();
        let (mut tries, mut renewed) = (0, false);
        let mut next = Some(request);
        loop {
            let mut request = next.take().expect("invariant: there is a request in each round");
            // A body that can be read once only can't be sent again.
            next = request.try_clone();
            sign(&mut request, authorization.as_ref(), otp.as_ref())?;
            let response = send(request).await?;
            if response.status().is_success() {
                return Ok(response);
            }
            let error = ApiError::from_answer(response).await.with_origin(self.origin.as_deref());
            if next.is_none() || error.status() != Some(401) {
                return Err(error);
            }
            match (error.wanted_otp(), &self.credential, &authorization) {
                (Some(wanted), ..) if tries < MAX_TRIES => match self.otp.another(otp.as_ref(), wanted).await
                {
                    Some(code) => otp = Some(code),
                    None => return Err(error),
                },
                (None, Credential::Session(session), Some(refused)) if !renewed => {
                    let refused = refused.expose().trim_start_matches("Bearer ");
                    authorization = Some(bearer(&session.renewed(&Secret::new(refused)).await?));
                    renewed = true;
                    continue;
                }
                (None, Credential::Session(session), _) => {
                    let url = session.server().to_string();
                    return Err(SessionError::NotAgreed { url, reason: Box::new(error) }.into());
                }
                _ => return Err(error),
            }
            tries += 1;
        }
    }
}

fn sign(request: &mut Request, authorization: Option<&Secret>, otp: Option<&String>) -> Result<(), ApiError> {
    if let Some(authorization) = authorization {
        request.headers_mut().insert(AUTHORIZATION, sensitive(authorization.expose())?);
    }
    if let Some(otp) = otp {
        request.headers_mut().insert(OTP_HEADER, sensitive(otp)?);
    }
    Ok(())
}

fn sensitive(text: &str) -> Result<HeaderValue, ApiError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        ApiError::Unsendable("the credential has characters that a header can't hold".to_owned())
    })?;
    value.set_sensitive(true);
    Ok(value)
}
