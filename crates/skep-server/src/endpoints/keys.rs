//! API keys of the caller, and of an organization under `/orgs/ORGANIZATION`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use skep_core::access::operations::{CreateKey, ReadKeys, RevokeKeys};
use skep_core::keys::{GivenPermission, KeyView};
use skep_core::{Error, Secret};

use super::tag;
use crate::api::{Cache, Call, Reply, Value, object};

/// What must not stand as it is in a segment of a path: all but the unreserved characters of RFC 3986.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) async fn list(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<ReadKeys>(&caller, call.params.address("organization")?).await?;
    let keys = call.app.core.list_keys(&access).await?;
    Ok(Reply::ok(Value::list(keys.iter().map(|key| render(&call, key, None)))).cache(Cache::Private))
}

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<ReadKeys>(&caller, call.params.address("organization")?).await?;
    let key = call.app.core.show_key(&access, call.params.required("name")?).await?;
    let body = render(&call, &key, None);
    Ok(Reply::ok(body).cache(Cache::Private).etag(tag(&key)).last_modified(key.updated_at))
}

pub(super) async fn create(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<CreateKey>(&caller, call.params.address("organization")?).await?;
    let permissions = call.params.maps("permissions").map(|given| {
        given.map(|maps| {
            let permission = |map: &crate::api::Params| GivenPermission {
                domain: map.text("domain"),
                resource: map.text("resource"),
            };
            maps.into_iter().map(permission).collect()
        })
    });
    let name = call.params.text("name");
    let revoke_at = call.params.time("revoke_at");
    let (key, secret) = call.app.core.create_key(&access, name, permissions, revoke_at).await?;
    let location = url(&call, &key.name);
    Ok(Reply::created(&location, render(&call, &key, Some(&secret))).cache(Cache::Private))
}

pub(super) async fn revoke(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<RevokeKeys>(&caller, call.params.address("organization")?).await?;
    let key = call.app.core.revoke_key(&access, call.params.required("name")?).await?;
    Ok(Reply::ok(render(&call, &key, None)).cache(Cache::Private))
}

pub(super) async fn revoke_all(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<RevokeKeys>(&caller, call.params.address("organization")?).await?;
    Ok(match call.app.core.revoke_all_keys(&access).await? {
        Some(key) => Reply::ok(render(&call, &key, None)).cache(Cache::Private),
        // Whoever came with a password has no key to show.
        None => Reply::no_content().cache(Cache::Private),
    })
}

/// Where a key is found. Its name may be any text.
fn url(call: &Call, name: &str) -> String {
    call.api_url(&format!("/keys/{}", utf8_percent_encode(name, IN_PATH)))
}

fn render(call: &Call, key: &KeyView, secret: Option<&Secret>) -> Value {
    let permissions = key.permissions.iter().map(|permission| {
        object! { "domain" => permission.domain.as_str(), "resource" => permission.resource.clone() }
    });
    let body = object! {
        "name" => key.name.clone(),
        "authing_key" => key.authing,
        "secret" => secret.map(|secret| secret.reveal().to_owned()),
        "permissions" => Value::list(permissions),
        "revoke_at" => key.revoke_at.map(Value::time),
        "inserted_at" => Value::time(key.inserted_at),
        "updated_at" => Value::time(key.updated_at),
        "url" => url(call, &key.name),
    };
    match &key.last_use {
        Some((at, ip, agent)) => body.with(
            "last_use",
            object! { "used_at" => Value::time(*at), "ip" => ip.clone(), "user_agent" => agent.clone() },
        ),
        None => body,
    }
}
