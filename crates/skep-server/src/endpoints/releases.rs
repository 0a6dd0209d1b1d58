//! Releases: showing, publishing, reverting.

use bytes::Bytes;
use skep_core::Error;
use skep_core::access::operations::{Publish, ReadRepository, Revert};
use skep_core::access::{Access, PackagePath};
use skep_core::downloads::{DownloadQuery, Downloads};
use skep_core::packages::ReleaseView;

use super::packages::{Urls, render_configs, render_owner, render_retirement};
use crate::api::{Cache, Call, Param, Reply, Value, object};

/// Largest package, in bytes.
const MAX_TARBALL: u64 = hex_format::tarball::MAX_TARBALL as u64;

/// What the reference says of a package that was sent without asking first.
const TOO_BIG: &str = "tarball error, Extraction size exceeds the configured max_size limit";

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<ReadRepository>(&caller, call.repository()?).await?;
    let (name, version) = (call.params.required("name")?, call.params.required("version")?);
    let release = call.app.core.release(&access, name, version).await?;
    let param = |name: &str| call.params.text(name).ok().flatten();
    let (unit, after, before) = (param("downloads"), param("downloads_after"), param("downloads_before"));
    let query = DownloadQuery::parse(unit.as_deref(), after.as_deref(), before.as_deref());
    let downloads = call.app.core.release_downloads(&release, &query).await?;
    let etag = super::tag((&release.fingerprint, &downloads));
    let body = render(&call, &release)
        .with("downloads", render_downloads(downloads))
        .with("security_advisories", Value::List(Vec::new()));
    let reply = Reply::ok(body).cache(call.cache_of(release.is_public()));
    Ok(reply.etag(etag).last_modified(release.last_modified))
}

/// `POST …/packages/NAME/releases`: who may publish is known before the body is read.
pub(super) async fn publish(mut call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let path = PackagePath { repository: call.repository()?, name: call.params.required("name")? };
    call.app.core.allow::<Publish>(&caller, path).await?;
    let tarball = receive(&mut call).await?;
    // The upload may have taken minutes, in which rights can end.
    let path = PackagePath { repository: call.repository()?, name: call.params.required("name")? };
    let access = call.app.core.allow::<Publish>(&caller, path).await?;
    finish(call, &access, tarball).await
}

/// `POST …/publish`: which package it is stands in the tarball.
pub(super) async fn publish_unnamed(mut call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let tarball = receive(&mut call).await?;
    let name = call.app.core.peek_name(&tarball).await?;
    let path = PackagePath { repository: call.repository()?, name: &name };
    let access = call.app.core.allow::<Publish>(&caller, path).await?;
    finish(call, &access, tarball).await
}

/// Reads the tarball. One that is too big is refused in the words of the reference, which differ between
/// clients that announced the size and waited, and those that just sent it.
async fn receive(call: &mut Call) -> Result<Bytes, Error> {
    let waits = call.head.expects_continue;
    super::receive::receive(call, MAX_TARBALL).await.map_err(|error| match error.code {
        "validation" if !waits => Error::field("tar", TOO_BIG),
        _ => error,
    })
}

async fn finish(call: Call, access: &Access<Publish>, tarball: Bytes) -> Result<Reply, Error> {
    let replace = match call.params.get("replace") {
        None | Some(Param::Bool(true)) => true,
        Some(Param::Text(text)) => text == "true",
        Some(_) => false,
    };
    let published = call.app.core.publish(access, tarball, replace).await?;
    let body = render(&call, &published.release).with("downloads", Value::Null);
    let cache = call.cache_of(published.release.is_public());
    if !published.created {
        return Ok(Reply::ok(body).cache(cache));
    }
    let urls = Urls::of(&call, "hexpm", &published.release.package);
    // The reference names the public address even for private packages; clients do not follow it.
    Ok(Reply::created(&urls.release(&published.release.version), body).cache(cache))
}

pub(super) async fn revert(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let path = PackagePath { repository: call.repository()?, name: call.params.required("name")? };
    let access = call.app.core.allow::<Revert>(&caller, path).await?;
    call.app.core.revert(&access, call.params.required("version")?).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

/// Without downloads it is an empty list, also where a sum is asked for: as the reference answers.
fn render_downloads(downloads: Downloads) -> Value {
    match downloads {
        Downloads::None => Value::List(Vec::new()),
        Downloads::Sum(sum) => Value::Int(sum),
        Downloads::Series(series) => Value::list(
            series.into_iter().map(|(date, count)| Value::list([Value::Text(date), Value::Int(count)])),
        ),
    }
}

fn render(call: &Call, release: &ReleaseView) -> Value {
    let urls = Urls::of(call, &release.repository, &release.package);
    let requirements = release.requirements.iter().map(|requirement| {
        let line = object! {
            "app" => requirement.app.clone(),
            "requirement" => requirement.requirement.clone(),
            "optional" => requirement.optional,
        };
        (requirement.name.clone(), line)
    });
    object! {
        "version" => release.version.clone(),
        "checksum" => release.tarball.sha256.to_string(),
        "has_docs" => release.has_docs,
        "inserted_at" => Value::time(release.inserted_at),
        "updated_at" => Value::time(release.updated_at),
        "retirement" => release.retirement.as_ref().map(render_retirement),
        "package_url" => urls.api.clone(),
        "url" => urls.release(&release.version),
        "html_url" => urls.release_page(&release.version),
        "docs_html_url" => release.has_docs.then(|| urls.docs(&release.version)),
        "requirements" => Value::map(requirements),
        "configs" => render_configs(&release.configs),
        "meta" => object! {
            "app" => release.meta.app.clone(),
            "build_tools" => Value::list(release.meta.build_tools.clone()),
            "elixir" => release.meta.elixir.clone(),
        },
        "publisher" => release.publisher.as_ref().map(|publisher| render_owner(call, publisher)),
    }
}
