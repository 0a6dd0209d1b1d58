//! OAuth: logging in through a browser, renewing tokens, giving them back. As Hex 2.5 does it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Api, ApiError};
use crate::config::credentials::Tokens;
use crate::secret::Secret;

/// The public client of the Hex command line: it stands in the sources of `mix`, proves nothing, and every server of the
/// ecosystem knows it.
pub(super) const CLIENT_ID: &str = "78ea6566-89fd-481e-a1d6-7d9d78eacca8";

/// What is asked for: everything that the user may do, and fetching.
const SCOPE: &str = "api repositories";

/// Between two questions if the server names no time (RFC 8628, 3.2).
const DEFAULT_INTERVAL: u64 = 5;

/// Longest that a server can make us wait, in seconds: for tokens and codes.
const MAX_SECONDS: u64 = 10 * 365 * 24 * 3600;

/// A login that somebody has to agree to at a browser.
pub struct DeviceAuthorization {
    pub(crate) device_code: Secret,
    /// What has to be the same here and at the browser.
    pub user_code: String,
    /// Where to go; with the code in it, if the server can do that.
    pub verification_uri: String,
    /// How long there is time for it.
    pub expires_in: Duration,
    /// How long to wait between two questions.
    pub interval: Duration,
}

/// What a server says to a device that asks whether somebody agreed.
pub enum DeviceAnswer {
    /// Somebody did.
    Granted(Tokens),
    /// Not yet.
    Pending,
    /// Not yet, and don't ask so often.
    SlowDown,
    /// Nobody did in time.
    Expired,
    /// Somebody refused.
    Denied,
}

#[derive(Deserialize)]
struct TokenBody {
    access_token: String,
    #[serde(default)]
    refresh_token: Option<String>,
    expires_in: u64,
}

impl TokenBody {
    fn tokens(self, api: &Api) -> Result<Tokens, ApiError> {
        let token = |text: &str| {
            Secret::key(text).map_err(|_| ApiError::Malformed {
                url: api.base.route(&["oauth", "token"]).to_string(),
                reason: "the token can't be used".to_owned(),
            })
        };
        let lifetime = SignedDuration::from_secs(self.expires_in.min(MAX_SECONDS).cast_signed());
        Ok(Tokens {
            access: token(&self.access_token)?,
            refresh: self.refresh_token.as_deref().map(token).transpose()?,
            expires_at: Timestamp::now() + lifetime,
        })
    }
}

impl Api {
    /// Begins the login of this machine, which is called `name` at the server.
    ///
    /// # Errors
    /// When the server offers no such login.
    pub async fn authorize_device(&self, name: &str) -> Result<DeviceAuthorization, ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            client_id: &'a str,
            scope: &'a str,
            name: &'a str,
        }
        #[derive(Deserialize)]
        struct Answer {
            device_code: String,
            user_code: String,
            verification_uri: String,
            #[serde(default)]
            verification_uri_complete: Option<String>,
            expires_in: u64,
            #[serde(default)]
            interval: Option<u64>,
        }
        let body = Body { client_id: CLIENT_ID, scope: SCOPE, name };
        let answer: Answer = self.post(&["oauth", "device_authorization"], &body).await?;
        let seconds = |seconds: u64| Duration::from_secs(seconds.min(MAX_SECONDS));
        Ok(DeviceAuthorization {
            device_code: Secret::new(answer.device_code),
            user_code: answer.user_code,
            verification_uri: answer.verification_uri_complete.unwrap_or(answer.verification_uri),
            expires_in: seconds(answer.expires_in),
            interval: seconds(answer.interval.unwrap_or(DEFAULT_INTERVAL).max(1)),
        })
    }

    /// Asks whether somebody agreed.
    ///
    /// # Errors
    /// When the server fails, or knows nothing of the login.
    pub async fn ask_for_device(&self, begun: &DeviceAuthorization) -> Result<DeviceAnswer, ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            grant_type: &'a str,
            client_id: &'a str,
            device_code: &'a str,
        }
        let body = Body {
            grant_type: "urn:ietf:params:oauth:grant-type:device_code",
            client_id: CLIENT_ID,
            device_code: begun.device_code.expose(),
        };
        match self.post::<TokenBody>(&["oauth", "token"], &body).await {
            Ok(granted) => Ok(DeviceAnswer::Granted(granted.tokens(self)?)),
            Err(error) => match error.code() {
                Some("authorization_pending") => Ok(DeviceAnswer::Pending),
                Some("slow_down") => Ok(DeviceAnswer::SlowDown),
                Some("expired_token") => Ok(DeviceAnswer::Expired),
                Some("access_denied") => Ok(DeviceAnswer::Denied),
                _ => Err(error),
            },
        }
    }

    /// New tokens for a refresh token, which is used up by it.
    ///
    /// # Errors
    /// When the session has ended, or the server fails.
    pub(crate) async fn refresh(&self, refresh_token: &Secret) -> Result<Tokens, ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            grant_type: &'a str,
            client_id: &'a str,
            refresh_token: &'a str,
        }
        let body =
            Body { grant_type: "refresh_token", client_id: CLIENT_ID, refresh_token: refresh_token.expose() };
        self.post::<TokenBody>(&["oauth", "token"], &body).await?.tokens(self)
    }

    /// Gives a token back: the session that it belongs to ends.
    ///
    /// # Errors
    /// When the server fails. A token that it doesn't know is no failure.
    pub async fn revoke_token(&self, token: &Secret) -> Result<(), ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            client_id: &'a str,
            token: &'a str,
        }
        let body = Body { client_id: CLIENT_ID, token: token.expose() };
        self.post_for_nothing(&["oauth", "revoke"], &body).await
    }
}
