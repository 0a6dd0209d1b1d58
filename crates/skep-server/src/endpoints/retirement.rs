//! Retiring releases.

use skep_core::Error;
use skep_core::access::PackagePath;
use skep_core::access::operations::Retire;
use skep_core::retirement::NewRetirement;

use crate::api::{Cache, Call, Param, Reply};

pub(super) async fn retire(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let path = PackagePath { repository: call.repository()?, name: call.params.required("name")? };
    let access = call.app.core.allow::<Retire>(&caller, path).await?;
    call.app.core.retire(&access, call.params.required("version")?, given(&call)).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

pub(super) async fn retire_all(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let path = PackagePath { repository: call.repository()?, name: call.params.required("name")? };
    let access = call.app.core.allow::<Retire>(&caller, path).await?;
    let replace = match call.params.get("replace") {
        Some(Param::Bool(replace)) => *replace,
        Some(Param::Text(text)) => text == "true",
        _ => false,
    };
    call.app.core.retire_all(&access, given(&call), replace).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

pub(super) async fn unretire(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let path = PackagePath { repository: call.repository()?, name: call.params.required("name")? };
    let access = call.app.core.allow::<Retire>(&caller, path).await?;
    call.app.core.unretire(&access, call.params.required("version")?).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

fn given(call: &Call) -> NewRetirement {
    NewRetirement { reason: call.params.text("reason"), message: call.params.text("message") }
}
