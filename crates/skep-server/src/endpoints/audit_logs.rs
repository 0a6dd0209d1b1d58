//! Audit logs, newest first, a hundred on a page.

use skep_core::Error;
use skep_core::access::operations::{ReadOrganization, ShowMe};
use skep_core::audit_logs::AuditLogView;

use crate::api::{Cache, Call, Reply, Value, object};

pub(super) async fn of_user(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ShowMe>(&call.caller(), ()).await?;
    let entries = call.app.core.own_audit_logs(&access, call.page()).await?;
    Ok(render(entries).cache(Cache::Private))
}

pub(super) async fn of_organization(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access =
        call.app.core.allow::<ReadOrganization>(&caller, call.params.required("organization")?).await?;
    let entries = call.app.core.organization_audit_logs(&access, call.page()).await?;
    Ok(render(entries).cache(Cache::Private))
}

pub(super) fn render(entries: Vec<AuditLogView>) -> Reply {
    Reply::ok(Value::list(entries.into_iter().map(|entry| {
        // The reference shows the first three and no more.
        let line = object! {
            "action" => entry.action,
            "params" => from_json(entry.params),
            "user_agent" => entry.user_agent,
            "actor" => entry.actor,
            "inserted_at" => Value::time(entry.inserted_at),
        };
        match entry.trace {
            Some(trace) => line.with("key_id", trace.key_id).with("remote_ip", trace.remote_ip),
            None => line,
        }
    })))
}

fn from_json(json: serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Int(integer),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(items.into_iter().map(from_json).collect()),
        Json::Object(map) => Value::map(map.into_iter().map(|(key, value)| (key, from_json(value)))),
    }
}
