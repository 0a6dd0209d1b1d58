//! Passwords: changing the own one, and setting a new one by a mailed link.

use skep_core::Error;
use skep_core::access::operations::ChangePassword;
use skep_core::accounts::recovery::NewPassword;

use crate::api::{Cache, Call, Reply};

pub(super) async fn change(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ChangePassword>(&call.caller(), ()).await?;
    let account = access.target().user().username.clone();
    let (core, current) = (call.app.core.clone(), call.params.text("current"));
    let new =
        NewPassword { password: call.params.text("new"), confirmation: call.params.text("new_confirmation") };
    let change = async move { core.change_password(&access, current, new).await };
    call.app.attempt_password(&call.head, &account, change).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

/// Open. What comes of it is only told by mail.
pub(super) async fn ask(call: Call) -> Result<Reply, Error> {
    call.app.count_mail_request(&call.head.client)?;
    call.app.core.request_password_reset(&call.caller(), call.params.required("name")?).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

/// Open: the key that was mailed is the proof.
pub(super) async fn reset(call: Call) -> Result<Reply, Error> {
    let (name, key) = (call.params.required("name")?, call.params.required("key")?);
    let new = NewPassword {
        password: call.params.text("password"),
        confirmation: call.params.text("password_confirmation"),
    };
    let revoke_keys = call.params.boolean("revoke_all").map_err(|error| Error::field("revoke_all", error))?;
    let caller = call.caller();
    call.app.core.finish_password_reset(&caller, name, key, new, revoke_keys.unwrap_or(true)).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}
