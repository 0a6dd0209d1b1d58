//! Which signing key to trust. Clients verify everything with it, so this is the one moment that matters: a key is trusted
//! because its fingerprint was given, because it is the same as before, or, the first time, because the user says so.

use anyhow::{Context as _, bail};
use hex_format::name::OrganizationName;
use hex_registry::{Fingerprint, PublicKey};
use skep_client::repository::Repository;
use skep_client::server::{HEXPM_FINGERPRINT, RepositoryUrl};

use super::context::Context;
use crate::output::options::options;
use crate::output::{is_interactive, note, prompt};

/// What the user said about the key.
pub(crate) struct Expectation<'a> {
    /// The fingerprint that it must have.
    pub(crate) fingerprint: Option<&'a Fingerprint>,
    /// The organization that it is about. Its stored entry may hold a key that was trusted before; and where nobody can be
    /// asked, an unknown key is not trusted for it, because a credential goes to the server next.
    pub(crate) organization: Option<&'a OrganizationName>,
}

/// A signing key that the user trusts.
pub(crate) struct Trusted {
    pub(crate) key: PublicKey,
    /// Nobody knew it before.
    first_use: bool,
}

/// Fetches the server's signing key and gives it if it is to be trusted. Nothing is stored: see [`remember`].
pub(crate) async fn signing_key(
    context: &Context,
    repository_url: &RepositoryUrl,
    expected: Expectation<'_>,
) -> anyhow::Result<Trusted> {
    let key = Repository::new(context.network()?, repository_url.clone(), None)
        .with_cache(context.registry_cache())
        .public_key()
        .await?;
    let fingerprint = key.fingerprint();
    if let Some(pinned) = expected.fingerprint {
        if *pinned != fingerprint {
            bail!("the signing key of {repository_url} has fingerprint {fingerprint}, not {pinned}");
        }
        return Ok(Trusted { key, first_use: false });
    }
    match known(context, repository_url, expected.organization)? {
        Some(known) if known == fingerprint => Ok(Trusted { key, first_use: false }),
        Some(known) => bail!(
            "the signing key of {repository_url} changed from {known} to {fingerprint}: if its operator confirms the \
             new one, `skep connect '{repository_url}#{fingerprint}'` trusts it"
        ),
        None => {
            if expected.organization.is_some() && !options().yes && !is_interactive() {
                bail!(
                    "{repository_url} signs with the key {fingerprint}, which this machine does not know: compare it with \
                     what its operator says, and trust it by `skep connect '{repository_url}#{fingerprint}'`"
                );
            }
            let question = format!("{repository_url} signs with the key {fingerprint}. Trust it?");
            if !prompt::confirm(&question, false, true)? {
                bail!("the signing key was not trusted");
            }
            Ok(Trusted { key, first_use: true })
        }
    }
}

/// Stores that a key is trusted, after everything was verified with it, and says so the first time.
pub(crate) fn remember(
    context: &Context,
    repository_url: &RepositoryUrl,
    trusted: &Trusted,
) -> anyhow::Result<()> {
    let api = context.api_url()?;
    if repository_url.is_hexpm() || !belongs(&api, repository_url) {
        return Ok(());
    }
    let fingerprint = trusted.key.fingerprint().to_string();
    if trusted.first_use {
        note(format!("{repository_url} signs with the key {fingerprint}, trusted from now on"));
    }
    context.machine.change_server(&api, |server| server.fingerprint = Some(fingerprint))?;
    Ok(())
}

/// The fingerprint that was trusted before.
pub(crate) fn known(
    context: &Context,
    repository_url: &RepositoryUrl,
    organization: Option<&OrganizationName>,
) -> anyhow::Result<Option<Fingerprint>> {
    if repository_url.is_hexpm() {
        return Ok(Some(HEXPM_FINGERPRINT.parse()?));
    }
    let api = context.api_url()?;
    if belongs(&api, repository_url)
        && let Some(stored) = context.machine.server(&api)?.fingerprint
    {
        return Ok(Some(stored.parse().context("the stored fingerprint is damaged")?));
    }
    let Some(organization) = organization else { return Ok(None) };
    let stored = context.machine.organization_key(repository_url, organization)?;
    match stored.and_then(|stored| stored.public_key) {
        Some(pem) => {
            Ok(Some(PublicKey::from_pem(&pem).context("the stored signing key is damaged")?.fingerprint()))
        }
        None => Ok(None),
    }
}

/// Whether what is stored about an API speaks of this repository.
fn belongs(api: &skep_client::server::ApiUrl, repository_url: &RepositoryUrl) -> bool {
    // A repository given by hand beside an underivable API is the only one that API has.
    api.repository().map_or(true, |own| own == *repository_url)
}
