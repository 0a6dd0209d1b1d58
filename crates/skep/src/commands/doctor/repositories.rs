//! The repositories of `hex.config` that no connection wrote: whether each opens on the way that mix goes, with the address,
//! the key and the signature that stand in its entry. Nothing is written, a token that a key is exchanged for neither.

use std::sync::Arc;

use anyhow::Result;
use futures::stream::{self, StreamExt as _};
use hex_registry::ReadError;
use skep_client::config::repositories::{Entry, RepositoriesError};
use skep_client::doctor::{self, Finding, Grade};
use skep_client::network::Network;
use skep_client::repository::{Access, Exchange, Repository, RepositoryError};

use super::patience::in_time;
use super::servers::{REACH, Server};
use crate::commands::context::Context;

/// Repositories that are asked at a time.
const AT_ONCE: usize = 8;

/// An entry with what opens it, or the name of one that makes no sense and why.
type Asked = std::result::Result<(Access, Entry), (String, RepositoriesError)>;

/// Asks them all, but for those of the servers, which are asked with them, and those that are found broken already.
pub(super) async fn ask(
    context: &Context,
    network: &Network,
    servers: &[Server],
    told: &[Finding],
) -> Result<Vec<Finding>> {
    let Ok(config) = context.machine.hex_config() else { return Ok(Vec::new()) };
    let repositories = context.repositories()?;
    let is_broken = |name: &str| {
        let subject = doctor::mix_subject(name);
        told.iter().any(|finding| finding.grade == Grade::Broken && finding.subject == subject)
    };
    let mut asked: Vec<Asked> = Vec::new();
    for (name, _) in config.repos() {
        if servers.iter().any(|server| server.has(&config, &name)) || is_broken(&name) {
            continue;
        }
        asked.push(match repositories.resolve(&name) {
            Ok(entry) => Ok((access(context, &entry)?, entry)),
            Err(error) => Err((name.into_owned(), error)),
        });
    }
    let one = |asked: Asked| async move {
        match asked {
            Ok((access, entry)) => check(network, &entry, access).await,
            Err((name, error)) => Some(unusable(&name, &error)),
        }
    };
    let found: Vec<Option<Finding>> = stream::iter(asked).map(one).buffered(AT_ONCE).collect().await;
    Ok(found.into_iter().flatten().collect())
}

/// What mix opens it with.
fn access(context: &Context, entry: &Entry) -> Result<Access> {
    let key = entry.auth_key.clone().filter(|_| entry.trusted);
    Ok(match (&entry.token, &entry.exchange, key) {
        (Some(token), Some(_), _) if entry.trusted => Access::Bearer(token.clone()),
        (_, Some(api), Some(key)) => {
            Access::Exchange(Exchange { api: api.clone(), key, keep: Arc::new(|_| ()) })
        }
        (_, None, Some(key)) => Access::Key(key),
        (_, _, None) => context.login(&entry.root)?.unwrap_or_default(),
    })
}

fn unusable(name: &str, error: &RepositoriesError) -> Finding {
    let remedy = format!("skep repo set {name} --url URL, or take it out: skep repo remove {name}");
    Finding::broken("entry_damaged", doctor::mix_subject(name), error.to_string(), remedy)
}

async fn check(network: &Network, entry: &Entry, access: Access) -> Option<Finding> {
    // Without a signing key there is nothing to check, of which a look at the file tells.
    let trusted = entry.public_key.as_ref()?;
    let (name, subject) = (&entry.name, doctor::mix_subject(&entry.name));
    let repository = Repository::of(network, entry).with_access(access);
    let error = match in_time(repository.names()).await {
        Ok(Ok(names)) => {
            let count = names.packages.len();
            let noun = if count == 1 { "package" } else { "packages" };
            return Some(Finding::good("repository", subject, format!("opens, verified, {count} {noun}")));
        }
        Ok(Err(error)) => error,
        Err(late) => {
            let remedy = format!("{REACH}; another address: skep repo set {name} --url URL");
            return Some(Finding::broken("unreachable", subject, format!("{}: {late}", entry.base), remedy));
        }
    };
    let address = format!("skep repo set {name} --url URL");
    let key = format!("skep repo set {name} --auth-key - with a key on standard input");
    let (code, remedy) = match &error {
        RepositoryError::Transport(_) if error.to_string().to_lowercase().contains("certificate") => {
            let remedy = "if its authority is your own: skep config cacerts_path FILE, with the public ones in it too";
            ("tls_untrusted", remedy.to_owned())
        }
        RepositoryError::Transport(_) => ("unreachable", format!("{REACH}; another address: {address}")),
        RepositoryError::Unverified { reason: ReadError::Origin(_), .. } => (
            "repository_name",
            "store it under the name that it has in its registry: skep repo add NAME URL --fetch-public-key SHA256:…"
                .to_owned(),
        ),
        RepositoryError::Unverified { .. } => match in_time(repository.public_key()).await {
            Ok(Ok(current)) if current.fingerprint() != trusted.fingerprint() => {
                let current = current.fingerprint();
                let told = format!(
                    "mix checks it with the key {}, the server signs with {current}",
                    trusted.fingerprint()
                );
                let remedy = format!(
                    "ask its operator; if the new key is right: skep repo set {name} --fetch-public-key {current}"
                );
                return Some(Finding::broken("wrong_signing_key", subject, told, remedy));
            }
            _ => ("signature", format!("ask its operator, or look at the address: {address}")),
        },
        RepositoryError::Missing { .. } => ("repository_closed", format!("{key}; or, if it has moved, {address}")),
        RepositoryError::Exchange { .. } => ("key_refused", key),
        _ => ("repository_failed", format!("look at the address: {address}")),
    };
    Some(Finding::broken(code, subject, error.to_string(), remedy))
}
