//! Documentation of releases.

use skep_core::Error;
use skep_core::access::PackagePath;
use skep_core::access::operations::{ChangeDocs, ReadRepository};

use super::packages::Urls;
use super::receive::receive;
use crate::api::{Cache, Call, Reply};

/// Largest archive, in bytes.
const MAX_ARCHIVE: u64 = hex_format::tarball::MAX_TARBALL as u64;

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<ReadRepository>(&caller, call.repository()?).await?;
    let (name, version) = (call.params.required("name")?, call.params.required("version")?);
    let release = call.app.core.release(&access, name, version).await?;
    if !release.has_docs {
        return Err(Error::not_found());
    }
    let urls = Urls::of(&call, &release.repository, &release.package);
    Ok(Reply::redirect(&urls.docs(&release.version)).cache(call.cache_of(release.is_public())))
}

pub(super) async fn publish(mut call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let repository = call.repository()?.to_owned();
    let (name, version) =
        (call.params.required("name")?.to_owned(), call.params.required("version")?.to_owned());
    // The reference looks for the release before it asks who calls.
    call.app.core.check_release_exists(&repository, &name, &version).await?;
    let path = PackagePath { repository: &repository, name: &name };
    let access = call.app.core.allow::<ChangeDocs>(&caller, path).await?;
    call.app.core.check_documentable(&access, &version).await?;
    let archive = receive(&mut call, MAX_ARCHIVE).await?;
    // The upload may have taken minutes, in which rights can end.
    let path = PackagePath { repository: &repository, name: &name };
    let access = call.app.core.allow::<ChangeDocs>(&caller, path).await?;
    call.app.core.publish_docs(&access, &version, archive).await?;
    let urls = Urls::of(&call, &repository, &name);
    let cache = call.cache_of(access.target().repository.is_public());
    Ok(Reply::status(201).location(&urls.docs(&version)).cache(cache))
}

pub(super) async fn delete(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let path = PackagePath { repository: call.repository()?, name: call.params.required("name")? };
    let access = call.app.core.allow::<ChangeDocs>(&caller, path).await?;
    call.app.core.delete_docs(&access, call.params.required("version")?).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}
