//! What those who administer the instance see and decide: names that nobody may publish, and the logs of
//! organizations that are not there any more.

use skep_core::Error;
use skep_core::access::operations::{ReadInstance, ReserveNames};
use skep_core::reserved::{GivenName, ReservedPackage};

use super::audit_logs;
use crate::api::{Cache, Call, Params, Reply, Value, object};

pub(super) async fn list(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ReadInstance>(&call.caller(), ()).await?;
    let names = call.app.core.reserved_names(&access, call.page()).await?;
    Ok(Reply::ok(Value::list(names.into_iter().map(render))).cache(Cache::Private))
}

pub(super) async fn create(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ReserveNames>(&call.caller(), ()).await?;
    let name = call.app.core.reserve_name(&access, given(&call.params)).await?;
    let location = call.api_url("/admin/reserved-names");
    Ok(Reply::created(&location, render(name)).cache(Cache::Private))
}

pub(super) async fn delete(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ReserveNames>(&call.caller(), ()).await?;
    call.app.core.release_name(&access, given(&call.params)).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

pub(super) async fn organization_audit_logs(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ReadInstance>(&call.caller(), ()).await?;
    let name = call.params.required("organization")?;
    let entries = call.app.core.any_organization_audit_logs(&access, name, call.page()).await?;
    Ok(audit_logs::render(entries).cache(Cache::Private))
}

fn given(params: &Params) -> GivenName {
    GivenName {
        repository: params.text("repository"),
        name: params.text("name"),
        version: params.text("version"),
        reason: params.text("reason"),
    }
}

fn render(name: ReservedPackage) -> Value {
    object! {
        "repository" => name.repository,
        "name" => name.name,
        "version" => name.version,
        "reason" => name.reason,
        "inserted_at" => Value::time(name.inserted_at),
    }
}
