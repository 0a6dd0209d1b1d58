//! Keys in variables: whether the server that each is for knows it. They are shown to no other server.

use anyhow::{Result, bail};
use skep_client::api::{Api, ApiError, Credential};
use skep_client::config::exposure::Redirects;
use skep_client::doctor::Finding;
use skep_client::secret::Secret;
use skep_client::server::{ApiUrl, RepositoryUrl};

use super::patience::in_time;
use super::servers::Server;
use crate::commands::context::{Context, variable};
use crate::failure::told;

const API_KEY: &str = "HEX_API_KEY";
const REPOS_KEY: &str = "HEX_REPOS_KEY";

/// What is wrong with keys in variables. `named` is the server that the user wants to be looked at.
pub(super) async fn look(context: &Context, named: Option<&Server>) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    if let Some(key) = variable(API_KEY) {
        found.extend(check(context, API_KEY, &key, api(context, named)).await?);
    }
    if let Some(key) = variable(REPOS_KEY) {
        found.extend(check(context, REPOS_KEY, &key, repositories(context)).await?);
    }
    Ok(found)
}

/// The API that `HEX_API_KEY` is for. Where nothing says so, the one that is named may see it, and no other: mix would show it
/// to hex.pm, which is no reason to do it here.
fn api(context: &Context, named: Option<&Server>) -> Result<Option<ApiUrl>> {
    match context.usual_api()?.or_else(|| named.map(|server| server.api.clone())) {
        Some(api) => Ok(Some(api)),
        None => bail!("neither HEX_API_URL nor api_url says whose it is; say which server: skep doctor URL"),
    }
}

/// The API of the server that `HEX_REPOS_KEY` opens: that of a trusted mirror, or of what `hexpm` is. A mirror that is
/// not trusted gets no key, and then there is nobody to ask.
fn repositories(context: &Context) -> Result<Option<ApiUrl>> {
    let redirects = Redirects::read(variable);
    if let Some((_, url)) = redirects.trusted_mirror {
        return Ok(RepositoryUrl::parse(&url)?.api());
    }
    if redirects.mirror.is_some() {
        return Ok(None);
    }
    Ok(context.repositories()?.resolve("hexpm")?.root.api())
}

async fn check(
    context: &Context,
    name: &'static str,
    key: &str,
    server: Result<Option<ApiUrl>>,
) -> Result<Option<Finding>> {
    let remedy = |server: &ApiUrl| {
        format!("unset {name}, or set it to a key of {server} (skep key list --server {server})")
    };
    let key = match Secret::key(key) {
        Ok(key) => key,
        Err(error) => {
            let remedy = format!("unset {name}, or set it anew");
            return Ok(Some(Finding::broken("key_refused", name, error.to_string(), remedy)));
        }
    };
    let unknown = |why: String| {
        Finding::note("key_unchecked", name, format!("whether it is right could not be found out: {why}"))
    };
    let server = match server {
        Ok(Some(server)) => server,
        Ok(None) => return Ok(Some(unknown("no server that is known would get it".to_owned()))),
        Err(error) => return Ok(Some(unknown(told(&error)))),
    };
    let api = Api::new(context.network()?.clone(), server.clone(), Credential::Key(key));
    let answer = match name {
        REPOS_KEY => in_time(api.check_repositories()).await,
        _ => in_time(api.check_api()).await,
    };
    let told = |error: &ApiError| format!("{server} refuses it: {error}");
    Ok(Some(match answer {
        Ok(Ok(())) => Finding::good("key_accepted", name, format!("{server} accepts it")),
        Ok(Err(error)) if matches!(error.status(), Some(401 | 403)) => match is_known(&error) {
            true => Finding::warning("key_without_access", name, told(&error), remedy(&server)),
            false => Finding::broken("key_refused", name, told(&error), remedy(&server)),
        },
        Ok(Err(error)) => unknown(format!("{server}: {error}")),
        Err(late) => unknown(format!("{server}: {late}")),
    }))
}

/// Whether the server knows the key, which opens other things than were asked for. Hex servers say it in these words.
fn is_known(error: &ApiError) -> bool {
    error.status() == Some(403) || error.to_string().contains("not authorized")
}
