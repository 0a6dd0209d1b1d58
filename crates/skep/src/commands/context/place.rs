//! The API of the server that a package is at: the server that commands speak to or that knows its organization, unless a
//! repository of this machine's configuration was named.

use anyhow::{Context as _, Result, bail};
use skep_client::api::Api;
use skep_client::package_ref::Place;

use super::Context;

impl Context {
    /// The API of the server at a place, asked by whoever is signed in there.
    pub(crate) fn api_at(&self, place: &Place) -> Result<Api> {
        let api = self.api_at_if_signed_in(place)?;
        if api.is_anonymous() {
            let url = api.base();
            bail!("not signed in to {url}: run `skep user auth --server {url}` or set HEX_API_KEY");
        }
        Ok(api)
    }

    /// The same by nobody, if nobody is signed in: for what strangers may see too.
    pub(crate) fn api_at_if_signed_in(&self, place: &Place) -> Result<Api> {
        if place.repo.is_none() {
            return match &place.organization {
                Some(organization) => self.for_organization(organization)?.api_if_signed_in(),
                None => self.api_if_signed_in(),
            };
        }
        let entry = self.repositories()?.resolve(&place.name())?;
        let base = entry.exchange.or_else(|| entry.root.api()).with_context(|| {
            format!(
                "it can't be told from {} where the API of repository {place} is: say --server in place of --repo; `skep package \
                 versions` needs no API",
                entry.root
            )
        })?;
        // HEX_API_KEY is for the server that is meant where no repository is named, if for any.
        if base == self.api_url()? {
            return self.api_if_signed_in();
        }
        let api = self.anonymous_api_of(base)?;
        let credential = self.stored(&api)?;
        Ok(api.with_credential(credential))
    }
}
