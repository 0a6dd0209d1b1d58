//! Failures of API calls in words that say what was tried, and what a 404 means there: the server's own "not found" says
//! neither. Their words are made when they are needed, as a guess at what was meant looks into files.

use skep_client::api::ApiError;

use crate::failure::NotFound;

/// Words that are made when they are needed.
pub(crate) struct Later<F>(pub(crate) F);

impl<F: FnOnce() -> String> From<Later<F>> for String {
    fn from(later: Later<F>) -> Self {
        (later.0)()
    }
}

/// What a 404 means for a call about the caller's own account.
pub(crate) const NO_ACCOUNT: &str = "there is no account behind this credential: it is an organization's, or this is not the address of a Hex API";

/// What was tried failed; `missing` says what is not there if that was it. Which server said so is said as well: there may
/// be several.
pub(crate) fn because(
    what: impl Into<String>,
    missing: impl Into<String>,
) -> impl FnOnce(ApiError) -> anyhow::Error {
    move |error| match &error {
        ApiError::Refused(refusal) if refusal.status == 404 => {
            NotFound(format!("{} at {}: {}", what.into(), refusal.server(), missing.into())).into()
        }
        _ => anyhow::Error::from(error).context(what.into()),
    }
}

/// What was looked for is not there, or looking for it failed.
pub(crate) fn unless_found(
    what: impl Into<String>,
    missing: impl Into<String>,
) -> impl FnOnce(ApiError) -> anyhow::Error {
    move |error| match error.status() {
        Some(404) => NotFound(missing.into()).into(),
        _ => anyhow::Error::from(error).context(what.into()),
    }
}
