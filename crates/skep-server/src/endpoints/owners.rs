//! Owners of packages.

use skep_core::Error;
use skep_core::access::PackagePath;
use skep_core::access::operations::{ChangeOwners, ReadRepository};
use skep_core::owners::{NewOwner, OwnerView};

use super::users;
use crate::api::{Cache, Call, Param, Reply, Value};

pub(super) async fn list(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<ReadRepository>(&caller, call.repository()?).await?;
    let owners = call.app.core.owners(&access, call.params.required("name")?).await?;
    Ok(Reply::ok(Value::list(owners.iter().map(|owner| render(&call, owner)))).cache(Cache::Private))
}

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<ReadRepository>(&caller, call.repository()?).await?;
    let owner = call.app.core.owner(&access, call.params.required("name")?, &username(&call)?).await?;
    Ok(Reply::ok(render(&call, &owner)).cache(Cache::Private))
}

pub(super) async fn put(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let path = PackagePath { repository: call.repository()?, name: call.params.required("name")? };
    let access = call.app.core.allow::<ChangeOwners>(&caller, path).await?;
    // A text that says true is not enough to take a package from everybody else.
    let transfer = matches!(call.params.get("transfer"), Some(Param::Bool(true)));
    let new = NewOwner { level: call.params.text("level"), transfer };
    call.app.core.put_owner(&access, &username(&call)?, new).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

pub(super) async fn delete(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let path = PackagePath { repository: call.repository()?, name: call.params.required("name")? };
    let access = call.app.core.allow::<ChangeOwners>(&caller, path).await?;
    call.app.core.remove_owner(&access, &username(&call)?).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

/// Username or address. It is decoded a second time, in the way of forms, because clients encode it twice.
fn username(call: &Call) -> Result<String, Error> {
    let once = call.params.required("username")?.replace('+', " ");
    let twice =
        percent_encoding::percent_decode_str(&once).decode_utf8().map_err(|_| Error::bad_request())?;
    if twice.contains('\0') {
        return Err(Error::bad_request());
    }
    Ok(twice.into_owned())
}

fn render(call: &Call, owner: &OwnerView) -> Value {
    users::render(call, &owner.account).with("level", owner.level.as_str())
}
