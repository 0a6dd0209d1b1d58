//! `HEX_API_KEY`: which server it may be shown to. Like mix, it is for the API that `HEX_API_URL`, `HEX_API` or `api_url` of
//! `hex.config` name; where none does, for the one that the user names, unless there is a login for that one.

use anyhow::{Result, anyhow};
use skep_client::secret::Secret;
use skep_client::server::ApiUrl;

use super::{Context, variable};

/// The API that the environment names, as it stands there.
pub(super) fn environment_api() -> Option<String> {
    variable("HEX_API_URL").or_else(|| variable("HEX_API"))
}

/// `HEX_API_KEY`, whomever it is for.
fn environment_key() -> Result<Option<Secret>> {
    variable("HEX_API_KEY")
        .map(|key| Secret::key(&key).map_err(|error| anyhow!("HEX_API_KEY: {error}")))
        .transpose()
}

impl Context {
    /// The API that the environment or `hex.config` name: the one that `HEX_API_KEY` is for, with mix and with us. None if
    /// neither does.
    ///
    /// # Errors
    /// When what stands there is no address, or `hex.config` can't be read.
    pub(crate) fn usual_api(&self) -> Result<Option<ApiUrl>> {
        let named = match environment_api() {
            Some(url) => Some(url),
            None => self.machine.api_url()?,
        };
        Ok(named.map(|url| ApiUrl::parse(&url)).transpose()?)
    }

    /// `HEX_API_KEY`, if it is for a server that the user has named or that is meant where none is.
    ///
    /// # Errors
    /// As [`Context::usual_api`], and when the key can't be one.
    pub(crate) fn key_for(&self, api: &ApiUrl) -> Result<Option<Secret>> {
        let Some(key) = environment_key()? else { return Ok(None) };
        let is_for = match self.usual_api()? {
            Some(usual) => usual == *api,
            None => api.is_hexpm() || self.machine.server(api)?.login.is_none(),
        };
        Ok(Some(key).filter(|_| is_for))
    }

    /// `HEX_API_KEY`, if the environment or `hex.config` say that it is for this server: for what nobody has asked for in
    /// so many words.
    ///
    /// # Errors
    /// As [`Context::key_for`].
    pub(crate) fn key_surely_for(&self, api: &ApiUrl) -> Result<Option<Secret>> {
        let Some(key) = environment_key()? else { return Ok(None) };
        let is_for = self.usual_api()?.is_some_and(|usual| usual == *api);
        Ok(Some(key).filter(|_| is_for))
    }
}
