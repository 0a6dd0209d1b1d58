//! Waiting for somebody at a browser.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::api::{Api, ApiError, DeviceAnswer, DeviceAuthorization};
use crate::config::credentials::Tokens;

/// What a server that is asked too often adds to the interval (RFC 8628, 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// Nobody agreed in time.
    #[error("the verification code has expired: run the command again for a new one")]
    Expired,
    /// Somebody refused.
    #[error("authentication was denied in the browser")]
    Denied,
    /// The server refused to go on.
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// Waits until somebody agrees at the browser, as long as there is time for it. A connection that breaks meanwhile is no
/// reason to give up.
///
/// # Errors
/// When somebody refuses, or the time is over.
pub async fn wait_for_agreement(api: &Api, begun: &DeviceAuthorization) -> Result<Tokens, SignInError> {
    let end = Instant::now() + begun.expires_in;
    let mut interval = begun.interval;
    while Instant::now() + interval <= end {
        sleep(interval).await;
        match api.ask_for_device(begun).await {
            Ok(DeviceAnswer::Granted(tokens)) => return Ok(tokens),
            Ok(DeviceAnswer::Pending) | Err(ApiError::Transport(_)) => {}
            Ok(DeviceAnswer::SlowDown) => interval += SLOW_DOWN,
            Ok(DeviceAnswer::Expired) => return Err(SignInError::Expired),
            Ok(DeviceAnswer::Denied) => return Err(SignInError::Denied),
            Err(error) if matches!(error.status(), Some(429 | 500..)) => interval += SLOW_DOWN,
            Err(error) => return Err(error.into()),
        }
    }
    Err(SignInError::Expired)
}
