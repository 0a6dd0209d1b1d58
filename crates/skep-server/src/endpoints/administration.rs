//! Accounts in the hands of those who administer the instance.

use skep_core::Error;
use skep_core::access::operations::{ChangeUsers, ReadUsers};
use skep_core::administration::{UserChange, UserRecord};

use crate::api::{Call, Reply, Value, object};

pub(super) async fn list(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ReadUsers>(&call.caller(), ()).await?;
    let search = call.params.address("search")?.unwrap_or_default();
    let users = call.app.core.list_users(&access, search, call.page()).await?;
    Ok(Reply::ok(Value::list(users.into_iter().map(|user| render(&call, user)))))
}

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ReadUsers>(&call.caller(), ()).await?;
    let user = call.app.core.user_record(&access, call.params.required("name")?).await?;
    Ok(Reply::ok(render(&call, user)))
}

pub(super) async fn deactivate(call: Call) -> Result<Reply, Error> {
    Ok(Reply::ok(change(call, UserChange::Deactivate).await?))
}

pub(super) async fn reactivate(call: Call) -> Result<Reply, Error> {
    Ok(Reply::ok(change(call, UserChange::Reactivate).await?))
}

pub(super) async fn promote(call: Call) -> Result<Reply, Error> {
    Ok(Reply::ok(change(call, UserChange::Promote).await?))
}

pub(super) async fn demote(call: Call) -> Result<Reply, Error> {
    change(call, UserChange::Demote).await?;
    Ok(Reply::no_content())
}

pub(super) async fn reset_two_factor(call: Call) -> Result<Reply, Error> {
    change(call, UserChange::ResetTwoFactor).await?;
    Ok(Reply::no_content())
}

pub(super) async fn sessions(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ReadUsers>(&call.caller(), ()).await?;
    let sessions = call.app.core.sessions_of_user(&access, call.params.required("name")?).await?;
    Ok(Reply::ok(Value::list(sessions.iter().map(super::sessions::render))))
}

pub(super) async fn end_sessions(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ChangeUsers>(&call.caller(), ()).await?;
    call.app.core.end_sessions_of_user(&access, call.params.required("name")?).await?;
    Ok(Reply::no_content())
}

async fn change(call: Call, change: UserChange) -> Result<Value, Error> {
    let access = call.app.core.allow::<ChangeUsers>(&call.caller(), ()).await?;
    let user = call.app.core.change_user(&access, call.params.required("name")?, change).await?;
    Ok(render(&call, user))
}

fn render(call: &Call, user: UserRecord) -> Value {
    let emails = user.emails.into_iter().map(|email| {
        object! {
            "email" => email.address,
            "verified" => email.verified,
            "primary" => email.is_primary,
            "public" => email.is_public,
        }
    });
    object! {
        "url" => call.api_url(&format!("/admin/users/{}", user.username)),
        "username" => user.username,
        "full_name" => user.full_name,
        "emails" => Value::list(emails),
        "administrator" => user.administrator,
        "tfa_enabled" => user.two_factor,
        "deactivated_at" => user.deactivated_at.map(Value::time),
        "last_used_at" => user.last_used_at.map(Value::time),
        "inserted_at" => Value::time(user.inserted_at),
    }
}
