//! Members of an organization.

use skep_core::Error;
use skep_core::access::operations::{ChangeMembers, Leave, ReadOrganization};
use skep_core::members::MemberView;

use super::users;
use crate::api::{Cache, Call, Reply, Value, object};

pub(super) async fn list(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access =
        call.app.core.allow::<ReadOrganization>(&caller, call.params.required("organization")?).await?;
    let members = call.app.core.list_members(&access).await?.into_iter().map(|member| {
        let line = object! {
            "url" => call.api_url(&format!("/users/{}", member.username)),
            "username" => member.username,
            "role" => member.role.as_str(),
        };
        match member.email {
            Some(email) => line.with("email", email),
            None => line,
        }
    });
    Ok(Reply::ok(Value::list(members)).cache(Cache::Private))
}

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access =
        call.app.core.allow::<ReadOrganization>(&caller, call.params.required("organization")?).await?;
    let member = call.app.core.member(&access, call.params.required("name")?).await?;
    Ok(Reply::ok(render(&call, &member)).cache(Cache::Private))
}

pub(super) async fn add(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let organization = call.params.required("organization")?;
    let access = call.app.core.allow::<ChangeMembers>(&caller, organization).await?;
    let name = call.params.required("name")?;
    let member = call.app.core.add_member(&access, name, call.params.text("role")).await?;
    let location = call.api_url(&format!("/orgs/{organization}/members/{}", member.account.username));
    Ok(Reply::ok(render(&call, &member)).location(&location).cache(Cache::Private))
}

pub(super) async fn change_role(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<ChangeMembers>(&caller, call.params.required("organization")?).await?;
    let name = call.params.required("name")?;
    let member = call.app.core.change_role(&access, name, call.params.text("role")).await?;
    Ok(Reply::ok(render(&call, &member)).cache(Cache::Private))
}

pub(super) async fn remove(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<ChangeMembers>(&caller, call.params.required("organization")?).await?;
    call.app.core.remove_member(&access, call.params.required("name")?).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

pub(super) async fn leave(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<Leave>(&caller, call.params.required("organization")?).await?;
    call.app.core.leave_organization(&access).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

fn render(call: &Call, member: &MemberView) -> Value {
    users::render(call, &member.account).with("role", member.role.as_str())
}
