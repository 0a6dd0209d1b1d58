//! A session with one server: its tokens, kept fresh, and how one begins.
//!
//! A refresh token is good for one time, and showing it twice can end the session. So one process refreshes at a time, under
//! a lock of its own, and looks first whether another did; new tokens are stored before they are used.

mod sign_in;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};

pub use sign_in::{SignInError, wait_for_agreement};

use crate::api::{Api, ApiError, Credential};
use crate::config::atomic_file::Lock;
use crate::config::credentials::Tokens;
use crate::config::{ConfigError, Machine};
use crate::secret::Secret;
use crate::server::ApiUrl;

/// A token with less time left is renewed before it is used, as `mix` does.
const LEAST_TIME: SignedDuration = SignedDuration::from_mins(5);

/// Why a session is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The server has ended it, or its time is over.
    #[error("the session with {0} has ended: sign in again with `skep user auth --server {0}`")]
    Ended(String),
    /// The server refuses it also when it was renewed: what is asked for was not agreed to.
    #[error(
        "{reason}: the session with {url} may not do that. To write, agree to it in the browser, which takes two-factor \
         authentication (`skep tfa enable`, `skep user auth`), or sign in with `skep user auth --username NAME`"
    )]
    NotAgreed {
        /// The server.
        url: String,
        /// What it says.
        reason: Box<ApiError>,
    },
    /// Its tokens can't be read or stored.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server did not renew it, and did not say that it has ended.
    #[error("the session with {url} can't be renewed: {reason}")]
    Refresh {
        /// The server.
        url: String,
        /// Why.
        reason: Box<ApiError>,
    },
}

/// A session that is stored on this machine.
pub struct Session {
    machine: Machine,
    server: Api,
    /// As they were last seen. Held while they are renewed, so that calls that run at once renew once.
    tokens: tokio::sync::Mutex<Option<Tokens>>,
}

impl Session {
    /// The session that `machine` has with a server. Nothing is read yet.
    pub fn new(machine: Machine, server: &Api) -> Self {
        Self {
            machine,
            server: server.with_credential(Credential::Anonymous).with_otp(None),
            tokens: tokio::sync::Mutex::default(),
        }
    }

    /// The server.
    pub fn server(&self) -> &ApiUrl {
        self.server.base()
    }

    /// A token that is good for a while.
    ///
    /// # Errors
    /// When the session has ended, or its tokens can't be read, renewed or stored.
    pub async fn token(&self) -> Result<Secret, SessionError> {
        let mut known = self.tokens.lock().await;
        if known.is_none() {
            *known = Some(self.stored().await?);
        }
        match &*known {
            Some(tokens) if is_fresh(tokens) => Ok(tokens.access.clone()),
            _ => self.renew(&mut known, None).await,
        }
    }

    /// The token that is there, while it is good. It is not renewed: who can't wait for the answer would lose the new one.
    pub fn token_at_hand(&self) -> Option<Secret> {
        let tokens = self.machine.secrets(self.server()).ok()?.tokens?;
        is_fresh(&tokens).then_some(tokens.access)
    }

    /// A token in the place of one that the server refused.
    ///
    /// # Errors
    /// As [`Session::token`].
    pub(crate) async fn renewed(&self, refused: &Secret) -> Result<Secret, SessionError> {
        let mut known = self.tokens.lock().await;
        match &*known {
            // Another call was faster.
            Some(tokens) if tokens.access != *refused && is_fresh(tokens) => Ok(tokens.access.clone()),
            _ => self.renew(&mut known, Some(refused)).await,
        }
    }

    async fn renew(
        &self,
        known: &mut Option<Tokens>,
        refused: Option<&Secret>,
    ) -> Result<Secret, SessionError> {
        let path = self.machine.paths().session_lock();
        let _lock = blocking(move || Lock::acquire(&path)).await?;
        let stored = self.stored().await?;
        if is_fresh(&stored) && refused != Some(&stored.access) {
            let token = stored.access.clone();
            *known = Some(stored);
            return Ok(token);
        }
        let ended = || SessionError::Ended(self.server().to_string());
        let refresh = stored.refresh.ok_or_else(ended)?;
        // Boxed, because the call below is one that could ask for a token itself.
        let new = Box::pin(self.server.refresh(&refresh)).await.map_err(|reason| match reason.code() {
            Some("invalid_grant") => ended(),
            _ => SessionError::Refresh { url: self.server().to_string(), reason: Box::new(reason) },
        })?;
        // A server that gives no new one leaves the old one good.
        let new = Tokens { refresh: new.refresh.or_else(|| Some(refresh.clone())), ..new };
        let (machine, url, tokens) = (self.machine.clone(), self.server().clone(), new.clone());
        blocking(move || machine.replace_tokens(&url, &refresh, &tokens)).await?;
        let token = new.access.clone();
        *known = Some(new);
        Ok(token)
    }

    async fn stored(&self) -> Result<Tokens, SessionError> {
        let (machine, url) = (self.machine.clone(), self.server().clone());
        let secrets = blocking(move || machine.secrets(&url)).await?;
        secrets.tokens.ok_or_else(|| SessionError::Ended(self.server().to_string()))
    }
}

fn is_fresh(tokens: &Tokens) -> bool {
    tokens.expires_at >= Timestamp::now() + LEAST_TIME
}

/// Work with files, which may wait for another process.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ConfigError> + Send + 'static,
) -> Result<T, ConfigError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
