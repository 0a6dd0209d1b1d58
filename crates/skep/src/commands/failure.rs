//! Failures of API calls in words that say what was tried, and what a 404 means there: the server's own "not found" says
//! neither.

use anyhow::anyhow;
use skep_client::api::ApiError;

/// What was tried failed; `missing` says what is not there if that was it.
pub(crate) fn because(
    what: impl Into<String>,
    missing: impl Into<String>,
) -> impl FnOnce(ApiError) -> anyhow::Error {
    let (what, missing) = (what.into(), missing.into());
    move |error| match error.status() {
        Some(404) => anyhow!("{what}: {missing}"),
        _ => anyhow::Error::from(error).context(what),
    }
}

/// What was looked for is not there, or looking for it failed.
pub(crate) fn unless_found(
    what: impl Into<String>,
    missing: impl Into<String>,
) -> impl FnOnce(ApiError) -> anyhow::Error {
    let (what, missing) = (what.into(), missing.into());
    move |error| match error.status() {
        Some(404) => anyhow!(missing),
        _ => anyhow::Error::from(error).context(what),
    }
}
