//! The caller's sessions: which there are, and ending them.

use skep_core::Error;
use skep_core::access::operations::{ReadSessions, RevokeSessions};
use skep_core::sessions::SessionView;

use crate::api::{Cache, Call, Reply, Value, object};

pub(super) async fn list(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ReadSessions>(&call.caller(), ()).await?;
    let sessions = call.app.core.list_sessions(&access).await?;
    Ok(Reply::ok(Value::list(sessions.iter().map(render))).cache(Cache::Private))
}

pub(super) async fn revoke(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<RevokeSessions>(&call.caller(), ()).await?;
    let id = call.params.required("id")?.parse().map_err(|_| Error::not_found())?;
    call.app.core.revoke_session(&access, id).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

/// All but the one that the call is made in, if it is made in one.
pub(super) async fn revoke_others(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<RevokeSessions>(&call.caller(), ()).await?;
    call.app.core.revoke_other_sessions(&access).await?;
    Ok(Reply::no_content().cache(Cache::Private))
}

pub(super) fn render(session: &SessionView) -> Value {
    let client = session.client.as_ref();
    let last_use = session.last_use.as_ref();
    object! {
        "id" => session.id,
        "type" => session.kind.as_str(),
        "name" => session.name.clone(),
        "client" => client.map(|(id, name)| object! { "id" => id.clone(), "name" => name.clone() }),
        "current" => session.current,
        "last_use" => last_use.map(|(at, ip, agent)| {
            object! { "used_at" => Value::time(*at), "ip" => ip.clone(), "user_agent" => agent.clone() }
        }),
        "expires_at" => Value::time(session.expires_at),
        "inserted_at" => Value::time(session.inserted_at),
    }
}
