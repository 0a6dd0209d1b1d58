//! The repository: registry resources, tarballs and documentation archives as every Hex client fetches
//! them, under `/repo` for the public repository and `/repo/repos/ORGANIZATION` for a private one.
//!
//! It must never answer 401 (mix opens a prompt on it), never label anything with a content encoding
//! (gzip is the format, and mix would unpack twice), and never look at credentials for what is public.

mod answer;
mod conditional;
mod path;
mod range;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{Method, Request, StatusCode, header};
use skep_core::access::operations::{Fetch, FetchPolicy};
use skep_core::access::{Access, PolicyPath};
use skep_core::resources::{Kind, Resource as Policy};
use skep_core::{Caller, Error, Origin, Surface};

use crate::api::client_address::ClientAddress;
use crate::app::App;
use crate::installs;
use answer::Lifetime;
use path::{File, Resource};

/// Answers a request below `/repo`. `path` is what follows.
pub async fn answer(app: &Arc<App>, request: Request<Body>, path: &str, client: ClientAddress) -> Response {
    let (parts, _body) = request.into_parts();
    let result = match Resource::parse(path) {
        Some(resource) if parts.method == Method::GET || parts.method == Method::HEAD => {
            respond(app, &parts, &resource, &client).await
        }
        _ => Err(Error::not_found()),
    };
    let response = result.unwrap_or_else(|error| answer::error(&error, path));
    if parts.method == Method::HEAD { answer::without_body(response) } else { response }
}

async fn respond(
    app: &Arc<App>,
    parts: &Parts,
    resource: &Resource<'_>,
    client: &ClientAddress,
) -> Result<Response, Error> {
    match resource.file {
        File::PublicKey => {
            let pem = app.public_key_pem.clone().into();
            return Ok(answer::text(parts, "application/x-pem-file", Lifetime::PUBLIC_KEY, pem));
        }
        File::Installs(path) => {
            let content =
                installs::read(app.settings.installs.as_deref(), path, app.core.signing_key()).await?;
            let kind = if path.ends_with(".csv") { "text/csv" } else { "application/octet-stream" };
            return Ok(answer::text(parts, kind, Lifetime::INSTALLS, content));
        }
        File::Policy(name) => {
            let resource =
                policy(app, parts, PolicyPath { repository: resource.repository, name }, client).await?;
            return Ok(answer::resource(parts, &resource, Lifetime::policy(resource.is_public_policy)));
        }
        _ => {}
    }
    let access = allow(app, parts, resource.repository, client).await?;
    let public = access.target().repository.is_public();
    match resource.file {
        File::Names => Box::pin(index(app, parts, &access, Kind::Names)).await,
        File::Versions => Box::pin(index(app, parts, &access, Kind::Versions)).await,
        File::Package(name) => {
            let resource = app.core.package_resource(&access, name).await?;
            Ok(answer::resource(parts, &resource, Lifetime::registry(public)))
        }
        File::Tarball { name, version } => {
            let (blob, download) = app.core.tarball_blob(&access, name, version).await?;
            let response = Box::pin(answer::blob(app, parts, &blob, Lifetime::tarball(public))).await?;
            // Neither what the client has already nor a part of it is a download.
            if parts.method == Method::GET && response.status() == StatusCode::OK {
                app.core.count_download(download);
            }
            Ok(response)
        }
        File::Docs { name, version } => {
            let blob = app.core.docs_blob(&access, name, version).await?;
            Box::pin(answer::blob(app, parts, &blob, Lifetime::docs(public))).await
        }
        File::PublicKey | File::Installs(_) | File::Policy(_) => unreachable!("answered above"),
    }
}

async fn index(app: &App, parts: &Parts, access: &Access<Fetch>, kind: Kind) -> Result<Response, Error> {
    let resource = app.core.index_resource(access, kind).await?;
    Ok(answer::resource(parts, &resource, Lifetime::registry(access.target().repository.is_public())))
}

/// A public policy is open to everyone, whatever the header says.
async fn policy(
    app: &App,
    parts: &Parts,
    path: PolicyPath<'_>,
    client: &ClientAddress,
) -> Result<Arc<Policy>, Error> {
    let (caller, refused) = match caller(app, parts, path.repository, client).await {
        Ok(caller) => (caller, None),
        Err(error) if error.status >= 500 => return Err(error),
        Err(error) => (Caller::default(), Some(error)),
    };
    match app.core.allow::<FetchPolicy>(&caller, path).await {
        Ok(access) => Ok(access.target().resource.clone()),
        Err(error) => Err(refused.unwrap_or(error)),
    }
}

async fn allow(
    app: &App,
    parts: &Parts,
    repository: &str,
    client: &ClientAddress,
) -> Result<Access<Fetch>, Error> {
    let caller = caller(app, parts, repository, client).await?;
    app.core.allow::<Fetch>(&caller, repository).await
}

/// The public repository is open whatever the header says; Gleam sends its key there too.
async fn caller(app: &App, parts: &Parts, repository: &str, client: &ClientAddress) -> Result<Caller, Error> {
    if repository == "hexpm" {
        return Ok(Caller::default());
    }
    let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let origin = Origin { ip: Some(client.ip), user_agent: agent.unwrap_or_default().to_owned() };
    let mut shown = parts.headers.get_all(header::AUTHORIZATION).iter();
    let header = shown.next().filter(|_| shown.next().is_none()).map(|value| value.as_bytes());
    let principal = app.identify(header, Surface::Repository, client, &origin).await;
    Ok(Caller { principal: principal.map_err(never_401)?, origin, ..Caller::default() })
}

/// A credential that is no good is as good as none here; its message is kept for whoever looks.
fn never_401(error: Error) -> Error {
    if error.status != 401 && error.status != 400 {
        error
    } else {
        Error { status: 403, challenge: None, ..error }
    }
}
