//! Which signing key to trust: the one that was named, the one that was trusted before, or the one that the user looks at.

use anyhow::{Error, Result, anyhow, bail};
use hex_registry::{Fingerprint, PublicKey};
use skep_client::address::Address;
use skep_client::config::connections::Connection;
use skep_client::network::Network;
use skep_client::repository::{Repository, RepositoryError};
use skep_client::server::{HEXPM_FINGERPRINT, RepositoryUrl};

use crate::commands::context::Context;
use crate::output::options::options;
use crate::output::{is_interactive, note, prompt};

pub(crate) async fn signing_key(
    context: &Context,
    network: &Network,
    address: &Address,
    before: Option<&Connection>,
) -> Result<PublicKey> {
    let repository = &address.repository;
    let key = match Repository::new(network, repository.clone(), None).public_key().await {
        Err(error @ RepositoryError::NoPublicKey { .. }) => {
            return Err(static_registry(network, address).await.unwrap_or_else(|| error.into()));
        }
        key => key?,
    };
    let found = key.fingerprint();
    let stored = match before {
        Some(before) => Some(before.fingerprint.clone()),
        None => context.machine.server(&address.api)?.fingerprint,
    };
    let known: Option<Fingerprint> = match stored {
        _ if repository.is_hexpm() => Some(HEXPM_FINGERPRINT.parse()?),
        Some(stored) => stored.parse().ok(),
        None => None,
    };
    match (&address.fingerprint, known) {
        (Some(pinned), _) if *pinned == found => Ok(key),
        (Some(pinned), _) => {
            bail!("the signing key of {repository} has fingerprint {found}, not {pinned}")
        }
        (None, Some(known)) if known == found => Ok(key),
        (None, Some(known)) => bail!(
            "the signing key of {repository} changed from {known} to {found}: if its operator confirms the new one, say \
             --fingerprint {found}"
        ),
        (None, None) => ask(address, found).map(|()| key),
    }
}

/// What to do instead, if there is a repository without an API at the very address.
async fn static_registry(network: &Network, address: &Address) -> Option<Error> {
    let url = RepositoryUrl::parse(address.site()).ok()?;
    let key = Repository::new(network, url.clone(), None).public_key().await.ok()?;
    let fingerprint = key.fingerprint();
    Some(anyhow!(
        "{url} is a repository without an API: `skep repo add NAME {url} --fetch-public-key {fingerprint}` adds it, if its \
         operator confirms the fingerprint"
    ))
}

fn ask(address: &Address, found: Fingerprint) -> Result<()> {
    let site = address.site();
    if !is_interactive() && !options().yes {
        bail!(
            "nothing says which signing key of {site} to trust: connect '{site}#SHA256:…' or give --fingerprint SHA256:…, as \
             the server's pages and its operator show it"
        );
    }
    let question = format!(
        "{site} signs with the key {found}. Compare it with what its operator says: do you trust it?"
    );
    if !prompt::confirm(&question, false, false)? {
        bail!("the signing key was not trusted");
    }
    // Whoever was asked has just seen it.
    if options().yes {
        note(format!("{site} signs with the key {found}"));
    }
    Ok(())
}
