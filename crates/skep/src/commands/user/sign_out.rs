//! `skep user deauth`: ends the login at the server, then forgets it here, also when the server can't be reached.

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use skep_client::api::{Api, Credential, KeysOf};
use skep_client::config::credentials::{Method, Secrets};
use skep_client::server::ApiUrl;

use crate::args::DeauthUserArgs;
use crate::commands::context::{Context, block_on};
use crate::failure::told;
use crate::output::{self, Report, Text, prompt};

/// What the command did.
#[derive(Serialize)]
struct SignedOut {
    signed_out: Vec<Place>,
}

#[derive(Serialize)]
struct Place {
    server: String,
    username: Option<String>,
}

impl Report for SignedOut {
    fn text(&self) -> Text {
        Text::default()
    }
}

pub(super) fn run(context: &Context, args: &DeauthUserArgs) -> Result<()> {
    let servers = if args.all_servers {
        let known = context.machine.servers()?.into_iter();
        known.filter(|(_, server)| server.login.is_some()).map(|(url, _)| url).collect()
    } else {
        vec![context.api_url()?]
    };
    if args.all_servers && servers.is_empty() {
        output::note("Not signed in to any server");
    }
    let (mut logins, mut signed_out) = (Vec::new(), Vec::new());
    for url in servers {
        match context.machine.server(&url)?.login {
            Some(login) => logins.push((url, login)),
            None => output::note(format!("Not signed in to {url}")),
        }
    }
    if args.everywhere && !logins.is_empty() {
        prompt::insist("End all sessions of the account, on every machine?")?;
    }
    let is_only = logins.len() == 1;
    let (mut left, mut undone) = (Vec::new(), Vec::new());
    for (url, login) in logins {
        match sign_out(context, &url, login.method, args.everywhere) {
            Ok(failures) => {
                if failures.is_empty() {
                    output::note(format!("Signed out of {url}"));
                }
                left.extend(failures);
                signed_out.push(Place { server: url.to_string(), username: login.username });
            }
            Err(error) if is_only => return Err(error),
            // The others are signed out of all the same.
            Err(error) => undone.push(told(&error)),
        }
    }
    output::report(&SignedOut { signed_out })?;
    match (undone.as_slice(), left.as_slice()) {
        ([], []) => Ok(()),
        ([], left) => bail!("signed out on this machine, but {}", left.join("; ")),
        (undone, left) => bail!("not signed out of every server: {}", [undone, left].concat().join("; ")),
    }
}

/// Ends the login, and before it all other sessions of the account if they are to end: with this login, as no other key says
/// whose sessions are meant. Gives what went wrong at the server.
fn sign_out(context: &Context, url: &ApiUrl, method: Method, everywhere: bool) -> Result<Vec<String>> {
    if everywhere {
        let ended = context.login_at(url).and_then(|api| {
            let api = api.context("the login is not complete")?;
            block_on(async { Ok(api.revoke_other_sessions().await?) })
        });
        ended.with_context(|| {
            format!("cannot end the other sessions at {url}, and so you are still signed in")
        })?;
    }
    end(context, url, method)
}

/// Ends the login. What a user brought, a key of another place, stays as it is at the server. Gives what went wrong there.
pub(crate) fn end(context: &Context, url: &ApiUrl, method: Method) -> Result<Vec<String>> {
    let failures = match (context.machine.secrets(url), method) {
        (_, Method::Key) => Vec::new(),
        (Ok(secrets), _) => {
            let api = context.anonymous_api_of(url.clone())?;
            block_on(async { Ok(revoke(&api, &secrets).await) })?
        }
        (Err(error), _) => vec![format!("the server was not told: {error}")],
    };
    context.machine.sign_out(url)?;
    Ok(failures)
}

/// Revokes what an earlier login left, when a new one has taken its place. Gives what went wrong.
pub(super) fn revoke_before(api: &Api, mut before: Secrets, now: &Secrets) -> Result<Vec<String>> {
    // Keys that were revoked meanwhile have left their names to the new ones, which must stay.
    let name = |key: &Option<_>| {
        key.as_ref().map(|key: &skep_client::config::credentials::NamedKey| key.name.clone())
    };
    if name(&before.api_key) == name(&now.api_key) {
        before.api_key = None;
    }
    if name(&before.repository_key) == name(&now.repository_key) {
        before.repository_key = None;
    }
    block_on(async { Ok(revoke(api, &before).await) })
}

/// Revokes the keys and the session of a login. Gives what went wrong.
async fn revoke(api: &Api, secrets: &Secrets) -> Vec<String> {
    let mut failures = Vec::new();
    if let Some(tokens) = &secrets.tokens {
        let token = tokens.refresh.as_ref().unwrap_or(&tokens.access);
        if let Err(error) = api.revoke_token(token).await {
            failures.push(format!("the session could not be ended: {error}"));
        }
    }
    let Some(own) = &secrets.api_key else { return failures };
    let api = api.with_credential(Credential::Key(own.secret.clone()));
    // That of the API last, because it does the revoking.
    for key in [&secrets.repository_key, &secrets.api_key].into_iter().flatten() {
        let Some(name) = &key.name else { continue };
        match api.revoke_key(&KeysOf::Caller, name).await {
            Ok(()) => {}
            // Revoked by somebody else.
            Err(error) if matches!(error.status(), Some(401 | 404)) => {}
            Err(error) => failures.push(format!("key {name} could not be revoked: {error}")),
        }
    }
    failures
}
